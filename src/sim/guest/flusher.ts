import type { Pages, PagesPerS } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { Timeline } from "../time/timeline.ts";
import type { GuestMemory } from "./memory.ts";
import type { Writeback } from "./reclaim.ts";
import type { WorkloadPages } from "./workload-pages.ts";

/**
 * Every five seconds the flusher writes pages that have been dirty for thirty (vm.dirty_writeback_centisecs,
 * vm.dirty_expire_centisecs).
 */
const PERIOD_US = 5_000_000;
const EXPIRE_US = 30_000_000;
/**
 * The flusher also writes while more than this part of free memory and page cache is dirty (vm.dirty_background_ratio).
 */
const BACKGROUND_RATIO = 0.1;
/** Largest fraction of free memory and page cache that may be dirty (vm.dirty_ratio). */
const LIMIT_RATIO = 0.2;
/**
 * Time since the last write before the flusher writes less than a batch (HZ/10, as long as a reclaimer waits for
 * writeback).
 */
const PAUSE_US = 100_000;
/** Pages that the flusher writes in one event. */
const BATCH = 1024;

/** What the flusher asks of the workloads. Implemented by `Workloads`. */
export interface Writers {
  /** Advances the counts of dirty pages to the current time. */
  settle(): void;
  /** Pages that become dirty in a second; 0 while no workload writes. */
  readonly dirtyRate: PagesPerS;
}

/** What the flusher works with. */
export interface FlusherParts {
  readonly memory: GuestMemory;
  readonly timeline: Timeline;
  readonly slot: number;
  /** Time that the disk takes to write one page. */
  readonly writeNs: number;
  readonly writers: Writers;
}

/**
 * Writes dirty page cache to disk: old pages, pages beyond the background limit, and pages that reclaim has asked for.
 */
export class Flusher implements Writeback, Archived {
  readonly #memory: GuestMemory;
  readonly #timeline: Timeline;
  readonly #slot: number;
  readonly #writeNs: number;
  readonly #writers: Writers;
  /** Pages that reclaim has found dirty and that are not written yet. */
  #asked: Pages = 0;
  /** Pages of the write in progress. */
  #writing: Pages = 0;
  /** Time of the last write. */
  #wroteUs = Number.NEGATIVE_INFINITY;
  /** Time of the next ageing pass. */
  #lookUs = 0;

  constructor({ memory, timeline, slot, writeNs, writers }: FlusherParts) {
    this.#memory = memory;
    this.#timeline = timeline;
    this.#slot = slot;
    this.#writeNs = writeNs;
    this.#writers = writers;
  }

  /** Pages of the write in progress. */
  get writing(): Pages {
    return this.#writing;
  }

  /** Largest number of pages that may be dirty at once. */
  get limit(): Pages {
    return Math.floor((this.#memory.free + this.#memory.file) * LIMIT_RATIO);
  }

  /** Reclaim has found this many dirty pages: the flusher writes them at the next possible time. */
  ask(pages: Pages): void {
    this.#asked += pages;
    if (this.#writing > 0) return;
    const soonest = Math.max(this.#timeline.nowUs, this.#wroteUs + PAUSE_US);
    if (this.#timeline.dueUs(this.#slot) > soonest) this.#timeline.at(this.#slot, soonest);
  }

  /** A workload begins to write, or its rate changes. */
  notice(): void {
    if (this.#writing > 0) return;
    const due = this.#timeline.dueUs(this.#slot);
    if (due === Number.POSITIVE_INFINITY) this.#lookUs = this.#timeline.nowUs + PERIOD_US;
    this.#timeline.at(this.#slot, Math.min(due, this.#nextLookUs()));
  }

  /** Handles the flusher's event: a batch is written, or an ageing pass is due. */
  resume(): void {
    this.#writers.settle();
    if (this.#writing > 0) {
      this.#clean(this.#writing);
      this.#writing = 0;
      this.#wroteUs = this.#timeline.nowUs;
    }
    const { dirty } = this.#memory;
    if (dirty === 0) {
      this.#asked = 0;
      if (this.#writers.dirtyRate === 0) return;
    }
    const now = this.#timeline.nowUs;
    const tooMuch = dirty - this.#background;
    const urgent = Math.min(dirty, Math.max(this.#asked, tooMuch, 0));
    if (urgent > 0 && urgent < BATCH && now < this.#wroteUs + PAUSE_US) {
      this.#timeline.at(this.#slot, this.#wroteUs + PAUSE_US);
      return;
    }
    // Woken by reclaim, the flusher writes any dirty page, not only those that reclaim found (`wakeup_flusher_threads`).
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

  /** Number of dirty pages above which the flusher writes at once. */
  get #background(): Pages {
    return Math.floor((this.#memory.free + this.#memory.file) * BACKGROUND_RATIO);
  }

  /** Time of the next event: the next ageing pass, or earlier if the background limit will be exceeded before it. */
  #nextLookUs(): number {
    const now = this.#timeline.nowUs;
    const room = Math.max(0, this.#background + 1 - this.#memory.dirty);
    const us = Math.ceil((room * 1e6) / this.#writers.dirtyRate);
    // At least one pause ahead, so that a workload at the limit does not cause an event in each microsecond.
    return Math.max(now, Math.min(this.#lookUs, now + Math.max(us, PAUSE_US)));
  }

  #write(pages: Pages): void {
    this.#writing = pages;
    this.#asked = Math.max(0, this.#asked - pages);
    this.#timeline.after(this.#slot, pages * this.#writeNs);
  }

  /** Marks pages as clean, of each workload in proportion to its dirty ones. */
  #clean(pages: Pages): void {
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
