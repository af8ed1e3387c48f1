import type { Costs } from "../trace/types.ts";
import type { SwapQueue } from "./swap-cache.ts";

/**
 * What differs between the kernels that the memory model knows. Structure is shared; a profile holds the points at which
 * the sources differ, and default costs of a machine of today.
 */
export interface Profile {
  readonly name: string;
  readonly description: string;
  /**
   * Distances of the watermarks: `quarter` is low = min + min/4, high = min + min/2 (until 4.5); `scaled` is low = min + d,
   * high = min + 2d with d = max(min/4, managed * watermark_scale_factor / 10000) (since 4.6).
   */
  readonly watermarks: "quarter" | "scaled";
  /** Whether they are raised when unmovable pages are taken from among movable ones (since 5.0). */
  readonly watermarkBoost: boolean;
  /** Pages in which the kernel keeps movable and unmovable ones apart: a huge page's, where there are such. */
  readonly pageblock: number;
  /** Largest min_free_kbytes that the formula gives, in KiB. */
  readonly minFreeMaxKib: number;
  /** How far below `min` an allocation that may not sleep reaches, as a fraction of min. */
  readonly nosleepReserve: number;
  /** Whether such an allocation wakes kswapd when it finds the zone at its low watermark. */
  readonly nosleepWakesKswapd: boolean;
  /**
   * Whose the balloon is: the `kernel`'s driver, which may take what the allocator gives it, or a `daemon`, which is a
   * process and keeps to the limits of `DaemonLimits`.
   */
  readonly balloon: "kernel" | "daemon";
  /** Whether a sleeping allocation of the balloon gives up after one round of reclaim, without the OOM killer. */
  readonly balloonNoRetry: boolean;
  /** Whether timers run late by the granularity of the timer wheel (since 4.8). */
  readonly timerWheel: boolean;
  readonly hz: number;
  readonly swappiness: number;
  readonly watermarkScaleFactor: number;
  readonly cpus: number;
  /** How reclaim hands pages to the swap device. */
  readonly swapQueue: SwapQueue;
  readonly costs: Costs;
}

/**
 * A virtual machine on server hardware with a solid-state disk: about 200 MB/s to and from swap and files. Round figures,
 * meant to be overridden by a trace that knows better.
 */
const SERVER_COSTS: Costs = {
  allocNs: 250,
  freeNs: 100,
  faultNs: 600,
  scanNs: 60,
  unmapNs: 400,
  swapWriteNs: 20_000,
  swapReadNs: 30_000,
  fileReadNs: 20_000,
  fileWriteNs: 20_000,
  touchNs: 20,
};

const LINUX_6_1: Profile = {
  name: "linux-6.1",
  description: "Linux 6.1: a no-sleep allocation stops at min and does not wake kswapd",
  watermarks: "scaled",
  watermarkBoost: true,
  pageblock: 512,
  minFreeMaxKib: 262_144,
  nosleepReserve: 0,
  nosleepWakesKswapd: false,
  balloon: "kernel",
  balloonNoRetry: false,
  timerWheel: true,
  hz: 250,
  swappiness: 60,
  watermarkScaleFactor: 10,
  cpus: 2,
  // A disk of 128 requests; one of 128 KiB is handed over as soon as it is that large.
  swapQueue: { plug: 32, depth: 4096 },
  costs: SERVER_COSTS,
};

/** Sources: mm/page_alloc.c of both kernels (`gfp_to_alloc_flags`, `setup_per_zone_wmarks`), kernel/time/timer.c. */
const LINUX_2_6_32: Profile = {
  ...LINUX_6_1,
  name: "linux-2.6.32",
  description: "Linux 2.6.32, the driver's own time: a no-sleep allocation goes down to 3/4 of min and wakes kswapd",
  watermarks: "quarter",
  watermarkBoost: false,
  minFreeMaxKib: 65_536,
  nosleepReserve: 0.25,
  nosleepWakesKswapd: true,
  timerWheel: false,
};

/**
 * The machine of the recorded runs (`docs/fidelity.md`): Linux 6.1 as an ordinary process, User-Mode Linux, in which page
 * tables are slow and a disk is a file of the host's page cache. Fitted by `scripts/fit-lab.mjs`.
 */
const LAB_COSTS: Costs = {
  allocNs: 2000,
  freeNs: 500,
  faultNs: 21_000,
  scanNs: 38,
  unmapNs: 8000,
  swapWriteNs: 6600,
  swapReadNs: 3800,
  fileReadNs: 3800,
  fileWriteNs: 20_000,
  touchNs: 130,
};

const LAB: Profile = {
  ...LINUX_6_1,
  name: "lab",
  description: "Linux 6.1 on the slow machine of the recorded runs: User-Mode Linux, one processor, 100 ticks a second",
  hz: 100,
  cpus: 1,
  // Without huge pages a block is the largest that the allocator has.
  pageblock: 1024,
  // arch/um/drivers/ubd_kern.c: 64 requests of at most 255 sectors, which is 31 pages; 32 of them are gathered.
  swapQueue: { plug: 992, depth: 1984 },
  costs: LAB_COSTS,
};

/** `balloon-hw` (docs/balloon-hw.md): its clock has no timer wheel, and a page is faulted in and pinned. */
const BALLOON_HW: Profile = {
  ...LINUX_6_1,
  name: "balloon-hw",
  description:
    "Linux 6.1 with balloon-hw instead of the kernel's driver: its balloon keeps to floor, watermarks and pressure",
  balloon: "daemon",
  timerWheel: false,
  hz: 1000,
  costs: { ...SERVER_COSTS, allocNs: 1000, freeNs: 150 },
};

/** All profiles, by the names that traces use. */
export const PROFILES: ReadonlyMap<string, Profile> = new Map(
  [LINUX_6_1, LINUX_2_6_32, BALLOON_HW, LAB].map((p) => [p.name, p]),
);
