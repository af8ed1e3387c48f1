import type { PendingRequest } from "../requests.ts";
import type { Pages, Ticks } from "../units.ts";

/** What the machine does with the next answer; `state.phase`. */
export const Phase = {
  Idle: 0,
  // A reset, in this order; `Unset` and `Pop` belong to `exit`, too.
  Unset: 1,
  Pop: 2,
  Start: 3,
  DoorbellOn: 4,
  DoorbellOff: 5,
  GuestId: 6,
  // A work cycle.
  TotalPages: 7,
  GetTarget: 8,
  Take: 9,
  Lock: 10,
  Split: 11,
  FreeRest: 12,
  Unlock: 13,
  FreeUnlocked: 14,
  ExitStart: 15,
} as const;

/** Position of the current piece of work; saved while the shrinker interrupts it. */
export interface Position extends PendingRequest {
  /** `Phase`. */
  phase: number;
  /** `PageSize` that is moved now. */
  pageSize: number;
  /** Pages that the current round shall move, and pages that it has allocated or takes from the balloon. */
  wanted: number;
  pages: number;
  /** 1 if the round's last allocation failed. */
  isShort: number;
  /** 1 if the round has released all pages that it wanted. */
  isComplete: number;
  /** Refused pages of the current size that the driver holds. */
  refused: number;
  /** Pages of 4 KiB of refused pages of 2 MiB, not offered yet. */
  split: Pages;
  /** Frames that the deflation shall release, and those that it has tried; 0 if it follows the target. */
  goal: Pages;
  tried: Pages;
}

/** Counters of the driver's statistics text, under its names. They have 64 bits in the driver. */
export interface Statistics {
  /** Commands answered, by number, and those that failed. */
  start: number;
  startFail: number;
  getTarget: number;
  getTargetFail: number;
  lock: number;
  lockFail: number;
  unlock: number;
  unlockFail: number;
  guestType: number;
  guestTypeFail: number;
  batchLock: number;
  batchLockFail: number;
  batchUnlock: number;
  batchUnlockFail: number;
  lock2m: number;
  lock2mFail: number;
  unlock2m: number;
  unlock2mFail: number;
  doorbellSet: number;
  doorbellSetFail: number;
  /** Work cycles, rings of the doorbell, resets, calls of the shrinker, frames that it released. */
  timer: number;
  doorbell: number;
  reset: number;
  shrink: number;
  shrinkFree: Pages;
  /** By size of the pages: allocations tried and failed; pages refused by the host; cycles that freed such pages; pages freed. */
  alloc4k: number;
  alloc2m: number;
  allocFail4k: number;
  allocFail2m: number;
  errAlloc4k: number;
  errAlloc2m: number;
  errFree4k: number;
  errFree2m: number;
  free4k: number;
  free2m: number;
}

/** The whole state of the machine, in mid-cycle too, as one flat record of numbers. */
export interface VmwBalloonState extends Position, Statistics {
  /** `Life`. */
  life: number;
  /** Pages of 4 KiB, and pages of 2 MiB, in the balloon. */
  small: Pages;
  large: number;
  /** Balloon size that the host wants, from the last successful command that carried it. */
  target: Pages;
  /** What the host granted (`Capability`); 0 before. */
  capabilities: number;
  /** 1 while a reset is pending: at first, and when the host has demanded one. */
  resetRequired: number;
  /** 1 if commands are batched. */
  isBatching: number;
  /** Most pages of a command; 0 before the first successful START. */
  batchMax: number;
  /** Largest `PageSize` of the balloon. */
  maxPageSize: number;
  /** 1 while the host has a doorbell. */
  hasDoorbell: number;
  /** 1 if the doorbell has rung in this cycle: the next one follows at once. */
  isRung: number;
  /** The driver does not inflate before this tick. */
  shrinkUntil: Ticks;
  // For conservation: what the statistics text does not contain.
  /** Frames that the host has locked, and unlocked. */
  locked: Pages;
  unlocked: Pages;
  /** Frames that were allocated and freed without having been in the balloon. */
  returned: Pages;
  /** Frames that were in the balloon when the driver was resumed. */
  resumed: Pages;
}

/** State of a driver that is not loaded. Batching is on until a START decides, as in the driver. */
export function createState(): VmwBalloonState {
  return {
    ...{ phase: 0, request: 0, count: 0, value: 0, pageSize: 0, wanted: 0, pages: 0, isShort: 0, isComplete: 0 },
    ...{ refused: 0, split: 0, goal: 0, tried: 0 },
    ...{ start: 0, startFail: 0, getTarget: 0, getTargetFail: 0, lock: 0, lockFail: 0, unlock: 0, unlockFail: 0 },
    ...{ guestType: 0, guestTypeFail: 0, batchLock: 0, batchLockFail: 0, batchUnlock: 0, batchUnlockFail: 0 },
    ...{ lock2m: 0, lock2mFail: 0, unlock2m: 0, unlock2mFail: 0, doorbellSet: 0, doorbellSetFail: 0 },
    ...{ timer: 0, doorbell: 0, reset: 0, shrink: 0, shrinkFree: 0 },
    ...{ alloc4k: 0, alloc2m: 0, allocFail4k: 0, allocFail2m: 0, errAlloc4k: 0, errAlloc2m: 0 },
    ...{ errFree4k: 0, errFree2m: 0, free4k: 0, free2m: 0 },
    ...{ life: 0, small: 0, large: 0, target: 0, capabilities: 0, resetRequired: 0, isBatching: 1, batchMax: 0 },
    ...{ maxPageSize: 0, hasDoorbell: 0, isRung: 0, shrinkUntil: 0, locked: 0, unlocked: 0, returned: 0, resumed: 0 },
  };
}
