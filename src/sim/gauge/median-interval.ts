/** The median of a sample, with an interval for the median of what it was drawn from. */
export interface MedianInterval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** Number of values. */
  readonly count: number;
  /** Probability that the interval contains the true median, 0 to 1. */
  readonly coverage: number;
}

/** Largest number of values: half to the power of it is still a number. */
const MOST = 1000;

/**
 * The median of independent values and an interval of order statistics, which assumes nothing about their distribution: the
 * k-th smallest and the k-th largest value enclose the true median unless fewer than k of n values fall on one side of it,
 * which is binomial with p = 1/2 (H. A. David, "Order Statistics", chapter 7). The interval is the shortest such one with the
 * wanted coverage; of fewer than five values for 90 %, smallest to largest, whose coverage is lower.
 * @param values 1 to 1000
 * @param wanted coverage, 0 to 1
 */
export function medianInterval(values: readonly number[], wanted = 0.9): MedianInterval {
  const count = values.length;
  if (count < 1 || count > MOST) throw new RangeError(`expected 1 to ${MOST} values, found ${count}`);
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] as number;
  // Probability of exactly `below` values below the median, and the sum of those up to it.
  let exactly = 0.5 ** count;
  let upTo = exactly;
  let below = 0;
  while (below + 1 < count / 2) {
    const next = (exactly * (count - below)) / (below + 1);
    if (1 - 2 * (upTo + next) < wanted) break;
    exactly = next;
    upTo += next;
    below++;
  }
  return {
    median: (at(Math.floor((count - 1) / 2)) + at(Math.floor(count / 2))) / 2,
    low: at(below),
    high: at(count - 1 - below),
    count,
    coverage: 1 - 2 * upTo,
  };
}
