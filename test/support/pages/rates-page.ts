import {
  COMPARED_SCENARIOS,
  type ComparedRun,
  comparedFiles,
  readCompared,
  simulateCompared,
  VARIANTS,
  type Variant,
} from "../data/compared-runs.ts";
import { bundledTable } from "./bundled-rates.ts";
import { type Spread, spreadCell, spreadOf, tableRow, withParts } from "./generated.ts";

/** Worlds in which each run is simulated. */
const WORLDS = [1, 2, 3, 4, 5] as const;
const PAGES_PER_MIB = 256;
/** A surplus of fewer pages than a batch stays in the balloon of mainline's driver. */
const DEAD_BAND = 511;

/** A figure of the comparison (lab/rate-control.md). Never: infinity. */
interface FigureKind {
  readonly title: string;
  /** Whose it is; null: not a matter of better or worse. */
  readonly of: "host" | "guest" | null;
  readonly isMoreBetter: boolean;
  readonly digits: number;
  /** Whether it is in the table of simulated figures, too. */
  readonly isSimulated: boolean;
  /** Scenarios that it is left out of. */
  readonly notOf?: readonly string[];
  /** Null: the run does not have it. */
  readonly read: (run: ComparedRun) => number | null;
}

const at = (values: readonly number[], row: number): number => values[row] as number;
const lastOf = (values: readonly number[]): number => values.at(-1) as number;

/** The target that is in force in a row. */
function targetAt(run: ComparedRun, row: number): number {
  return run.targets.findLast(([seconds]) => seconds <= at(run.seconds, row))?.[1] ?? 0;
}

/** Seconds from a target to the first row for which the balloon's size fits; the next target ends the search. */
function secondsTo(run: ComparedRun, index: number, fits: (size: number, target: number) => boolean): number {
  const [from, target] = run.targets[index] as readonly [number, number];
  const until = run.targets[index + 1]?.[0] ?? Number.POSITIVE_INFINITY;
  const row = run.seconds.findIndex((s, i) => s > from && s <= until && fits(at(run.size, i), target));
  // Whole seconds: the phase of the rows is chance.
  return row === -1 ? Number.POSITIVE_INFINITY : Math.round(at(run.seconds, row) - from);
}

const secondsToPart = (run: ComparedRun, part: number): number =>
  secondsTo(run, 0, (size, target) => size >= part * target);

/** Mean over the rows between the first target and the second. */
function meanHeld(run: ComparedRun): number {
  const [[from], [until]] = run.targets as unknown as [[number], [number]];
  const sizes = run.size.filter((_, i) => at(run.seconds, i) > from && at(run.seconds, i) <= until);
  return sizes.reduce((sum, size) => sum + size, 0) / sizes.length / PAGES_PER_MIB;
}

/** Mean of what the balloon lacks of the target in force, over the rows from the first target on. */
function meanMissing(run: ComparedRun): number {
  const rows = run.seconds.flatMap((s, i) => (s > at(run.targets[0] as readonly number[], 0) ? [i] : []));
  const missing = rows.map((i) => Math.max(0, targetAt(run, i) - at(run.size, i)));
  return missing.reduce((sum, pages) => sum + pages, 0) / missing.length / PAGES_PER_MIB;
}

/** MiB/s of the workloads' work from the first target to the end; null: not recorded, or no workload works. */
export function workRate({ work, seconds, targets }: ComparedRun): number | null {
  if (work === null || lastOf(work) === 0) return null;
  const [[from]] = targets as unknown as [[number]];
  const first = seconds.findIndex((s) => s >= from);
  return (lastOf(work) - at(work, first)) / (lastOf(seconds) - at(seconds, first));
}

const worstStep = (values: readonly number[]): number =>
  Math.max(...values.slice(1).map((value, i) => value - at(values, i)));

const host = { of: "host", isMoreBetter: false, digits: 0, isSimulated: false } as const;
const guest = { of: "guest", isMoreBetter: false, digits: 1, isSimulated: false } as const;

const FIGURES: readonly FigureKind[] = [
  { ...host, title: "50 %, s", read: (run) => secondsToPart(run, 0.5) },
  { ...host, title: "90 %, s", isSimulated: true, read: (run) => secondsToPart(run, 0.9) },
  { ...host, title: "100 %, s", read: (run) => secondsToPart(run, 1) },
  { ...host, title: "held, MiB", isMoreBetter: true, isSimulated: true, read: meanHeld },
  { ...host, title: "missing, MiB", of: null, isSimulated: true, read: meanMissing },
  { ...host, title: "back, s", read: (run) => secondsTo(run, 1, (size, target) => size <= target + DEAD_BAND) },
  { ...guest, title: "some, s", isSimulated: true, read: ({ some }) => lastOf(some) },
  { ...guest, title: "full, s", isSimulated: true, read: ({ full }) => lastOf(full) },
  { ...guest, title: "worst second", digits: 2, read: ({ full }) => worstStep(full) },
  { ...guest, title: "out, MiB", digits: 0, isSimulated: true, read: ({ swapOut }) => lastOf(swapOut) / PAGES_PER_MIB },
  { ...guest, title: "in, MiB", digits: 0, isSimulated: true, read: ({ swapIn }) => lastOf(swapIn) / PAGES_PER_MIB },
  { ...guest, title: "major faults", of: null, digits: 0, read: ({ majorFaults }) => majorFaults },
  { ...guest, title: "work, MiB/s", of: null, isSimulated: true, read: workRate },
  { ...guest, title: "OOM kills", digits: 0, read: ({ oomKills }) => oomKills },
  { ...guest, title: "commands", of: null, digits: 0, read: ({ commands }) => commands },
];

/** The runs of one driver in one scenario. */
export interface Compared {
  readonly scenario: string;
  readonly variant: Variant;
  readonly runs: readonly ComparedRun[];
}

const comparedOf = (read: (files: readonly string[]) => readonly ComparedRun[]): Compared[] =>
  COMPARED_SCENARIOS.flatMap((scenario) =>
    VARIANTS.flatMap((variant) => {
      const files = comparedFiles(scenario, variant);
      return files.length === 0 ? [] : [{ scenario, variant, runs: read(files) }];
    }),
  );

/** The recorded runs. */
export const recordedComparison = (): Compared[] => comparedOf((files) => files.map(readCompared));

/** The first repetitions, simulated in each world. */
export const simulatedComparison = (): Compared[] =>
  comparedOf(([first]) => WORLDS.map((world) => simulateCompared(first as string, world)));

/** A figure of those runs that have it. */
const valuesOf = ({ read }: FigureKind, runs: readonly ComparedRun[]): number[] =>
  runs.map(read).filter((value) => value !== null);

function table(
  all: readonly Compared[],
  scenario: string,
  kinds: readonly FigureKind[],
  variants: readonly Variant[] = VARIANTS,
): string {
  return [
    tableRow(["driver", ...kinds.map(({ title }) => title)]),
    tableRow(["---", ...kinds.map(() => "---:")]),
    ...all
      .filter((one) => one.scenario === scenario && variants.includes(one.variant))
      .map(({ variant, runs }) =>
        tableRow([variant, ...kinds.map((kind) => spreadCell(valuesOf(kind, runs), kind.digits))]),
      ),
  ].join("\n");
}

/** The figures of one scenario, all drivers. */
export const recordedTable = (all: readonly Compared[], scenario: string): string => table(all, scenario, FIGURES);

/** Those of its simulation. */
export const simulatedTable = (all: readonly Compared[], scenario: string): string =>
  table(
    all,
    scenario,
    FIGURES.filter(({ isSimulated }) => isSimulated),
  );

/** Where a figure is better, worse, or not different: where the repetitions do not overlap. */
function difference(kind: FigureKind, one: Compared, other: Compared): -1 | 0 | 1 {
  const [a, b] = [one, other].map(({ runs }) => spreadOf(valuesOf(kind, runs))) as [Spread, Spread];
  if (a.low <= b.high && b.low <= a.high) return 0;
  return a.low > b.high === kind.isMoreBetter ? 1 : -1;
}

/** What the figures of a host or of a guest say of one driver beside another. */
function side(of: "host" | "guest", one: Compared, other: Compared): string {
  const signs = FIGURES.filter((kind) => kind.of === of).map((kind) => difference(kind, one, other));
  const [isBetter, isWorse] = [signs.includes(1), signs.includes(-1)];
  if (isBetter && isWorse) return "±";
  if (isBetter) return "+";
  return isWorse ? "−" : "=";
}

/**
 * What each driver does better (+) and worse (−) than mainline's, for the host and for the guest, by the rule of
 * lab/rate-control.md.
 */
export function verdictTable(all: readonly Compared[]): string {
  const others = VARIANTS.filter((variant) => variant !== "mainline");
  const of = (scenario: string, variant: Variant): Compared | undefined =>
    all.find((one) => one.scenario === scenario && one.variant === variant);
  const verdict = (scenario: string, variant: Variant): string => {
    const [one, mainline] = [of(scenario, variant), of(scenario, "mainline")];
    if (one === undefined || mainline === undefined) return "";
    const [hosts, guests] = [side("host", one, mainline), side("guest", one, mainline)];
    const isBetter = [hosts, guests].includes("+") && ![hosts, guests].some((sign) => sign === "−" || sign === "±");
    const isWorse = [hosts, guests].includes("−") && ![hosts, guests].some((sign) => sign === "+" || sign === "±");
    return `host ${hosts} guest ${guests}${isBetter ? " **better**" : isWorse ? " worse" : ""}`;
  };
  return [
    tableRow(["scenario", ...others]),
    tableRow(["---", ...others.map(() => "---")]),
    ...COMPARED_SCENARIOS.map((scenario) =>
      tableRow([scenario, ...others.map((variant) => verdict(scenario, variant))]),
    ),
  ].join("\n");
}

/** What the README shows: one scenario, the drivers and figures that tell most, with titles that explain themselves. */
function shortTable(all: readonly Compared[]): string {
  const titles: Readonly<Record<string, string>> = {
    "90 %, s": "90 % of the target after, s",
    "held, MiB": "the balloon's mean size, MiB",
    "full, s": "memory pressure (PSI full), s",
    "out, MiB": "swapped out, MiB",
    "work, MiB/s": "the workload's work, MiB/s of 100",
  };
  const kinds = FIGURES.filter(({ title }) => title in titles).map((kind) => ({
    ...kind,
    title: titles[kind.title] as string,
  }));
  return table(all, "working", kinds, ["virtio", "mainline", "2010", "tuned", "daemon", "low"]);
}

/** The page with its tables written anew. */
export function withRates(page: string): string {
  const recorded = recordedComparison();
  const simulated = simulatedComparison();
  const parts = Object.fromEntries(
    COMPARED_SCENARIOS.flatMap((scenario) => [
      [`recorded-${scenario}`, () => recordedTable(recorded, scenario)],
      [`simulated-${scenario}`, () => simulatedTable(simulated, scenario)],
    ]),
  );
  return withParts(page, { ...parts, verdicts: () => verdictTable(recorded), bundled: bundledTable });
}

/** The README with its table written anew. */
export function withShort(page: string): string {
  return withParts(page, { short: () => shortTable(recordedComparison()) });
}
