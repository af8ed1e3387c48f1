import { KIB_PER_PAGE, type Pages } from "../../common/units.ts";
import type { KernelProfile } from "../trace/kernel-profile.ts";
import type { ThpMode } from "../trace/types.ts";

/**
 * Free pages at which the kernel acts: it wakes kswapd at `low`, kswapd reclaims up to `high`, callers reclaim at
 * `min`.
 */
export interface Watermarks {
  readonly min: Pages;
  readonly low: Pages;
  readonly high: Pages;
}

const MIN_FREE_MIN_KIB = 128;
/**
 * Pages of a guest's RAM below its PCI hole, with VMware 3 GiB: such a guest has the zones DMA and DMA32, a larger one
 * the zone Normal as well.
 */
const LOW_MEMORY: Pages = 786_432;
/**
 * Pageblocks that khugepaged keeps free in each zone (mm/khugepaged.c `set_recommended_min_free_kbytes()`): two, and
 * one for each pair of the three types of pages that it keeps apart (the square of MIGRATE_PCPTYPES).
 */
const PAGEBLOCKS_PER_ZONE = 2 + 3 * 3;
/** Largest part of memory above the high watermark that it keeps free: one in twenty. */
const KHUGEPAGED_PART = 20;

/** The integer part of the square root; exact for all safe integers. */
export function integerSqrt(n: number): number {
  // Roots of squares are exact; others may come out rounded up.
  const root = Math.floor(Math.sqrt(n));
  return root * root > n ? root - 1 : root;
}

/**
 * The watermarks of a guest with one zone, by Linux's formulas (mm/page_alloc.c: `calculate_min_free_kbytes`,
 * `__setup_per_zone_wmarks`): min_free_kbytes = sqrt(16 * memory in KiB), between 128 and the kernel's maximum.
 *
 * @param managed pages that the kernel manages
 * @param minFree pages that `vm.min_free_kbytes` sets, or null for the formula
 * @param scaleFactor `vm.watermark_scale_factor`, in ten-thousandths of memory
 * @param thp huge pages, unless `never`, make khugepaged raise the formula's min_free_kbytes; not a `minFree`, which is
 * taken to be set after khugepaged's start
 */
export function watermarks(
  managed: Pages,
  kernel: KernelProfile,
  minFree: Pages | null,
  scaleFactor: number,
  thp: ThpMode = "never",
): Watermarks {
  const formulaKib = Math.min(
    Math.max(integerSqrt(managed * KIB_PER_PAGE * 16), MIN_FREE_MIN_KIB),
    kernel.minFreeMaxKib,
  );
  const min = minFree ?? Math.floor(formulaKib / KIB_PER_PAGE);
  const marks = marksOf(min, managed, kernel, scaleFactor);
  if (minFree !== null || thp === "never") return marks;
  const zones = managed > LOW_MEMORY ? 3 : 2;
  const recommended = Math.min(
    zones * PAGEBLOCKS_PER_ZONE * kernel.pageblock,
    Math.floor((managed - marks.high) / KHUGEPAGED_PART),
  );
  return recommended > min ? marksOf(recommended, managed, kernel, scaleFactor) : marks;
}

/** The watermarks above a given `min` (`__setup_per_zone_wmarks`). */
function marksOf(min: Pages, managed: Pages, kernel: KernelProfile, scaleFactor: number): Watermarks {
  const quarter = Math.floor(min / 4);
  if (kernel.watermarks === "quarter") return { min, low: min + quarter, high: min + Math.floor(min / 2) };
  const distance = Math.max(quarter, Math.floor((managed * scaleFactor) / 10_000));
  return { min, low: min + distance, high: min + 2 * distance };
}
