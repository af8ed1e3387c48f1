/** The header of an imported trace: the machine, the measured series, the assumptions. */

import { formatSize, formatTime, type Seconds, type Us } from "../../common/units.ts";
import { FORMAT, VERSION } from "../trace/document.ts";
import type { Origin } from "../trace/types.ts";
import { isoInstant } from "./clock/civil.ts";
import type { ZoneChoice } from "./clock/zone.ts";
import { DAEMON_PROFILE, type KnownSize, type MachinePlan } from "./plan.ts";
import type { Format } from "./reader.ts";
import type { RowShape } from "./rows.ts";
import type { ColumnSpec } from "./vocabulary.ts";

/** Facts of the header that are not in the plan of its machine. */
export interface HeaderFacts {
  readonly files: Origin["files"];
  /** Zone of the log's times; null if they count from an arbitrary beginning. */
  readonly zone: ZoneChoice | null;
  /** Name and version of this program. */
  readonly importer: { readonly name: string; readonly version: string };
  /** Reason for the log's format. */
  readonly reason: string;
  /** Whether the machine is a VM of an imported host: its trace belongs to the host file beside it. */
  readonly isOfHost: boolean;
}

/** Name of the only workload, which stands for all programs of the machine. */
const WORKLOAD = "machine";
/** Restart time of the workload after an OOM kill; without it the rest of a long log would be of no use. */
const RESTART = "30s";

/** A JSON object with ordered keys. */
export type JsonObject = Record<string, unknown>;

/** The common part of the headers of traces in JSON lines and in one document (`rows`, series of the workload). */
export interface Header {
  /** Up to `guest`. */
  readonly head: JsonObject;
  readonly workload: JsonObject;
  /** `host`, if the target is known in advance. */
  readonly host: JsonObject | null;
  readonly measured: readonly JsonObject[];
}

export function headerOf(plan: MachinePlan, format: Format, shape: RowShape, facts: HeaderFacts): Header {
  const { survey, memory, swap } = plan;
  const { id, name, daemon } = survey.machine;
  const guest: JsonObject = { memory: memory.pages, profile: plan.profile, swap: swap.pages };
  if (daemon !== undefined && plan.profile === DAEMON_PROFILE) {
    // The recorded target is the one that the policy got: where the balloon gave way, that is in it.
    Object.assign(guest, { floor: daemon.floor, psiLimit: daemon.psiLimit, giveWay: false });
  }
  if (plan.start.balloon > 0) guest.balloon = plan.start.balloon;
  if (plan.cpus !== null) guest.cpus = Math.max(1, Math.round(plan.cpus));
  const what = name === null || name === id ? id : `${name} (${id})`;
  return {
    head: {
      format: FORMAT,
      version: VERSION,
      name: `${format.name}-${id}`.slice(0, 200),
      description: `${format.title}: ${what}, ${survey.samples} samples over ${formatTime(plan.durationUs)}.`,
      duration: secondsOf(plan.durationUs),
      origin: originOf(plan, format, shape, facts),
      guest,
    },
    workload: workloadOf(plan, shape),
    host: hostOf(plan),
    measured: shape.measured.map((column) => measuredOf(column, plan.stepUs)),
  };
}

function originOf(plan: MachinePlan, format: Format, shape: RowShape, facts: HeaderFacts): JsonObject {
  const { survey, stepUs } = plan;
  // A mean with the time of its end describes the time before it.
  const startUs = survey.firstUs - (format.stamp === "end" ? stepUs : 0);
  const { zone } = facts;
  return {
    kind: "imported",
    note: noteOf(plan, shape),
    files: facts.files,
    epoch: zone === null ? null : isoInstant(startUs),
    zone: zone?.name ?? null,
    zoneSource: zone?.source ?? null,
    sampleSeconds: stepUs / 1e6,
    importer: { ...facts.importer, options: choicesOf(plan, format, facts) },
  };
}

/** A note about the sources of the trace's numbers. */
function noteOf(plan: MachinePlan, shape: RowShape): string {
  const { memory, swap, balloon, demand, touch, fileRead, survey } = plan;
  const has = (key: string): boolean => shape.columns.some((column) => column.key === key);
  const assumptions = [
    ...(plan.isProfileKnown ? [] : [`the kernel (${plan.profile})`]),
    ...(has("anon") ? [`touch (${touch})`] : []),
    ...(has("fileSet") ? [`reads (${fileRead})`] : []),
    `the restart after an OOM kill (${RESTART})`,
  ];
  const parts = [
    `RAM of ${formatSize(memory.pages)} ${memory.how}: ${memory.evidence}.`,
    `Swap of ${formatSize(swap.pages)} ${swap.how}: ${swap.evidence}.`,
    `Demand ${demand.model === null ? "by formulas of the user" : `by the model ${demand.model}`}: ${demand.formulas.map(({ text }) => text).join(", ")}.`,
    `Assumed: ${assumptions.join(", ")}.`,
  ];
  if (balloon?.how === "given") {
    parts.push(`The balloon is taken to have held ${formatSize(balloon.pages)} throughout.`);
  } else if (balloon !== null) {
    parts.push("The balloon is taken as empty throughout, as the log does not have it (--balloon).");
  }
  if (survey.machine.daemon !== undefined && plan.profile === DAEMON_PROFILE) {
    parts.push(
      "The balloon is that of balloon-hw, with its recorded limits; it does not give way, as the recorded target has that.",
    );
  }
  parts.push(...plan.start.notes);
  if (survey.duplicates > 0) {
    parts.push(`${survey.duplicates} samples had the time of the one before (${plan.duplicates}).`);
  }
  return parts.join(" ");
}

/** The choices of the import, for programs and for repeating it. */
function choicesOf(plan: MachinePlan, format: Format, { reason, isOfHost }: HeaderFacts): JsonObject {
  const { demand, target } = plan;
  const sizeOf = ({ pages, how, evidence }: KnownSize): JsonObject => ({ pages, how, evidence });
  return {
    from: format.name,
    because: reason,
    machine: plan.survey.machine.id,
    memory: sizeOf(plan.memory),
    swap: sizeOf(plan.swap),
    ...(plan.balloon === null ? {} : { balloon: sizeOf(plan.balloon) }),
    demand: { model: demand.model, formulas: demand.formulas.map(({ text }) => text) },
    target: target.kind === "policy" ? `policy:${target.policy.name}` : target.kind,
    duplicates: plan.duplicates,
    gapSeconds: plan.gapUs / 1e6,
    // A later import into the same directory knows the trace by it.
    ...(isOfHost ? { host: true } : {}),
  };
}

function workloadOf({ touch, fileRead, start }: MachinePlan, shape: RowShape): JsonObject {
  const assumed = (rate: string): JsonObject => ({ points: [[0, rate]], how: "assumed", from: "the log does not say" });
  const workload: JsonObject = { name: WORKLOAD };
  if (shape.columns.some(({ key }) => key === "anon")) workload.touch = assumed(touch);
  if (shape.columns.some(({ key }) => key === "fileSet")) workload.fileRead = assumed(fileRead);
  if (start.swapped > 0) workload.swapped = start.swapped;
  workload.restart = RESTART;
  return workload;
}

function hostOf({ target }: MachinePlan): JsonObject | null {
  if (target.kind === "none") {
    return {
      target: { points: [[0, 0]], how: "assumed", from: "the log has no target, and no scenario was declared" },
    };
  }
  if (target.kind !== "series") return null;
  const { at, value, hold, repeatUs } = target.series;
  return {
    target: {
      points: at.map((us, i) => [secondsOf(us), Number.isNaN(value[i]) ? null : value[i]]),
      ...(hold === "step" ? {} : { hold }),
      ...(repeatUs > 0 ? { repeat: secondsOf(repeatUs) } : {}),
      how: target.series.how,
      from: target.from,
    },
  };
}

function measuredOf(column: ColumnSpec, stepUs: number): JsonObject {
  const { quantity, field, unit, kind, aggregate, windowSeconds, how } = column;
  const window = aggregate === "instant" ? null : (windowSeconds ?? stepUs / 1e6);
  return { quantity, field, unit, kind, aggregate, ...(window === null ? {} : { window }), how };
}

/** Microseconds as seconds, the unit of traces. */
export const secondsOf = (us: Us): Seconds => us / 1e6;
