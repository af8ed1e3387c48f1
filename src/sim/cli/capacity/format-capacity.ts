import { escapeUnsafe, safeJson } from "../../../common/quote.ts";
import { formatSize, formatTime, PAGE_BYTES, type Pages, type Us } from "../../../common/units.ts";
import { type Axis, type AxisLimit, configuredOf, MOST_OVERCOMMIT } from "../../hosts/capacity/axis.ts";
import type { Breach } from "../../hosts/capacity/breach.ts";
import type { PolicyCapacity } from "../../hosts/capacity/capacity.ts";
import type { Point } from "../../hosts/capacity/point.ts";
import { figureOf, type HostRequirement, shownFigure } from "../../hosts/capacity/requirement.ts";
import type { TrialResult } from "../../hosts/capacity/trial.ts";
import type { WorldTrial } from "../../hosts/capacity/trials.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";
import { csvLines } from "../../output/csv.ts";
import { formatTable } from "../table.ts";

/** What a search has found, for all policies. */
export interface CapacityReport {
  /** The host of the file. */
  readonly host: HostScenario;
  readonly over: "memory" | "vms";
  readonly group: string | null;
  readonly requirements: readonly HostRequirement[];
  /** `--until`; null: not given. */
  readonly untilUs: Us | null;
  readonly worlds: number;
  readonly axis: Axis;
  /** The host of a point of the axis. */
  readonly scenarioOf: (index: number) => HostScenario;
  readonly policies: readonly { readonly name: string; readonly capacity: PolicyCapacity }[];
}

/** What a point of the axis is. */
interface Place {
  readonly memory: Pages;
  readonly vms: number;
  readonly configured: Pages;
}

function placeOf({ axis, host, scenarioOf }: CapacityReport, index: number): Place {
  const point = axis.points[index] as Point;
  if (point.over === "memory") return { memory: point.memory, vms: host.vms.length, configured: configuredOf(host) };
  const { memory, vms } = scenarioOf(index);
  return { memory, vms: vms.length, configured: configuredOf({ vms }) };
}

const ratioOf = ({ memory, configured }: Place): number => configured / memory;

/** A point in words: `40GiB`, `21 VMs`. */
function placeText(report: CapacityReport, index: number): string {
  const { memory, vms } = placeOf(report, index);
  return report.over === "memory" ? formatSize(memory) : vmsText(vms);
}

const vmsText = (vms: number): string => `${vms} ${vms === 1 ? "VM" : "VMs"}`;

/** The result as text; `width` is the terminal's, undefined without a terminal. */
export function capacityText(report: CapacityReport, width: number | undefined): string {
  const { host, over, group, requirements, untilUs, policies } = report;
  const head = [
    "policy",
    over === "memory" ? "least memory" : `most VMs${group === null ? "" : ` (${group} varies)`}`,
    "overcommit",
    "by worlds",
    "what breaks first one step further",
  ];
  const align = ["left", "right", "right", "right", "left"] as const;
  const rows = policies.map(({ name, capacity }) => [name, ...cells(report, capacity)]);
  return [
    line(
      `${host.name}: ${vmsText(host.vms.length)} with ${formatSize(configuredOf(host))}, in the file on ${formatSize(host.memory)} under ${host.policy.name}`,
    ),
    line(
      `required: ${requirements.map(({ text }) => text).join(", ")}${untilUs === null ? "" : `; until ${formatTime(untilUs)}`}`,
    ),
    "\n",
    formatTable({ head, align, width }, rows),
    "\n",
    line(searchText(report)),
    ...policies.map(({ name, capacity }) => line(`${name}: ${effortText(report, capacity)}`)),
  ].join("");
}

/** A line, which may contain texts of files. */
const line = (text: string): string => `${escapeUnsafe(text)}\n`;

/** Why there is no further step. */
const NO_FURTHER: Readonly<Record<AxisLimit, string>> = {
  reservations: "the VMs' reservations and overhead leave no further step",
  "no memory": "a step less is no memory",
  overcommit: `with more, the VMs would have over ${MOST_OVERCOMMIT} times the host's memory, where the search ends`,
};

function cells(report: CapacityReport, capacity: PolicyCapacity): string[] {
  const { least, breaks } = capacity;
  const further = breaks === null ? `nothing: ${NO_FURTHER[report.axis.limit]}` : breakText(report, breaks);
  if (least === null) return ["none", "", "", further];
  return [placeText(report, least), ratioOf(placeOf(report, least)).toFixed(2), spreadText(report, capacity), further];
}

/** The lowest and the highest boundary of the worlds. */
function spreadText(report: CapacityReport, { worlds }: PolicyCapacity): string {
  const sorted = worlds.toSorted((a, b) => a.least - b.least);
  const [low, high] = [sorted[0], sorted.at(-1)];
  if (low === undefined || high === undefined) return "";
  const sign = low.isLimit && low.least > 0 ? (report.over === "memory" ? "<= " : ">= ") : "";
  if (low.least === high.least) return sign + placeText(report, low.least);
  return `${sign}${placeText(report, low.least)} .. ${placeText(report, high.least)}`;
}

function breakText(report: CapacityReport, breaks: NonNullable<PolicyCapacity["breaks"]>): string {
  const { trial, index, world, failing } = breaks;
  const { worst, atUs, breach } = trial;
  const where = report.worlds === 1 ? "" : `, in ${failing} of ${report.worlds} worlds (here world ${world})`;
  const when = atUs === null ? "" : `, broken at ${formatTime(atUs)}`;
  const most = worst === null ? "" : `, most at ${formatTime(worst.fromUs)} (${worst.cause})`;
  return `${placeText(report, index)}: ${breach === null ? "" : breachText(report.requirements, trial)}${when}${most}${where}`;
}

/** `web-3: lost_time_share 1.34 %`; of a run that ended at the breach, the bound that is known then. */
function breachText(requirements: readonly HostRequirement[], { breach, isCut }: TrialResult): string {
  const { requirement, vm, value } = breach as Breach;
  const required = requirements[requirement] as HostRequirement;
  const name = vm === null ? "" : `${vm}: `;
  const figure = figureOf(required);
  const bound = isCut ? (figure.better === "less" ? "at least " : "at most ") : "";
  return `${name}${required.figure} ${bound}${shownFigure(figure, value)}`;
}

function searchText(report: CapacityReport): string {
  const { axis, over, worlds } = report;
  const last = axis.points.length - 1;
  const [from, to] = over === "memory" ? [0, last] : [last, 0];
  const step = over === "memory" ? formatSize(axis.step) : vmsText(axis.step);
  const range = `from ${placeText(report, from)} to ${placeText(report, to)}`;
  const where =
    worlds === 1
      ? `in one world, looked for ${range}`
      : `in ${worlds} worlds; looked for ${range} in world 1, near its result in the others`;
  return `Exact to one step, ${step}: every tried point from the result on keeps the requirements ${where}.`;
}

function effortText(report: CapacityReport, capacity: PolicyCapacity): string {
  const { tried, runs, reversals } = capacity;
  const effort = `${tried.length} of ${report.axis.points.length} points tried in ${runs} runs`;
  if (reversals.length === 0) return `${effort}; no easier point was worse than a harder one.`;
  const [first] = reversals as [PolicyCapacity["reversals"][number]];
  const worse = report.over === "memory" ? "a larger host was worse" : "fewer VMs were worse";
  const ofPoint = tried.find(({ index }) => index === first.fails)?.runs ?? [];
  const cut = ofPoint.find(({ world, trial }) => world === first.world && trial.breach !== null);
  const breach = cut === undefined ? undefined : wholeRun(capacity, first.fails, cut);
  const why = breach === undefined ? "" : ` (${breachText(report.requirements, breach.trial)})`;
  const where = report.worlds === 1 ? "" : ` (world ${first.world})`;
  const more = reversals.length === 1 ? "" : `, and ${reversals.length - 1} more`;
  return (
    `${effort}; ${worse}: ${placeText(report, first.fails)} fails${why}, though ${placeText(report, first.holds)} ` +
    `does not${where}${more}.`
  );
}

/** The whole run in the place of one that ended at the breach, if there is one: no point has two figures. */
const wholeRun = ({ breaks }: PolicyCapacity, index: number, run: WorldTrial): WorldTrial =>
  breaks?.index === index && breaks.world === run.world ? breaks : run;

const bytes = (pages: Pages): number => pages * PAGE_BYTES;
const seconds = (us: number | null): number | null => (us === null ? null : us / 1e6);

/** A line for each policy. */
export const capacityCsv = (report: CapacityReport): string =>
  csvLines([
    [
      ...["host", "policy", "memory_bytes", "vms", "configured_bytes", "overcommit"],
      ...["broken_memory_bytes", "broken_vms", "requirement", "vm", "value", "broken_at_s", "world", "points", "runs"],
    ],
    ...report.policies.map(({ name, capacity: { least, breaks, tried, runs } }) => {
      const place = least === null ? null : placeOf(report, least);
      const broken = breaks === null ? null : placeOf(report, breaks.index);
      const breach = breaks?.trial.breach ?? null;
      return [
        ...[report.host.name, name],
        ...(place === null
          ? ["", "", "", ""]
          : [bytes(place.memory), place.vms, bytes(place.configured), ratioOf(place)]),
        ...(broken === null ? ["", ""] : [bytes(broken.memory), broken.vms]),
        breach === null ? "" : report.requirements[breach.requirement]?.text,
        ...[breach?.vm, breach?.value, seconds(breaks?.trial.atUs ?? null), breaks?.world, tried.length, runs],
      ];
    }),
  ]);

/** Everything, as JSON. */
export const capacityJson = (report: CapacityReport): string => `${safeJson(capacityObject(report), 2)}\n`;

/** Everything, as one object. */
export function capacityObject(report: CapacityReport): Readonly<Record<string, unknown>> {
  const { host, over, group, requirements, untilUs, worlds, axis, policies } = report;
  const place = (index: number) => {
    const { memory, vms, configured } = placeOf(report, index);
    return { memory_bytes: bytes(memory), vms, overcommit: configured / memory };
  };
  const trial = ({ breach, atUs, worst, isCut }: TrialResult) => ({
    breach:
      breach === null
        ? null
        : {
            requirement: requirements[breach.requirement]?.text,
            vm: breach.vm,
            value: breach.value,
            // Of a run that ended at the breach it is only what was known then.
            ...(isCut ? { is_bound: true } : {}),
            broken_at_s: seconds(atUs),
            worst:
              worst === null
                ? null
                : {
                    from_s: seconds(worst.fromUs),
                    until_s: seconds(worst.untilUs),
                    cause: worst.cause,
                    state: worst.state,
                  },
          },
  });
  return {
    host: host.name,
    file: {
      policy: host.policy.name,
      memory_bytes: bytes(host.memory),
      vms: host.vms.length,
      configured_bytes: bytes(configuredOf(host)),
    },
    over,
    group,
    requirements: requirements.map(({ text }) => text),
    until_s: seconds(untilUs),
    worlds,
    step: over === "memory" ? bytes(axis.step) : axis.step,
    from: place(0),
    to: place(axis.points.length - 1),
    policies: policies.map(({ name, capacity }) => ({
      policy: name,
      least: capacity.least === null ? null : place(capacity.least),
      breaks:
        capacity.breaks === null
          ? null
          : {
              ...place(capacity.breaks.index),
              world: capacity.breaks.world,
              failing_worlds: capacity.breaks.failing,
              ...trial(capacity.breaks.trial),
            },
      worlds: capacity.worlds.map(({ world, least, isLimit }) => ({ world, ...place(least), may_be_harder: isLimit })),
      worse_though_easier: capacity.reversals.map(({ world, fails, holds }) => ({
        world,
        fails: place(fails),
        holds: place(holds),
      })),
      runs: capacity.runs,
      points: capacity.tried.map(({ index, holds, runs }) => ({
        ...place(index),
        holds,
        runs: runs.map((one) => ({ world: one.world, ...trial(wholeRun(capacity, index, one).trial) })),
      })),
    })),
    assumed: host.assumed,
  };
}
