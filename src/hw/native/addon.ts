/**
 * The native half as TypeScript sees it. One native thread does all the work that may block or that needs a right of its
 * own; calls return at once and answer through a callback on the event loop, in the order in which they were made.
 */

/** Something the machine refused: `code` is stable and documented, `message` says what to do. */
export interface NativeFailure {
  readonly code: string;
  readonly message: string;
}

/** How the port instruction gets its right: `ioperm`, nothing at all, or whichever works. */
export type IoPermission = "ioperm" | "none" | "auto";

/** Who answers the port instruction: the hypervisor, or an emulation inside this process. */
export type BackdoorKind = "vmware" | "emulated";

export interface WorkerOptions {
  readonly backdoor: BackdoorKind;
  readonly ioPermission: IoPermission;
  /** Address space to reserve for pages, in pages: the most that the balloon may ever hold. */
  readonly arenaPages: number;
  /** Pages of a pinned run (a registered buffer): 2 to 64 MiB. */
  readonly slotPages: number;
  /** Free memory that an allocation must leave, in pages; Hyper-V's formula by default. */
  readonly floorPages: number;
  /** Share of PSI full (avg10, 0..100) above which sleeping allocations fail. */
  readonly psiFullLimit: number;
  /** How pages are pinned: `io_uring`, `mlock`, or the first that works. */
  readonly pin: "io_uring" | "mlock" | "auto";
  /** For the emulated backdoor: the host's script, see docs/emulate.md. */
  readonly script?: string;
}

/** What the native thread has counted since it began. */
export interface WorkerCounters {
  readonly commands: number;
  readonly populatedPages: number;
  readonly pinnedPages: number;
  readonly floorHits: number;
  readonly psiHits: number;
  readonly watermarkHits: number;
}

export type Answered = (failure: NativeFailure | null, first: number, second: number) => void;

/**
 * The worker: pages and backdoor on one thread. Calls are those of the engine's ports (`PageAllocator`, `Hypervisor`); what
 * the two numbers of an answer mean stands there.
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
  /** What should be known of how the worker was opened, a line each. */
  readonly warnings: readonly string[];
  /** Frees everything, ends the thread, and answers when that is done. */
  close(answered: Answered): void;
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
  /** Tries the port instruction once, safely: a fault becomes a failure. */
  probe(kind: BackdoorKind, permission: IoPermission): NativeFailure | null;
  openWorker(
    options: WorkerOptions,
    opened: (failure: NativeFailure | null, worker: NativeWorker | null) => void,
  ): void;
  /** Tells the service manager (`READY=1`, `WATCHDOG=1` ...); false where there is none. */
  notify(state: string): boolean;
  /** mlockall(MCL_CURRENT | MCL_ONFAULT); null when it is done. */
  lockOwnMemory(): NativeFailure | null;
  /** Locks a file, created where it is missing, for as long as this process lives; `LOCKED` if another process has it. */
  lockFile(path: string): NativeFailure | null;
}
