import type { Pages, PagesPerS } from "../../common/units.ts";

/** Bounds of the wait between two batches of misses, while there is more than one miss a second. */
const SHORTEST_US = 100_000;
const LONGEST_US = 1_000_000;
/** Longest wait, for any rate of misses. */
const RAREST_US = 60_000_000;

/**
 * How long a thread gathers missing pages before it reads them, in microseconds: until a batch is complete, but no less
 * than 0.1 s and no more than 1 s; or, if misses are rarer than one a second, until the first one. So one event covers
 * many pages.
 *
 * @param perSecond misses in a second, in pages, above 0
 * @param carry pages missed already and not read yet; may be a fraction
 * @param batch pages of a complete batch
 */
export function waitForBatchUs(perSecond: PagesPerS, carry: Pages, batch: Pages): number {
  const us = (pages: number) => Math.ceil((Math.max(0, pages - carry) * 1e6) / perSecond);
  return Math.min(Math.max(us(batch), SHORTEST_US), Math.max(LONGEST_US, us(1)), RAREST_US);
}
