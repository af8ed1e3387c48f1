/**
 * The ports of a policy. A port answers each call through `reply`, exactly once, at once or later: the simulator
 * answers at a later virtual time, a daemon when the native call is done. An answer is two numbers, so that a
 * checkpoint can contain it; the type of the reply names them. A number without a meaning is 0.
 */
import type { Pages, Ticks } from "./units.ts";

/** Takes the answer to a request of any kind. */
export type Reply = (first: number, second: number) => void;

/** A status of the host's protocol (`Status`), or `FRAME_TOO_LARGE`. */
export type StatusNumber = number;

/** Takes the pages of RAM that the guest has. */
export type TotalPagesReply = (totalPages: Pages, none: number) => void;
/** Takes the number of pages allocated, and 1 if the next allocation failed, else 0. */
export type AllocateReply = (allocated: Pages, nextFailed: number) => void;
/** Called when the pages are freed. Neither number has a meaning. */
export type FreeReply = (none: number, noneEither: number) => void;
/** Takes the status of a command. */
export type StatusReply = (status: StatusNumber, none: number) => void;
/** Takes the status of GET_TARGET, and the target, which has a meaning only if the status is SUCCESS. */
export type TargetReply = (status: StatusNumber, target: Pages) => void;
/**
 * Takes the number of pages for which LOCK, or UNLOCK, succeeded, and the status for the next page: SUCCESS if there is
 * none, `FRAME_TOO_LARGE` if no command was sent for it.
 */
export type BatchReply = (accepted: Pages, nextStatus: StatusNumber) => void;

/** The guest's memory. It holds the pages; the policy only counts them. */
export interface PageAllocator {
  /** Asks for the pages of RAM that the guest has. */
  totalPages(reply: TotalPagesReply): void;
  /**
   * Allocates up to `count` pages (at least 1); the allocation may sleep if `canSleep`. Fewer than `count` pages without
   * a failure are a partial run; 0 pages always mean a failure.
   */
  allocate(count: Pages, canSleep: boolean, reply: AllocateReply): void;
  /** Frees the `count` pages that are in `custody` (`Custody`). */
  free(count: Pages, custody: number, reply: FreeReply): void;
}

/**
 * The host. LOCK and UNLOCK refer to the pages that the allocator holds, in order; status numbers are the protocol's.
 */
export interface Hypervisor {
  /** Sends START, with the driver's version of the protocol. */
  start(version: number, reply: StatusReply): void;
  /** Sends GUEST_ID, with the type of the guest. */
  guestId(type: number, reply: StatusReply): void;
  /** Sends GET_TARGET, with the pages of RAM that the guest has. */
  getTarget(limit: Pages, reply: TargetReply): void;
  /**
   * Sends LOCK for `count` of the pages that were allocated and not offered yet, in the allocator's order, until the
   * host refuses one.
   */
  lock(count: Pages, reply: BatchReply): void;
  /** Sends UNLOCK for the `count` newest pages of the balloon, newest first, until the host refuses one. */
  unlock(count: Pages, reply: BatchReply): void;
}

/** Time, in ticks of the guest's kernel since it was booted. */
export interface Clock {
  /** Ticks a second. */
  readonly hz: number;
  /** The current tick. */
  ticks(): Ticks;
  /** Calls `wake` once when `tick` begins, or as soon after as the timer allows. */
  wakeAt(tick: Ticks, wake: () => void): void;
}
