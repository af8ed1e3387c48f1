import type { Ns, Pages } from "../../common/units.ts";
import type { BalloonPolicy, BalloonView } from "../../engine/index.ts";
import type { HostRule, RuleUse, Trace } from "../trace/types.ts";

/** The guest's memory now, in pages, and its counters since the run began. */
export interface GuestView {
  /**
   * RAM that the kernel manages: each page is free, the kernel's, anonymous, page cache, the balloon's, or in the swap
   * cache. Pages of a partly completed allocation are charged to its owner.
   */
  readonly total: Pages;
  /** Pages on the kernel's free lists. */
  readonly free: Pages;
  /**
   * The part of `free` in whole blocks of 2 MiB, from which huge pages can be allocated as far as the watermarks permit. An
   * estimate: the model knows how many free pages lie outside of such blocks, not which.
   */
  readonly freeHuge: Pages;
  /**
   * Memory of the kernel itself, which is never reclaimed, and the free pages on the lists of the processors, which it does
   * not count as free.
   */
  readonly kernel: Pages;
  /** Anonymous memory in RAM. */
  readonly anon: Pages;
  /** Anonymous memory on the active list, or in the two youngest generations. */
  readonly activeAnon: Pages;
  /** Anonymous memory in huge pages; a part of `anon`. */
  readonly hugeAnon: Pages;
  /** Page cache, active and inactive, clean and dirty. */
  readonly cache: Pages;
  /** Page cache on the active list, or in the two youngest generations. */
  readonly activeCache: Pages;
  /** Page cache that is to be written to disk. */
  readonly dirty: Pages;
  /** Pages of the balloon, and further pages that the driver holds (refused, or not offered yet). */
  readonly balloon: Pages;
  /** Unmapped pages in the swap cache: being written, or waiting to be freed. */
  readonly swapCached: Pages;
  /** Pages in swap, including those of the swap cache, and the size of the device. */
  readonly swap: Pages;
  /** Size of the swap device. */
  readonly swapTotal: Pages;
  /** Watermark below which allocations reclaim directly. */
  readonly watermarkMin: Pages;
  /** Watermark below which kswapd wakes. */
  readonly watermarkLow: Pages;
  /** Watermark at which kswapd sleeps. */
  readonly watermarkHigh: Pages;

  /** Pages written to swap, and read back. */
  readonly swapOut: Pages;
  /** Pages read back from swap. */
  readonly swapIn: Pages;
  /** Pages of files read from disk that had been in the page cache before. */
  readonly refaults: Pages;
  /** Pages scanned by kswapd and in direct reclaim. */
  readonly scanKswapd: Pages;
  /** Pages scanned in direct reclaim. */
  readonly scanDirect: Pages;
  /** Pages reclaimed by kswapd and in direct reclaim. */
  readonly stealKswapd: Pages;
  /** Pages reclaimed in direct reclaim. */
  readonly stealDirect: Pages;
  /** Number of allocations that entered direct reclaim. */
  readonly allocStalls: number;
  /** Failed allocations of the workloads (the driver's own counters have those of the balloon). */
  readonly allocFails: number;
  /** Kills by the OOM killer. */
  readonly oomKills: number;
  /**
   * Sums over the workloads of the time in which OOM kills kept them down, in microseconds, and of the accesses to
   * pages that they lost by OOM kills (`WorkloadView`).
   */
  readonly downtimeUs: number;
  /** Sum over the workloads of the accesses to pages that they lost by OOM kills. */
  readonly lostPages: number;
  /**
   * Touches, file reads and file writes that the trace demanded of living workloads, and that they did not make because they
   * waited: for memory, for swap and its faults, for the disk, for writeback.
   */
  readonly undonePages: number;
  /**
   * Pressure stall information: microseconds in which at least one task stalled (some), or in which tasks stalled and
   * none did productive work (full).
   */
  readonly psiSomeUs: number;
  /** Microseconds in which tasks stalled and none did productive work. */
  readonly psiFullUs: number;
  /** Microseconds that the workloads and the driver waited for memory. */
  readonly workloadStallUs: number;
  /** Microseconds that the driver waited for memory. */
  readonly balloonStallUs: number;
}

/** The OOM kills of one workload since the run began. */
export interface WorkloadView {
  /** How often the OOM killer killed it. */
  readonly oomKills: number;
  /** Time of the first kill; null without a kill. */
  readonly firstKillUs: number | null;
  /**
   * Microseconds that it was down: from a kill until it has been restarted and has all the anonymous memory that the
   * trace then demands. A kill during regrowth prolongs that; time in which the trace demands no memory of the workload
   * does not count.
   */
  readonly downtimeUs: number;
  /**
   * Accesses to pages that it lost: those that had filled the memory freed by kills, and the touches, file reads and
   * file writes that the trace demanded while the workload was down and that were not made.
   */
  readonly lostPages: number;
}

/** The host's state and the commands that it has answered. */
export interface HostView {
  /** The current target, with which the host would answer GET_TARGET; the driver receives it in its next cycle. */
  readonly target: Pages;
  /** Pages that the host has locked. */
  readonly locked: Pages;
  /** Commands answered, and those among them answered by a rule of the trace. */
  readonly calls: number;
  /** Commands answered by a rule of the trace. */
  readonly ruled: number;
  /** Rules of the trace for commands that the driver does not send to this host: they have no effect. */
  readonly ignoredRules: readonly HostRule[];
  /** What each rule of the trace has done so far, in their order; copied by each access. */
  readonly ruleUses: readonly RuleUse[];
}

/** The current work cycle, or the last one. */
export interface CycleView {
  /** Number from 1; skipped idle cycles count. */
  readonly number: number;
  /** Its beginning, in microseconds since the trace began. */
  readonly startUs: number;
  /** End of the cycle; while it runs, end of the previous cycle. */
  readonly endUs: number;
  /** Longest and total duration of cycles, including allocation stalls. */
  readonly longestUs: number;
  /** Total duration of all cycles, in microseconds. */
  readonly totalUs: number;
}

/** What the host does with the memory of a VM, of which the guest knows nothing; `Backing` has it. */
export interface BackingView {
  /** Pages of the guest that the host backs with memory, and has swapped; and those that it never had to back. */
  readonly backed: Pages;
  /** Pages of the guest that the host has swapped. */
  readonly swapped: Pages;
  /** Pages of the guest that the host never had to back. */
  readonly untouched: Pages;
  /** Total wait of the guest's threads for the host, in nanoseconds. */
  readonly waitNs: Ns;
  /** Pages that the host has read from its swap for the guest, and written to make room for it, since the VM is on. */
  readonly reads: Pages;
  /** Pages that the host has written to its swap to make room for the guest, since the VM is on. */
  readonly written: Pages;
}

/** A run as its observers see it. The objects are live: copy values to keep them. */
export interface RunView {
  /** The trace that is run. */
  readonly trace: Trace;
  /** Virtual time, in whole microseconds since the trace began. */
  readonly timeUs: number;
  /** The policy of the guest's balloon driver, which defines its columns. */
  readonly policy: BalloonPolicy;
  /** The driver. */
  readonly balloon: BalloonView;
  /** The guest's memory. */
  readonly guest: GuestView;
  /** One entry per workload of the trace, in order. */
  readonly workloads: readonly WorkloadView[];
  /** The host that the driver talks to. */
  readonly host: HostView;
  /** Null: the host has enough memory for all of the guest's. */
  readonly backing: BackingView | null;
  /** The driver's work cycle. */
  readonly cycle: CycleView;
  /** Processor time of the driver in microseconds: page allocation, freeing, backdoor calls; without waiting. */
  readonly driverCpuUs: number;
  /** Microseconds in which a series of the trace was unknown. */
  readonly unknownUs: number;
}

/** Observes a run. */
export interface Observer {
  /** A work cycle has ended. Idle cycles between two equal ones may be skipped: `cycle.number` then jumps. */
  cycle?(view: RunView): void;
  /** The host's target has changed to another value, or has begun to move (the driver has not received it yet). */
  target?(view: RunView): void;
  /** Called with the index of the workload that the OOM killer killed; `view` is the state after the kill. */
  kill?(view: RunView, workload: number): void;
  /** Called for each sample of `SimulationOptions.sampleEveryUs`. */
  sample?(view: RunView): void;
  /** Called when the run is over. */
  end?(view: RunView): void;
}
