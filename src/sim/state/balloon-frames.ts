import type { Archive, Archived } from "./archive.ts";
import { FrameSet, FrameStack } from "./frames.ts";

/**
 * Where the frames of a VM's balloon are: the guest's side, which its driver's allocator and the host's channel move them
 * between, and the host's book.
 */
export class BalloonFrames implements Archived {
  /** Allocated and not offered yet; the next one is on top. */
  readonly spare = new FrameStack();
  /** In the balloon; the newest is on top. */
  readonly balloon = new FrameStack();
  /** Taken back from the host and not freed yet. */
  readonly unlocked = new FrameStack();
  /** Refused by the host. */
  readonly refused = new FrameStack();
  /** The host's book: the frames that it has locked. */
  readonly locked = new FrameSet();

  /** Frames that the guest's allocator has given away. */
  get held(): number {
    return this.spare.frames + this.balloon.frames + this.unlocked.frames + this.refused.frames;
  }

  archive(a: Archive): void {
    for (const frames of [this.spare, this.balloon, this.unlocked, this.refused, this.locked]) frames.archive(a);
  }
}
