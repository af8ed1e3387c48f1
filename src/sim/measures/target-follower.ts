import type { Pages } from "../../common/units.ts";
import type { RunView } from "../view/types.ts";

/** Times after a change of the host's target at which the deficit is measured, in seconds. */
export const DEADLINES_S = [5, 30, 60] as const;

/** One change of the host's target and the balloon's response. */
export interface TargetChange {
  readonly atUs: number;
  /** Time of the next change, or of the end of the run. */
  readonly untilUs: number;
  readonly fromPages: number;
  /** The new target; if it moves along a line after `atUs`, its last value. */
  readonly toPages: number;
  /**
   * From the change to the end of the first work cycle after which the balloon has the target's size, or a surplus that its
   * driver leaves (`BalloonPolicy.slack`); null if that does not happen before `untilUs`.
   */
  readonly timeToTargetUs: number | null;
  /**
   * At each of `DEADLINES_S` after the change, target minus size at the end of the last cycle before the deadline:
   * positive if pages are missing, negative if there are too many; null if `untilUs` is earlier.
   */
  readonly deficitPages: readonly (number | null)[];
  /** Target minus size at `untilUs`. */
  readonly lastDeficitPages: number;
}

/** The driver asks for the target once a second: it may never see a change in the last second of a run. */
const PERIOD_US = 1_000_000;

interface OpenChange {
  atUs: number;
  from: Pages;
  to: Pages;
  reachedUs: number | null;
  deficits: (Pages | null)[];
  /** Whether a cycle has ended since the change. */
  isSeen: boolean;
}

/**
 * Follows the host's target and the balloon, and reports each change when its observation ends: at the next change or
 * at the end of the run. Every change of the target, every cycle, and the end must be passed to it.
 *
 * A change within a second of the end, without a cycle after it, is not reported: nothing was observed, so its figures
 * would have no meaning.
 */
export class TargetFollower {
  /** Time of the change that is not reported; null without one. */
  unobservedUs: number | null = null;
  /** Pages in the balloon as of the last cycle. */
  size: Pages = 0;
  readonly #closed: (change: TargetChange) => void;
  #open: OpenChange | null = null;
  #target: Pages = 0;
  #begun = false;
  #seen = false;

  constructor(closed: (change: TargetChange) => void) {
    this.#closed = closed;
  }

  /** Called when the host's target has changed. */
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
    const surplus = this.size - open.to;
    const most = open.to === 0 ? 0 : (view.policy.slack ?? 0);
    if (open.reachedUs === null && surplus >= 0 && surplus <= most) open.reachedUs = view.timeUs;
  }

  end(view: RunView): void {
    this.#see(view);
    this.#beginOnce(view);
    const open = this.#open;
    if (open !== null) this.#follow(open, view.host.target);
    if (open === null || open.isSeen || view.timeUs - open.atUs >= PERIOD_US) this.#close(view.timeUs);
    else this.unobservedUs = open.atUs;
  }

  /** On the first observation: before time 0 the target equals the balloon's size then. */
  #see(view: RunView): void {
    if (this.#seen) return;
    this.#seen = true;
    this.size = view.trace.guest.balloon;
    this.#target = this.size;
  }

  /** An initial target counts as a change at time 0, unless the balloon begins with that size. */
  #beginOnce(view: RunView): void {
    if (!this.#begun && view.host.target !== this.#target) this.#begin(0, view.host.target);
    this.#begun = true;
  }

  #begin(atUs: number, to: Pages): void {
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

  /** A changed target has not been reached yet. */
  #follow(open: OpenChange, target: Pages): void {
    this.#target = target;
    if (target === open.to) return;
    open.to = target;
    open.reachedUs = null;
  }

  /**
   * Fills in the deadlines that have passed; a deadline at `nowUs` only if `inclusive` (no cycle can end at this time
   * any more).
   */
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
