import type { Pages, PagesPerCycle } from "../units.ts";
import type { Rates } from "./rates.ts";
import { Life } from "./request.ts";

/**
 * The whole state of the engine, in mid-cycle too, as one flat record of numbers: a copy is a checkpoint. The constants
 * of the policy are part of it, under the names that `Rates` gives them.
 *
 * Counters count in 32 bits and wrap, as the driver's do.
 */
export interface EngineState {
  // The constants in force.
  nosleepAllocMax: PagesPerCycle;
  allocMin: PagesPerCycle;
  allocMax: PagesPerCycle;
  allocInc: PagesPerCycle;
  freeMin: PagesPerCycle;
  freeMax: PagesPerCycle;
  freeInc: PagesPerCycle;
  slowCycles: number;
  yieldThreshold: number;
  maxRefused: Pages;

  // The driver's own state.
  /** Pages in the balloon. */
  size: Pages;
  /** Pages that the host wants in the balloon, from the last successful GET_TARGET. */
  target: Pages;
  /** Rate of sleeping allocations now, in pages a cycle. */
  rateAlloc: PagesPerCycle;
  /** Rate of releases now, in pages a cycle. */
  rateFree: PagesPerCycle;
  /** Slow cycles left, the current one included. */
  slow: number;
  /** 1 while a reset that the host asked for is pending. */
  resetRequired: number;
  /** Pages that the host refused in this cycle and that the driver still holds. */
  refused: Pages;
  /** How often a cycle has yielded the processor. */
  yields: number;

  // The driver's statistics.
  /** Work cycles. */
  timer: number;
  /** START commands, and those that failed. */
  start: number;
  startFail: number;
  /** GUEST_ID commands, and those that failed. */
  guestType: number;
  guestTypeFail: number;
  /** LOCK commands, and those that failed. */
  lock: number;
  lockFail: number;
  /** UNLOCK commands, and those that failed. */
  unlock: number;
  unlockFail: number;
  /** GET_TARGET commands, and those that failed. */
  targetCount: number;
  targetFail: number;
  /** Allocations that may not sleep, and those that failed. */
  alloc: number;
  allocFail: number;
  /** Allocations that may sleep, and those that failed. */
  sleepAlloc: number;
  sleepAllocFail: number;
  /** Pages released from the balloon. */
  free: Pages;
  /** Pages that the host refused. */
  refusedAlloc: Pages;
  /** Refused pages that the driver held to the end of their cycle and then freed. */
  refusedFree: Pages;

  // The engine's position in its work.
  /** 0 before loading, 1 loaded, 2 unloaded, 3 failed to load. */
  life: number;
  /** What the engine does with the next answer (`Phase`). */
  phase: number;
  /** The pending request (`Request`). */
  request: number;
  /** Argument of the request: pages to allocate, lock, unlock or free. */
  count: number;
  /** The other argument of the request: protocol version, guest type, limit, 1 if it may sleep, or a `Custody`. */
  value: number;
  /** 1 once rates have changed until the current rates are clamped into the new bounds. */
  clampPending: number;

  // Locals of an inflating cycle.
  /** Pages missing when the cycle began. */
  goal: Pages;
  /** The driver's loop counter: pages taken, and one for a failed allocation that did not end the cycle. */
  taken: number;
  /** Limit of the loop counter in this cycle. */
  rate: number;
  /** 1 once allocations of this cycle may sleep. */
  canSleep: number;
  /** Allocations since the last yield. */
  sinceYield: number;
  /** 1 if the last reservation failed. */
  error: number;
  /** Pages that were allocated in a run and are not yet offered to the host. */
  spare: Pages;
  /** 1 if the allocation after those is known to fail. */
  failAhead: number;
  /** 1 if the host refused a page in a way that ends the cycle at once; the driver holds the page until it is freed. */
  rejected: number;
}

/**
 * State of an idle driver that was loaded before, with `size` pages in its balloon and a target of `size`. START and
 * GUEST_ID are counted; its earlier work is not.
 */
export function loadedState(rates: Rates, size: Pages): EngineState {
  return { ...createState(rates), life: Life.Loaded, size, target: size, start: 1, guestType: 1 };
}

/** State of a driver that has not been loaded yet. */
export function createState(rates: Rates): EngineState {
  return {
    nosleepAllocMax: rates.nosleepAllocMax,
    allocMin: rates.allocMin,
    allocMax: rates.allocMax,
    allocInc: rates.allocInc,
    freeMin: rates.freeMin,
    freeMax: rates.freeMax,
    freeInc: rates.freeInc,
    slowCycles: rates.slowCycles,
    yieldThreshold: rates.yieldThreshold,
    maxRefused: rates.maxRefused,
    size: 0,
    target: 0,
    rateAlloc: rates.allocMax,
    rateFree: rates.freeMax,
    slow: 0,
    resetRequired: 0,
    refused: 0,
    yields: 0,
    timer: 0,
    start: 0,
    startFail: 0,
    guestType: 0,
    guestTypeFail: 0,
    lock: 0,
    lockFail: 0,
    unlock: 0,
    unlockFail: 0,
    targetCount: 0,
    targetFail: 0,
    alloc: 0,
    allocFail: 0,
    sleepAlloc: 0,
    sleepAllocFail: 0,
    free: 0,
    refusedAlloc: 0,
    refusedFree: 0,
    life: 0,
    phase: 0,
    request: 0,
    count: 0,
    value: 0,
    clampPending: 0,
    goal: 0,
    taken: 0,
    rate: 0,
    canSleep: 0,
    sinceYield: 0,
    error: 0,
    spare: 0,
    failAhead: 0,
    rejected: 0,
  };
}
