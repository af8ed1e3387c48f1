import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "./archive.ts";
import { FrameSet, FrameStack } from "./frames.ts";

/**
 * The frames of a VM's balloon: the guest's stacks, between which the driver's allocator and the host's channel move
 * them, and the host's set of locked frames.
 */
export class BalloonFrames implements Archived {
  /** Allocated but not offered to the host yet; the next frame to offer is on top. */
  readonly spare = new FrameStack();
  /** In the balloon; the newest frame is on top. */
  readonly balloon = new FrameStack();
  /** Unlocked by the host but not freed yet. */
  readonly unlocked = new FrameStack();
  /** Refused by the host. */
  readonly refused = new FrameStack();
  /** The frames that the host has locked. */
  readonly locked = new FrameSet();

  /** Frames that the guest's allocator has given to the driver. */
  get held(): Pages {
    return this.spare.frames + this.balloon.frames + this.unlocked.frames + this.refused.frames;
  }

  archive(a: Archive): void {
    for (const frames of [this.spare, this.balloon, this.unlocked, this.refused, this.locked]) frames.archive(a);
  }
}
