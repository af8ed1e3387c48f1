import type { Timeline } from "../time/timeline.ts";
import type { Costs } from "../trace/types.ts";
import type { GuestMemory } from "./memory.ts";
import type { Pressure } from "./pressure.ts";
import type { BalloonKind } from "./profile.ts";
import type { Reclaim } from "./reclaim.ts";

/** What all actors of a guest share. */
export interface GuestContext {
  readonly timeline: Timeline;
  readonly memory: GuestMemory;
  readonly reclaim: Reclaim;
  readonly pressure: Pressure;
  readonly costs: Costs;
  readonly balloon: BalloonKind;
  /** Processors of the guest. */
  readonly cpus: number;
  /** A timer tick, in nanoseconds. */
  readonly tickNs: number;
  /** Pages that one direct reclaim is after: the kernel's 32, more in large guests so that an event stays worth its cost. */
  readonly reclaimBatch: number;
  /** Before reclaim: brings up to now what workloads have touched and read. */
  readonly settle: () => void;
  /** After reclaim: workloads see what they have lost. */
  readonly noticeLosses: () => void;
  /** Wakes kswapd unless the zone is above its high watermark; whether it did. */
  readonly wakeKswapd: () => boolean;
  /** Whether kswapd is at work. */
  readonly kswapdRuns: () => boolean;
  /** Tells kswapd that somebody has reclaimed pages. */
  readonly encourageKswapd: () => void;
  /** Somebody has to be killed for memory; false if nobody is left. */
  readonly oomKill: () => boolean;
}

/** How much longer work takes that shares the processors with everybody else who is busy. */
export function slowdown(context: GuestContext): number {
  return Math.max(1, context.pressure.busy / context.cpus);
}
