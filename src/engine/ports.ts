/**
 * The ports of a policy. A port answers each call through `reply`, exactly once, at once or later: the simulator
 * answers at a later virtual time, a daemon when the native call is done. An answer is two numbers, or four for batched
 * commands, so that a checkpoint can contain it; the type of the reply names them. A number without a meaning is 0.
 *
 * `PageAllocator`, `Hypervisor` and `Clock` are what the driver 1.2.1.2-k needs; the daemon has only these.
 * `KernelAllocator`, `BatchHypervisor` and `KernelClock` add what the drivers of today's kernels need.
 */
import type { Pages, Ticks } from "./units.ts";

/** Takes the answer to a request of any kind but `TransferReply`. */
export type Reply = (first: number, second: number) => void;
/** Takes the answer to a request of any kind. */
export type LongReply = (first: number, second: number, third: number, fourth: number) => void;

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

/**
 * Takes the status of START and the capabilities that the host grants (`Capability`), which have a meaning only if the
 * status is `SUCCESS_WITH_CAPABILITIES`.
 */
export type StartReply = (status: StatusNumber, capabilities: number) => void;
/**
 * Takes the answer to a command for several pages: the status of the whole command; the number of pages refused, all of
 * them unless the status is SUCCESS; how many of these are unfit, that is, would be refused again (`PpnInvalid`,
 * `PpnPinned`); and the target, which has a meaning only if the status is SUCCESS.
 */
export type TransferReply = (status: StatusNumber, refused: number, unfit: number, target: Pages) => void;

/** Takes the target of a device's configuration. */
export type ConfigReply = (target: Pages, none: number) => void;

/** Frames of a large page, of 2 MiB. */
export const LARGE_PAGE_FRAMES: Pages = 512;

/**
 * The group of pages that `PageAllocator.free` frees. `Custody.Large` is added for pages of 2 MiB, of which each group
 * exists, too.
 */
export const Custody = {
  /** In the balloon: locked by the host, as far as the driver knows. */
  Balloon: 0,
  /** Unlocked by the last UNLOCK. */
  Unlocked: 1,
  /** Allocated in this cycle and not in the balloon: refused by the host, or never offered. */
  Rest: 2,
  /** Refused by the host: a part of `Rest`, the last ones first. */
  Refused: 3,
  Large: 8,
} as const;

/** Ways in which today's kernels allocate a page of a balloon. */
export const Allocation = {
  /**
   * Pages of 4 KiB that the kernel may move, by `balloon_page_alloc()` (mm/balloon_compaction.c): an allocation that finds
   * no page makes one round of direct reclaim, then fails, without the OOM killer and without the reserves
   * (__GFP_NORETRY, __GFP_NOMEMALLOC).
   */
  OneRound: 0,
  /**
   * Pages of 2 MiB, of whole free blocks: an allocation that finds none above `min` fails, without reclaim, and does not
   * wake kswapd (no __GFP_RECLAIM).
   */
  Large: 1,
} as const;

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
 * The memory of a guest whose balloon is in the kernel, with pages of 4 KiB and of 2 MiB. `free` counts pages of the size
 * of the custody.
 */
export interface KernelAllocator extends PageAllocator {
  /**
   * Allocates up to `count` pages (at least 1) in a way (`Allocation`). The answer counts pages of that size; as with
   * `allocate`, fewer than `count` pages without a failure are a partial run.
   */
  take(way: number, count: number, reply: AllocateReply): void;
  /** Splits the `count` refused pages of 2 MiB, which are all, into pages of 4 KiB that are not offered yet. */
  split(count: number, reply: FreeReply): void;
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

/**
 * A host with commands for several pages, and with capabilities. A port of `Hypervisor` may use such commands, too, for a
 * policy that asks for LOCK and UNLOCK in runs: after a batch it answers with its accepted pages and the status of a refused
 * one, and the next requests with the statuses of the others.
 */
export interface BatchHypervisor extends Hypervisor {
  /** Sends START, with the capabilities that the driver wants (`Capability`); the version 2 is `Capability.Basic`. */
  start(wanted: number, reply: StartReply): void;
  /**
   * Sends one command of the kinds LOCK and UNLOCK (`Command`) for `count` pages of the size of the command: 1 page for
   * LOCK and UNLOCK, up to 512 for the batched ones. Pages to lock are the last ones of those allocated and not offered
   * yet; the accepted ones are then in the balloon, the others refused. Pages to unlock are the last ones of the balloon;
   * the refused ones stay there. The status is `FRAME_TOO_LARGE` if no command was sent.
   */
  transfer(command: number, count: number, reply: TransferReply): void;
  /**
   * Sends DOORBELL_SET: the host rings (`BalloonInstance.ring`) when the target changes if `isSet` is 1, no longer if it is 0.
   */
  setDoorbell(isSet: number, reply: StatusReply): void;
}

/** The host as a balloon device of virtio: a configuration that both sides read, and two queues of messages. */
export interface BalloonDevice {
  /** Reads the target in the configuration (`num_pages`). */
  readTarget(reply: ConfigReply): void;
  /**
   * Sends a message with `count` pages (at least 1) and waits until the host has read it. To the balloon (`isInflation` is 1)
   * go the pages that were allocated and not offered yet; from it (0) its newest ones. The host refuses none.
   */
  tell(isInflation: number, count: Pages, reply: FreeReply): void;
  /** Writes the balloon's size to the configuration (`actual`). */
  writeActual(size: Pages, reply: FreeReply): void;
}

/** Time, in ticks of the guest's kernel since it was booted. */
export interface Clock {
  /** Ticks a second. */
  readonly hz: number;
  /** The current tick. */
  ticks(): Ticks;
  /** Calls `wake` once when `tick` begins, or as soon after as the timer allows; replaces a wake-up that is not due yet. */
  wakeAt(tick: Ticks, wake: () => void): void;
}

/** The clock of a driver that others than its timer can wake. */
export interface KernelClock extends Clock {
  /** Calls `wake` once, after what happens now; replaces a wake-up that is not due yet. */
  wakeNow(wake: () => void): void;
  /** Lets the driver's thread sleep for at least `ms` milliseconds in the middle of its work (`msleep`). */
  sleep(ms: number, reply: FreeReply): void;
  /** As `wakeAt`, to the tick: for drivers of systems whose timers are not delayed, as those of Linux's timer wheel are. */
  wakeExactlyAt(tick: Ticks, wake: () => void): void;
}
