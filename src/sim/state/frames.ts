import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "./archive.ts";

/** Number of a page frame of the guest. */
export type Frame = number;

/**
 * A stack of page frames, stored as runs of consecutive numbers: the frame pushed last is taken first, in descending
 * order, as from the head of the driver's list. Its cost depends on the number of runs, not of frames.
 */
export class FrameStack implements Archived {
  /** Frames on the stack. */
  frames: Pages = 0;
  readonly #start: Frame[] = [];
  readonly #count: Pages[] = [];

  /** Pushes `count` frames from `start` on; frames that continue the top run are merged into it. */
  push(start: Frame, count: Pages): void {
    if (count === 0) return;
    this.frames += count;
    const top = this.#start.length - 1;
    if (top >= 0 && (this.#start[top] as number) + (this.#count[top] as number) === start) {
      this.#count[top] = (this.#count[top] as number) + count;
      return;
    }
    this.#start.push(start);
    this.#count.push(count);
  }

  /** Moves the newest `count` frames to another stack, keeping the order of each run. */
  moveTo(other: FrameStack, count: Pages): void {
    let left = count;
    while (left > 0) {
      const run = this.run(left);
      other.push(run.start, run.count);
      this.drop(run.count);
      left -= run.count;
    }
  }

  /** The newest run, limited to `count` frames. The object is reused. */
  run(count: Pages): { start: Frame; count: Pages } {
    const top = this.#start.length - 1;
    const here = this.#count[top] as number;
    const taken = Math.min(count, here);
    this.#run.start = (this.#start[top] as number) + here - taken;
    this.#run.count = taken;
    return this.#run;
  }

  /** Removes `count` frames, all of the newest run. */
  drop(count: Pages): void {
    const top = this.#start.length - 1;
    const left = (this.#count[top] as number) - count;
    this.frames -= count;
    if (left > 0) {
      this.#count[top] = left;
      return;
    }
    this.#start.pop();
    this.#count.pop();
  }

  archive(a: Archive): void {
    this.frames = a.number(this.frames);
    a.list(this.#start);
    a.list(this.#count);
  }

  readonly #run = { start: 0, count: 0 };
}

/** A set of frames: disjoint runs in ascending order; adjacent runs are merged. */
export class FrameSet implements Archived {
  /** Frames in the set. */
  frames: Pages = 0;
  readonly #start: Frame[] = [];
  readonly #end: Frame[] = [];

  /** Adds frames; returns the first of them that is already in the set, or -1. */
  add(start: Frame, count: Pages): Frame {
    const end = start + count;
    const at = this.#find(start);
    if (at < this.#start.length && (this.#start[at] as number) < end) return Math.max(start, this.#start[at] as number);
    const joinsBefore = at > 0 && this.#end[at - 1] === start;
    const joinsAfter = at < this.#start.length && this.#start[at] === end;
    if (joinsBefore && joinsAfter) {
      this.#end[at - 1] = this.#end[at] as number;
      this.#start.splice(at, 1);
      this.#end.splice(at, 1);
    } else if (joinsBefore) this.#end[at - 1] = end;
    else if (joinsAfter) this.#start[at] = start;
    else {
      this.#start.splice(at, 0, start);
      this.#end.splice(at, 0, end);
    }
    this.frames += count;
    return -1;
  }

  /** Removes frames; returns the first of them that is not in the set, or -1. */
  remove(start: Frame, count: Pages): Frame {
    const end = start + count;
    const at = this.#find(start);
    const from = this.#start[at];
    const to = this.#end[at];
    if (from === undefined || to === undefined || from > start) return start;
    if (to < end) return to;
    if (from === start && to === end) {
      this.#start.splice(at, 1);
      this.#end.splice(at, 1);
    } else if (from === start) this.#start[at] = end;
    else {
      this.#end[at] = start;
      if (to > end) {
        this.#start.splice(at + 1, 0, end);
        this.#end.splice(at + 1, 0, to);
      }
    }
    this.frames -= count;
    return -1;
  }

  /** The lowest run, limited to `count` frames; the set must not be empty. The object is reused. */
  lowest(count: Pages): { start: Frame; count: Pages } {
    const start = this.#start[0] as number;
    this.#run.start = start;
    this.#run.count = Math.min(count, (this.#end[0] as number) - start);
    return this.#run;
  }

  readonly #run = { start: 0, count: 0 };

  /** The first frame of a run that is in the set, or -1. */
  firstOf(start: Frame, count: Pages): Frame {
    const at = this.#find(start);
    const from = this.#start[at];
    return from !== undefined && from < start + count ? Math.max(start, from) : -1;
  }

  /** Removes all frames. */
  clear(): void {
    this.#start.length = 0;
    this.#end.length = 0;
    this.frames = 0;
  }

  archive(a: Archive): void {
    this.frames = a.number(this.frames);
    a.list(this.#start);
    a.list(this.#end);
  }

  /** Index of the first run that ends after `frame`. */
  #find(frame: Frame): number {
    let low = 0;
    let high = this.#start.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#end[middle] as number) > frame) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
