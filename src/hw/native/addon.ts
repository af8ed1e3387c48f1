/**
 * The native half as TypeScript sees it. One native thread does all the work that may block or that needs a right of its
 * own; calls return at once and answer through a callback on the event loop, in the order in which they were made.
 */

/** What the native half can fail with; native/failure.h has the same list. */
export const FailureCode = {
  /** Address space for the balloon can't be reserved. */
  Arena: "ARENA",
  /** The worker was closed before it was asked. */
  Closed: "CLOSED",
  /** Frame numbers can't be read. */
  FramesHidden: "FRAMES_HIDDEN",
  /** io_uring is switched off or not there, and nothing else was to be used. */
  IoUringDisabled: "IO_URING_DISABLED",
  /** The right to the port is denied. */
  IopermDenied: "IOPERM_DENIED",
  /** The kernel gives no program a right to a port. */
  IopermMissing: "IOPERM_MISSING",
  /** The kernel is locked down, and so denies the right to the port to all processes. */
  Lockdown: "LOCKDOWN",
  /** Another process has the lock. */
  Locked: "LOCKED",
  /** RLIMIT_MEMLOCK is lower than what the balloon may hold. */
  MemlockLimit: "MEMLOCK_LIMIT",
  /** A call about pages that are not where it says; a defect of the caller. */
  Misuse: "MISUSE",
  /** No hypervisor answers the port instruction. */
  NoBackdoor: "NO_BACKDOOR",
  /** The right to pin pages is denied. */
  PinDenied: "PIN_DENIED",
  /** Pages would only be locked, and the kernel moves locked pages. */
  PinsMove: "PINS_MOVE",
  /** An emulated host was asked for, but a hypervisor or another emulated host already answers the port instruction. */
  PortAnswered: "PORT_ANSWERED",
  /** The emulated host's script can't be used. */
  Script: "SCRIPT",
  /** Any other error of a system call. */
  System: "SYSTEM",
} as const;

/** Something the machine refused: `code` is stable and documented, `message` says what to do, in one line. */
export interface NativeFailure {
  /** One of `FailureCode`. */
  readonly code: string;
  readonly message: string;
}

/** How the port instruction gets its right: `ioperm`, nothing at all, or the first of these that works. */
export type IoPermission = "ioperm" | "none" | "auto";

/** Who answers the port instruction: the hypervisor, or an emulation inside this process. */
export type BackdoorKind = "vmware" | "emulated";

/** What the balloon's pages are taken with. */
export interface BalloonOptions {
  /**
   * Address space to reserve for pages, in pages: the most that the balloon may ever hold, also after memory was added
   * to the machine; 1 to 2^35 - 1.
   */
  readonly arenaPages: number;
  /** The most pages of a pinned run (a registered buffer): 512 to 16384, 2 to 64 MiB. */
  readonly slotPages: number;
  /** How pages are pinned: `io_uring`, `mlock`, or `io_uring` and else `mlock` where it keeps pages in place. */
  readonly pin: "io_uring" | "mlock" | "auto";
  /** With `pin: "mlock"`: also where the kernel may move locked pages. Default: false. */
  readonly allowUnpinnedMoves?: boolean;
}

export interface WorkerOptions extends BalloonOptions {
  readonly backdoor: BackdoorKind;
  readonly ioPermission: IoPermission;
  /** Available memory (MemAvailable) that every allocation must leave, in pages. */
  readonly floorPages: number;
  /** Share of PSI full (avg10, 0 to 100) above which sleeping allocations fail. */
  readonly psiFullLimit: number;
  /** For the emulated backdoor: the text of the host's script. */
  readonly script?: string;
}

/** What the native thread has counted since it began, and what it holds. */
export interface WorkerCounters {
  /** Commands sent to the host. */
  readonly commands: number;
  /** Pages populated in total. */
  readonly populatedPages: number;
  /** Pages that are pinned now. */
  readonly pinnedPages: number;
  /** Of these, pages that were freed, but wait for memory that the kernel needs to pin their neighbours anew. */
  readonly deferredPages: number;
  /** Allocations that the floor ended. */
  readonly floorHits: number;
  /** Sleeping allocations that were not tried because of pressure. */
  readonly psiHits: number;
  /** Allocations without sleeping that the low watermarks ended. */
  readonly watermarkHits: number;
  /** Allocations that found all of the reserved address space in use. */
  readonly arenaHits: number;
  /** Allocations that were not tried because /proc/meminfo or /proc/zoneinfo can't be read. */
  readonly unreadableHits: number;
}

/** Takes the answer to a call: why it failed, or null and the call's two numbers. */
export type Answered = (failure: NativeFailure | null, first: number, second: number) => void;

/**
 * The worker: pages and backdoor on one thread. Calls are those of the engine's ports (`PageAllocator`, `Hypervisor`);
 * what the two numbers of an answer mean stands there, but for three calls, which end some 10 ms after they began with
 * what they have done by then: `lock` and `unlock` with fewer pages than asked and status 0, `free` with the number of
 * pages freed. The rest is to be asked for again. A call whose arguments are of another type throws a TypeError.
 */
export interface NativeWorker {
  totalPages(answered: Answered): void;
  allocate(count: number, canSleep: boolean, answered: Answered): void;
  free(count: number, custody: number, answered: Answered): void;
  start(version: number, answered: Answered): void;
  guestId(type: number, answered: Answered): void;
  getTarget(limit: number, answered: Answered): void;
  lock(count: number, answered: Answered): void;
  unlock(count: number, answered: Answered): void;
  /** Changes the floor and the PSI limit from the next allocation on. */
  setLimits(floorPages: number, psiFullLimit: number): void;
  counters(): WorkerCounters;
  /** How pages are really pinned and how the port gets its right, once the worker is there. */
  readonly pin: "io_uring" | "mlock";
  readonly ioPermission: "ioperm" | "none";
  /** Frees pages of every custody for some 10 ms. Answer: pages that are still held. */
  release(answered: Answered): void;
  /** Frees everything, ends the thread, and answers when that is done. Calls after it are answered with CLOSED. */
  close(answered: Answered): void;
}

/** How a balloon's pages would be held. */
export interface BalloonTrial {
  readonly pin: NativeWorker["pin"];
  readonly movers: string;
}

/** What CPUID says. */
export interface CpuFacts {
  readonly architecture: string;
  readonly isVirtual: boolean;
  /** Signature at leaf 0x40000000, such as `VMwareVMware`; empty where there is none. */
  readonly vendor: string;
}

/** Exports of the compiled addon. */
export interface Addon {
  readonly nodeApiVersion: number;
  cpu(): CpuFacts;
  /** Tries the port instruction on a thread of its own, safely: a fault becomes a failure. */
  probe(kind: BackdoorKind, permission: IoPermission): NativeFailure | null;
  /**
   * Opens a balloon exactly as a worker does, pins a page, reads its frame number, and closes the balloon again.
   * `movers`: what may move its pages all the same; empty: nothing that a setting could keep from it.
   */
  tryBalloon(options: BalloonOptions): NativeFailure | BalloonTrial;
  openWorker(
    options: WorkerOptions,
    opened: (failure: NativeFailure | null, worker: NativeWorker | null) => void,
  ): void;
  /** Whether some 4 KiB can be written to a descriptor without waiting. */
  isWritable(fd: number): boolean;
  /** Tells the service manager (`READY=1`, `WATCHDOG=1` ...); false where there is none. */
  notify(state: string): boolean;
  /**
   * Keeps code and data of the program and its libraries in memory, once touched; null when it is done. V8's heap is left
   * out: V8 gives parts of it back in a way that locked memory refuses, and then ends the process.
   */
  lockOwnMemory(): NativeFailure | null;
  /**
   * Takes all capabilities away from all threads, for good; what is open stays usable. RLIMIT_MEMLOCK is raised first;
   * where that can't be, CAP_IPC_LOCK is kept. Null when it is done.
   * @param keepLowPorts keeps the right to listen on a port below 1024
   */
  dropRights(keepLowPorts: boolean): NativeFailure | null;
  /** Locks a file, created where it is missing, for as long as this process lives; `LOCKED` if another process has it. */
  lockFile(path: string): NativeFailure | null;
}
