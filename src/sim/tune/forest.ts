import type { Random } from "../random/stream.ts";

/** A region of the unit cube in which a tree predicts one value: an interval for each column. */
export interface Leaf {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly value: number;
}

/** A regression tree. */
export interface Tree {
  readonly leaves: readonly Leaf[];
  /** For each column, the reduction of the sum of squared differences from the mean by the splits on it. */
  readonly gains: Float64Array;
  /** The tree's prediction for a row, by its index. */
  predict(row: number): number;
}

/** Minimum number of rows for a split. */
const MIN_SPLIT = 5;

interface Split {
  readonly column: number;
  readonly at: number;
  readonly gain: number;
}

interface Node {
  readonly split: Split | null;
  readonly value: number;
  below: Node | null;
  above: Node | null;
}

/**
 * Grows an extremely randomised regression tree (P. Geurts et al., Machine Learning 63, 2006): each node is split at
 * the best of one random place in each column.
 * @param columns the rows' coordinates from 0 to 1, one array per column
 * @param members indices of the rows to grow it from, at least one; they are reordered
 */
export function growTree(
  columns: readonly Float64Array[],
  values: ArrayLike<number>,
  members: Int32Array,
  random: Random,
): Tree {
  const gains = new Float64Array(columns.length);
  const leaves: Leaf[] = [];

  const grow = (from: number, to: number, low: Float64Array, high: Float64Array): Node => {
    let sum = 0;
    for (let i = from; i < to; i++) sum += values[members[i] as number] as number;
    const value = sum / (to - from);
    const split = to - from < MIN_SPLIT ? null : bestSplit(columns, values, members, from, to, random);
    const node: Node = { split, value, below: null, above: null };
    if (split === null) {
      leaves.push({ low, high, value });
      return node;
    }
    gains[split.column] = (gains[split.column] as number) + split.gain;
    const middle = partition(columns[split.column] as Float64Array, members, from, to, split);
    const highBelow = high.slice();
    const lowAbove = low.slice();
    highBelow[split.column] = split.at;
    lowAbove[split.column] = split.at;
    node.below = grow(from, middle, low, highBelow);
    node.above = grow(middle, to, lowAbove, high);
    return node;
  };

  const root = grow(0, members.length, new Float64Array(columns.length), new Float64Array(columns.length).fill(1));
  const predict = (row: number): number => {
    let node = root;
    while (node.split !== null) {
      node = ((columns[node.split.column]?.[row] as number) < node.split.at ? node.below : node.above) as Node;
    }
    return node.value;
  };
  return { leaves, gains, predict };
}

/** The best of one random split per column; null if no column has two values, or if all rows have the same value. */
function bestSplit(
  columns: readonly Float64Array[],
  values: ArrayLike<number>,
  members: Int32Array,
  from: number,
  to: number,
  random: Random,
): Split | null {
  let best: Split | null = null;
  for (let column = 0; column < columns.length; column++) {
    const xs = columns[column] as Float64Array;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = from; i < to; i++) {
      const x = xs[members[i] as number] as number;
      low = Math.min(low, x);
      high = Math.max(high, x);
    }
    // Drawn in any case, so that all columns have the same number of draws.
    const at = high - random() * (high - low);
    if (low >= high || at <= low) continue;
    let [countBelow, sumBelow, sum] = [0, 0, 0];
    for (let i = from; i < to; i++) {
      const member = members[i] as number;
      const value = values[member] as number;
      sum += value;
      if ((xs[member] as number) < at) {
        countBelow++;
        sumBelow += value;
      }
    }
    const countAbove = to - from - countBelow;
    const difference = sumBelow / countBelow - (sum - sumBelow) / countAbove;
    const gain = ((countBelow * countAbove) / (to - from)) * difference * difference;
    if (gain > (best?.gain ?? 1e-12)) best = { column, at, gain };
  }
  return best;
}

/** Puts the rows below the split first; returns the beginning of the others. */
function partition(xs: Float64Array, members: Int32Array, from: number, to: number, split: Split): number {
  let middle = from;
  for (let i = from; i < to; i++) {
    const member = members[i] as number;
    if ((xs[member] as number) >= split.at) continue;
    members[i] = members[middle] as number;
    members[middle++] = member;
  }
  return middle;
}

/**
 * The part of a tree's variance over the first columns of the unit cube that comes from each of them alone: the
 * functional analysis of variance of F. Hutter et al., "An efficient approach for assessing hyperparameter importance",
 * ICML 2014.
 * @param columns number of columns; the tree's other columns are averaged over
 * @returns the total variance, and that of each column's marginal
 */
export function mainEffects(leaves: readonly Leaf[], columns: number): { total: number; effects: Float64Array } {
  const volumes = leaves.map(({ low, high }) =>
    high.reduce((volume, end, i) => volume * (end - (low[i] as number)), 1),
  );
  const mean = leaves.reduce((sum, { value }, i) => sum + value * (volumes[i] as number), 0);
  const total = leaves.reduce((sum, { value }, i) => sum + (value - mean) * (value - mean) * (volumes[i] as number), 0);
  const effects = new Float64Array(columns);
  for (let column = 0; column < columns; column++) effects[column] = marginalVariance(leaves, volumes, column, mean);
  return { total, effects };
}

/** The variance of the predictions along one coordinate, averaged over the others: between splits they are constant. */
function marginalVariance(leaves: readonly Leaf[], volumes: readonly number[], column: number, mean: number): number {
  const ends = leaves.flatMap(({ low, high, value }, i) => {
    const from = low[column] as number;
    const to = high[column] as number;
    const step = ((value - mean) * (volumes[i] as number)) / (to - from);
    return [
      { at: from, step },
      { at: to, step: -step },
    ];
  });
  ends.sort((a, b) => a.at - b.at);
  let variance = 0;
  let marginal = 0;
  let since = 0;
  for (const { at, step } of ends) {
    variance += marginal * marginal * (at - since);
    marginal += step;
    since = at;
  }
  return variance;
}
