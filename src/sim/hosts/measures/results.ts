import type { Pages, Us } from "../../../common/units.ts";

/** What a VM suffered from in a time: the largest part of what it lost. */
export const CAUSES = ["host-swap", "guest-memory", "oom-kill", "ended"] as const;
/**
 * `host-swap`: it waited for the host's memory or swap. `guest-memory`: tasks stalled inside the guest, because its balloon or its
 * own demand left it too little. `oom-kill`: the guest's OOM killer kept a workload down. `ended`: the host ended the VM.
 */
export type Cause = (typeof CAUSES)[number];

/** The time in which a VM lost most. */
export interface WorstTime {
  readonly fromUs: Us;
  readonly untilUs: Us;
  /** Time lost in it; see `VmResult.lostUs`. */
  readonly lostUs: Us;
  readonly cause: Cause;
  /** State of the host at its end, by its policy's words; null: it has none, or the cause is that the host ended the VM. */
  readonly state: string | null;
}

/** What became of a VM on a host. Times are sums since the VM was powered on. */
export interface VmResult {
  readonly name: string;
  readonly group: string;
  readonly driver: string;
  readonly memory: Pages;
  /** How long it was on. */
  readonly onUs: Us;
  /** Whether the host ended it because it had neither memory nor swap for it. */
  readonly isEnded: boolean;
  /** Pressure stall time inside the guest: some task, and all tasks. */
  readonly stallSomeUs: Us;
  readonly stallFullUs: Us;
  /** Time in which the guest's threads waited for the host; a sum over threads, which the guest does not see. */
  readonly hostWaitUs: Us;
  /** Time in which workloads were down after OOM kills. */
  readonly downUs: Us;
  readonly oomKills: number;
  /** Accesses to memory and files that workloads wanted to make and could not, kills included. */
  readonly undonePages: Pages;
  /** Pages that the guest wrote to its own swap, and read back. */
  readonly swapOutPages: Pages;
  readonly swapInPages: Pages;
  /** Pages that the host read from its swap for the guest. */
  readonly hostReadPages: Pages;
  /** Mean and largest size of its balloon, and of what it consumed of the host's memory. */
  readonly balloonMean: Pages;
  readonly balloonMax: Pages;
  readonly consumedMean: Pages;
  readonly consumedMax: Pages;
  /**
   * Time lost: the sum of `stallSomeUs`, `hostWaitUs` and `downUs`, and the time after the host has ended the VM in which it would have
   * been on: until its `off`, or the end of the run. Threads lose time at once, so it may be more than the time that passed.
   */
  readonly lostUs: Us;
  /** Null: it never lost any. */
  readonly worst: WorstTime | null;
}

/** Whether a VM was powered on at all, if only to be ended at once. */
export const wasOn = ({ onUs, isEnded }: VmResult): boolean => onUs > 0 || isEnded;

/** What became of a host and its VMs. */
export interface HostResult {
  readonly name: string;
  readonly policy: string;
  readonly durationUs: Us;
  readonly memory: Pages;
  /**
   * Configured memory of the VMs that are to be on at once, at most, whichever of them the host ends; and by that the ratio of
   * overcommitment.
   */
  readonly configured: Pages;
  readonly overcommit: number;
  /** Extremes over all changes of the host's book. */
  readonly freeMin: Pages;
  readonly consumedMax: Pages;
  readonly balloonMax: Pages;
  readonly swappedMax: Pages;
  /** What did not fit at time 0, and was made to in no time (`HostRunView.unfit`). */
  readonly unfit: { readonly untouched: Pages; readonly swapped: Pages };
  /** Pages that the host wrote to its swap, and read back. */
  readonly swapWritten: Pages;
  readonly swapRead: Pages;
  readonly decisions: number;
  /** Decisions that changed the target of a VM; a sum over VMs. */
  readonly changes: number;
  /** Time in each state of the host, by its policy's words. */
  readonly states: ReadonlyMap<string, Us>;
  /** In the order of the scenario. */
  readonly vms: readonly VmResult[];
}
