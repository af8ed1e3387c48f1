/**
 * The balloon protocol of the host: the numbers of commands and statuses on the backdoor. Source: the reference driver
 * (`VMW_BALLOON_CMD_*`, `VMW_BALLOON_ERROR_*`).
 */

/** Protocol version that START announces. */
export const PROTOCOL_VERSION = 2;

/** Guest type that GUEST_ID announces: Linux. */
export const GUEST_ID_LINUX = 1;

export const Command = { Start: 0, GetTarget: 1, Lock: 2, Unlock: 3, GuestId: 4 } as const;

export const Status = {
  Success: 0,
  CommandInvalid: 1,
  PpnInvalid: 2,
  PpnLocked: 3,
  PpnUnlocked: 4,
  PpnPinned: 5,
  PpnNotNeeded: 6,
  Reset: 7,
  Busy: 8,
  /** -1 in 32 bits. */
  Failure: 0xffff_ffff,
} as const;

/**
 * Not a status of the host: the answer to a LOCK or UNLOCK whose page has a frame number of more than 32 bits, which
 * the protocol can't carry. The driver then sends nothing, and a page that it tried to lock counts as refused. (The
 * reference driver reads an uninitialised status here; the engine takes it as 0.)
 */
export const FRAME_TOO_LARGE = -1;
