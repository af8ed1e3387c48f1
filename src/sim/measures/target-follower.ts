import type { RunView } from "../view/types.ts";

/** Times after a change of the host's target at which the deficit is measured, in seconds. */
export const DEADLINES_S = [5, 30, 60] as const;

/** What the balloon made of one change of the host's target. */
export interface TargetChange {
  readonly atUs: number;
  /** When the next change came, or the end of the run. */
  readonly untilUs: number;
  readonly fromPages: number;
  /** Where the target moves on after `atUs` (a straight line in the trace): what it was at last. */
  readonly toPages: number;
  /**
   * From the change to the end of the first work cycle after which the balloon had the target's size; null where it never
   * did before `untilUs`.
   */
  readonly timeToTargetUs: number | null;
  /**
   * At each of `DEADLINES_S` after the change, target less size as of the last cycle that had ended by then: positive where
   * pages are missing, negative where there are too many; null where `untilUs` came before.
   */
  readonly deficitPages: readonly (number | null)[];
  /** Target less size at `untilUs`. */
  readonly lastDeficitPages: number;
}

/** The driver asks for the target once a second: a change that the run leaves less time may never be heard of. */
const PERIOD_US = 1_000_000;

interface OpenChange {
  atUs: number;
  from: number;
  to: number;
  reachedUs: number | null;
  deficits: (number | null)[];
  /** Whether a cycle has ended since. */
  isSeen: boolean;
}

/**
 * Follows the host's target and the balloon after it, and tells of each change when it is over: when the next one comes,
 * or the run ends. To be shown every change of the target, every cycle, and the end.
 *
 * A change that comes within a second of the end, with no cycle after it, is not told of: there was nothing to observe, and
 * its figures would be those of no time.
 */
export class TargetFollower {
  /** When the change came that is not told of; null where there is none. */
  unobservedUs: number | null = null;
  /** Pages in the balloon as of the last cycle. */
  size = 0;
  readonly #closed: (change: TargetChange) => void;
  #open: OpenChange | null = null;
  #target = 0;
  #begun = false;
  #seen = false;

  constructor(closed: (change: TargetChange) => void) {
    this.#closed = closed;
  }

  /** The host wants another size now. */
  target(view: RunView): void {
    this.#see(view);
    this.#close(view.timeUs);
    this.#begin(view.timeUs, view.host.target);
  }

  cycle(view: RunView): void {
    this.#see(view);
    this.#beginOnce(view);
    const open = this.#open;
    this.#measure(view.timeUs, false);
    this.size = view.balloon.size;
    if (open === null) return;
    open.isSeen = true;
    this.#follow(open, view.host.target);
    if (open.reachedUs === null && this.size === open.to) open.reachedUs = view.timeUs;
  }

  end(view: RunView): void {
    this.#see(view);
    this.#beginOnce(view);
    const open = this.#open;
    if (open !== null) this.#follow(open, view.host.target);
    if (open === null || open.isSeen || view.timeUs - open.atUs >= PERIOD_US) this.#close(view.timeUs);
    else this.unobservedUs = open.atUs;
  }

  /** Before time 0 the target was what the balloon has then. */
  #see(view: RunView): void {
    if (this.#seen) return;
    this.#seen = true;
    this.size = view.trace.guest.balloon;
    this.#target = this.size;
  }

  /** A target that stands from the beginning is a change at time 0, unless the balloon begins with that size. */
  #beginOnce(view: RunView): void {
    if (!this.#begun && view.host.target !== this.#target) this.#begin(0, view.host.target);
    this.#begun = true;
  }

  #begin(atUs: number, to: number): void {
    this.#begun = true;
    if (to !== this.#target || atUs > 0) {
      this.#open = {
        atUs,
        from: this.#target,
        to,
        reachedUs: null,
        deficits: DEADLINES_S.map(() => null),
        isSeen: false,
      };
    }
    this.#target = to;
  }

  /** While the target moves on, nothing has been reached. */
  #follow(open: OpenChange, target: number): void {
    this.#target = target;
    if (target === open.to) return;
    open.to = target;
    open.reachedUs = null;
  }

  /** Fills in the deadlines that have passed; one that is now only if no cycle can end in this instant any more. */
  #measure(nowUs: number, inclusive: boolean): void {
    const open = this.#open;
    if (open === null) return;
    for (let i = 0; i < DEADLINES_S.length; i++) {
      const dueUs = open.atUs + (DEADLINES_S[i] as number) * 1_000_000;
      if (open.deficits[i] === null && (dueUs < nowUs || (inclusive && dueUs === nowUs))) {
        open.deficits[i] = open.to - this.size;
      }
    }
  }

  #close(nowUs: number): void {
    const open = this.#open;
    if (open === null) return;
    this.#measure(nowUs, true);
    this.#open = null;
    this.#closed({
      atUs: open.atUs,
      untilUs: nowUs,
      fromPages: open.from,
      toPages: open.to,
      timeToTargetUs: open.reachedUs === null ? null : open.reachedUs - open.atUs,
      deficitPages: open.deficits,
      lastDeficitPages: open.to - this.size,
    });
  }
}
