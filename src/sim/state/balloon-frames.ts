import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "./archive.ts";
import { FrameSet, FrameStack } from "./frames.ts";

/** The stacks of the frames of one size of page, between which the driver's allocator and the host's channel move them. */
export class FrameStacks implements Archived {
  /** Allocated but not offered to the host yet; the next frame to offer is on top. */
  readonly spare = new FrameStack();
  /** In the balloon; the newest frame is on top. */
  readonly balloon = new FrameStack();
  /** Unlocked by the host but not freed yet. */
  readonly unlocked = new FrameStack();
  /** Refused by the host. */
  readonly refused = new FrameStack();

  /** Frames that the guest's allocator has given to the driver. */
  get held(): Pages {
    return this.spare.frames + this.balloon.frames + this.unlocked.frames + this.refused.frames;
  }

  archive(a: Archive): void {
    for (const frames of [this.spare, this.balloon, this.unlocked, this.refused]) frames.archive(a);
  }
}

/**
 * The frames of a VM's balloon: the guest's stacks, those of pages of 2 MiB apart (`large`), and the host's set of locked
 * frames. A page of 2 MiB is 512 frames, which need not be adjacent here.
 */
export class BalloonFrames extends FrameStacks {
  readonly large = new FrameStacks();
  /** The frames that the host has locked. */
  readonly locked = new FrameSet();

  /** Frames of the balloon, of pages of either size. */
  get inBalloon(): Pages {
    return this.balloon.frames + this.large.balloon.frames;
  }

  override get held(): Pages {
    return super.held + this.large.held;
  }

  override archive(a: Archive): void {
    super.archive(a);
    this.large.archive(a);
    this.locked.archive(a);
  }
}
