import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { KernelProfile } from "../trace/kernel-profile.ts";
import type { Watermarks } from "./watermarks.ts";

/** Largest boost, as a multiple of the high watermark; it may always be one pageblock (`vm.watermark_boost_factor`). */
const BOOST_FACTOR = 1.5;
/** The kernel does not boost the watermarks of guests with fewer pageblocks. */
const PAGEBLOCKS_MIN = 4;

/**
 * The watermarks, boost included. The kernel keeps movable and unmovable pages, such as the balloon's, in different
 * pageblocks. Once no block is wholly free, an unmovable allocation takes pages from a block of movable ones. Each time
 * the kernel raises its watermarks by a pageblock, so that kswapd frees more; kswapd lowers them again when it has
 * finished (mm/page_alloc.c `steal_suitable_fallback()`, `boost_watermark()`; mm/vmscan.c `balance_pgdat()`; since
 * Linux 5.0).
 */
export class BoostedWatermarks implements Watermarks, Archived {
  /** The boost: pages by which the watermarks are raised now. */
  boost: Pages = 0;
  /** The watermarks without the boost, with the reserve. */
  readonly base: Watermarks;
  /** Pages of lower zones that allocations leave free beyond these zones' own watermarks (`lowmem_reserve`). */
  readonly reserve: Pages;
  readonly #pageblock: Pages;
  readonly #boostMax: Pages;

  /**
   * @param own the sums of the zones' watermarks
   * @param managed pages that the guest's kernel manages
   * @param reserve pages of lower zones that allocations leave free beyond that
   */
  constructor(own: Watermarks, managed: Pages, kernel: KernelProfile, reserve: Pages = 0) {
    this.base = { min: own.min + reserve, low: own.low + reserve, high: own.high + reserve };
    this.reserve = reserve;
    this.#pageblock = kernel.pageblock;
    const boosts = kernel.watermarkBoost && managed >= PAGEBLOCKS_MIN * kernel.pageblock && own.high > 0;
    this.#boostMax = boosts ? Math.max(kernel.pageblock, Math.floor(own.high * BOOST_FACTOR)) : 0;
  }

  get min(): Pages {
    return this.base.min + this.boost;
  }

  get low(): Pages {
    return this.base.low + this.boost;
  }

  get high(): Pages {
    return this.base.high + this.boost;
  }

  /** The sum of the zones' high watermarks, boost included: what reclaim compares without the reserve (mm/vmscan.c). */
  get ownHigh(): Pages {
    return this.high - this.reserve;
  }

  /** Raises the watermarks by a pageblock: an unmovable allocation has taken pages from a block of movable ones. */
  raise(): void {
    this.boost = Math.min(this.boost + this.#pageblock, this.#boostMax);
  }

  /** Subtracts the boost that was in effect when kswapd's round began, in pages. */
  lower(pages: Pages): void {
    this.boost = Math.max(0, this.boost - pages);
  }

  archive(a: Archive): void {
    this.boost = a.number(this.boost);
  }
}
