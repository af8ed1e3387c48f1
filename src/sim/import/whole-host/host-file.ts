/** The host file of an imported host. */
import { InputError } from "../../../common/errors.ts";
import { formatSize, formatTime, type Pages } from "../../../common/units.ts";
import { mostAtOnce } from "../../hosts/scenario/at-once.ts";
import { HOST_VERSION } from "../../hosts/scenario/file.ts";
import { HOST_FORMAT } from "../../trace/document.ts";
import { isoInstant } from "../clock/civil.ts";
import type { Format } from "../reader.ts";
import type { Report } from "../report.ts";
import type { HostPlan, PlannedVm } from "./plan.ts";
import type { HostTally } from "./tally.ts";

/** Longest name of a host. */
const MAX_NAME = 200;
/** Part of the host's memory that is worth a remark. */
const NOTABLE = 0.01;
const PAGES_PER_MIB = 256;
const PAGES_PER_GIB = 262_144;

/** A JSON object with ordered keys; undefined members are left out. */
type JsonObject = Record<string, unknown>;

/**
 * The text of the host file.
 * @param tally of all samples
 * @param format of the log
 * @throws {InputError} if the VMs' reservations exceed the host's memory
 */
export function hostFileText(plan: HostPlan, tally: HostTally, format: Format, report: Report): string {
  const { name, memory, policy, isVmware, driver, durationUs, vms } = plan;
  tellOfSharing(plan, tally, report);
  const overheads = vms.map(({ planned }) => overheadOf(tally, planned.plan.survey.machine.id));
  const entries = vms.map((vm, i) => vmEntry(vm, overheads[i] ?? null));
  const lines = [
    `"format": ${JSON.stringify(HOST_FORMAT)}`,
    `"version": ${HOST_VERSION}`,
    `"name": ${JSON.stringify(name.slice(0, MAX_NAME))}`,
    `"description": ${JSON.stringify(descriptionOf(plan, format))}`,
    `"duration": ${JSON.stringify(formatTime(durationUs))}`,
    `"host": ${oneLine({ memory: sizeText(memory.pages), reserved: reservedText(plan, tally, overheads, report) })}`,
    `"policy": ${JSON.stringify(policy)}`,
    // What is granted is what a VM has touched; what it has never touched is free in the trace.
    `"defaults": ${oneLine({ repeat: false, touched: isVmware ? 0 : undefined, driver: driver ?? undefined })}`,
    `"vms": [\n${entries.map((entry) => `    ${oneLine(entry)}`).join(",\n")}\n  ]`,
  ];
  return `{\n${lines.map((line) => `  ${line}`).join(",\n")}\n}\n`;
}

function vmEntry({ name, onUs, offUs, settings }: PlannedVm, overhead: Pages | null): JsonObject {
  const { reservation, limit, shares, maxBalloon } = settings;
  return {
    name,
    trace: `${name}.jsonl`,
    on: onUs > 0 ? formatTime(onUs) : undefined,
    off: offUs === null ? undefined : formatTime(offUs),
    reservation: reservation === null ? undefined : sizeText(reservation),
    limit: limit === null ? undefined : sizeText(limit),
    shares: shares ?? undefined,
    maxBalloon: maxBalloon ?? undefined,
    overhead: overhead === null ? undefined : sizeText(overhead),
  };
}

/** Mean overhead of a VM; null if its log does not have it. */
function overheadOf(tally: HostTally, id: string): Pages | null {
  const { overhead } = tally.vm(id);
  return Number.isNaN(overhead) ? null : wholeMib(overhead);
}

/** An amount that is an estimate, rounded up to whole MiB. */
const wholeMib = (pages: Pages): Pages => Math.ceil(pages / PAGES_PER_MIB) * PAGES_PER_MIB;

/**
 * What the host itself uses: what is in use on it and is not its VMs', in the mean. Undefined: the log does not say.
 * @param overheads of the VMs
 */
function reservedText(
  { vms, memory, durationUs }: HostPlan,
  tally: HostTally,
  overheads: readonly (Pages | null)[],
  report: Report,
): string | undefined {
  const needed = mostAtOnce(
    vms.map(({ onUs, offUs, settings }, i) => ({
      onUs,
      offUs: offUs ?? Number.POSITIVE_INFINITY,
      pages: (settings.reservation ?? 0) + (overheads[i] ?? 0),
    })),
    ({ pages }) => pages,
  );
  if (needed > memory.pages) {
    throw new InputError(
      `the VMs' reservations and overhead need ${formatSize(needed)} of the host's ${formatSize(memory.pages)} (${memory.evidence}): --host-memory sets another size`,
    );
  }
  const ofVms = vms.reduce((sum, { planned, onUs, offUs }) => {
    const { consumed, overhead } = tally.vm(planned.plan.survey.machine.id);
    const part = ((offUs ?? durationUs) - onUs) / durationUs;
    return sum + (consumed + (Number.isNaN(overhead) ? 0 : overhead)) * part;
  }, 0);
  const own = tally.used - ofVms;
  if (Number.isNaN(own)) {
    report.warn(
      "the log does not tell how much memory the host itself uses: none is assumed (host.reserved of the host file)",
    );
    return undefined;
  }
  // Means of logs with gaps need not add up.
  return sizeText(Math.min(wholeMib(Math.max(0, own)), memory.pages - needed));
}

/** The simulated host backs every page that a guest touches; a real one shares pages, and compresses some. */
function tellOfSharing({ vms, memory, durationUs }: HostPlan, tally: HostTally, report: Report): void {
  const saved = vms.reduce((sum, { planned, onUs, offUs }) => {
    const { granted, consumed } = tally.vm(planned.plan.survey.machine.id);
    const part = ((offUs ?? durationUs) - onUs) / durationUs;
    return sum + (Number.isNaN(granted - consumed) ? 0 : Math.max(0, granted - consumed) * part);
  }, 0);
  if (saved < NOTABLE * memory.pages) return;
  report.warn(
    `the host saved ${formatSize(Math.round(saved))} by sharing and compressing pages, which the simulated one does not: it is short of memory sooner (--host-memory ${sizeText(wholeMib(memory.pages + saved))} makes up for it)`,
  );
}

function descriptionOf({ memory, vms, originUs, durationUs, isVmware, policy }: HostPlan, format: Format): string {
  const from = format.clock === "relative" ? "" : ` from ${isoInstant(originUs)} on`;
  const count = vms.length === 1 ? "one VM" : `${vms.length} VMs`;
  const measured = vms.filter(({ planned }) => planned.plan.target.kind === "measured").length;
  const sized = vms.filter(({ planned }) => planned.plan.target.kind === "size").length;
  const targets = [
    ...(measured > 0 ? [`the measured targets of ${measured}`] : []),
    ...(sized > 0 ? [`the measured sizes of the balloons of ${sized}`] : []),
  ];
  return [
    `Imported from ${format.title}: ${count} over ${formatTime(durationUs)}${from}.`,
    `Memory of the host: ${memory.evidence}.`,
    `Policy ${policy}${isVmware && policy === "esx" ? ", as hosts of VMware have it" : ""}.`,
    ...(targets.length > 0 ? [`The traces have ${targets.join(" and ")} for comparison.`] : []),
  ].join(" ");
}

/** An exact size, in the largest unit in which it is a whole number. */
function sizeText(pages: Pages): string {
  if (pages > 0 && pages % PAGES_PER_GIB === 0) return `${pages / PAGES_PER_GIB}GiB`;
  return pages % PAGES_PER_MIB === 0 ? `${pages / PAGES_PER_MIB}MiB` : `${pages * 4}KiB`;
}

/** An object on one line, with blanks as a person would write it. */
function oneLine(object: JsonObject): string {
  const members = Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{ ${members.join(", ")} }`;
}
