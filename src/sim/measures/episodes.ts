import type { RunView } from "../view/types.ts";
import { type TargetChange, TargetFollower } from "./target-follower.ts";

/** Changes of the target that a summary lists one by one; figures over all of them count the others too. */
export const MAX_LISTED = 1000;

/** Keeps what a summary says of the changes of the host's target. */
export class Episodes {
  /** The first `MAX_LISTED` changes. */
  readonly listed: TargetChange[] = [];
  /** How many there were, and how many of them the balloon reached before the next one. */
  count = 0;
  reached = 0;
  /** The change that asked for the most pages; null where none asked for any. */
  largestInflation: TargetChange | null = null;
  readonly #follower = new TargetFollower((change) => this.#add(change));

  /** The host wants another size now. */
  target(view: RunView): void {
    this.#follower.target(view);
  }

  cycle(view: RunView): void {
    this.#follower.cycle(view);
  }

  /** When a change came too late to be followed, which is not among those counted; null where none did. */
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
