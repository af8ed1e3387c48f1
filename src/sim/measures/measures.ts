import type { GuestView } from "../view/types.ts";

/** What a run came to, as far as objectives look at it. Times are microseconds, areas pages times microseconds. */
export interface Measures {
  /** Simulated time. */
  readonly durationUs: number;
  /** What the changes of the host's target came to; all of them, those that raise it, and those that lower it. */
  readonly changes: ChangeSums;
  readonly lowered: ChangeSums;
  /** Work cycles of a quarter of a second or more. */
  readonly longCycles: number;
  /** The lesser of size and target, over time. */
  readonly heldArea: number;
  /** What the balloon has beyond its target, over time. */
  readonly excessArea: number;
  /** PSI some while the balloon was above its target. */
  readonly stallAboveTargetUs: number;
  /** The furthest that the balloon went beyond a target, seen from where it stood when the target changed; pages. */
  readonly overshoot: number;
  /** Pages that the balloon moved in all, up and down, and those that took it from each change to the next. */
  readonly movedPages: number;
  readonly netPages: number;
  readonly driverCpuUs: number;
  /** Commands that the host answered. */
  readonly calls: number;
  /** The guest in the end; counters since the run began. */
  readonly guest: GuestView;
}

/** Sums over changes of the host's target. What a change did not live to see counts as it stood when it ended. */
export interface ChangeSums {
  readonly count: number;
  readonly unreached: number;
  /** Times to target; of a change that was not reached, the time that it had. */
  readonly timeUs: number;
  /** Pages between size and target, at each of `DEADLINES_S` after the change. */
  readonly distances: readonly number[];
}
