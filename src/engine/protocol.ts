/**
 * The balloon protocol of VMware's hosts: the numbers of commands, statuses and capabilities on the backdoor. Sources: the
 * driver 1.2.1.2-k, and drivers/misc/vmw_balloon.c of Linux 6.1 for batches and capabilities (`VMW_BALLOON_CMD_*`,
 * `VMW_BALLOON_ERROR_*`, `enum vmwballoon_capabilities`).
 */

/** Protocol version that START of the driver 1.2.1.2-k announces. */
export const PROTOCOL_VERSION = 2;

/** Guest types that GUEST_ID announces: Linux, a BSD, Solaris. */
export const GUEST_ID_LINUX = 1;
export const GUEST_ID_BSD = 2;
export const GUEST_ID_SOLARIS = 5;

/** The commands of the protocol, with their numbers on the backdoor. */
export const Command = {
  /**
   * Begins the protocol, or begins it again in a reset; argument: `PROTOCOL_VERSION`. A driver that is unloaded sends it,
   * too, before it frees its pages.
   */
  Start: 0,
  /** Asks for the target; argument: the pages of RAM that the guest has. */
  GetTarget: 1,
  /** Offers a page to the host, which may use it if the status is `Success`; argument: the page's frame number. */
  Lock: 2,
  /** Tells the host that the guest is about to free a page; argument: the page's frame number. */
  Unlock: 3,
  /** Tells the host the type of the guest, after START; argument: `GUEST_ID_LINUX`. */
  GuestId: 4,
  /** LOCK and UNLOCK for a batch of pages of 4 KiB; arguments: the frame number of the batch's page, and the number of entries. */
  BatchedLock: 6,
  BatchedUnlock: 7,
  /** LOCK and UNLOCK for a batch of pages of 2 MiB; arguments: as of `BatchedLock`. */
  Batched2mLock: 8,
  Batched2mUnlock: 9,
  /** Gives the host a doorbell, which it rings when the target changes, or takes it back. */
  DoorbellSet: 10,
} as const;

/** Most entries of a batch: those of 8 bytes that a page of 4 KiB holds. */
export const BATCH_ENTRIES = 512;

/** Bits of the capabilities that START asks for and that the host grants. Bit 0 is reserved. */
export const Capability = {
  /** LOCK and UNLOCK. Asked for alone it is the same number as `PROTOCOL_VERSION`. */
  Basic: 0x02,
  /** `BatchedLock` and `BatchedUnlock`. */
  Batched: 0x04,
  /** `Batched2mLock` and `Batched2mUnlock`. */
  Batched2m: 0x08,
  /** `DoorbellSet`. */
  Doorbell: 0x10,
  /** Targets of more than 32 bits. */
  Target64: 0x20,
} as const;

/**
 * The commands that a driver sends to a host with these capabilities, asked for and granted: numbers of `Command`. LOCK and UNLOCK
 * stand for the pages of batches, too.
 */
export function commandsOf(capabilities: number): number[] {
  const has = (capability: number): boolean => (capabilities & capability) !== 0;
  const { Start, GetTarget, Lock, Unlock, GuestId, BatchedLock, BatchedUnlock } = Command;
  return [
    ...[Start, GetTarget, Lock, Unlock, GuestId],
    ...(has(Capability.Batched) ? [BatchedLock, BatchedUnlock] : []),
    ...(has(Capability.Batched) && has(Capability.Batched2m) ? [Command.Batched2mLock, Command.Batched2mUnlock] : []),
    ...(has(Capability.Doorbell) ? [Command.DoorbellSet] : []),
  ];
}

/** Status of a START that succeeds and grants capabilities; a plain `Success` grants `Capability.Basic`. */
export const SUCCESS_WITH_CAPABILITIES = 0x0300_0000;

/**
 * What the host grants by its answer to START.
 * @param capabilities of the answer; they have a meaning only with `SUCCESS_WITH_CAPABILITIES`
 * @returns a sum of `Capability`; null if START failed
 */
export function grantedBy(status: number, capabilities: number): number | null {
  if (status === SUCCESS_WITH_CAPABILITIES) return capabilities;
  return status === Status.Success ? Capability.Basic : null;
}

/**
 * The statuses with which the host answers a command. The driver acts on three of them, `Success`, `PpnNotNeeded` and
 * `Reset`; after any other a page of a LOCK is refused and a page of an UNLOCK stays in the balloon. PPN, physical page
 * number, is the protocol's word for the frame number.
 */
export const Status = {
  /** The host has accepted the command. */
  Success: 0,
  /** The host does not accept the command. */
  CommandInvalid: 1,
  /** The host does not accept the frame number. */
  PpnInvalid: 2,
  /** The page is locked already. */
  PpnLocked: 3,
  /** The page is not locked. */
  PpnUnlocked: 4,
  /** The page is pinned: the host can't take it. */
  PpnPinned: 5,
  /** The host does not need the page. After a LOCK the driver frees the page at once and ends the cycle. */
  PpnNotNeeded: 6,
  /** The host demands a reset: in its next cycle the driver frees all pages, without UNLOCK, and sends START. */
  Reset: 7,
  /** The host can't carry out the command now. */
  Busy: 8,
  /** Any other failure; -1 in 32 bits. */
  Failure: 0xffff_ffff,
} as const;

/**
 * Not a status of the host: the answer to a LOCK or UNLOCK whose page has a frame number of more than 32 bits, which
 * the protocol can't carry. The driver then sends nothing, and a page that it tried to lock counts as refused. (The
 * reference driver reads an uninitialised status here; the engine takes it as 0.)
 */
export const FRAME_TOO_LARGE = -1;
