/** The kinds of causes that a run records. */
import { Incident, Wait } from "../view/causes.ts";

/** What a kind is: a wait of a task; work or a state in the background; or an incident. */
export type CauseType = "wait" | "background" | "incident";

/** A kind of causes. */
export interface KindInfo {
  readonly type: CauseType;
  /** Its meaning, as a sentence without a full stop. */
  readonly meaning: string;
  /** Whether a task that waits so waits for memory: what summaries count as the stall of the workloads, or of the driver. */
  readonly isStall?: true;
  /** The wait that it is a part of. */
  readonly partOf?: "direct-reclaim";
  /** Whether it can lead to others: these kinds are in `CauseRecord.chain`. */
  readonly isLeading?: true;
}

/** All kinds, by their names in files, in the order of the documentation. */
export const CAUSE_KINDS = {
  "direct-reclaim": {
    type: "wait",
    isLeading: true,
    isStall: true,
    meaning: "An allocation found no free page above `min`: the task reclaims pages itself",
  },
  "swap-queue": {
    type: "wait",
    isLeading: true,
    partOf: "direct-reclaim",
    meaning: "A reclaimer waits for room in the swap device's queue: the device writes more slowly than pages come",
  },
  "swap-written": {
    type: "wait",
    partOf: "direct-reclaim",
    meaning: "A reclaimer waits until the swap device has written pages that can then be freed",
  },
  "file-writeback": {
    type: "wait",
    partOf: "direct-reclaim",
    meaning:
      "A round of reclaim found nothing, and dirty pages of files are being written: the task waits (linux-2.6.32)",
  },
  retry: {
    type: "wait",
    partOf: "direct-reclaim",
    meaning: "A round of reclaim found nothing: the task sleeps before the next one",
  },
  "relief-wait": {
    type: "wait",
    partOf: "direct-reclaim",
    meaning: "Nothing was left to reclaim: the allocation waits while the balloon gives pages, which averts a kill",
  },
  "swap-read": {
    type: "wait",
    isStall: true,
    meaning: "A workload touches pages of its working set that are in swap, and waits for them",
  },
  refault: {
    type: "wait",
    isStall: true,
    meaning: "A workload reads pages of files again that had been in use before reclaim evicted them",
  },
  reread: {
    type: "wait",
    meaning:
      "A workload reads other pages of files again that reclaim had evicted from the page cache. This does not count as a stall",
  },
  "file-read": {
    type: "wait",
    meaning: "A workload reads pages of files that had not been in the page cache. This does not count as a stall",
  },
  "dirty-limit": {
    type: "wait",
    meaning:
      "Too many pages are dirty: a workload writes only as fast as the disk does. `pages` are writes that it did not make, `total_s` is an estimate: the time in proportion to them. It does not count as a stall",
  },
  kswapd: {
    type: "background",
    isLeading: true,
    meaning: "kswapd reclaims. No task waits, but PSI counts this time as *some*",
  },
  "slow-cycles": {
    type: "background",
    isLeading: true,
    meaning: "After a failed allocation, the driver inflates at its slow rate for some cycles",
  },
  "swap-full": { type: "background", isLeading: true, meaning: "Swap has no room for another batch of pages" },
  "nosleep-failed": {
    type: "incident",
    isLeading: true,
    meaning: "An allocation of the driver that may not sleep failed: no page was free above its limit",
  },
  "sleep-failed": {
    type: "incident",
    isLeading: true,
    meaning: "An allocation of the driver that may sleep failed after its reclaim",
  },
  "huge-failed": { type: "incident", meaning: "The driver found no free block of 2 MiB, and takes single pages" },
  limited: {
    type: "incident",
    isLeading: true,
    meaning: "A daemon's balloon took fewer pages than it was to take, because of its floor or its limit of pressure",
  },
  "allocation-failed": {
    type: "incident",
    meaning:
      "An allocation of a workload or of the kernel failed: reclaim found nothing, and there was nothing to kill",
  },
  "oom-kill": {
    type: "incident",
    isLeading: true,
    meaning: "The OOM killer killed the workload `who`, called by `by`; `pages` is the memory and swap that this freed",
  },
  "oom-relief": { type: "incident", meaning: "The balloon gave pages, and no workload was killed" },
  "kswapd-gave-up": {
    type: "incident",
    isLeading: true,
    meaning: "kswapd reclaimed nothing, round after round, and sleeps until others have reclaimed something",
  },
  refused: { type: "incident", isLeading: true, meaning: "The host refused pages that the driver offered by LOCK" },
  "unlock-refused": {
    type: "incident",
    isLeading: true,
    meaning: "The host refused to give pages back by UNLOCK: they stay in the balloon",
  },
  "command-failed": { type: "incident", meaning: "The host did not carry out a command that is not about pages" },
  reset: {
    type: "incident",
    isLeading: true,
    meaning: "The host demanded a reset: it has forgotten the balloon's `pages`, and the driver begins anew",
  },
  target: {
    type: "incident",
    isLeading: true,
    meaning: "The host's target changed by `pages`, or began to move along a line",
  },
} as const satisfies Readonly<Record<string, KindInfo>>;

/** Name of a kind of causes. */
export type CauseKind = keyof typeof CAUSE_KINDS;

/** What a kind is. */
export const kindInfo = (kind: CauseKind): KindInfo => CAUSE_KINDS[kind];

/** The kind of each `Wait`, by its number. */
export const KIND_OF_WAIT: Readonly<Record<number, CauseKind>> = {
  [Wait.DirectReclaim]: "direct-reclaim",
  [Wait.SwapQueue]: "swap-queue",
  [Wait.SwapWritten]: "swap-written",
  [Wait.FileWriteback]: "file-writeback",
  [Wait.Retry]: "retry",
  [Wait.Relief]: "relief-wait",
  [Wait.SwapRead]: "swap-read",
  [Wait.Refault]: "refault",
  [Wait.Reread]: "reread",
  [Wait.FileRead]: "file-read",
  [Wait.DirtyLimit]: "dirty-limit",
  [Wait.Kswapd]: "kswapd",
};

/** The kind of each `Incident`, by its number; a failed allocation of the driver is `sleep-failed`. */
export const KIND_OF_INCIDENT: Readonly<Record<number, CauseKind>> = {
  [Incident.NoSleepFailed]: "nosleep-failed",
  [Incident.AllocationFailed]: "allocation-failed",
  [Incident.LargeFailed]: "huge-failed",
  [Incident.Limited]: "limited",
  [Incident.Relief]: "oom-relief",
  [Incident.KswapdGaveUp]: "kswapd-gave-up",
  [Incident.Refused]: "refused",
  [Incident.UnlockRefused]: "unlock-refused",
  [Incident.CommandFailed]: "command-failed",
  [Incident.Reset]: "reset",
};
