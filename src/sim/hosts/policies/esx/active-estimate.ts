/**
 * The estimate of a VM's active memory by page sampling: in each period the host lets the VM fault on some random pages and counts
 * which of them it touches. Three figures are kept, and the largest is taken: a guest that wakes up is believed within a
 * period, one that falls asleep slowly.
 */

/** How a VM is sampled. The weights are assumptions: VMware has not published them. */
export interface Sampling {
  /** Number of sampled pages in a period. */
  readonly pages: number;
  /** Weight of a new period in the slow and in the fast exponential average, above 0 to 1. */
  readonly slowWeight: number;
  readonly fastWeight: number;
}

export const DEFAULT_SAMPLING: Sampling = { pages: 100, slowWeight: 0.1, fastWeight: 0.5 };

/** What is remembered of a VM. A period counts the time in which the VM runs. */
export interface ActiveEstimate {
  /** Averages over the periods that are over, as fractions of the memory. */
  readonly slow: number;
  readonly fast: number;
  /** Number of sampled pages that have been touched in the current period. */
  readonly touched: number;
}

/** The estimate of a VM with this active fraction so far. */
export const estimateOf = (fraction: number): ActiveEstimate => ({ slow: fraction, fast: fraction, touched: 0 });

/** The estimate when the VM has touched so many of the sampled pages since the period began. */
export const withTouched = (
  estimate: ActiveEstimate,
  pages: number,
  { pages: all } = DEFAULT_SAMPLING,
): ActiveEstimate => ({
  ...estimate,
  touched: Math.min(all, pages),
});

/** The estimate at the end of a period, for the next one. */
export function atPeriodEnd({ slow, fast, touched }: ActiveEstimate, sampling = DEFAULT_SAMPLING): ActiveEstimate {
  const fraction = touched / sampling.pages;
  return {
    slow: slow + sampling.slowWeight * (fraction - slow),
    fast: fast + sampling.fastWeight * (fraction - fast),
    touched: 0,
  };
}

/** The fraction of a VM's memory that counts as active, 0 to 1. */
export const activeFraction = ({ slow, fast, touched }: ActiveEstimate, { pages } = DEFAULT_SAMPLING): number =>
  Math.max(slow, fast, touched / pages);
