import type { Us } from "../../common/units.ts";

/** Maximum number of distinct lengths; a log has a few, a log with jitter hundreds. */
const MAX_DISTINCT = 1 << 16;

/** The times between samples, in constant memory: counted by milliseconds. */
export class Deltas {
  readonly #counts = new Map<number, number>();
  #total = 0;

  /** Adds the time between two samples, in microseconds, more than 0. */
  add(us: Us): void {
    const ms = Math.max(1, Math.round(us / 1000));
    const count = this.#counts.get(ms);
    if (count === undefined && this.#counts.size === MAX_DISTINCT) return;
    this.#counts.set(ms, (count ?? 0) + 1);
    this.#total++;
  }

  /** The lower median, in microseconds; null without times. */
  median(): Us | null {
    if (this.#total === 0) return null;
    let left = Math.ceil(this.#total / 2);
    for (const [ms, count] of [...this.#counts].sort(([a], [b]) => a - b)) {
      left -= count;
      if (left <= 0) return ms * 1000;
    }
    return null;
  }
}
