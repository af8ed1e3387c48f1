/**
 * The types of the native code. One native thread does all work that may block or that needs a right of its own; calls
 * return at once and answer through a callback on the event loop, in the order of the calls.
 */
import type { Pages, Percent } from "../../common/units.ts";

/** Failure codes of the native code; native/failure.h has the same list. */
export const FailureCode = {
  /** Address space for the balloon can't be reserved. */
  Arena: "ARENA",
  /** The worker was closed before the call. */
  Closed: "CLOSED",
  /** Frame numbers can't be read. */
  FramesHidden: "FRAMES_HIDDEN",
  /** io_uring is switched off or missing, and the options do not permit mlock. */
  IoUringDisabled: "IO_URING_DISABLED",
  /** The right to the port is denied. */
  IopermDenied: "IOPERM_DENIED",
  /** The kernel has no ioperm, so no program can get the right to a port. */
  IopermMissing: "IOPERM_MISSING",
  /** The kernel is locked down, and therefore denies the right to the port to all processes. */
  Lockdown: "LOCKDOWN",
  /** Another process has the lock. */
  Locked: "LOCKED",
  /** RLIMIT_MEMLOCK is lower than what the balloon may hold. */
  MemlockLimit: "MEMLOCK_LIMIT",
  /** A call that names more pages than the custody has; a defect of the caller. */
  Misuse: "MISUSE",
  /** No hypervisor answers the port instruction. */
  NoBackdoor: "NO_BACKDOOR",
  /** The right to pin pages is denied. */
  PinDenied: "PIN_DENIED",
  /** Pages could only be locked by mlock, and the kernel moves such pages. */
  PinsMove: "PINS_MOVE",
  /** The host has answered a command in a way that the protocol does not have. */
  Protocol: "PROTOCOL",
  /** An emulated host was requested, but a hypervisor or another emulated host already answers the port instruction. */
  PortAnswered: "PORT_ANSWERED",
  /** The emulated host's script is invalid. */
  Script: "SCRIPT",
  /** Any other error of a system call. */
  System: "SYSTEM",
} as const;

/** A failure: `code` is stable and documented, `message` names the remedy, in one line. */
export interface NativeFailure {
  /** One of `FailureCode`. */
  readonly code: string;
  readonly message: string;
}

/**
 * How the port instruction gets its right: by `ioperm`, without a right (`none`), or by the first of these that works.
 */
export type IoPermission = "ioperm" | "none" | "auto";

/** The host that answers the port instruction: the hypervisor, or an emulation inside this process. */
export type BackdoorKind = "vmware" | "emulated";

/** Options of the balloon's pages. */
export interface BalloonOptions {
  /**
   * Address space to reserve for pages, in pages: the limit of the balloon, also after memory was added to the machine;
   * 1 to 2^35 - 1.
   */
  readonly arenaPages: number;
  /** Largest number of pages in a pinned run (a registered buffer): 512 to 16384, 2 to 64 MiB. */
  readonly slotPages: number;
  /**
   * How pages are pinned: `io_uring`, `mlock`, or `auto`: `io_uring`, else `mlock` if that keeps pages at their frames.
   */
  readonly pin: "io_uring" | "mlock" | "auto";
  /** With `pin: "mlock"`: permits mlock although the kernel may move locked pages. Default: false. */
  readonly allowUnpinnedMoves?: boolean;
  /** Capabilities of the host (`Capability`) that may be used, `Capability.Basic` among them. */
  readonly capabilities: number;
}

export interface WorkerOptions extends BalloonOptions {
  readonly backdoor: BackdoorKind;
  readonly ioPermission: IoPermission;
  /** Available memory (MemAvailable) that every allocation must leave, in pages. */
  readonly floorPages: number;
  /** Share of PSI full (avg10, 0 to 100) above which sleeping allocations fail. */
  readonly psiFullLimit: Percent;
  /** For the emulated backdoor: the text of the host's script. */
  readonly script?: string;
}

/** Counters of the native thread since it began, and its present pages. */
export interface WorkerCounters {
  /** Commands sent to the host. */
  readonly commands: number;
  /**
   * The capabilities in use (`Capability`): those that the host has granted and the options permit. `Capability.Batched` is
   * missing after batches that have failed although the host accepted single pages, and so is `Capability.Batched2m`.
   */
  readonly capabilities: number;
  /** The capabilities that the last START granted, of those that it asked for, whether they are in use or not. */
  readonly granted: number;
  /** Pages populated in total. */
  readonly populatedPages: number;
  /** Pages that are pinned now. */
  readonly pinnedPages: number;
  /** Pinned pages that are free, but can't be unpinned before the kernel has memory to pin their neighbours again. */
  readonly deferredPages: number;
  /** Pages of 4 KiB in the pages of 2 MiB of the balloon. */
  readonly largePages: number;
  /** Pages of 2 MiB that the host has refused; they were split. */
  readonly largeRefusals: number;
  /**
   * Parts of a page of 2 MiB that stayed in the balloon, as the host refused a page of 4 KiB in exchange for the rest. The call of
   * `unlock` then has the status of that LOCK.
   */
  readonly exchangeRefusals: number;
  /** Parts of a page of 2 MiB that stayed in the balloon, as there was no memory for the pages in exchange for the rest. */
  readonly exchangeShortages: number;
  /** Allocations that the floor limited. */
  readonly floorHits: number;
  /** Sleeping allocations that were not tried because of pressure. */
  readonly psiHits: number;
  /** No-sleep allocations that the low watermarks limited. */
  readonly watermarkHits: number;
  /** Allocations that found all reserved address space in use. */
  readonly arenaHits: number;
  /** Allocations that were not tried because /proc/meminfo or /proc/zoneinfo can't be read. */
  readonly unreadableHits: number;
}

/** Receives the answer to a call: the failure, or null and the call's two numbers. */
export type Answered = (failure: NativeFailure | null, first: number, second: number) => void;

/**
 * The worker: pages and backdoor on one thread. Calls are those of the engine's ports (`PageAllocator`, `Hypervisor`),
 * which document the two numbers of an answer. Three calls end some 10 ms after they began with a partial result:
 * `lock` and `unlock` with fewer pages than requested and status 0, `free` with the number of pages freed. The caller
 * calls again for the rest. A call whose arguments are of another type throws a TypeError.
 *
 * `start` uses the granted capabilities that are among the wanted ones and among those of the options; the second number of
 * its answer are those in use from then on. With `Capability.Batched`, `lock` and `unlock` send a command for up to 512
 * pages. Each refused page of a batch is the answer to a call of `lock` of its own, after all accepted ones, a RESET first:
 * when the policy ends a cycle after some refusals, no page that the host has locked is among those to be freed. `unlock`
 * answers with one of the refusals; these pages stay in the balloon.
 */
export interface NativeWorker {
  totalPages(answered: Answered): void;
  allocate(count: Pages, canSleep: boolean, answered: Answered): void;
  free(count: Pages, custody: number, answered: Answered): void;
  start(wanted: number, answered: Answered): void;
  guestId(type: number, answered: Answered): void;
  getTarget(limit: Pages, answered: Answered): void;
  lock(count: Pages, answered: Answered): void;
  unlock(count: Pages, answered: Answered): void;
  /** Changes the floor and the PSI limit from the next allocation on. */
  setLimits(floorPages: number, psiFullLimit: Percent): void;
  counters(): WorkerCounters;
  /** How pages are actually pinned and how the port gets its right, once the worker is open. */
  readonly pin: "io_uring" | "mlock";
  readonly ioPermission: "ioperm" | "none";
  /** Frees pages of every custody for some 10 ms. Answer: number of pages that are not freed yet. */
  release(answered: Answered): void;
  /** Frees all pages, ends the thread, and then answers. Later calls are answered with CLOSED. */
  close(answered: Answered): void;
}

/** The result of opening a balloon for a test. */
export interface BalloonTrial {
  readonly pin: NativeWorker["pin"];
  readonly movers: string;
}

/** Facts from CPUID. */
export interface CpuFacts {
  readonly architecture: string;
  readonly isVirtual: boolean;
  /** Signature at leaf 0x40000000, such as `VMwareVMware`; empty without one. */
  readonly vendor: string;
}

/** Exports of the compiled addon. */
export interface Addon {
  readonly nodeApiVersion: number;
  cpu(): CpuFacts;
  /** Executes the port instruction on a thread of its own: a fault becomes a failure. */
  probe(kind: BackdoorKind, permission: IoPermission): NativeFailure | null;
  /**
   * Opens a balloon exactly as a worker does, pins a page, reads its frame number, and closes the balloon again.
   * `movers`: kernel features that may move its pages nevertheless; empty: none.
   */
  tryBalloon(options: BalloonOptions): NativeFailure | BalloonTrial;
  openWorker(
    options: WorkerOptions,
    opened: (failure: NativeFailure | null, worker: NativeWorker | null) => void,
  ): void;
  /** Whether some 4 KiB can be written to a descriptor without blocking. */
  isWritable(fd: number): boolean;
  /** Sends a message to the service manager (`READY=1`, `WATCHDOG=1` ...); false if there is none. */
  notify(state: string): boolean;
  /**
   * Locks code and data of the program and its libraries in memory, from their first use on; null on success. V8's heap
   * is left out: V8 frees parts of it in a way that fails for locked memory, and V8 then ends the process.
   */
  lockOwnMemory(): NativeFailure | null;
  /**
   * Drops all capabilities of all threads permanently; open files stay usable. Raises RLIMIT_MEMLOCK first; keeps
   * CAP_IPC_LOCK if that is impossible. Null on success.
   * @param keepLowPorts keeps the right to listen on a port below 1024
   */
  dropRights(keepLowPorts: boolean): NativeFailure | null;
  /**
   * Ends this process at once, with nothing of what Node and C do at an exit: Node waits for its threads, also for one that waits
   * for a file system which does not answer.
   */
  exitNow(code: number): never;
  /** Locks a file, creating it if it is missing, until this process ends; `LOCKED` if another process has the lock. */
  lockFile(path: string): NativeFailure | null;
}
