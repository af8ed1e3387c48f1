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
  /** By how much the splits on each column lessen the sum of squared differences from the mean. */
  readonly gains: Float64Array;
  /** What it says of a row, by its index. */
  predict(row: number): number;
}

/** Fewer rows are not split. */
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
 * Grows an extremely randomised regression tree (P. Geurts et al., Machine Learning 63, 2006): each node is split where it
 * helps most, of one random place in each column.
 * @param columns the rows' coordinates from 0 to 1, one array a column
 * @param members indices of the rows to grow it from, at least one; they are put in another order
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

/** The best of one random split a column; null where no column has two values, or all rows have the same. */
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
    // Drawn in any case, so that each column has as many draws as the others.
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

/** Puts the rows below the split first; returns where the others begin. */
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
 * How much of a tree's variance over the first columns of the unit cube comes from each of them alone: the functional
 * analysis of variance of F. Hutter et al., "An efficient approach for assessing hyperparameter importance", ICML 2014.
 * @param columns how many; the tree's other columns are averaged over
 * @returns the variance in all, and that of each column's marginal
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

/** The variance of what a tree predicts at one coordinate, averaged over the others: between splits it is constant. */
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
