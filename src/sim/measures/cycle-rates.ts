import type { RunView } from "../view/types.ts";
import { Totals } from "./totals.ts";

/** How fast the balloon moved in the time that one work cycle had: from its beginning to that of the next one. */
export interface CycleRate {
  readonly startUs: number;
  readonly endUs: number;
  /** Pages that the host took by LOCK, and gave back by UNLOCK. What a reset gives back is no deflation. */
  readonly inflated: number;
  readonly deflated: number;
}

/**
 * Measures the pace of the balloon. A cycle that moves its pages in 50 ms and then sleeps for 950 ms moved them at the
 * rate of one second; so a cycle's pace is known when the next one has begun, and not known for the last one.
 */
export class CycleRates {
  readonly #totals = new Totals();
  #number = 0;
  #startUs = 0;
  #locked = 0;
  #unlocked = 0;
  #inflated = 0;
  #deflated = 0;

  /** Takes a cycle that has ended; returns what is now known of the one before, null for the first. */
  cycle(view: RunView): CycleRate | null {
    const { number, startUs } = view.cycle;
    let before: CycleRate | null = null;
    if (this.#number > 0) {
      // Idle cycles that were skipped had a time of their own.
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
    return before;
  }
}
