/** The interface of balloon drivers: a policy describes a driver; an instance is one driver in one guest. */
import type { ParamSpec, Params } from "./params.ts";
import type { BalloonDevice, BatchHypervisor, KernelAllocator, KernelClock } from "./ports.ts";
import type { Pages } from "./units.ts";

/**
 * A number of a policy's own state that runs can print: a column of rows, beside the columns that all drivers share.
 */
export interface PolicyColumn {
  readonly name: string;
  readonly unit: "pages" | "pages/cycle" | "cycles" | "times" | "0/1" | "bits";
  /** `level`: the value now. `total`: a count since the driver was loaded. */
  readonly kind: "level" | "total";
  readonly meaning: string;
  /** Whether rows contain the column unless the user chooses columns. A row is written when such a level changes. */
  readonly isDefault: boolean;
  readonly read: (state: Readonly<Record<string, number>>) => number;
  /** For a column that limits what a work cycle moves, in pages a cycle: pictures draw it with the balloon's pace. */
  readonly limit?: {
    readonly of: "inflation" | "deflation";
    readonly title: string;
    /** `ParamSpec.key` of the parameter that is the lower bound of the limit. */
    readonly least: string;
  };
}

/**
 * A driver as observers see it, the same for every policy. Counts are modulo 2^32, as drivers count: the difference of
 * two counts that are less than 2^32 apart is exact (`>>> 0`).
 */
export interface BalloonView {
  /** Whether the host has accepted the driver. */
  readonly isLoaded: boolean;
  /** Pages in the balloon. */
  readonly size: Pages;
  /** The part of `size` in pages of 2 MiB, in pages of 4 KiB; absent for drivers without such pages. */
  readonly large?: Pages;
  /** Balloon size that the host wants, in pages, from the last successful GET_TARGET. */
  readonly target: Pages;
  /** Pages that the guest's allocator has given to the driver, refused ones included. */
  readonly allocated: Pages;
  /** Pages that left the balloon, by deflation or by a reset. */
  readonly freed: Pages;
  /** The allocated pages that the host refused. */
  readonly refused: Pages;
  /** Pages that the host accepted by LOCK, and pages that it returned by UNLOCK. */
  readonly locked: Pages;
  readonly unlocked: Pages;
  /** Refused pages that the driver still holds. */
  readonly held: Pages;
  /** Failed allocations, and resets that the driver carried out at the host's request. */
  readonly allocationFailures: number;
  readonly resets: number;
  /** A counter that grows with every action of a work cycle except GET_TARGET. */
  readonly activity: number;
  /**
   * In the middle of a work cycle, the command or allocation whose answer the driver waits for; null between cycles.
   */
  readonly waitsFor: string | null;
  /** The whole state: the argument of `PolicyColumn.read`. */
  readonly state: Readonly<Record<string, number>>;
}

/** Notifications of a driver to its owner. */
export interface BalloonEvents {
  /** A work cycle is about to begin. */
  cycleBegins?(): void;
  /** A work cycle has ended; the next one is not scheduled yet. */
  cycleEnds?(): void;
}

/** The environment of a driver: the guest's memory, the host, the guest's clock. */
export interface BalloonWorld {
  readonly allocator: KernelAllocator;
  readonly hypervisor: BatchHypervisor;
  /** The host of drivers with `isInterrupted`; absent: it has no such device. */
  readonly device?: BalloonDevice;
  readonly clock: KernelClock;
  /** Number of the guest's processor that the driver's timer runs on. */
  readonly cpu: number;
  readonly events: BalloonEvents;
}

/**
 * One driver in one guest. It never blocks: it calls its ports, and continues when they answer, at once or later. Its
 * state is one flat record of numbers, in mid-cycle too.
 */
export interface BalloonInstance {
  readonly view: BalloonView;
  /**
   * The whole state of the driver: a copy is a checkpoint, and values written into it restore one. Its fields never
   * change.
   */
  readonly state: Record<string, number>;
  /** Loads the driver; its first work cycle follows at once, or when its timer is due first. */
  load(): void;
  /**
   * Initializes a driver that was loaded before time 0, when the host granted `capabilities` (`Capability`), and has
   * `pages` pages in its balloon; its target is `pages`, too. `view.large` then says how many of them are pages of 2 MiB.
   * The owner then wakes it with `cycle`.
   */
  resume(pages: Pages, capabilities: number): void;
  /** Runs a work cycle now. The clock's wake-up calls it. */
  cycle(): void;
  /** Unloads the driver: at once, or at the end of the current cycle. */
  exit(): void;
  /**
   * Passes the answer to the pending request, for owners that keep answers as data; the same as the request's `Reply`.
   * @throws {RangeError} if no request is pending, or if this can't be its answer
   */
  answer(first: number, second: number, third: number, fourth: number): void;
  /** The host rings: the target has changed. Wakes the driver, or has it run a further cycle after this one. */
  ring?(): void;
  /**
   * The guest's kernel wants pages of the balloon: in reclaim (`isOom` is false), or before it kills a process. The driver
   * releases up to `pages` pages now, also in mid-cycle: the ports answer at once until this returns. Before a kill the
   * kernel names no number: the driver chooses it.
   * @returns the pages released; 0 if the driver does not do that
   */
  relieve?(pages: Pages, isOom: boolean): Pages;
  /**
   * The guest's kernel has told the host, through the driver, of free pages whose content it does not need (free page reporting).
   * Only of drivers whose policy `reportsFreePages`.
   * @param messages how many messages that took
   */
  reported?(messages: number, pages: Pages): void;
  /**
   * Whether further work cycles would only receive a target that the balloon already has, so that `skip` may be used.
   */
  readonly isSteady: boolean;
  /**
   * Accounts for `cycles` such cycles in constant time; the same as running them.
   * @throws {RangeError} unless `isSteady`
   */
  skip(cycles: number): void;
  /** A sentence about the first invariant of the policy that does not hold now; null if all hold. */
  violated(): string | null;
}

/** Values that a search may give to each parameter, by key. */
export interface ParamRanges {
  readonly lowest: (key: string) => number;
  readonly highest: (key: string) => number;
}

/** Why a driver can't run with all values of some ranges. */
export interface RangeProblem {
  /** Keys of the invalid parameters; the first is the one to change. */
  readonly keys: readonly string[];
  /** The error and the expected value, as a clause. */
  readonly message: string;
}

/** A source of random values. */
export interface ParamDraws {
  /** A whole number from `min` to `max`, uniformly distributed. */
  whole(min: number, max: number): number;
  /** A whole number from `min` to `max`, small ones more likely. */
  size(min: number, max: number): number;
  /**
   * A further source, named: for values that were added later, so that all other values of a seed stay as they were.
   */
  apart(name: string): ParamDraws;
}

/** A balloon driver: its parameters, its columns, and a factory. Pure: no Node, no clock, no randomness. */
export interface BalloonPolicy<P extends Params = Params> {
  /** Its name in files and on the command line. */
  readonly name: string;
  readonly description: string;
  /** Other words for the driver that users may try as its name, for hints. */
  readonly alsoCalled?: readonly string[];
  /** Whether it can run only in the guest's kernel, not as a daemon. */
  readonly isKernelOnly?: true;
  /** Whether its device interrupts the guest at each change of the target: the host always rings (`BalloonInstance.ring`). */
  readonly isInterrupted?: true;
  /**
   * Whether its cycles begin a second after the end of the one before, to the tick (`KernelClock.wakeExactlyAt`); absent: at
   * whole seconds (`roundTicksRelative`).
   */
  readonly isUnrounded?: true;
  /**
   * The commands that it may send (numbers of `Command`) with these values to a host that grants `capabilities` to drivers that ask
   * for them: rules of a trace's host for others have no effect. Empty: it does not speak this protocol.
   */
  sends(params: P, capabilities: number): readonly number[];
  /** Its parameters, in the order in which tables list them. */
  readonly params: readonly ParamSpec[];
  readonly defaults: P;
  /** Its own columns, in the order in which `--columns all` prints them. */
  readonly columns: readonly PolicyColumn[];
  /** @throws {ParamError} naming the first parameter with a value that the driver can't run with */
  validate(params: Params): void;
  /** Why a search must not use these ranges; null, or the method absent, if it may. */
  rangeProblem?(ranges: ParamRanges): RangeProblem | null;
  /**
   * Random values for `fuzz`. With them the driver empties a balloon of `memoryPages` pages within 500 work cycles.
   * @param isTiny whether values shall be small enough that a few pages reach every limit
   */
  draw(draws: ParamDraws, isTiny: boolean, memoryPages: Pages): P;
  /** What recordings, or their lack, say of the driver's simulated results, as a sentence; absent: nothing that users must know. */
  readonly caveat?: string;
  /** Largest surplus over a target other than 0 that the driver leaves in the balloon; absent: none. */
  readonly slack?: Pages;
  /** Which parts of the guest call `BalloonInstance.relieve` with these values; absent: no part does. */
  relief?(params: P): { readonly inReclaim: boolean; readonly onOom: boolean };
  /** Whether the guest's kernel reports its free pages to the host with these values; absent: never. */
  reportsFreePages?(params: P): boolean;
  /** The statistics text of the driver's debugfs file, from its state; absent for drivers without such a file. */
  statistics?(state: Readonly<Record<string, number>>): string;
  /** @throws {ParamError} if the driver can't run with these values */
  create(params: P, world: BalloonWorld): BalloonInstance;
}
