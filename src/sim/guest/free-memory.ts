import type { Pages } from "../../common/units.ts";
import type { Archive } from "../state/archive.ts";
import type { KernelProfile } from "../trace/kernel-profile.ts";
import type { ThpMode } from "../trace/types.ts";
import { BoostedWatermarks } from "./boosted-watermarks.ts";
import { HUGE_PAGE } from "./piece.ts";
import type { Watermarks } from "./watermarks.ts";

/**
 * Part of the scattered free pages that kcompactd gathers into whole blocks when kswapd has reclaimed for a boost: after it, 400 to
 * 1,000 of 3,000 to 4,500 free pages lie in whole blocks, in the recorded runs.
 */
const COMPACTED_PART = 0.25;
/**
 * Pages that one boost makes available to unmovable allocations. A block of movable pages of which half or more is free becomes
 * unmovable, with all its pages: those that are free, and the others as reclaim frees them; of a block with fewer only the free ones
 * do (mm/page_alloc.c `steal_suitable_fallback()`). In the recorded runs it is a block of 512 pages, and half of one of 1,024.
 */
const CLAIMED: Pages = 512;
/**
 * Part of the low watermark that the balloon's freed pages fill on the processors' lists, where khugepaged has raised the
 * watermarks: unless `thp` is `never`. The lists hold up to the low watermark together; a full one gives a part back
 * (mm/page_alloc.c `zone_highsize()`, `nr_pcp_free()`; since 5.14).
 */
const PROCESSOR_LISTS_PART = 0.75;

/**
 * Pages that the list of a processor takes from the free ones at once, and that an allocation of a single page may cost them
 * (mm/page_alloc.c `zone_batchsize()`): 63 of guests from 1 GiB.
 * @param managed pages that the guest's kernel manages
 */
export function processorLot(managed: Pages): Pages {
  const quarter = Math.max(1, Math.floor(Math.min(managed / 1024, 256) / 4));
  return Math.max(1, 2 ** Math.floor(Math.log2(quarter + Math.floor(quarter / 2))) - 1);
}

/**
 * The guest's free pages, as far as the model knows where they are: in whole free blocks of 2 MiB, outside of them, or on the
 * lists of the processors.
 */
export class FreeMemory {
  /** Pages that the guest's kernel manages. */
  readonly total: Pages;
  readonly rules: KernelProfile;
  readonly watermarks: BoostedWatermarks;
  /** Whether anonymous memory is first touched by huge pages, where it can be. */
  readonly hasHugePages: boolean;
  free: Pages;
  /**
   * Free pages outside of free blocks of 2 MiB. Reclaim leaves its pages here, and movable pages are taken from here
   * first; unmovable ones take whole blocks first, and kcompactd makes whole blocks of these pages.
   */
  scatteredFree: Pages = 0;
  /**
   * Free pages on the lists of the processors: the kernel counts them neither as free nor as used. The balloon takes its own
   * ones from there again; reclaim empties the lists.
   */
  processorFree: Pages = 0;
  readonly #processorMax: Pages;
  readonly #processorLot: Pages;
  /**
   * Free pages in pageblocks of unmovable pages: those that the balloon and the kernel have given back. Unmovable
   * allocations take them first, movable ones last.
   */
  unmovableFree: Pages = 0;
  /**
   * Whole free blocks of 2 MiB that the guest has reported to its host since they became free. Allocations take them last: a
   * reported block is put at the tail of its list (mm/page_alloc.c `__putback_isolated_page()`).
   */
  reportedBlocks = 0;

  /**
   * @param watermarks without a boost
   * @param thp huge pages of anonymous memory
   * @param reserve pages of lower zones that allocations leave free beyond the watermarks
   */
  constructor(total: Pages, rules: KernelProfile, watermarks: Watermarks, thp: ThpMode, reserve: Pages = 0) {
    // V8 may have stored it as a floating-point number; all counters that are computed from it would then be of that
    // kind, each new value a new object.
    this.total = Math.round(total);
    this.free = this.total;
    this.rules = rules;
    this.watermarks = new BoostedWatermarks(watermarks, total, rules, reserve);
    this.hasHugePages = thp === "always";
    this.#processorLot = processorLot(total);
    this.#processorMax = thp !== "never" ? Math.floor(watermarks.low * PROCESSOR_LISTS_PART) : 0;
  }

  /** Whole free blocks of 2 MiB: as many huge pages can be allocated, as far as the watermarks permit. */
  get freeBlocks(): number {
    return Math.max(0, Math.floor((this.free - this.scatteredFree) / HUGE_PAGE));
  }

  /** Takes up to `count` free pages, down to `mark`, and returns their number. The caller accounts them elsewhere. */
  takeFree(count: Pages, mark: Pages): Pages {
    const pages = Math.max(0, Math.min(count, this.free - mark));
    this.free -= pages;
    this.scatteredFree = Math.max(0, this.scatteredFree - pages);
    this.unmovableFree = Math.min(this.unmovableFree, this.free);
    this.#keepReported();
    return pages;
  }

  /**
   * Takes up to `count` free pages for an allocation of single pages, and returns their number. The processor's list takes them
   * in lots, each as long as more than `min` are free: the last one may reach below. It matters to allocations that do not
   * retry, because one round of reclaim frees fewer pages than a lot has.
   */
  takeLots(count: Pages): Pages {
    const { min } = this.watermarks;
    const lots = Math.ceil(Math.max(0, this.free - min) / this.#processorLot);
    return this.takeFree(Math.min(count, lots * this.#processorLot), 0);
  }

  /**
   * Takes whole free blocks of 2 MiB for huge pages of up to `count` pages, and returns the number of their pages; 0 where
   * no block is free, `min` pages would not stay free, or the guest has no huge pages. Such an allocation neither reclaims
   * nor wakes kswapd (mm/huge_memory.c `vma_thp_gfp_mask()`, with the default `defrag` of `madvise`).
   */
  takeHuge(count: Pages): Pages {
    if (!this.hasHugePages) return 0;
    const room = Math.max(0, this.free - this.watermarks.min);
    const pages = HUGE_PAGE * Math.min(Math.floor(count / HUGE_PAGE), Math.floor(room / HUGE_PAGE), this.freeBlocks);
    this.free -= pages;
    this.unmovableFree = Math.min(this.unmovableFree, this.free);
    this.#keepReported();
    return pages;
  }

  /**
   * Takes up to `count` free blocks of 2 MiB for unmovable pages, first those in unmovable pageblocks, and returns their
   * number; `min` pages stay free. Such an allocation neither reclaims, nor wakes kswapd, nor boosts the watermarks, because
   * it takes whole pageblocks (mm/page_alloc.c `steal_suitable_fallback()`).
   */
  takeUnmovableBlocks(count: number): number {
    const room = Math.floor(Math.max(0, this.free - this.watermarks.min) / HUGE_PAGE);
    const blocks = Math.min(count, room, this.freeBlocks);
    this.free -= blocks * HUGE_PAGE;
    this.unmovableFree = Math.max(0, this.unmovableFree - blocks * HUGE_PAGE);
    this.#keepReported();
    return blocks;
  }

  /** Frees blocks of 2 MiB of unmovable pages: free blocks again, which stay unmovable. */
  giveUnmovableBlocks(blocks: number): void {
    this.free += blocks * HUGE_PAGE;
    this.unmovableFree += blocks * HUGE_PAGE;
  }

  /** Frees movable pages, `scattered` of which were taken from outside of free blocks, and return there. */
  giveMovable(pages: Pages, scattered: Pages): void {
    this.free += pages;
    this.scatteredFree += scattered;
  }

  /**
   * Frees unmovable pages, the balloon's or the kernel's: first to the lists of the processors, then to pageblocks, which
   * stay unmovable.
   */
  giveUnmovable(pages: Pages): void {
    const listed = Math.min(pages, this.#processorMax - this.processorFree);
    this.processorFree += listed;
    this.free += pages - listed;
    this.unmovableFree += pages - listed;
  }

  /**
   * Counts pages that reclaim has freed. While it works, the lists of the processors are short (`nr_pcp_high`).
   * @param scattered how many of them lie among pages that it has not freed
   */
  reclaimed(pages: Pages, scattered: Pages): void {
    this.free += pages;
    this.scatteredFree += scattered;
    if (this.processorFree > 0) this.drainProcessors();
  }

  /** Empties the lists of the processors (`drain_all_pages`). */
  drainProcessors(): void {
    this.free += this.processorFree;
    this.unmovableFree += this.processorFree;
    this.processorFree = 0;
  }

  /**
   * kcompactd gathers free pages into whole blocks. kswapd wakes it when it has reclaimed for a boost (mm/vmscan.c
   * `balance_pgdat()`, `wakeup_kcompactd()`). It takes no time here.
   */
  compact(): void {
    this.scatteredFree -= Math.floor(Math.min(this.scatteredFree, this.free) * COMPACTED_PART);
  }

  /**
   * Takes up to `count` free pages for an unmovable allocation, down to `reserve` below `min`, and returns their
   * number. If it has to take pages from pageblocks of movable pages, it boosts the watermarks, `min` too.
   */
  takeUnmovable(count: Pages, reserve: Pages): Pages {
    const mark = this.watermarks.min - reserve;
    const listed = this.free > mark ? Math.min(count, this.processorFree) : 0;
    this.processorFree -= listed;
    const own = this.#takeWhole(Math.min(count - listed, this.unmovableFree), mark);
    this.unmovableFree -= own;
    const more = count - listed - own;
    if (more === 0) return count;
    return count - more + this.#takeBlocks(more, mark);
  }

  /**
   * Takes pages in blocks of movable pages: whole ones, then others. The first page of another block claims the block and boosts the
   * watermarks; its other pages are unmovable from then on, and free at once in the model.
   */
  #takeBlocks(count: Pages, mark: Pages): Pages {
    const { boost } = this.watermarks;
    let left = count;
    left -= this.#takeWhole(Math.min(left, this.freeBlocks * HUGE_PAGE), mark);
    while (left > 0) {
      // A boost raises `min`, too.
      const some = this.takeFree(Math.min(left, CLAIMED), mark + this.watermarks.boost - boost);
      if (some === 0) break;
      this.watermarks.raise();
      left -= some;
      const others = Math.min(CLAIMED - some, this.scatteredFree, this.free - this.unmovableFree);
      this.scatteredFree -= others;
      this.unmovableFree += others;
    }
    return count - left;
  }

  /** Takes free pages, of whole blocks as long as there are any. */
  #takeWhole(count: Pages, mark: Pages): Pages {
    const pages = Math.max(0, Math.min(count, this.free - mark));
    this.free -= pages;
    this.scatteredFree = Math.min(this.scatteredFree, this.free);
    this.#keepReported();
    return pages;
  }

  /** A reported block that an allocation takes, or splits, is none any more (mm/page_alloc.c `del_page_from_free_list()`). */
  #keepReported(): void {
    if (this.reportedBlocks > 0) this.reportedBlocks = Math.min(this.reportedBlocks, this.freeBlocks);
  }

  archiveFree(a: Archive): void {
    this.free = a.number(this.free);
    this.scatteredFree = a.number(this.scatteredFree);
    this.processorFree = a.number(this.processorFree);
    this.unmovableFree = a.number(this.unmovableFree);
    this.reportedBlocks = a.number(this.reportedBlocks);
  }
}
