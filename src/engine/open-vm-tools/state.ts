import type { PendingRequest } from "../requests.ts";
import type { Pages, PagesPerCycle } from "../units.ts";
import type { OpenVmToolsParams } from "./params.ts";

/** What the machine does with the next answer; `state.phase`. */
export const Phase = {
  Idle: 0,
  // A reset, in this order; `Pop` belongs to `exit`, too.
  Pop: 1,
  Start: 2,
  GuestId: 3,
  // A work cycle.
  TotalPages: 4,
  GetTarget: 5,
  Allocate: 6,
  Lock: 7,
  FreeRefused: 8,
  FreeKept: 9,
  Unlock: 10,
  FreeUnlocked: 11,
  ExitStart: 12,
} as const;

/** Kinds of allocations, in the order in which an inflation goes through them; `state.kind`. */
export const Kind = { Large: 0, NoSleep: 1, CanSleep: 2 } as const;

/** Why pages are locked; `state.lockFor`. */
export const LockFor = {
  /** The command has as many pages as it can have. */
  Full: 0,
  /** No further page of 2 MiB is free: those that are there go first, then pages of 4 KiB follow. */
  Smaller: 1,
  /** The cycle has no further pages. */
  Last: 2,
} as const;

/** How the driver tells the host of pages; `state.commands`. */
export const Commands = { None: 0, Single: 1, Batched: 2 } as const;

/** Counters of the driver's statistics, of 32 bits. */
export interface Statistics {
  /** Work cycles. */
  timer: number;
  /** Commands, and those that failed. LOCK and UNLOCK are those for pages of 4 KiB, batched or not. */
  start: number;
  startFail: number;
  guestType: number;
  guestTypeFail: number;
  targetCount: number;
  targetFail: number;
  lock: number;
  lockFail: number;
  unlock: number;
  unlockFail: number;
  largeLock: number;
  largeLockFail: number;
  largeUnlock: number;
  largeUnlockFail: number;
  /** Allocations tried and failed, by `Kind`. */
  largeAlloc: number;
  largeAllocFail: number;
  alloc: number;
  allocFail: number;
  sleepAlloc: number;
  sleepAllocFail: number;
  /** Pages that left the balloon, refused pages that were kept, and those of them that were freed, by size. */
  free: number;
  largeFree: number;
  refusedAlloc: number;
  largeRefusedAlloc: number;
  refusedFree: number;
  largeRefusedFree: number;
}

/** The whole state of the machine, in mid-cycle too, as one flat record of numbers. */
export interface OpenVmToolsState extends PendingRequest, Statistics {
  /** A constant that the statistics text has. */
  nosleepAllocMax: PagesPerCycle;
  /** `Life`. */
  life: number;
  /** `Phase`. */
  phase: number;
  /** Pages of 4 KiB, and pages of 2 MiB, in the balloon. */
  small: Pages;
  large: number;
  /** Frames in the balloon as the driver counts them: a reset takes only 1 from it for a page of 2 MiB. */
  counted: Pages;
  /** Balloon size that the host wants, from the last successful GET_TARGET. */
  target: Pages;
  /** What the host granted (`Capability`); 0 before. */
  capabilities: number;
  /** `Commands`, and 1 while the driver has the page that batches are written to. */
  commands: number;
  hasBatchPage: number;
  /** Most pages of a command; 0 before the first START that succeeds. */
  batchMax: number;
  /** 1 while a reset is pending: at first, and when the host has demanded one. */
  resetRequired: number;
  /** Rates now, in pages of either size, and slow cycles left. */
  rateAlloc: PagesPerCycle;
  rateFree: PagesPerCycle;
  slow: number;
  // Locals of a cycle.
  /** The target that the loop follows: commands for full batches refresh it. */
  goal: Pages;
  /** `Kind` of an inflation, and `PageSize` of a deflation. */
  kind: number;
  size: number;
  /** `LockFor`, and for UNLOCK 1 if the command has as many pages as it can have. */
  lockFor: number;
  isFull: number;
  /** Limit of this inflation's pages, and pages of either size that the loop has taken. */
  rate: PagesPerCycle;
  taken: number;
  /** Pages of the next command. */
  entries: number;
  /** 1 if the last allocation, or the last command whose status the loop looks at, failed. */
  isFailed: number;
  /** Refused pages that the cycle keeps, by size. */
  kept: number;
  largeKept: number;
  // For conservation: what the statistics do not contain.
  /** Frames that the host has locked, and unlocked. */
  locked: Pages;
  unlocked: Pages;
  /** Frames that were allocated and freed without having been in the balloon. */
  returned: Pages;
  /** Frames that were in the balloon when the driver was resumed. */
  resumed: Pages;
}

/** State of a driver that is not loaded. */
export function createState({ nosleepAllocMax, allocMax, freeMax }: OpenVmToolsParams): OpenVmToolsState {
  return {
    ...{ nosleepAllocMax, rateAlloc: allocMax, rateFree: freeMax, slow: 0 },
    ...{ phase: 0, request: 0, count: 0, value: 0, life: 0 },
    ...{ timer: 0, start: 0, startFail: 0, guestType: 0, guestTypeFail: 0, targetCount: 0, targetFail: 0 },
    ...{ lock: 0, lockFail: 0, unlock: 0, unlockFail: 0 },
    ...{ largeLock: 0, largeLockFail: 0, largeUnlock: 0, largeUnlockFail: 0 },
    ...{ largeAlloc: 0, largeAllocFail: 0, alloc: 0, allocFail: 0, sleepAlloc: 0, sleepAllocFail: 0 },
    ...{ free: 0, largeFree: 0, refusedAlloc: 0, largeRefusedAlloc: 0, refusedFree: 0, largeRefusedFree: 0 },
    ...{ small: 0, large: 0, counted: 0, target: 0, capabilities: 0, commands: 0, hasBatchPage: 0, batchMax: 0 },
    ...{ resetRequired: 0, goal: 0, kind: 0, size: 0, lockFor: 0, isFull: 0, rate: 0, taken: 0, entries: 0 },
    ...{ isFailed: 0, kept: 0, largeKept: 0, locked: 0, unlocked: 0, returned: 0, resumed: 0 },
  };
}
