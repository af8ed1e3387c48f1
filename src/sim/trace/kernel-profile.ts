import type { Pages } from "../../common/units.ts";
import type { LruName } from "./types.ts";

/**
 * The rules of a guest's kernel: the points at which the sources of the kernels that the memory model knows differ. All
 * other structure is shared. What operations cost is the machine's (`MachineProfile`).
 */
export interface KernelProfile {
  /** Its name, such as `linux-6.1`. */
  readonly name: string;
  /**
   * Distances of the watermarks: `quarter` is low = min + min/4, high = min + min/2 (until 4.5); `scaled` is low = min + d,
   * high = min + 2d with d = max(min/4, managed * watermark_scale_factor / 10000) (since 4.6).
   */
  readonly watermarks: "quarter" | "scaled";
  /** Whether the kernel raises its watermarks when unmovable pages take a pageblock of movable ones (since 5.0). */
  readonly watermarkBoost: boolean;
  /** Pages of a pageblock, in which the kernel keeps movable and unmovable pages apart. */
  readonly pageblock: Pages;
  /** Largest min_free_kbytes that the formula gives, in KiB. */
  readonly minFreeMaxKib: number;
  /** How far below `min` an allocation that may not sleep reaches, as a fraction of min. */
  readonly nosleepReserve: number;
  /** Whether such an allocation wakes kswapd when it finds the zone at its low watermark. */
  readonly nosleepWakesKswapd: boolean;
  /** Whether a sleeping allocation of the balloon gives up after one round of reclaim, without the OOM killer. */
  readonly balloonNoRetry: boolean;
  /** Whether timers run late by the granularity of the timer wheel (since 4.8). */
  readonly timerWheel: boolean;
  /**
   * Whether the kernel unmaps a page when it clears the accessed bit, so that the next touch is a fault: on architectures
   * without such a bit in hardware (arch/um/include/asm/pgtable.h `pte_mkold()`).
   */
  readonly accessedBitFaults: boolean;
  /**
   * Who waits, up to 100 ms, for pages under writeback: every reclaimer (`congestion_wait`, until 5.15), or kswapd alone
   * (mm/vmscan.c `reclaim_throttle()`, since 5.16).
   */
  readonly reclaimWaits: "all" | "kswapd";
  /** Whether the kernel has transparent huge pages of anonymous memory. */
  readonly hugePages: boolean;
  /** The LRU of a guest whose trace names none. */
  readonly lru: LruName;
  /**
   * Which rules the multi-generational LRU has: those of `6.1`, where kswapd ages before its passes; or those of `6.12`
   * (since 6.7 or before), where a pass that finds too few old pages ages and ends, a round begins at a priority that fits
   * its goal, and reclaim asks for dirty files to be written. Null: the kernel has no such LRU.
   */
  readonly generations: "6.1" | "6.12" | null;
  /** Whether a written page of a file counts as accessed, as a read one does (mm/filemap.c; until 4.6). */
  readonly writesActivate: boolean;
  /** Default of `vm.swappiness`, 0 to 200. */
  readonly swappiness: number;
  /** Default of `vm.watermark_scale_factor`, in ten-thousandths of memory. */
  readonly watermarkScaleFactor: number;
}

export const LINUX_6_1: KernelProfile = {
  name: "linux-6.1",
  watermarks: "scaled",
  watermarkBoost: true,
  pageblock: 512,
  minFreeMaxKib: 262_144,
  nosleepReserve: 0,
  nosleepWakesKswapd: false,
  balloonNoRetry: false,
  timerWheel: true,
  accessedBitFaults: false,
  reclaimWaits: "kswapd",
  hugePages: true,
  lru: "classic",
  generations: "6.1",
  writesActivate: false,
  swappiness: 60,
  watermarkScaleFactor: 10,
};

/**
 * Linux 6.12, which has the rules of 6.1 but for the generations: the watermarks, the boost, the reserves, the retries of
 * `mm/page_alloc.c`, the timer wheel and the defaults of the sysctls are those of 6.1 for the allocations of the model. It
 * reclaims differently in points that no rule expresses; docs/kernels.md lists them.
 */
export const LINUX_6_12: KernelProfile = { ...LINUX_6_1, name: "linux-6.12", generations: "6.12" };

/** Sources: mm/page_alloc.c of both kernels (`gfp_to_alloc_flags`, `setup_per_zone_wmarks`), kernel/time/timer.c. */
export const LINUX_2_6_32: KernelProfile = {
  ...LINUX_6_1,
  name: "linux-2.6.32",
  watermarks: "quarter",
  watermarkBoost: false,
  minFreeMaxKib: 65_536,
  nosleepReserve: 0.25,
  nosleepWakesKswapd: true,
  timerWheel: false,
  reclaimWaits: "all",
  hugePages: false,
  generations: null,
  writesActivate: true,
};

/**
 * Linux 6.1 as User-Mode Linux: without huge pages a pageblock is the largest block of the page allocator; there is no
 * accessed bit in hardware.
 */
export const LINUX_6_1_UML: KernelProfile = {
  ...LINUX_6_1,
  name: "linux-6.1-uml",
  pageblock: 1024,
  accessedBitFaults: true,
  hugePages: false,
};
