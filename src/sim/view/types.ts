import type { BalloonPolicy, BalloonView } from "../../engine/index.ts";
import type { Trace } from "../trace/types.ts";

/** The guest's memory now, in pages, and what it has been through since the run began. All counters are cumulative. */
export interface GuestView {
  /**
   * RAM that the kernel manages: each page is free, the kernel's, anonymous, page cache, the balloon's, or in the swap
   * cache. Pages of a partially satisfied allocation are charged to its owner.
   */
  readonly total: number;
  readonly free: number;
  /** Memory of the kernel itself: never reclaimed. */
  readonly kernel: number;
  readonly anon: number;
  readonly activeAnon: number;
  /** Page cache, active and inactive, clean and dirty. */
  readonly cache: number;
  readonly activeCache: number;
  readonly dirty: number;
  /** Pages of the balloon and pages that it holds beside (refused, not offered yet). */
  readonly balloon: number;
  /** Pages in memory that have been unmapped on their way to swap: being written, or waiting to be freed. */
  readonly swapCached: number;
  /** Pages in swap, those of the swap cache included, and the size of the device. */
  readonly swap: number;
  readonly swapTotal: number;
  readonly watermarkMin: number;
  readonly watermarkLow: number;
  readonly watermarkHigh: number;

  /** Pages written to swap, and read back. */
  readonly swapOut: number;
  readonly swapIn: number;
  /** Pages of files read from disk that had been in the page cache before. */
  readonly refaults: number;
  /** Pages looked at by kswapd and in direct reclaim. */
  readonly scanKswapd: number;
  readonly scanDirect: number;
  /** Pages taken by kswapd and in direct reclaim. */
  readonly stealKswapd: number;
  readonly stealDirect: number;
  /** Number of allocations that had to make direct reclaim. */
  readonly allocStalls: number;
  /** Allocations that failed: the workload's (the balloon's are among the driver's own counters). */
  readonly allocFails: number;
  /** Kills by the OOM killer. */
  readonly oomKills: number;
  /**
   * Microseconds that workloads were down for kills, and accesses to pages that they lost by them (`WorkloadView`),
   * summed up.
   */
  readonly downtimeUs: number;
  readonly lostPages: number;
  /**
   * Pressure stall information: microseconds in which at least one task stalled (some), or no task did productive work
   * meanwhile (full).
   */
  readonly psiSomeUs: number;
  readonly psiFullUs: number;
  /** Microseconds that the workload and the driver themselves waited for memory. */
  readonly workloadStallUs: number;
  readonly balloonStallUs: number;
}

/** What the OOM killer has done to one workload since the run began. */
export interface WorkloadView {
  readonly oomKills: number;
  /** When the first kill was; null where there was none. */
  readonly firstKillUs: number | null;
  /**
   * Microseconds that it was down: from a kill until it has been started again and has all the anonymous memory that
   * the trace wants it to have by then. A kill while it grows back prolongs that; time in which the trace wants no
   * memory of it does not count.
   */
  readonly downtimeUs: number;
  /**
   * Accesses to pages that it lost: those that had filled the memory that kills took, and the touches, file reads and
   * file writes that the trace wanted of it while it was down and that it did not make.
   */
  readonly lostPages: number;
}

/** What the host knows and has answered. */
export interface HostView {
  /** The target that GET_TARGET would be answered with now; the driver hears of it in its next cycle. */
  readonly target: number;
  /** Pages that the host has on its books as locked. */
  readonly locked: number;
  /** Commands answered, and those answered by a rule of the trace. */
  readonly calls: number;
  readonly ruled: number;
}

/** The work cycle that runs or ran last. */
export interface CycleView {
  /** Number from 1; skipped idle cycles count. */
  readonly number: number;
  readonly startUs: number;
  /** When it ended; while it runs, when the one before ended. */
  readonly endUs: number;
  /** Longest and total time that cycles took, allocation stalls included. */
  readonly longestUs: number;
  readonly totalUs: number;
}

/** A run as its observers see it. The objects are the live ones: copy what you keep. */
export interface RunView {
  readonly trace: Trace;
  /** Virtual time, in whole microseconds since the trace began. */
  readonly timeUs: number;
  /** The policy of the guest's balloon driver, which knows what its columns mean. */
  readonly policy: BalloonPolicy;
  /** The driver. */
  readonly balloon: BalloonView;
  readonly guest: GuestView;
  /** One entry a workload of the trace, in its order. */
  readonly workloads: readonly WorkloadView[];
  readonly host: HostView;
  readonly cycle: CycleView;
  /** Microseconds of processor time that the driver has used: page allocation, freeing, backdoor calls; no waiting. */
  readonly driverCpuUs: number;
  /** Microseconds in which a series of the trace was unknown. */
  readonly unknownUs: number;
}

/** Watches a run. */
export interface Observer {
  /** A work cycle has ended. Idle cycles between two equal ones may be skipped: `cycle.number` then jumps. */
  cycle?(view: RunView): void;
  /** The host's target has changed to another value, or begun to move (the driver does not know yet). */
  target?(view: RunView): void;
  /** The OOM killer has taken a workload of the trace, by its index; `view` is as after the kill. */
  kill?(view: RunView, workload: number): void;
  /** A sample that `SimulationOptions.sampleEveryUs` asked for. */
  sample?(view: RunView): void;
  /** The run is over. */
  end?(view: RunView): void;
}
