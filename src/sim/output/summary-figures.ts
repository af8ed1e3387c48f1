import { formatSize, formatTime } from "../../common/units.ts";
import { MAX_LISTED } from "../measures/episodes.ts";
import { OBJECTIVES, type Objective } from "../measures/objectives.ts";
import { DEADLINES_S, type TargetChange } from "../measures/target-follower.ts";
import type { KilledWorkload } from "./damage.ts";
import type { Summary } from "./summary.ts";

/** A value of a summary in JSON: in the unit at the end of the figure's name; null without a value. */
export type FigureValue = number | string | boolean | null;

/** One figure of a summary: its name, definition and computation, which are only here. */
export interface Figure {
  /** Name in JSON; its last part is the unit. */
  readonly name: string;
  readonly unit: "s" | "pages" | "pages/s" | "times" | "share" | "yes/no" | "text";
  readonly group: "run" | "target" | "balloon" | "driver" | "guest";
  readonly meaning: string;
  readonly value: (summary: Summary) => FigureValue;
}

type Value = Figure["value"];
const figures =
  (group: Figure["group"]) =>
  (name: string, unit: Figure["unit"], meaning: string, value: Value): Figure => ({
    name,
    unit,
    group,
    meaning,
    value,
  });

const seconds = (us: number): number => us / 1_000_000;
/** Rounded to a fraction of 1: `per` 1000 keeps three decimals. */
const rounded = (value: number, per: number): number => Math.round(value * per) / per;
const mean = (pages: number, us: number): number | null => (us === 0 ? null : rounded((pages * 1_000_000) / us, 1000));

/** The highest rate; null if no cycle has a rate. */
const peak = ({ timeUs, peak }: Summary["inflation"]): number | null => (timeUs === 0 ? null : rounded(peak, 1000));

const run = figures("run");
const target = figures("target");
const balloon = figures("balloon");
const driver = figures("driver");
const guest = figures("guest");

/** All figures except the list of target changes, in the order of printing. */
export const FIGURES: readonly Figure[] = [
  run("trace", "text", "File of the trace, or name of a bundled one, as given on the command line", (s) => s.trace),
  run("name", "text", "Name in the trace", (s) => s.name),
  run("driver", "text", "Name of the guest's balloon driver", (s) => s.driver),
  run(
    "what_if",
    "text",
    "Changes to the trace by `--target`, `--machine`, `--since` and `--until`; null without changes",
    (s) => (s.whatIf === "" ? null : s.whatIf),
  ),
  run("seed", "text", "Seed of all random numbers of the run", (s) => s.seed),
  run("duration_s", "s", "Simulated time", (s) => seconds(s.durationUs)),
  // At the top, not among the guest's figures: many kills shorten the stall and make the other figures meaningless.
  run("oom_kills", "times", "Kills by the OOM killer", (s) => s.oomKills),
  run(
    "downtime_s",
    "s",
    "Time that workloads were down after kills, until their demand was met again; summed over the workloads",
    (s) => seconds(s.downtimeUs),
  ),
  run(
    "lost_work_pages",
    "pages",
    "Accesses to pages that workloads lost by kills: undone, or not made",
    (s) => s.lostPages,
  ),
  run("loaded", "yes/no", "Whether the driver loaded, which the host can refuse", (s) => s.isLoaded),
  run("unknown_s", "s", "Time in which a series of the trace was unknown", (s) => seconds(s.unknownUs)),

  target(
    "changes",
    "times",
    "Changes of the host's target; an initial target counts, unless the balloon begins with that size",
    (s) => s.changes,
  ),
  target(
    "changes_reached",
    "times",
    "Changes after which the balloon reached the target before the next change",
    (s) => s.changesReached,
  ),
  target("largest_inflation_pages", "pages", "Largest increase of the target by one change", (s) =>
    s.largestInflation === null ? null : s.largestInflation.toPages - s.largestInflation.fromPages,
  ),
  target(
    "largest_inflation_time_to_target_s",
    "s",
    "Time to target of that change: until the end of the first work cycle after which the size equals the target",
    (s) => (s.largestInflation?.timeToTargetUs == null ? null : seconds(s.largestInflation.timeToTargetUs)),
  ),
  target("final_target_pages", "pages", "The host's target at the end", (s) => s.finalTargetPages),
  target("final_size_pages", "pages", "Pages in the balloon at the end", (s) => s.finalSizePages),

  balloon("inflated_pages", "pages", "Pages that the host accepted by LOCK", (s) => s.inflation.pages),
  balloon(
    "inflation_mean_pages_per_s",
    "pages/s",
    "Those pages divided by the time of the cycles that moved them, each from its beginning to that of the next " +
      "cycle, or of virtio-balloon to its own end: not for comparing drivers",
    (s) => mean(s.inflation.pacedPages, s.inflation.timeUs),
  ),
  balloon("inflation_peak_pages_per_s", "pages/s", "The same for the fastest single cycle", (s) => peak(s.inflation)),
  balloon(
    "deflated_pages",
    "pages",
    "Pages that the host accepted by UNLOCK, without pages freed by a reset",
    (s) => s.deflation.pages,
  ),
  balloon(
    "deflation_mean_pages_per_s",
    "pages/s",
    "Those pages divided by the time of the cycles that moved them, as of inflation",
    (s) => mean(s.deflation.pacedPages, s.deflation.timeUs),
  ),
  balloon("deflation_peak_pages_per_s", "pages/s", "The same for the fastest single cycle", (s) => peak(s.deflation)),
  balloon("refused_pages", "pages", "Pages that the host refused", (s) => s.refusedPages),
  balloon("resets", "times", "Resets that the host demanded and the driver completed", (s) => s.resets),

  driver("cycles", "times", "Work cycles, including idle ones", (s) => s.cycles),
  driver(
    "long_cycles",
    "times",
    "Cycles of a quarter of a second or more, after which a timer of whole seconds skips one; 0 for drivers without a period, such as virtio-balloon",
    (s) => s.longCycles,
  ),
  driver("longest_cycle_s", "s", "Duration of the longest cycle", (s) => seconds(s.longestCycleUs)),
  driver("driver_cpu_s", "s", "Processor time of the driver, without waiting", (s) =>
    rounded(seconds(s.driverCpuUs), 1_000_000),
  ),
  driver("driver_cpu_share", "share", "The same divided by the simulated time: 1 is one processor", (s) =>
    s.durationUs === 0 ? null : rounded(s.driverCpuUs / s.durationUs, 1_000_000),
  ),
  driver(
    "driver_alloc_fails",
    "times",
    "Failed allocations of the driver, whether they can sleep or not",
    (s) => s.driverAllocFails,
  ),
  driver("driver_stall_s", "s", "Time that the driver waited for memory", (s) => seconds(s.stallDriverUs)),

  guest("stall_some_s", "s", "Time in which some task waited for memory (PSI some)", (s) => seconds(s.stallSomeUs)),
  guest("stall_full_s", "s", "Time in which all non-idle tasks waited for memory (PSI full)", (s) =>
    seconds(s.stallFullUs),
  ),
  guest("workload_stall_s", "s", "Time that the workload waited for memory", (s) => seconds(s.stallWorkloadUs)),
  guest("swap_out_pages", "pages", "Pages written to swap", (s) => s.swapOutPages),
  guest("swap_in_pages", "pages", "Pages read back from swap", (s) => s.swapInPages),
  guest(
    "refault_pages",
    "pages",
    "File pages read again after their eviction from the page cache",
    (s) => s.refaultPages,
  ),
  guest("alloc_stalls", "times", "Allocations that entered direct reclaim", (s) => s.allocStalls),
  guest("alloc_fails", "times", "Failed allocations of the workloads", (s) => s.allocFails),
];

/** One field of an entry of `target_changes`. */
export interface ChangeField {
  readonly name: string;
  readonly unit: "s" | "pages";
  readonly meaning: string;
  readonly value: (change: TargetChange) => number | null;
}

export const CHANGE_FIELDS: readonly ChangeField[] = [
  { name: "at_s", unit: "s", meaning: "Time of the change", value: (c) => seconds(c.atUs) },
  {
    name: "from_pages",
    unit: "pages",
    meaning: "Target before the change; at time 0 the initial size of the balloon",
    value: (c) => c.fromPages,
  },
  {
    name: "to_pages",
    unit: "pages",
    meaning: "New target; if it moves on in a straight line, its last value",
    value: (c) => c.toPages,
  },
  {
    name: "time_to_target_s",
    unit: "s",
    meaning:
      "From the change to the end of the first work cycle after which the balloon had the target's size; null if it " +
      "did not before the next change or the end",
    value: (c) => (c.timeToTargetUs === null ? null : seconds(c.timeToTargetUs)),
  },
  ...DEADLINES_S.map((deadline, i) => ({
    name: `deficit_${deadline}s_pages`,
    unit: "pages" as const,
    meaning:
      `Target minus size at the end of the last cycle within ${deadline} s of the change: positive if pages are missing, ` +
      "negative if there are too many; null if the next change or the end is earlier",
    value: (c: TargetChange) => c.deficitPages[i] ?? null,
  })),
];

/** Description of the list of target changes, for the documents. */
export const CHANGES_MEANING = `The changes of the host's target one by one, the first ${MAX_LISTED} of them`;

/** One field of an entry of `killed_workloads`. */
export interface KilledField {
  readonly name: string;
  readonly unit: "s" | "pages" | "times" | "text";
  readonly meaning: string;
  readonly value: (workload: KilledWorkload) => number | string;
}

export const KILLED_FIELDS: readonly KilledField[] = [
  { name: "workload", unit: "text", meaning: "Its name", value: (w) => w.name },
  { name: "oom_kills", unit: "times", meaning: "Number of its OOM kills", value: (w) => w.kills },
  { name: "first_kill_s", unit: "s", meaning: "Time of its first kill", value: (w) => seconds(w.firstUs) },
  { name: "downtime_s", unit: "s", meaning: "Time that it was down", value: (w) => seconds(w.downtimeUs) },
  { name: "lost_work_pages", unit: "pages", meaning: "Accesses to pages that it lost", value: (w) => w.lostPages },
];

/** Description of the list of killed workloads, for the documents. */
export const KILLED_MEANING = "The workloads that the OOM killer killed, in the order of the trace";

/** The summary as an object for JSON. */
export function summaryObject(summary: Summary): Record<string, unknown> {
  return {
    ...Object.fromEntries(FIGURES.map((figure) => [figure.name, figure.value(summary)])),
    objectives: Object.fromEntries(OBJECTIVES.map(({ name }, i) => [name, summary.objectives[i]])),
    killed_workloads: summary.killed.map((workload) =>
      Object.fromEntries(KILLED_FIELDS.map((field) => [field.name, field.value(workload)])),
    ),
    target_changes: summary.targetChanges.map((change) =>
      Object.fromEntries(CHANGE_FIELDS.map((field) => [field.name, field.value(change)])),
    ),
    notes: summary.notes,
  };
}

/** For readers: times of a second and more are rounded to milliseconds. */
const formatSeconds = (s: number): string =>
  formatTime(s < 1 ? Math.round(s * 1_000_000) : Math.round(s * 1000) * 1000);

/** A value of a target change for readers, short: `1m12.5s`, `2.15GiB`. */
export function formatChangeField(unit: ChangeField["unit"], value: number | null): string {
  if (value === null) return "-";
  if (unit === "s") return formatSeconds(value);
  return value === 0 ? "0" : formatSize(value);
}

/** A value for readers: `1m12.5s`, `563200 pages (2.15GiB)`, `16385 pages/s (64MiB/s)`. */
export function formatFigure(unit: Figure["unit"], value: FigureValue): string {
  if (value === null) return "-";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  if (unit === "s") return formatSeconds(value);
  if (unit === "pages") return value === 0 ? "0" : `${value} pages (${formatSize(value)})`;
  if (unit === "pages/s") return `${value} pages/s (${formatSize(value)}/s)`;
  if (unit === "share") return `${rounded(value * 100, 10_000)} %`;
  return String(value);
}

/** The value of an objective for readers: `7.423s`, `524288 pages (2GiB)`, `87948060 pages·s (335.4945GiB·s)`. */
export function formatObjective(unit: Objective["unit"], value: number): string {
  if (unit !== "pages·s") return formatFigure(unit, unit === "pages" ? Math.round(value) : value);
  const whole = Math.round(value);
  return whole === 0 ? "0" : `${whole} pages·s (${formatSize(whole)}·s)`;
}

/** `stall_some_s` becomes `stall some`: the unit is printed with the value. */
export const labelOf = (name: string): string => name.replace(/(_pages_per_s|_pages|_s)$/, "").replaceAll("_", " ");
