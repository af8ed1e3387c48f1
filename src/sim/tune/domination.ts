import type { Outcome } from "./types.ts";

/** Whether values are nowhere worse than others and better in at least one; smaller is better. */
export function dominates(a: readonly number[], b: readonly number[]): boolean {
  let isBetter = false;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (x > y) return false;
    if (x < y) isBetter = true;
  }
  return isBetter;
}

/**
 * Ranks by constrained domination (Deb et al. 2002): 0 for outcomes that no other dominates, 1 for those that only rank
 * 0 dominates, and so on. Outcomes that keep all requirements come first; others are ranked by their violation; then
 * come trials that were dropped early, and last failed ones.
 */
export function ranksOf(outcomes: readonly Outcome[]): number[] {
  const ranks = new Array<number>(outcomes.length).fill(0);
  const order = outcomes.map((_, i) => i).sort((i, j) => compare(outcomes[i] as Outcome, outcomes[j] as Outcome));
  const feasible = order.filter((i) => classOf(outcomes[i] as Outcome) === 0);
  let next = rankFeasible(outcomes, feasible, ranks);
  for (let k = feasible.length; k < order.length; k++) {
    const outcome = outcomes[order[k] as number] as Outcome;
    const before = outcomes[order[k - 1] as number];
    const isNew = k > feasible.length && before !== undefined && compareMisses(before, outcome) !== 0;
    if (isNew) next++;
    ranks[order[k] as number] = next;
  }
  return ranks;
}

/**
 * Sorts values that are in ascending lexicographic order into fronts (efficient non-dominated sort with binary search,
 * Zhang et al. 2015): no value dominates an earlier one, so each goes into the first front in which no member dominates
 * it.
 * @returns the number of fronts
 */
function rankFeasible(outcomes: readonly Outcome[], order: readonly number[], ranks: number[]): number {
  const fronts: (readonly number[])[][] = [];
  for (const index of order) {
    const { values } = outcomes[index] as Outcome;
    let low = 0;
    let high = fronts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isDominatedIn(fronts[middle] as (readonly number[])[], values)) low = middle + 1;
      else high = middle;
    }
    if (low === fronts.length) fronts.push([]);
    fronts[low]?.push(values);
    ranks[index] = low;
  }
  return fronts.length;
}

function isDominatedIn(front: readonly (readonly number[])[], values: readonly number[]): boolean {
  // With two goals the last member of a front is the best in the second goal.
  const first = values.length <= 2 ? front.length - 1 : 0;
  for (let i = front.length - 1; i >= first; i--) if (dominates(front[i] as readonly number[], values)) return true;
  return false;
}

/** 0: complete and feasible, 1: complete, 2: dropped, 3: failed. */
const classOf = ({ isComplete, values, violation }: Outcome): number => {
  if (values.length === 0) return 3;
  if (!isComplete) return 2;
  return violation > 0 ? 1 : 0;
};

/** Orders outcomes that are not feasible. */
function compareMisses(a: Outcome, b: Outcome): number {
  const classes = classOf(a) - classOf(b);
  if (classes !== 0 || classOf(a) === 3) return classes;
  return a.violation - b.violation;
}

function compare(a: Outcome, b: Outcome): number {
  const misses = classOf(a) === 0 && classOf(b) === 0 ? 0 : compareMisses(a, b);
  if (misses !== 0) return misses;
  for (let i = 0; i < a.values.length; i++) {
    const difference = (a.values[i] as number) - (b.values[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Crowding distances of outcomes of one rank: the sum over the goals of the distance between both neighbours, divided
 * by the distance between the ends; Infinity at an end (Deb et al. 2002). In the order of `indices`.
 */
export function crowdingOf(outcomes: readonly Outcome[], indices: readonly number[]): number[] {
  const crowding = indices.map(() => 0);
  const goals = outcomes[indices[0] ?? 0]?.values.length ?? 0;
  for (let goal = 0; goal < goals; goal++) {
    const value = (k: number) => (outcomes[indices[k] as number] as Outcome).values[goal] as number;
    const order = indices.map((_, k) => k).sort((j, k) => value(j) - value(k) || j - k);
    const [first, last] = [order[0] as number, order.at(-1) as number];
    const extent = value(last) - value(first);
    crowding[first] = Number.POSITIVE_INFINITY;
    crowding[last] = Number.POSITIVE_INFINITY;
    if (extent === 0) continue;
    for (let k = 1; k < order.length - 1; k++) {
      const gap = value(order[k + 1] as number) - value(order[k - 1] as number);
      crowding[order[k] as number] = (crowding[order[k] as number] as number) + gap / extent;
    }
  }
  return crowding;
}

/** Indices from the best to the worst: by rank, within one by crowding distance, then in their order. */
export function rankOutcomes(outcomes: readonly Outcome[]): number[] {
  const ranks = ranksOf(outcomes);
  const byRank = new Map<number, number[]>();
  ranks.forEach((rank, i) => {
    const members = byRank.get(rank);
    if (members === undefined) byRank.set(rank, [i]);
    else members.push(i);
  });
  return [...byRank.keys()]
    .sort((a, b) => a - b)
    .flatMap((rank) => {
      const members = byRank.get(rank) as number[];
      const crowding = crowdingOf(outcomes, members);
      const order = members
        .map((_, k) => k)
        .sort((j, k) => descending(crowding[j] as number, crowding[k] as number) || j - k);
      return order.map((k) => members[k] as number);
    });
}

/** Two Infinities are equal; their difference would be NaN. */
const descending = (a: number, b: number): number => (a === b ? 0 : b - a);
