import type { Pages } from "../../common/units.ts";
import type { BalloonView } from "../../engine/index.ts";
import type { Archive, Archived } from "../state/archive.ts";

/** The pages of one cycle, or of several. */
export interface PagesMoved {
  /** Pages that the driver got from the guest's allocator. */
  readonly allocated: Pages;
  /** Pages that left the balloon. */
  readonly freed: Pages;
  /** Pages among the allocated ones that the host refused; the driver frees them before the cycle ends. */
  readonly refused: Pages;
  /** Pages that the host accepted by LOCK. */
  readonly locked: Pages;
  /** Pages that the host accepted by UNLOCK. */
  readonly unlocked: Pages;
}

/**
 * Sums that do not wrap: the counts of a `BalloonView` have 32 bits, which a long run exceeds. `update` must see every
 * state that an observer sees; between two calls no count may grow by 2^32 or more. Between cycles, `size = allocated -
 * refused - freed`.
 */
export class Totals implements PagesMoved, Archived {
  allocated: Pages = 0;
  freed: Pages = 0;
  refused: Pages = 0;
  locked: Pages = 0;
  unlocked: Pages = 0;
  readonly #last = { allocated: 0, freed: 0, refused: 0, locked: 0, unlocked: 0 };

  /** Adds the differences of the counts since the last call. */
  update({ allocated, freed, refused, locked, unlocked }: BalloonView): void {
    const last = this.#last;
    this.allocated += (allocated - last.allocated) >>> 0;
    this.freed += (freed - last.freed) >>> 0;
    this.refused += (refused - last.refused) >>> 0;
    this.locked += (locked - last.locked) >>> 0;
    this.unlocked += (unlocked - last.unlocked) >>> 0;
    last.allocated = allocated;
    last.freed = freed;
    last.refused = refused;
    last.locked = locked;
    last.unlocked = unlocked;
  }

  archive(a: Archive): void {
    for (const sums of [this, this.#last]) {
      sums.allocated = a.number(sums.allocated);
      sums.freed = a.number(sums.freed);
      sums.refused = a.number(sums.refused);
      sums.locked = a.number(sums.locked);
      sums.unlocked = a.number(sums.unlocked);
    }
  }
}
