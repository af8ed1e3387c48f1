import type { PendingRequest } from "../requests.ts";
import type { Pages } from "../units.ts";

/** What the machine does with the next answer; `state.phase`. */
export const Phase = {
  Idle: 0,
  ReadTarget: 1,
  // A fill: the sleep only after an allocation that failed, the message only with pages.
  Take: 2,
  Sleep: 3,
  TellInflate: 4,
  // A leak.
  TellDeflate: 5,
  Free: 6,
  /** The end of a round. */
  WriteActual: 7,
} as const;

/** Position of the current piece of work; saved while the OOM notifier interrupts it. */
export interface Position extends PendingRequest {
  /** `Phase`. */
  phase: number;
  /** Pages by which the balloon differs from the target that this round has read; below 0: it has too many. */
  difference: Pages;
  /** Pages of this round's message. */
  pages: Pages;
  /** 1 if the round's last allocation failed. */
  isShort: number;
  /** 1 for the release of the OOM notifier: it is no round, and the next one does not follow. */
  isOom: number;
}

/** The whole state of the machine, in mid-cycle too, as one flat record of numbers. */
export interface VirtioBalloonState extends Position {
  /** `Life`. */
  life: number;
  /** Pages in the balloon, and the target that the driver has read last. */
  size: Pages;
  target: Pages;
  /** 1 if a cycle follows at once: the target has changed, or an allocation failed and the driver tries again. */
  isQueued: number;
  /** Work cycles, config interrupts, reads of the target. */
  cycles: number;
  interrupts: number;
  reads: number;
  /** Messages in each direction, and their pages. */
  inflateMessages: number;
  deflateMessages: number;
  allocated: Pages;
  freed: Pages;
  /** Allocations that failed, each followed by a sleep. */
  allocationFailures: number;
  /** Calls of the OOM notifier, and pages that it has released. */
  oomCalls: number;
  oomFreed: Pages;
  /** Messages about free pages, and their pages, a page again each time that it is reported. */
  reports: number;
  reported: Pages;
  /** Pages that the host was told of, in each direction; and pages given back without having been in the balloon: none. */
  locked: Pages;
  unlocked: Pages;
  returned: Pages;
  /** Pages that were in the balloon when the driver was resumed. */
  resumed: Pages;
}

/** State of a driver that is not loaded. */
export function createState(): VirtioBalloonState {
  return {
    ...{ phase: 0, request: 0, count: 0, value: 0, difference: 0, pages: 0, isShort: 0, isOom: 0 },
    ...{ life: 0, size: 0, target: 0, isQueued: 0, cycles: 0, interrupts: 0, reads: 0 },
    ...{ inflateMessages: 0, deflateMessages: 0, allocated: 0, freed: 0, allocationFailures: 0 },
    ...{ oomCalls: 0, oomFreed: 0, reports: 0, reported: 0, locked: 0, unlocked: 0, returned: 0, resumed: 0 },
  };
}
