import type { Timeline } from "./timeline.ts";

/** The slots of a VM, counted from its first: one per actor. */
export const Slot = {
  /** The next change of the trace. */
  Trace: 0,
  /** The driver's timer. */
  Cycle: 1,
  /** The driver's pending answer or allocation. */
  Balloon: 2,
  Kswapd: 3,
  Flusher: 4,
  Kernel: 5,
  /** The next sample of an observer. */
  Sample: 6,
} as const;

/** Each workload has two slots after these: one for its anonymous memory, and one for its files. */
export const SLOTS_BEFORE_WORKLOADS = 7;

/** The actors before the workloads in words, by their numbers. */
export const ACTOR_NAMES: Readonly<Record<number, string>> = {
  [Slot.Trace]: "trace",
  [Slot.Cycle]: "timer",
  [Slot.Balloon]: "balloon driver",
  [Slot.Kswapd]: "kswapd",
  [Slot.Flusher]: "flusher",
  [Slot.Kernel]: "kernel",
  [Slot.Sample]: "sample",
};

/** The number of an actor's workload, from 0; null: the actor is not of a workload. */
export const workloadOf = (actor: number): number | null =>
  actor < SLOTS_BEFORE_WORKLOADS ? null : (actor - SLOTS_BEFORE_WORKLOADS) >> 1;

/** The slots of one VM on a timeline. `Pressure` identifies the VM's actors by the same numbers. */
export class VmSlots {
  readonly #timeline: Timeline;
  readonly first: number;
  /** Slots of actors. */
  readonly count: number;
  /** All slots: those of the actors, and that of the free page reporting. */
  readonly reserved: number;

  /**
   * Reserves the slots of a VM with this number of workloads.
   * @param isReporting whether its kernel reports free pages: that has a slot of its own after all others. It takes no time of a
   * processor, so `Pressure` does not know it.
   */
  constructor(timeline: Timeline, workloads: number, isReporting = false) {
    this.#timeline = timeline;
    this.count = SLOTS_BEFORE_WORKLOADS + 2 * workloads;
    this.reserved = this.count + (isReporting ? 1 : 0);
    this.first = timeline.reserve(this.reserved);
  }

  /** The slot of the free page reporting; -1 without it. */
  get reporting(): number {
    return this.reserved === this.count ? -1 : this.first + this.count;
  }

  /** The slot of an actor (`Slot`). */
  of(actor: number): number {
    return this.first + actor;
  }

  /** The slot of a workload's anonymous memory. */
  ofAnon(workload: number): number {
    return this.first + SLOTS_BEFORE_WORKLOADS + 2 * workload;
  }

  /** The slot of a workload's files. */
  ofFiles(workload: number): number {
    return this.ofAnon(workload) + 1;
  }

  /** Whether an actor of this VM has an event in this microsecond. A sample is none: what an observer does is not the VM's. */
  get areDueNow(): boolean {
    const { nowUs } = this.#timeline;
    if (this.#timeline.nextUs() > nowUs) return false;
    return this.#timeline.nextUsAmong(this.first, this.reserved, this.of(Slot.Sample)) <= nowUs;
  }

  /** Whether a slot of the timeline belongs to this VM. */
  has(slot: number): boolean {
    return slot >= this.first && slot < this.first + this.reserved;
  }

  /** The actor of a slot: the inverse of `of`. */
  actorOf(slot: number): number {
    return slot - this.first;
  }
}
