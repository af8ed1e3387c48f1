import { momentsOf } from "../../common/statistics.ts";
import type { RecordedRun } from "../fidelity/recorded-run.ts";
import { ln } from "../tune/elementary.ts";
import { type Block, type Linear, linearise, projected } from "./linear.ts";
import { addOuter, inverse, type Matrix, multiply, part, transpose, zeros } from "./matrix.ts";
import { type Model, meanScore, type Point } from "./model.ts";

/** What a base is assumed to be worth: the true ln(cost) deviates from it by this standard deviation. */
const PRIOR_SD = ln(3);
/** A cost is identifiable if the ends of its interval differ by no more than this, as the logarithm of a factor. */
export const WIDEST = ln(3);
/** Quantile of a 90 % interval, of Student's t distribution with 16 degrees of freedom. */
const QUANTILE = 1.746;
/** Largest standard deviation of ln(cost) of an identifiable cost. */
export const IDENTIFIABLE_SD = WIDEST / (2 * QUANTILE);
/** Half the width of the 90 % interval of ln(cost). */
export const halfWidth = (sd: number): number => QUANTILE * sd;

/** Standard deviation of ln(cost) that a search leaves, which ends when a step gains little. */
const SEARCH_SD = 0.015;

/** Number of simulated sets of recordings. */
const SETS = 17;
/** First number of their worlds: none of those of a search. */
const FIRST_WORLD = 1000;
const NEAR = ln(1.5);
const WIDE = ln(3);
/** Curves come in pairs that say the same: anonymous memory and swap, the two kinds of pressure. */
const CURVES_A_FACT = 2;
/** Ridges that are compared, relative to the largest information about a cost. */
const RIDGES = [0.0001, 0.001, 0.01, 0.1, 1];

/** What is known about the uncertainty at a point. */
export interface Uncertainty {
  readonly near: Linear;
  readonly wide: Linear;
  /** Covariance of the projected differences: by worlds, and by what the model can't reproduce. */
  readonly noise: Matrix;
  readonly misfit: readonly { readonly scenario: number; readonly curve: number; readonly sum: readonly number[] }[];
}

/** Simulates at a point what is needed for intervals. */
export async function uncertaintyAt(
  model: Model,
  point: Point,
  { worlds, active }: { worlds: readonly number[]; active: readonly number[] },
): Promise<Uncertainty> {
  const near = await linearise(model, point, { worlds, step: NEAR, active });
  const wide = await linearise(model, point, { worlds, step: WIDE, active });
  const sets = await bootstrap(model, point, near.blocks);
  const noise = zeros(model.fields.length, model.fields.length);
  const mean = model.fields.map((_, i) => sets.reduce((sum, set) => sum + (set[i] as number), 0) / SETS);
  for (const set of sets) {
    addOuter(
      noise,
      set.map((value, i) => value - (mean[i] as number)),
      (1 + 1 / worlds.length) / (SETS - 1),
    );
  }
  return { near, wide, noise, misfit: misfitOf(near.blocks) };
}

/** Projected differences of simulated sets of recordings from the mean curves; each run of each set has its own world. */
async function bootstrap(model: Model, point: Point, blocks: readonly Block[]): Promise<number[][]> {
  const worlds = model.runs.map((_, run) =>
    Array.from({ length: SETS }, (__, set) => FIRST_WORLD + set * model.runs.length + run),
  );
  const replays = await model.replaysIn(point, worlds);
  return Array.from({ length: SETS }, (_, set) =>
    sumOf(model, blocks, ({ run, curve, mean }) => {
      const id = [...(model.runs[run] as RecordedRun).curves.keys()][curve];
      const simulated = replays[run]?.[set]?.curves.get(id as never) as readonly number[];
      return simulated.map((value, row) => value - (mean[row] as number));
    }),
  );
}

function sumOf(model: Model, blocks: readonly Block[], difference: (block: Block) => readonly number[]): number[] {
  const sum = model.fields.map(() => 0);
  for (const block of blocks) {
    projected(block, difference(block)).forEach((value, i) => {
      sum[i] = (sum[i] as number) + value;
    });
  }
  return sum;
}

/** The projected residuals, one per curve of a scenario. */
function misfitOf(blocks: readonly Block[]): Uncertainty["misfit"] {
  const clusters = new Map<string, { scenario: number; curve: number; sum: number[] }>();
  for (const block of blocks) {
    const { scenario, curve, recorded, mean } = block;
    const own = projected(
      block,
      recorded.map((value, row) => value - (mean[row] as number)),
    );
    const key = `${scenario} ${curve}`;
    const cluster = clusters.get(key);
    if (cluster === undefined) clusters.set(key, { scenario, curve, sum: own });
    else cluster.sum = cluster.sum.map((value, i) => value + (own[i] as number));
  }
  return [...clusters.values()];
}

/**
 * Standard deviations of ln(cost) of an estimate that fits some costs and keeps the others at the base.
 * @param fitted indices of the fitted costs
 * @param kept indices of the others
 */
export function deviations(
  { near, wide, noise, misfit }: Uncertainty,
  fitted: readonly number[],
  kept: readonly number[],
): number[] {
  const information = part(near.information, fitted, fitted);
  const most = information.reduce((max, row, i) => Math.max(max, row[i] as number), 0);
  const spread = part(noise, fitted, fitted);
  const pairs = Math.max(1, misfit.length - fitted.length);
  for (const { sum } of misfit) {
    addOuter(
      spread,
      fitted.map((i) => sum[i] as number),
      (CURVES_A_FACT * misfit.length) / pairs,
    );
  }
  for (const i of kept) {
    const cross = fitted.map(() => 0);
    near.blocks.forEach((block, b) => {
      const slope = wide.blocks[b]?.slopes[i] as readonly number[];
      const own = projected(block, slope);
      fitted.forEach((f, k) => {
        cross[k] = (cross[k] as number) + (own[f] as number);
      });
    });
    addOuter(spread, cross, PRIOR_SD * PRIOR_SD);
  }
  const candidates = RIDGES.map((ridge) => {
    const damped = information.map((row, i) => row.map((value, j) => (i === j ? value + ridge * most : value)));
    const gain = inverse(damped);
    const covariance = multiply(multiply(gain, spread), transpose(gain));
    // What the ridge leaves of a deviation of the truth from the base.
    for (const column of transpose(gain)) addOuter(covariance, column, (ridge * most * PRIOR_SD) ** 2);
    return covariance.map((row, i) => Math.sqrt(Math.max(0, row[i] as number) + SEARCH_SD * SEARCH_SD));
  });
  // Each cost by the ridge that suits it best: a ridge only matters for those that are hardly known.
  return fitted.map((_, i) => candidates.reduce((min, sd) => Math.min(min, sd[i] as number), PRIOR_SD));
}

/** Part of a cost's effect that must be the same in all worlds. */
const LEAST_CLARITY = 0.8;

/** Whether the runs depend on a cost clearly: alike in all worlds, and the score by more than it differs between worlds. */
export function isClear({ near, wide }: Uncertainty, cost: number): boolean {
  const { mean, variance } = momentsOf(near.outcomes.map(({ score }) => score));
  const sides = (wide.sides[cost] ?? []).map((side) => meanScore(side) - mean);
  return Math.max(...sides) > 2 * Math.sqrt(variance) && (near.clarity[cost] as number) >= LEAST_CLARITY;
}

/** Factors, as logarithms, by which a cost is changed alone to see how far the score stays as good. */
const SCAN = [1.1, 1.2, 1.35, 1.55, 1.8].map(ln);
/** Relative increase of the score that is not told from equal. */
const EQUAL = 0.01;

/**
 * How far each cost alone can be changed, down and up, as logarithms, while the score stays as good within the variation
 * between worlds. An interval contains this range, also where the linear computation says less: curves are not linear, and
 * the model does not reproduce a recording exactly.
 */
export async function equalRanges(
  model: Model,
  point: Point,
  { worlds, costs }: { worlds: readonly number[]; costs: readonly number[] },
): Promise<(readonly [number, number])[]> {
  const moves = costs.flatMap((i) => [-1, 1].flatMap((side) => SCAN.map((by) => new Map([[i, side * by]]))));
  const [own = [], ...others] = await model.at([point, ...moves.map((move) => model.moved(point, move))], worlds);
  const limit = EQUAL * meanScore(own);
  const isEqual = others.map((outcomes) => {
    const { mean, variance } = momentsOf(outcomes.map(({ score }, world) => score - (own[world]?.score as number)));
    return mean <= Math.max(limit, Math.sqrt(variance));
  });
  const reach = (first: number): number => SCAN.reduce((most, by, i) => (isEqual[first + i] === true ? by : most), 0);
  return costs.map((_, k) => [reach(2 * k * SCAN.length), reach((2 * k + 1) * SCAN.length)]);
}
