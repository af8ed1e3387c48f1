import type { Archive, Archived } from "../state/archive.ts";
import type { Timeline } from "../time/timeline.ts";
import type { GuestMemory } from "./memory.ts";
import type { WorkloadPages } from "./workload-pages.ts";

/** The flusher looks every five seconds for pages that have been dirty for thirty (vm.dirty_writeback_centisecs, …). */
const PERIOD_US = 5_000_000;
const EXPIRE_US = 30_000_000;
/** It also writes while more than this part of what could be dirty is (vm.dirty_background_ratio). */
const BACKGROUND_RATIO = 0.1;
/** Whoever dirties more than this part has to wait (vm.dirty_ratio). */
const LIMIT_RATIO = 0.2;
/** It pauses this long before it goes on with less than a batch; whoever waits for writeback waits as long (HZ/10). */
const PAUSE_US = 100_000;
/** Pages that it writes between two looks around. */
const BATCH = 1024;

/** Writes dirty page cache to disk: what is old, what is too much, and what reclaim has asked for. */
export class Flusher implements Archived {
  readonly #memory: GuestMemory;
  readonly #timeline: Timeline;
  readonly #slot: number;
  readonly #writeNs: number;
  readonly #settle: () => void;
  readonly #dirtyRate: () => number;
  /** Pages that reclaim has found dirty and waits for. */
  #asked = 0;
  /** Pages being written now. */
  #writing = 0;
  /** When it has last written, */
  #wroteUs = Number.NEGATIVE_INFINITY;
  /** and when it looks for old pages next. */
  #lookUs = 0;

  /**
   * @param writeNs what writing one page takes, in nanoseconds
   * @param writers settle: brings what is dirty up to now; dirtyRate: how many pages a second become dirty, 0 while nobody
   * writes
   */
  constructor(
    memory: GuestMemory,
    timeline: Timeline,
    slot: number,
    writeNs: number,
    writers: { settle: () => void; dirtyRate: () => number },
  ) {
    this.#memory = memory;
    this.#timeline = timeline;
    this.#slot = slot;
    this.#writeNs = writeNs;
    this.#settle = writers.settle;
    this.#dirtyRate = writers.dirtyRate;
  }

  /** Most pages that may be dirty at once. */
  get limit(): number {
    return Math.floor((this.#memory.free + this.#memory.file) * LIMIT_RATIO);
  }

  /** Reclaim needs these pages clean. */
  ask(pages: number): void {
    this.#asked += pages;
    if (this.#writing > 0) return;
    const soonest = Math.max(this.#timeline.nowUs, this.#wroteUs + PAUSE_US);
    if (this.#timeline.dueUs(this.#slot) > soonest) this.#timeline.at(this.#slot, soonest);
  }

  /** Somebody begins to write, or writes at another rate. */
  notice(): void {
    if (this.#writing > 0) return;
    const due = this.#timeline.dueUs(this.#slot);
    if (due === Number.POSITIVE_INFINITY) this.#lookUs = this.#timeline.nowUs + PERIOD_US;
    this.#timeline.at(this.#slot, Math.min(due, this.#nextLookUs()));
  }

  /** Its event: a batch is written, or it is time to look. */
  resume(): void {
    this.#settle();
    if (this.#writing > 0) {
      this.#clean(this.#writing);
      this.#writing = 0;
      this.#wroteUs = this.#timeline.nowUs;
    }
    const { dirty } = this.#memory;
    if (dirty === 0) {
      this.#asked = 0;
      if (this.#dirtyRate() === 0) return;
    }
    const now = this.#timeline.nowUs;
    const tooMuch = dirty - this.#background;
    const urgent = Math.min(dirty, Math.max(this.#asked, tooMuch, 0));
    if (urgent > 0 && urgent < BATCH && now < this.#wroteUs + PAUSE_US) {
      this.#timeline.at(this.#slot, this.#wroteUs + PAUSE_US);
      return;
    }
    // Once woken for pages that reclaim has met it writes on, whatever is dirty (`wakeup_flusher_threads`).
    if (urgent > 0) this.#write(Math.min(BATCH, dirty));
    else if (now < this.#lookUs || dirty === 0) {
      if (now >= this.#lookUs) this.#lookUs = now + PERIOD_US;
      this.#timeline.at(this.#slot, this.#nextLookUs());
    } else {
      this.#lookUs = now + PERIOD_US;
      this.#write(Math.ceil((dirty * PERIOD_US) / EXPIRE_US));
    }
  }

  archive(a: Archive): void {
    this.#asked = a.number(this.#asked);
    this.#writing = a.number(this.#writing);
    this.#wroteUs = a.number(this.#wroteUs);
    this.#lookUs = a.number(this.#lookUs);
  }

  /** Dirty pages beyond which it writes at once. */
  get #background(): number {
    return Math.floor((this.#memory.free + this.#memory.file) * BACKGROUND_RATIO);
  }

  /** When it looks next: after a period, or as soon as too much will be dirty. */
  #nextLookUs(): number {
    const now = this.#timeline.nowUs;
    const room = Math.max(0, this.#background + 1 - this.#memory.dirty);
    const us = Math.ceil((room * 1e6) / this.#dirtyRate());
    // Not even a full room is a reason to look all the time.
    return Math.max(now, Math.min(this.#lookUs, now + Math.max(us, PAUSE_US)));
  }

  #write(pages: number): void {
    this.#writing = pages;
    this.#asked = Math.max(0, this.#asked - pages);
    this.#timeline.after(this.#slot, pages * this.#writeNs);
  }

  /** Pages are clean now: of each workload in proportion to its dirty ones. */
  #clean(pages: number): void {
    let left = Math.min(pages, this.#memory.dirty);
    let of = this.#memory.dirty;
    for (const w of this.#memory.workloads as readonly WorkloadPages[]) {
      if (left === 0) return;
      const share = Math.min(w.dirty, Math.round((left * w.dirty) / of));
      of -= w.dirty;
      w.clean(share);
      left -= share;
    }
  }
}
