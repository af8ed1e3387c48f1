import type { Archive, Archived } from "../state/archive.ts";
import type { KernelProfile } from "./kernel-profile.ts";
import type { Watermarks } from "./watermarks.ts";

/** The boost is at most this part of the high watermark, or one pageblock (`vm.watermark_boost_factor`). */
const BOOST_FACTOR = 1.5;
/** Guests of fewer pageblocks are not boosted. */
const PAGEBLOCKS_MIN = 4;

/**
 * The watermarks in force. Memory comes in pageblocks, and the kernel keeps pages that it can move apart from those that it
 * can't, such as the balloon's. Where no block is left that is free as a whole these take pages from among movable ones;
 * each time the kernel raises its watermarks by a pageblock, so that kswapd frees more, until kswapd has (mm/page_alloc.c
 * `steal_suitable_fallback()`, `boost_watermark()`; mm/vmscan.c `balance_pgdat()`; since Linux 5.0).
 */
export class BoostedWatermarks implements Watermarks, Archived {
  /** By how many pages they are raised now. */
  boost = 0;
  /** The watermarks as they are without it. */
  readonly base: Watermarks;
  readonly #pageblock: number;
  readonly #boostMax: number;

  /** @param managed pages that the guest's kernel manages */
  constructor(base: Watermarks, managed: number, kernel: KernelProfile) {
    this.base = base;
    this.#pageblock = kernel.pageblock;
    const boosts = kernel.watermarkBoost && managed >= PAGEBLOCKS_MIN * kernel.pageblock && base.high > 0;
    this.#boostMax = boosts ? Math.max(kernel.pageblock, Math.floor(base.high * BOOST_FACTOR)) : 0;
  }

  get min(): number {
    return this.base.min + this.boost;
  }

  get low(): number {
    return this.base.low + this.boost;
  }

  get high(): number {
    return this.base.high + this.boost;
  }

  /**
   * With so many free pages or fewer no block is free as a whole: whole ones go first, what is kept free lies scattered,
   * and half a block is what the best of the others has on average.
   */
  get scattered(): number {
    return this.base.min + Math.floor(this.#pageblock / 2);
  }

  /** Pages that can't be moved have been taken from among movable ones. */
  raise(): void {
    this.boost = Math.min(this.boost + this.#pageblock, this.#boostMax);
  }

  /** kswapd has reclaimed what a boost of so many pages was for. */
  lower(pages: number): void {
    this.boost = Math.max(0, this.boost - pages);
  }

  archive(a: Archive): void {
    this.boost = a.number(this.boost);
  }
}
