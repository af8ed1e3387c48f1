/**
 * The ports of a policy. A port answers each call through `reply`, exactly once, at once or later: the simulator
 * answers at a later virtual time, a daemon when the native call is done. Each method documents the two numbers of its
 * answer; the second is 0 if it has no meaning.
 */

export type Reply = (first: number, second: number) => void;

/** The guest's memory. It holds the pages; the policy only counts them. */
export interface PageAllocator {
  /** Pages of RAM that the guest has. Answer: pages. */
  totalPages(reply: Reply): void;
  /**
   * Allocates up to `count` pages (at least 1); the allocation may sleep if `canSleep`. Answer: pages allocated, and 1
   * if the next allocation failed. Fewer than `count` pages without a failure are a partial run; 0 pages always mean a
   * failure.
   */
  allocate(count: number, canSleep: boolean, reply: Reply): void;
  /** Frees the `count` pages that are in `custody`. Answer: none. */
  free(count: number, custody: number, reply: Reply): void;
}

/**
 * The host. LOCK and UNLOCK refer to the pages that the allocator holds, in order; status numbers are the protocol's.
 */
export interface Hypervisor {
  /** START. Answer: status. */
  start(version: number, reply: Reply): void;
  /** GUEST_ID. Answer: status. */
  guestId(type: number, reply: Reply): void;
  /** GET_TARGET. Answer: status, and the target in pages. */
  getTarget(limit: number, reply: Reply): void;
  /**
   * Sends LOCK for `count` of the pages that were allocated and not offered yet, in the allocator's order, until the
   * host refuses one.
   * Answer: pages accepted, and the status of the next one (`FRAME_TOO_LARGE` if no command was sent).
   */
  lock(count: number, reply: Reply): void;
  /** Sends UNLOCK for the `count` newest pages of the balloon, newest first. Answer: as for `lock`. */
  unlock(count: number, reply: Reply): void;
}

/** Time, in ticks of the guest's kernel since it was booted. */
export interface Clock {
  /** Ticks a second. */
  readonly hz: number;
  /** The current tick. */
  ticks(): number;
  /** Calls `wake` once when `tick` begins, or as soon after as the timer allows. */
  wakeAt(tick: number, wake: () => void): void;
}
