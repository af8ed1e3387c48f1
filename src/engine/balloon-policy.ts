/** The seam behind which balloon drivers stand: a policy describes a driver, an instance is one driver in one guest. */
import type { ParamSpec, Params } from "./params.ts";
import type { Clock, Hypervisor, PageAllocator } from "./ports.ts";

/** A number that a policy's driver keeps and that runs can print: a column of rows, beside those that all drivers share. */
export interface PolicyColumn {
  readonly name: string;
  readonly unit: "pages" | "pages/cycle" | "cycles" | "times" | "0/1";
  /** `level`: the value now. `total`: a count since the driver was loaded. */
  readonly kind: "level" | "total";
  readonly meaning: string;
  /** Whether rows have it where no columns were chosen. A row is written when such a level changes. */
  readonly isDefault: boolean;
  readonly read: (state: Readonly<Record<string, number>>) => number;
  /** Of a column that limits what a work cycle moves, in pages a cycle: pictures draw it with the balloon's pace. */
  readonly limit?: {
    readonly of: "inflation" | "deflation";
    readonly title: string;
    /** `ParamSpec.key` of the parameter below which the limit never falls. */
    readonly least: string;
  };
}

/**
 * A driver as observers see it, whatever its policy. Counts are modulo 2^32, as drivers count: the difference of two that
 * are less than 2^32 apart is exact (`>>> 0`).
 */
export interface BalloonView {
  /** Whether the host has accepted the driver. */
  readonly isLoaded: boolean;
  /** Pages in the balloon. */
  readonly size: number;
  /** Balloon size that the host wants, in pages, as the driver last heard. */
  readonly target: number;
  /** Pages that the driver got from the guest's allocator, refused ones included. */
  readonly allocated: number;
  /** Pages that left the balloon, by deflation or by a reset. */
  readonly freed: number;
  /** Of those allocated, the pages that the host refused. */
  readonly refused: number;
  /** Pages that the host accepted by LOCK, and gave back by UNLOCK. */
  readonly locked: number;
  readonly unlocked: number;
  /** Refused pages that the driver still holds. */
  readonly held: number;
  /** Allocations that failed, and resets that the host asked for and the driver did. */
  readonly allocationFailures: number;
  readonly resets: number;
  /** Grows with everything that a work cycle does beside asking for the target. */
  readonly activity: number;
  /** What a driver in the middle of a work cycle waits for: a command or an allocation; null between cycles. */
  readonly waitsFor: string | null;
  /** The whole state: what `PolicyColumn.read` looks at. */
  readonly state: Readonly<Record<string, number>>;
}

/** What happens in a driver, for its owner. */
export interface BalloonEvents {
  /** A work cycle is about to begin. */
  cycleBegins?(): void;
  /** A work cycle has ended; the next one is not scheduled yet. */
  cycleEnds?(): void;
}

/** What a driver works with: the guest's memory, the host, the guest's clock. */
export interface BalloonWorld {
  readonly allocator: PageAllocator;
  readonly hypervisor: Hypervisor;
  readonly clock: Clock;
  /** Number of the guest's processor that the driver's timer runs on. */
  readonly cpu: number;
  readonly events: BalloonEvents;
}

/**
 * One driver in one guest. It never waits: it asks its ports, and goes on when they answer, at once or later. Its state is
 * one flat record of numbers, in mid-cycle too.
 */
export interface BalloonInstance {
  readonly view: BalloonView;
  /** All that the driver knows: a copy is a checkpoint, and values written into it restore one. Its fields never change. */
  readonly state: Record<string, number>;
  /** Loads the driver; its first work cycle follows at once. */
  load(): void;
  /**
   * Takes up the work of a driver that was loaded before time 0 and has `pages` pages in its balloon, which is what the
   * host wanted last. The owner then wakes it with `cycle`.
   */
  resume(pages: number): void;
  /** Runs a work cycle now: what the clock's wake-up calls. */
  cycle(): void;
  /** Unloads the driver: at once, or when the cycle that runs has ended. */
  exit(): void;
  /**
   * Takes the answer to the request that is out, for owners that keep answers as data; the same as the request's `Reply`.
   * @throws {RangeError} if no request is out, or this can't be its answer
   */
  answer(first: number, second: number): void;
  /** Whether work cycles to come do nothing but hear the target that the balloon has already, so that `skip` may be used. */
  readonly isSteady: boolean;
  /**
   * Accounts for `cycles` such cycles in constant time; the same as running them.
   * @throws {RangeError} unless `isSteady`
   */
  skip(cycles: number): void;
  /** The first invariant of the policy that does not hold now, as a sentence; null where all do. */
  violated(): string | null;
}

/** Values that a search may give to each parameter, by key. */
export interface ParamRanges {
  readonly lowest: (key: string) => number;
  readonly highest: (key: string) => number;
}

/** Why a driver can't be run with all values of some ranges. */
export interface RangeProblem {
  /** Keys of the parameters at fault, the one to change first. */
  readonly keys: readonly string[];
  /** What is wrong and what was expected, as a clause. */
  readonly message: string;
}

/** Where random values come from. */
export interface ParamDraws {
  /** A whole number from `min` to `max`, all equally likely. */
  whole(min: number, max: number): number;
  /** A whole number from `min` to `max`, small ones more likely. */
  size(min: number, max: number): number;
}

/** A balloon driver: its parameters, its columns, and how to make one. Pure: it knows no Node, no clock, no randomness. */
export interface BalloonPolicy<P extends Params = Params> {
  /** Its name in files and on the command line. */
  readonly name: string;
  readonly description: string;
  /** Its parameters, in the order in which tables list them. */
  readonly params: readonly ParamSpec[];
  readonly defaults: P;
  /** Its own columns, in the order in which `--columns all` prints them. */
  readonly columns: readonly PolicyColumn[];
  /** @throws {ParamError} naming the first parameter that the driver can't run with */
  validate(params: Params): void;
  /** Why a search must not have these ranges; null, or absent, where it may. */
  rangeProblem?(ranges: ParamRanges): RangeProblem | null;
  /**
   * Random values for `fuzz`, with which a balloon of `memoryPages` pages is emptied within 500 work cycles.
   * @param isTiny whether values shall be so small that few pages meet every limit
   */
  draw(draws: ParamDraws, isTiny: boolean, memoryPages: number): P;
  /** @throws {ParamError} if the driver can't run with these values */
  create(params: P, world: BalloonWorld): BalloonInstance;
}
