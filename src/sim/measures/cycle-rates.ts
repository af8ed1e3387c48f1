import type { Pages } from "../../common/units.ts";
import type { RunView } from "../view/types.ts";
import { Totals } from "./totals.ts";

/**
 * The rates of the balloon in one work cycle: over the time from its beginning to the beginning of the next one; of a driver that
 * the host interrupts, which has no period, to its own end.
 */
export interface CycleRate {
  readonly startUs: number;
  readonly endUs: number;
  /** Pages that the host accepted by LOCK and by UNLOCK. Pages freed by a reset do not count as deflation. */
  readonly inflated: Pages;
  readonly deflated: Pages;
}

/**
 * Measures the rates of the balloon. A cycle that moves its pages in 50 ms and is followed by 950 ms of sleep has the
 * rate of one second. The rate of a cycle is therefore known when the next one begins, and unknown for the last one; of a driver
 * that the host interrupts, at its end.
 */
export class CycleRates {
  readonly #totals = new Totals();
  #number = 0;
  #startUs = 0;
  #locked = 0;
  #unlocked = 0;
  #inflated = 0;
  #deflated = 0;

  /**
   * Takes a cycle that has ended; returns the rate of the previous cycle, null for the first, or that of this one if the host
   * interrupts the driver.
   */
  cycle(view: RunView): CycleRate | null {
    const { number, startUs } = view.cycle;
    const { isInterrupted = false } = view.policy;
    let before: CycleRate | null = null;
    if (this.#number > 0 && !isInterrupted) {
      // Skipped idle cycles had their own periods.
      const periodUs = (startUs - this.#startUs) / (number - this.#number);
      before = {
        startUs: this.#startUs,
        endUs: this.#startUs + periodUs,
        inflated: this.#inflated,
        deflated: this.#deflated,
      };
    }
    this.#totals.update(view.balloon);
    this.#inflated = this.#totals.locked - this.#locked;
    this.#deflated = this.#totals.unlocked - this.#unlocked;
    this.#locked = this.#totals.locked;
    this.#unlocked = this.#totals.unlocked;
    this.#number = number;
    this.#startUs = startUs;
    if (!isInterrupted) return before;
    return {
      startUs,
      endUs: Math.max(view.timeUs, startUs + 1),
      inflated: this.#inflated,
      deflated: this.#deflated,
    };
  }
}
