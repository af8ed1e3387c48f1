/** The capacity of a host as text. */
import { escapeUnsafe } from "../../../common/quote.ts";
import { formatSize, formatTime } from "../../../common/units.ts";
import { type AxisLimit, configuredOf, MOST_OVERCOMMIT } from "../../hosts/capacity/axis.ts";
import type { Breach } from "../../hosts/capacity/breach.ts";
import type { PolicyCapacity } from "../../hosts/capacity/capacity.ts";
import { figureOf, type HostRequirement, shownFigure } from "../../hosts/capacity/requirement.ts";
import type { TrialResult } from "../../hosts/capacity/trial.ts";
import { formatTable } from "../table.ts";
import { type CapacityReport, placeOf, ratioOf, wholeRun } from "./report.ts";

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
