import type { Ns, Pages } from "../../common/units.ts";
import type { VmSlots } from "../time/slots.ts";
import type { Timeline } from "../time/timeline.ts";
import type { BalloonKind } from "../trace/profile.ts";
import type { Costs } from "../trace/types.ts";
import type { CauseSink } from "../view/causes.ts";
import type { Backing } from "./backing.ts";
import type { GuestMemory } from "./memory.ts";
import type { Pressure } from "./pressure.ts";
import type { Processors } from "./processors.ts";
import type { PageReclaim } from "./reclaimer.ts";

/** What reclaim asks of the workloads before and after it walks over their pages. Implemented by `Workloads`. */
export interface Settling {
  /** Called before reclaim: advances the workloads' sweeps to the current time. */
  settle(): void;
  /** Called after reclaim: the workloads' threads schedule the faults on evicted pages. */
  noticeLosses(): void;
}

/** What allocations ask of kswapd. Implemented by `Kswapd`. */
export interface BackgroundReclaim {
  /**
   * Wakes kswapd unless it runs, has given up, or the zone is balanced and its watermarks are not boosted; returns whether
   * it did.
   */
  wake(): boolean;
  /** Whether kswapd is running; it is not during a nap. */
  readonly isRunning: boolean;
  /** Tells kswapd that direct reclaim has reclaimed pages: resets its count of failures. */
  encourage(): void;
}

/** What allocations ask for when reclaim fails. Implemented by `Workloads`. */
export interface OomKiller {
  /**
   * Has the balloon give pages, if it does that, else makes the OOM killer kill a workload.
   * @returns the time that this takes, in nanoseconds, above 0 only if the balloon gave pages; null if no workload has
   * anonymous memory
   */
  oomKill(): Ns | null;
}

/** The objects that reclaim works with: all that kswapd knows of its guest. */
export interface ReclaimContext {
  readonly timeline: Timeline;
  readonly memory: GuestMemory;
  readonly reclaim: PageReclaim;
  readonly pressure: Pressure;
  readonly processors: Processors;
  readonly settling: Settling;
  /** Work after which a step of reclaim ends, in nanoseconds. */
  readonly sliceNs: Ns;
  /** Is told of waits and failures; null: nothing is. */
  readonly causes: CauseSink | null;
}

/** The objects that all actors of a guest share that allocate memory. */
export interface GuestContext extends ReclaimContext {
  /** The slots of the guest's VM. */
  readonly slots: VmSlots;
  readonly costs: Costs;
  /** The host under the guest; null: the guest has its memory for itself. */
  readonly backing: Backing | null;
  readonly balloon: BalloonKind;
  /** Length of a timer tick, in nanoseconds. */
  readonly tickNs: number;
  /** Pages that a round of direct reclaim reclaims: the kernel's 32; more in large guests, which saves events. */
  readonly reclaimBatch: Pages;
  readonly kswapd: BackgroundReclaim;
  readonly oomKiller: OomKiller;
}
