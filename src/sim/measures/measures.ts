import type { Pages } from "../../common/units.ts";
import type { GuestView } from "../view/types.ts";

/** The results of a run from which objectives are computed. Times are microseconds, areas pages times microseconds. */
export interface Measures {
  /** Simulated time. */
  readonly durationUs: number;
  /** Sums over all changes of the host's target, and over those that raise and that lower it. */
  readonly changes: ChangeSums;
  readonly raised: ChangeSums;
  readonly lowered: ChangeSums;
  /** Work cycles of a quarter of a second or more (`isLongCycle`). */
  readonly longCycles: number;
  /** Integral of the lesser of size and target over time, in pages times microseconds. */
  readonly heldArea: number;
  /** Integral of the size above the target over time, in pages times microseconds. */
  readonly excessArea: number;
  /** PSI `some` time while the balloon was above its target. */
  readonly stallAboveTargetUs: number;
  /**
   * The furthest that the balloon passed a target, in the direction from its size at the change of the target; pages.
   */
  readonly overshoot: Pages;
  /** Pages that the balloon moved up and down in total, and the net pages from each change to the next. */
  readonly movedPages: number;
  readonly netPages: number;
  readonly driverCpuUs: number;
  /** Commands that the host answered. */
  readonly calls: number;
  /** The guest at the end; counters since the run began. */
  readonly guest: GuestView;
}

/** Sums over changes of the host's target. A change that the run ends early is measured at its end. */
export interface ChangeSums {
  readonly count: number;
  readonly unreached: number;
  /** Times to target; for a change that was not reached, the time until the next change or the end. */
  readonly timeUs: number;
  /** Pages between size and target, at each of `DEADLINES_S` after the change. */
  readonly distances: readonly Pages[];
}
