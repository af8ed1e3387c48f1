import type { Archive } from "../state/archive.ts";

/** Length of an averaging period: the kernel's is two seconds and a tick (`PSI_FREQ`), the model's two seconds. */
const PERIOD_US = 2_000_000;
/** Fixed-point numbers of the kernel's averages (include/linux/sched/loadavg.h, kernel/sched/psi.c). */
const FIXED_1 = 2048;
/** exp(-2 s / 10 s). */
const EXP_10S = 1677;

/**
 * The kernel's `avg10` of one kind of pressure: an exponential average of the share of stalled time in each period. It
 * changes at the end of a period. Periods are computed lazily.
 */
export class PressureAverage {
  /** Per cent, times `FIXED_1`. */
  #average = 0;
  #periodEndUs = PERIOD_US;
  /** Stalled time in the current period, in nanoseconds. */
  #stalledNs = 0;

  /** Adds stalled time between two instants at a steady rate. Later calls must not begin before `fromUs`. */
  add(fromUs: number, toUs: number, nsPerUs: number): void {
    this.#advance(fromUs);
    for (let at = fromUs; at < toUs; ) {
      const until = Math.min(toUs, this.#periodEndUs);
      this.#stalledNs += (until - at) * nsPerUs;
      at = until;
      this.#advance(at);
    }
  }

  /** The average as /proc/pressure shows it, 0 to 100. */
  percent(nowUs: number): number {
    this.#advance(nowUs);
    return this.#average / FIXED_1;
  }

  archive(a: Archive): void {
    this.#average = a.number(this.#average);
    this.#periodEndUs = a.number(this.#periodEndUs);
    this.#stalledNs = a.number(this.#stalledNs);
  }

  /** Computes the average of the periods that have ended. */
  #advance(nowUs: number): void {
    while (nowUs >= this.#periodEndUs) {
      if (this.#average === 0 && this.#stalledNs === 0) {
        // No stall in the average or in this period: skip all idle periods at once.
        const idle = Math.floor((nowUs - this.#periodEndUs) / PERIOD_US) + 1;
        this.#periodEndUs += idle * PERIOD_US;
        return;
      }
      const stalled = Math.floor((this.#stalledNs * 100) / (PERIOD_US * 1000)) * FIXED_1;
      // `calc_load` rounds up while the load grows.
      const rounding = stalled >= this.#average ? FIXED_1 - 1 : 0;
      this.#average = Math.floor((this.#average * EXP_10S + stalled * (FIXED_1 - EXP_10S) + rounding) / FIXED_1);
      this.#stalledNs = 0;
      this.#periodEndUs += PERIOD_US;
    }
  }
}
