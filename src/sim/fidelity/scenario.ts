import { medianOf } from "../../common/statistics.ts";
import type { Pages } from "../../common/units.ts";
import { type CurveComparison, interpolate, type RunComparison, rmse } from "./compare.ts";
import type { CurveKind } from "./curves.ts";
import type { Role } from "./roles.ts";

/**
 * The error of a simulated curve over all repetitions of a scenario, and its limit, as fractions of the curve's range.
 */
export interface CurveVerdict {
  readonly kind: CurveKind;
  /** Whether the range of most repetitions is the least one of its kind. */
  readonly isRangeLeast: boolean;
  /** Median over the repetitions of the simulation's error, as a fraction of the curve's range. */
  readonly error: number;
  /**
   * The difference between repetitions, as such a fraction: with three and more repetitions the median over their
   * pairs, with fewer the curve's `usualNoise`.
   */
  readonly noise: number;
  /** Whether `noise` is `usualNoise`. */
  readonly isNoiseUsual: boolean;
  /** The largest valid `error`, and whether that is the lowest limit, as the noise alone would give a lower one. */
  readonly limit: number;
  readonly isLimitLowest: boolean;
  /** The limit that the noise alone would give; null if it is not above the highest limit, which holds instead. */
  readonly uncappedLimit: number | null;
  readonly isWithin: boolean;
}

/** A change of the target: work cycles until it was reached, as the median of the repetitions; null: not reached. */
export interface TargetVerdict {
  readonly pages: Pages;
  readonly recorded: number | null;
  readonly simulated: number | null;
  readonly isWithin: boolean;
}

/** All repetitions of one scenario compared with their replays. */
export interface Scenario {
  readonly name: string;
  readonly settings: string;
  /** Settings of its runs that the simulation does not model. */
  readonly unmodelled: readonly string[];
  /** Figures that its recordings do not have, by the recorder's names. */
  readonly unrecorded: readonly string[];
  /** Why the costs of the replays are those of another machine than the recorded one; null: they are not. */
  readonly costsNote: string | null;
  /** Whether the profile's costs were fitted to it; null if unknown. */
  readonly role: Role | null;
  readonly runs: readonly RunComparison[];
  readonly curves: readonly CurveVerdict[];
  readonly targets: readonly TargetVerdict[];
  /** Whether there were OOM kills in all repetitions, or in none, and the same for their replays. */
  readonly oom: { readonly recorded: boolean; readonly simulated: boolean; readonly isWithin: boolean };
  /** Whether all comparisons are within their limits. */
  readonly isWithin: boolean;
}

/**
 * Limits of a curve's error: a multiple of the difference between repetitions, but between two fractions of its range.
 * The upper one keeps a scenario whose repetitions differ much, by chance, from passing whatever the simulation does.
 */
const LIMIT = { noise: 1.5, lowest: 0.03, highest: 0.15 } as const;
/** Repetitions from which their differences are taken as the noise of a scenario. */
const REPETITIONS_FOR_NOISE = 3;
/** Limits of the error of a time to target: in cycles, or as a fraction of it. */
const TARGET_LIMIT = { cycles: 1, part: 0.05 } as const;

/**
 * Groups runs by scenario, in the order of their first runs. Other scenarios of the same name get a number.
 * @param roles of scenarios, by name
 */
export function scenariosOf(
  comparisons: readonly RunComparison[],
  roles: ReadonlyMap<string, Role> = new Map(),
): Scenario[] {
  const bySettings = new Map<string, RunComparison[]>();
  for (const comparison of comparisons) {
    const { settings, recordedOn } = comparison.run;
    const key = `${recordedOn}\n${settings}`;
    const runs = bySettings.get(key);
    if (runs === undefined) bySettings.set(key, [comparison]);
    else runs.push(comparison);
  }
  const seen = new Map<string, number>();
  return [...bySettings.values()].map((runs) => {
    const scenario = judge(runs, roles);
    const count = (seen.get(scenario.name) ?? 0) + 1;
    seen.set(scenario.name, count);
    return count === 1 ? scenario : { ...scenario, name: `${scenario.name} (${count})` };
  });
}

function judge(runs: readonly RunComparison[], roles: ReadonlyMap<string, Role>): Scenario {
  const { run, curves: firstCurves, targets: firstTargets } = runs[0] as RunComparison;
  const curves = firstCurves.map((_, i) => judgeCurve(runs, i));
  const targets = firstTargets.map((_, i) => judgeTarget(runs, i));
  const recorded = runs.some(({ oomKills }) => oomKills.recorded > 0);
  const simulated = runs.some(({ oomKills }) => oomKills.simulated > 0);
  const oom = {
    recorded,
    simulated,
    isWithin: runs.every(({ oomKills }) => oomKills.recorded > 0 === oomKills.simulated > 0),
  };
  return {
    name: run.scenario,
    settings: run.settings,
    unmodelled: run.unmodelled,
    unrecorded: run.unrecorded,
    costsNote: run.costsNote,
    role: roles.get(run.scenario) ?? null,
    runs,
    curves,
    targets,
    oom,
    isWithin: oom.isWithin && curves.every(({ isWithin }) => isWithin) && targets.every(({ isWithin }) => isWithin),
  };
}

function judgeCurve(runs: readonly RunComparison[], index: number): CurveVerdict {
  const curves = runs.map((comparison) => {
    const curve = comparison.curves[index] as RunComparison["curves"][number];
    return { ...curve, timeUs: comparison.run.timeUs };
  });
  const error = medianOf(curves.map(({ rmse: off, range }) => off / range));
  const { kind } = curves[0] as (typeof curves)[number];
  const isNoiseUsual = runs.length < REPETITIONS_FOR_NOISE;
  const noise = isNoiseUsual ? kind.usualNoise : noiseOf(curves);
  const byNoise = LIMIT.noise * noise;
  const limit = Math.min(Math.max(LIMIT.lowest, byNoise), LIMIT.highest);
  return {
    kind,
    isRangeLeast: curves.filter((curve) => curve.isRangeLeast).length * 2 > curves.length,
    error,
    noise,
    isNoiseUsual,
    limit,
    isLimitLowest: byNoise < LIMIT.lowest,
    uncappedLimit: byNoise > limit ? byNoise : null,
    isWithin: error <= limit,
  };
}

/** The median over pairs of repetitions of their difference, as a fraction of the curve's range. */
function noiseOf(curves: readonly (CurveComparison & { readonly timeUs: readonly number[] })[]): number {
  return medianOf(
    curves.flatMap((a, i) =>
      curves.slice(i + 1).map((b) => {
        const other = interpolate(b.timeUs, b.recorded, a.timeUs);
        return rmse(a.recorded, other) / a.range;
      }),
    ),
  );
}

function judgeTarget(runs: readonly RunComparison[], index: number): TargetVerdict {
  const targets = runs.flatMap(({ targets: all }) => all[index] ?? []);
  const recorded = medianOrNever(targets.map((target) => target.recorded));
  const simulated = medianOrNever(targets.map((target) => target.simulated));
  // A target that was not reached counts as reached in the next cycle.
  const next = medianOf(targets.map(({ watched }) => watched)) + 1;
  const isWithin = isNear(recorded ?? next, simulated ?? next);
  return { pages: targets[0]?.pages as number, recorded, simulated, isWithin };
}

const isNear = (recorded: number, simulated: number): boolean =>
  Math.abs(recorded - simulated) <= Math.max(TARGET_LIMIT.cycles, TARGET_LIMIT.part * recorded);

/** The median, with null (never) after all numbers. */
function medianOrNever(values: readonly (number | null)[]): number | null {
  const middle = medianOf(values.map((value) => value ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(middle) ? middle : null;
}
