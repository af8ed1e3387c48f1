import type { Pages } from "./units.ts";
/** Limits of a balloon in user space: those of the daemon, and of a simulated daemon. */

/**
 * Default limit of PSI full (avg10), in per cent, above which allocations do not sleep: a workload that stalls for more
 * than a tenth of the time makes little progress.
 */
export const DEFAULT_PSI_LIMIT = 10;

const PAGES_PER_MIB = 256;

/**
 * Default of the pages of RAM that a balloon leaves available to the guest, after Hyper-V's balloon driver
 * (drivers/hv/hv_balloon.c, `compute_balloon_floor`): a larger fraction of memory in a smaller guest.
 *
 *     below 128 MiB    8 MiB + 1/2      below 8 GiB   232 MiB + 1/16
 *     below 512 MiB   40 MiB + 1/4      otherwise     488 MiB + 1/32
 *     below   2 GiB  104 MiB + 1/8
 *
 * At each bound both formulas give the same value.
 *
 * @param totalPages pages of RAM that the guest has
 */
export function defaultFloor(totalPages: Pages): Pages {
  const mib = (count: number) => count * PAGES_PER_MIB;
  if (totalPages < mib(128)) return mib(8) + Math.floor(totalPages / 2);
  if (totalPages < mib(512)) return mib(40) + Math.floor(totalPages / 4);
  if (totalPages < mib(2048)) return mib(104) + Math.floor(totalPages / 8);
  if (totalPages < mib(8192)) return mib(232) + Math.floor(totalPages / 16);
  return mib(488) + Math.floor(totalPages / 32);
}
