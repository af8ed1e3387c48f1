import { type Random, randomStream } from "../random/stream.ts";
import { growTree, mainEffects } from "./forest.ts";
import { Axis } from "./parameter.ts";
import { quantileScale } from "./quantile-scale.ts";
import { samplerNamed } from "./samplers/index.ts";
import type { Outcome, Parameter, Point, StudyHeader } from "./types.ts";

/** The dependence of a goal on the constants. */
export interface Importance {
  /**
   * For each constant, the fraction of the goal's variance over the space that it explains by itself; 0 to 1, their sum
   * at most 1.
   */
  readonly shares: readonly number[];
  /** The remaining fraction: interactions of constants. */
  readonly together: number;
  /**
   * For each constant, whether trials distinguish it from a random column; also true if they don't suffice for that.
   */
  readonly matters: readonly boolean[];
  /** Prediction of trials that were not used for a tree (R²): 1 is exact, 0 no better than the mean, negative worse. */
  readonly fit: number;
}

/** Minimum number of trials. */
const MIN_TRIALS = 20;
/** Maximum number of trials that are used; more would not improve the result. */
const MAX_TRIALS = 2048;
/** Minimum number of trials that cover the space evenly, for deciding which constants matter. */
const MIN_EVEN = 64;
/** Minimum fit of a forest that is used. */
export const MIN_FIT = 0.5;
const TREES = 32;
/** Number of columns of random numbers, whose apparent effects are chance. */
const SHADOWS = 3;
/** A constant matters if it explains more than the best of these columns by this factor. */
const SHADOW_MARGIN = 1.5;

/**
 * The importance of each constant for a value: fits a forest of extremely randomised trees to the trials, and
 * decomposes its variance over the whole space (functional ANOVA). Each value is replaced by the part of the space that
 * is better, so that outliers have little effect. Deterministic.
 * @param even number of trials, from the first on, that cover the space evenly; a sampler has chosen the others
 * @returns null for fewer than 20 trials, or if all have the same value
 */
export function importanceOf(
  parameters: readonly Parameter[],
  points: readonly Point[],
  values: readonly number[],
  even = points.length,
): Importance | null {
  const isAllEven = even >= points.length;
  const chosen = isAllEven
    ? evenly(0, points.length, MAX_TRIALS)
    : [...evenly(0, even, MAX_TRIALS / 2), ...evenly(even, points.length, MAX_TRIALS / 2)];
  const scale = quantileScale(values.slice(0, even));
  const scaled = chosen.map((i) => scale(values[i] as number));
  if (chosen.length < MIN_TRIALS || scaled.every((value) => value === scaled[0])) return null;

  const random = randomStream("importance", "forest");
  const axes = parameters.map((parameter) => new Axis(parameter));
  const columns = axes.map((axis, i) => Float64Array.from(chosen, (k) => axis.unitOf(points[k]?.[i] as number)));
  for (let i = 0; i < SHADOWS; i++) columns.push(Float64Array.from(chosen, random));

  const forest = growForest(columns, scaled, axes.length, random);
  const shares = Array.from(forest.effects, (effect) => (forest.total > 0 ? effect / forest.total : 0));
  const evenCount = isAllEven ? chosen.length : chosen.findIndex((i) => i >= even);
  let matters = axes.map(() => true);
  if (evenCount >= MIN_EVEN) {
    // Where a sampler has concentrated its trials, unrelated constants may be correlated.
    const { gains, fit } = isAllEven ? forest : growForest(columns, scaled.slice(0, evenCount), axes.length, random);
    const chance = SHADOW_MARGIN * gains.subarray(axes.length).reduce((most, gain) => Math.max(most, gain), 0);
    matters = axes.map((_, i) => fit < MIN_FIT || (gains[i] as number) > chance);
  }
  return {
    shares,
    together: Math.max(0, 1 - shares.reduce((sum, share) => sum + share, 0)),
    matters,
    fit: forest.fit,
  };
}

/** The importance of a study's constants for each of its goals, from its complete trials except trial 0. */
export function importanceOfStudy(study: {
  readonly header: Pick<StudyHeader, "parameters" | "goals" | "sampler" | "batch">;
  readonly outcomes: readonly Outcome[];
}): (Importance | null)[] {
  const { parameters, goals, sampler, batch } = study.header;
  const even = samplerNamed(sampler).even(parameters.length, batch);
  // Trial 0 may be outside of the space.
  const complete = study.outcomes
    .map((outcome, trial) => ({ outcome, trial }))
    .filter(({ outcome, trial }) => trial > 0 && outcome.isComplete && outcome.values.length > 0);
  const points = complete.map(({ outcome }) => outcome.point);
  const evenCount = complete.filter(({ trial }) => trial <= even).length;
  return goals.map((_, goal) => {
    const values = complete.map(({ outcome }) => outcome.values[goal] as number);
    return importanceOf(parameters, points, values, evenCount);
  });
}

interface Forest {
  /** Sums over the trees of `mainEffects` and `Tree.gains`. */
  readonly total: number;
  readonly effects: Float64Array;
  readonly gains: Float64Array;
  readonly fit: number;
}

/** Grows each tree from two thirds of the rows; the others measure its fit. */
function growForest(
  columns: readonly Float64Array[],
  values: readonly number[],
  parameters: number,
  random: Random,
): Forest {
  const order = Int32Array.from(values.keys());
  const seen = Math.ceil((2 / 3) * values.length);
  const effects = new Float64Array(parameters);
  const gains = new Float64Array(columns.length);
  const predicted = new Float64Array(values.length);
  const predictions = new Float64Array(values.length);
  let total = 0;
  for (let t = 0; t < TREES; t++) {
    shuffle(order, random);
    const tree = growTree(columns, values, order.slice(0, seen), random);
    const anova = mainEffects(tree.leaves, parameters);
    total += anova.total;
    addTo(effects, anova.effects);
    addTo(gains, tree.gains);
    for (const row of order.subarray(seen)) {
      predicted[row] = (predicted[row] as number) + tree.predict(row);
      predictions[row] = (predictions[row] as number) + 1;
    }
  }
  return { total, effects, gains, fit: fitOf(values, predicted, predictions) };
}

function addTo(sums: Float64Array, terms: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (terms[i] as number);
}

/** Indices from `from` to `to`, at most `most` of them, at equal distances. */
function evenly(from: number, to: number, most: number): number[] {
  const taken = Math.min(to - from, most);
  return Array.from({ length: taken }, (_, i) => from + Math.floor((i * (to - from)) / taken));
}

function shuffle(order: Int32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const other = order[j] as number;
    order[j] = order[i] as number;
    order[i] = other;
  }
}

function fitOf(values: readonly number[], sums: Float64Array, counts: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let error = 0;
  let spread = 0;
  values.forEach((value, i) => {
    const count = counts[i] as number;
    if (count === 0) return;
    const off = value - (sums[i] as number) / count;
    error += off * off;
    spread += (value - mean) * (value - mean);
  });
  return spread === 0 ? 0 : 1 - error / spread;
}
