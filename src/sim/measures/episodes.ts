import type { RunView } from "../view/types.ts";
import { type TargetChange, TargetFollower } from "./target-follower.ts";

/** Number of changes of the target that a summary lists; figures over all changes include the others. */
export const MAX_LISTED = 1000;

/** Collects the changes of the host's target for a summary. */
export class Episodes {
  /** The first `MAX_LISTED` changes. */
  readonly listed: TargetChange[] = [];
  /** Number of changes, and number of those that the balloon reached before the next change. */
  count = 0;
  reached = 0;
  /** The change that raised the target most; null without a change that raised it. */
  largestInflation: TargetChange | null = null;
  readonly #follower = new TargetFollower((change) => this.#add(change));

  /** Called when the host's target has changed. */
  target(view: RunView): void {
    this.#follower.target(view);
  }

  cycle(view: RunView): void {
    this.#follower.cycle(view);
  }

  /** Time of a change too close to the end to be followed, which is not counted; null without one. */
  get unobservedUs(): number | null {
    return this.#follower.unobservedUs;
  }

  end(view: RunView): void {
    this.#follower.end(view);
  }

  #add(change: TargetChange): void {
    this.count++;
    if (change.timeToTargetUs !== null) this.reached++;
    if (this.listed.length < MAX_LISTED) this.listed.push(change);
    const grows = change.toPages - change.fromPages;
    const largest = this.largestInflation;
    if (grows > (largest === null ? 0 : largest.toPages - largest.fromPages)) this.largestInflation = change;
  }
}
