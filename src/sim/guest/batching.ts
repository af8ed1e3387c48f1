/** A thread looks for pages that it misses this often at least, and at most, while it misses more than one a second. */
const SHORTEST_US = 100_000;
const LONGEST_US = 1_000_000;
/** However rarely it misses one, it looks again after this. */
const RAREST_US = 60_000_000;

/**
 * How long a thread waits before it looks for missing pages in its way, in microseconds: until a batch of them has come
 * together, so that an event is worth its cost, but between a tenth of a second and a second; where they are rarer than
 * that, until the first one is due.
 *
 * @param perSecond pages that it misses in a second, above 0
 * @param carry pages that it has missed already and not read yet, as a fraction or more
 * @param batch pages that are worth an event
 */
export function waitForBatchUs(perSecond: number, carry: number, batch: number): number {
  const us = (pages: number) => Math.ceil((Math.max(0, pages - carry) * 1e6) / perSecond);
  return Math.min(Math.max(us(batch), SHORTEST_US), Math.max(LONGEST_US, us(1)), RAREST_US);
}
