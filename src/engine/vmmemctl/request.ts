/** The engine's requests; their arguments are `state.count` and `state.value`. The answers go into `step`. */
export const Request = {
  /** Nothing: the work is done until the next `load`, `cycle` or `exit`. */
  None: 0,
  /** Send START with protocol version `value`. Answer: status. */
  Start: 1,
  /** Send GUEST_ID with guest type `value`. Answer: status. */
  GuestId: 2,
  /** Return the guest's RAM. Answer: pages. */
  TotalPages: 3,
  /** Send GET_TARGET with limit `value`. Answer: status, target. */
  GetTarget: 4,
  /**
   * Allocate up to `count` pages; the allocation may sleep if `value` is 1. Answer: pages allocated, and 1 if the next
   * allocation failed, 0 if it was not tried (the engine then asks again for the pages still missing).
   */
  Allocate: 5,
  /**
   * LOCK `count` of the pages not offered yet, in the allocator's order. Answer: pages accepted, and the status of the
   * next one.
   */
  Lock: 6,
  /**
   * UNLOCK the `count` newest pages of the balloon, newest first. Answer: pages unlocked, and the status of the next
   * one.
   */
  Unlock: 7,
  /** Free `count` pages, which are all those in custody `value`. Answer: none. */
  Free: 8,
} as const;

/** The stages of a driver's life; `state.life`. */
export const Life = { Unloaded: 0, Loaded: 1, Exited: 2, LoadFailed: 3 } as const;

/** The meaning of the next answer; `state.phase`. Used by the engine alone. */
export const Phase = {
  Idle: 0,
  LoadStart: 1,
  LoadGuestId: 2,
  ResetPop: 3,
  ResetStart: 4,
  ResetGuestId: 5,
  TotalPages: 6,
  GetTarget: 7,
  Allocate: 8,
  Lock: 9,
  FreeRest: 10,
  Unlock: 11,
  FreeUnlocked: 12,
  ExitStart: 13,
  ExitPop: 14,
} as const;
