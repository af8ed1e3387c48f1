import type { Pages } from "../../common/units.ts";
import type { KernelProfile } from "./kernel-profile.ts";

/**
 * Free pages at which the kernel acts: it wakes kswapd at `low`, kswapd reclaims up to `high`, callers reclaim at
 * `min`.
 */
export interface Watermarks {
  readonly min: Pages;
  readonly low: Pages;
  readonly high: Pages;
}

const KIB_PER_PAGE = 4;
const MIN_FREE_MIN_KIB = 128;

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
 */
export function watermarks(
  managed: Pages,
  kernel: KernelProfile,
  minFree: Pages | null,
  scaleFactor: number,
): Watermarks {
  const formulaKib = Math.min(
    Math.max(integerSqrt(managed * KIB_PER_PAGE * 16), MIN_FREE_MIN_KIB),
    kernel.minFreeMaxKib,
  );
  const min = minFree ?? Math.floor(formulaKib / KIB_PER_PAGE);
  const quarter = Math.floor(min / 4);
  if (kernel.watermarks === "quarter") return { min, low: min + quarter, high: min + Math.floor(min / 2) };
  const distance = Math.max(quarter, Math.floor((managed * scaleFactor) / 10_000));
  return { min, low: min + distance, high: min + 2 * distance };
}
