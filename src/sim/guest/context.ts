import type { Timeline } from "../time/timeline.ts";
import type { Costs } from "../trace/types.ts";
import type { GuestMemory } from "./memory.ts";
import type { Pressure } from "./pressure.ts";
import type { BalloonKind } from "./profile.ts";
import type { Reclaim } from "./reclaim.ts";

/** The objects and callbacks that all actors of a guest share. */
export interface GuestContext {
  readonly timeline: Timeline;
  readonly memory: GuestMemory;
  readonly reclaim: Reclaim;
  readonly pressure: Pressure;
  readonly costs: Costs;
  readonly balloon: BalloonKind;
  /** Processors of the guest. */
  readonly cpus: number;
  /** Length of a timer tick, in nanoseconds. */
  readonly tickNs: number;
  /** Pages that a round of direct reclaim reclaims: the kernel's 32; more in large guests, which saves events. */
  readonly reclaimBatch: number;
  /** Called before reclaim: advances the workloads' sweeps to the current time. */
  readonly settle: () => void;
  /** Called after reclaim: the workloads' threads schedule the faults on evicted pages. */
  readonly noticeLosses: () => void;
  /** Wakes kswapd unless it runs, has given up, or the zone is balanced; returns whether it did. */
  readonly wakeKswapd: () => boolean;
  /** Whether kswapd is running. */
  readonly kswapdRuns: () => boolean;
  /** Tells kswapd that direct reclaim has reclaimed pages: resets its count of failures. */
  readonly encourageKswapd: () => void;
  /** Makes the OOM killer kill a workload; returns false if no workload has anonymous memory. */
  readonly oomKill: () => boolean;
}

/** Factor, at least 1, by which work takes longer because busy actors share the processors. */
export function slowdown(context: GuestContext): number {
  return Math.max(1, context.pressure.busy / context.cpus);
}
