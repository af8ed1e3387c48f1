import type { RunComparison } from "../fidelity/compare.ts";
import type { ReplayedRun } from "../fidelity/replay.ts";
import { scenariosOf } from "../fidelity/scenario.ts";
import { addOuter, dot, zeros } from "./matrix.ts";
import type { Model, Outcome, Point } from "./model.ts";

/** One curve of one recorded run near a point: its mean over worlds, and its change with each cost. */
export interface Block {
  readonly run: number;
  /** Index of the curve in the run. */
  readonly curve: number;
  /** Index of the scenario. */
  readonly scenario: number;
  /** Weight of the square of a row's difference; see `weightOf`. */
  readonly weight: number;
  readonly recorded: readonly number[];
  /** The simulated curve, mean over worlds. */
  readonly mean: readonly number[];
  /** Per cost: the derivative of each row by ln(cost). */
  readonly slopes: readonly (readonly number[])[];
}

/** The replays near a point as linear functions of the logarithms of the costs. */
export interface Linear {
  readonly blocks: readonly Block[];
  /** The sum of the blocks' weighted products of slopes. */
  readonly information: readonly (readonly number[])[];
  /**
   * Per cost: the part of its own information that is the same in all worlds, from 0 to 1. The rest is by chance: the
   * difference of two replays with different costs is partly that of two worlds.
   */
  readonly clarity: readonly number[];
  /** The outcomes at the point, per world. */
  readonly outcomes: readonly Outcome[];
  /** The outcomes at point - step and point + step, per cost. */
  readonly sides: readonly Sides[];
}

type Sides = readonly [readonly Outcome[], readonly Outcome[]];

/** Least error in the weight, in units of the limit: a curve that fits better has no more weight. */
const LEAST_ERROR = 0.3;

/**
 * Weights with which a step of least squares decreases the sum of ln(1 + error / limit): error grows with the root of
 * the mean square, so d ln(1 + error / limit) = d(error²) / (2 error (limit + error)).
 */
function weightOf(error: number, limit: number, range: number, rows: number, repetitions: number): number {
  const e = Math.max(error, LEAST_ERROR * limit);
  return 1 / (2 * e * (limit + e) * range * range * rows * repetitions);
}

/**
 * Linearises the replays.
 * @param worlds over which curves are averaged, which smooths what is random about them
 * @param step to both sides, as the logarithm of a factor
 * @param active costs whose slopes are computed; those of the others are zero
 */
export async function linearise(
  model: Model,
  point: Point,
  { worlds, step, active }: { worlds: readonly number[]; step: number; active: readonly number[] },
): Promise<Linear> {
  const points = active.flatMap((i) => [-step, step].map((by) => model.moved(point, new Map([[i, by]]))));
  const [outcomes = [], ...others] = await model.at([point, ...points], worlds);
  const sides = model.fields.map((_, i): Sides => {
    const at = active.indexOf(i);
    return at === -1 ? [outcomes, outcomes] : [others[2 * at] as Outcome[], others[2 * at + 1] as Outcome[]];
  });
  const { comparisons } = outcomes[0] as Outcome;
  const scenarios = scenariosOf(comparisons);
  const blocks = scenarios.flatMap(({ runs, curves }, scenario) =>
    runs.flatMap((comparison) => {
      const run = comparisons.indexOf(comparison);
      return curves.map(({ kind, limit }, curve): Block => {
        const { range, recorded } = comparison.curves[curve] as RunComparison["curves"][number];
        const rms = outcomes.map(({ comparisons: all }) => all[run]?.curves[curve]?.rmse as number);
        const error = rms.reduce((a, b) => a + b, 0) / rms.length / range;
        const meanOf = (of: readonly Outcome[]) =>
          meanCurve(
            of.map(({ replays }) => replays[run] as ReplayedRun),
            kind.id,
          );
        const slopes = sides.map(([below, above], i) => {
          if (!active.includes(i)) return recorded.map(() => 0);
          const [a, b] = [meanOf(below), meanOf(above)];
          return b.map((value, row) => (value - (a[row] as number)) / (2 * step));
        });
        const weight = weightOf(error, limit, range, recorded.length, runs.length);
        return { run, curve, scenario, weight, recorded, mean: meanOf(outcomes), slopes };
      });
    }),
  );
  const information = zeros(model.fields.length, model.fields.length);
  for (const { slopes, weight, recorded } of blocks) {
    recorded.forEach((_, row) => {
      addOuter(
        information,
        slopes.map((slope) => slope[row] as number),
        weight,
      );
    });
  }
  const clarity = model.fields.map((_, i) => (active.includes(i) ? clarityOf(blocks, sides[i] as Sides, i, step) : 0));
  return { blocks, information, clarity, outcomes, sides };
}

/**
 * The mean of products of the slopes of two different worlds, relative to that of the mean slopes: 1 if the slopes are
 * equal in all worlds, 0 if they are independent.
 */
function clarityOf(blocks: readonly Block[], [below, above]: Sides, cost: number, step: number): number {
  const n = below.length;
  let all = 0;
  let own = 0;
  for (const { run, curve, weight, slopes } of blocks) {
    const mean = slopes[cost] as readonly number[];
    all += weight * dot(mean, mean);
    below.forEach((outcome, world) => {
      const a = outcome.comparisons[run]?.curves[curve]?.simulated as readonly number[];
      const b = above[world]?.comparisons[run]?.curves[curve]?.simulated as readonly number[];
      own += weight * a.reduce((sum, value, row) => sum + (((b[row] as number) - value) / (2 * step)) ** 2, 0);
    });
  }
  if (all === 0 || n < 2) return 0;
  return Math.max(0, (n * n * all - own) / (n * (n - 1))) / all;
}

/** The mean of a curve over replays, row by row. */
function meanCurve(replays: readonly ReplayedRun[], id: string): number[] {
  const curves = replays.map(({ curves: all }) => all.get(id as never) as readonly number[]);
  return (curves[0] ?? []).map(
    (_, row) => curves.reduce((sum, curve) => sum + (curve[row] as number), 0) / curves.length,
  );
}

/** The weighted product of a block's slopes and of a difference of curves, per cost. */
export const projected = ({ slopes, weight }: Block, difference: readonly number[]): number[] =>
  slopes.map((slope) => weight * slope.reduce((sum, value, row) => sum + value * (difference[row] as number), 0));
