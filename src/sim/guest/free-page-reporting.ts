import type { Pages, Us } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { Timeline } from "../time/timeline.ts";
import type { Backing } from "./backing.ts";
import type { Settling } from "./context.ts";
import type { FreeMemory } from "./free-memory.ts";
import { HUGE_PAGE } from "./piece.ts";

/** Time from the request of a pass to the pass (`PAGE_REPORTING_DELAY`). */
const DELAY_US: Us = 2_000_000;
/** Most blocks of a message (`PAGE_REPORTING_CAPACITY`). */
const CAPACITY = 32;
/** A pass reports about this part of a list of free blocks (`page_reporting_cycle()`). */
const PASSES_PER_LIST = 16;

/** What free page reporting works with. */
export interface ReportingParts {
  readonly timeline: Timeline;
  readonly slot: number;
  readonly memory: FreeMemory;
  /** The host under the guest; null: the guest has its memory for itself. */
  readonly backing: Backing | null;
  readonly settling: Pick<Settling, "settle">;
  /** Tells the driver what it has reported to the host. */
  readonly reported: (messages: number, pages: Pages) => void;
}

/**
 * Free page reporting (mm/page_reporting.c of Linux 5.10 to 6.12): once a block of 2 MiB has become free, the kernel asks for a pass,
 * which reports free blocks that are not reported yet, and asks for the next one if it has left any because of its budget. The host
 * takes the memory of reported blocks; they stay free. Without unreported blocks there are no events. A pass takes no time here.
 */
export class FreePageReporting implements Archived {
  readonly #parts: ReportingParts;
  /** Unreported free blocks at the last look. */
  #seen = 0;

  constructor(parts: ReportingParts) {
    this.#parts = parts;
  }

  /** Called after every event of the guest: asks for a pass if a block has become free (`page_reporting_notify_free()`). */
  look(): void {
    const { timeline, slot } = this.#parts;
    const unreported = this.#unreported;
    if (unreported > this.#seen && timeline.dueUs(slot) === Number.POSITIVE_INFINITY) this.#request();
    this.#seen = unreported;
  }

  /** The event: a pass over the free blocks (`page_reporting_process_zone()`). */
  resume(): void {
    const { memory } = this.#parts;
    const unreported = this.#unreported;
    // The zone must have that much above its low watermark; else the request is dropped.
    if (unreported === 0 || memory.free <= memory.watermarks.low + CAPACITY * HUGE_PAGE) return;
    // The budget is checked after it was used up, so a list has one message more.
    const messages = Math.ceil(memory.freeBlocks / (CAPACITY * PASSES_PER_LIST)) + 1;
    const blocks = Math.min(unreported, messages * CAPACITY);
    this.#report(blocks, unreported);
    if (blocks < unreported) this.#request();
  }

  /** The driver is unloaded (`page_reporting_unregister()`). */
  end(): void {
    this.#parts.timeline.cancel(this.#parts.slot);
  }

  archive(a: Archive): void {
    this.#seen = a.number(this.#seen);
  }

  get #unreported(): number {
    const { memory } = this.#parts;
    return memory.freeBlocks - memory.reportedBlocks;
  }

  #request(): void {
    const { timeline, slot } = this.#parts;
    timeline.at(slot, timeline.nowUs + DELAY_US);
  }

  #report(blocks: number, unreported: number): void {
    const { memory, backing, settling, reported } = this.#parts;
    // Up to now workloads have accessed their pages as they were. It matters only where the host has swapped some.
    if (backing?.isSwept) settling.settle();
    backing?.discardFree(blocks, unreported);
    memory.reportedBlocks += blocks;
    reported(Math.ceil(blocks / CAPACITY), blocks * HUGE_PAGE);
  }
}
