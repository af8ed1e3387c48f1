/**
 * A trace as the simulator sees it: every size in pages, every time in whole microseconds since the trace began, every
 * rate in pages a second. The file format that people write (`docs/traces.md`, `docs/trace.schema.json`) is translated
 * into these types by `read.ts`; nothing behind that reader ever sees a unit.
 */

/** Where a trace comes from: shown by `balloon-sim show`, carried into the summary of a run, never computed with. */
export interface Origin {
  /**
   * `synthetic` (invented to show something), `measured` (recorded from a machine) or `imported` (another tool's log).
   */
  readonly kind: "synthetic" | "measured" | "imported";
  /** What the numbers are, in a sentence or two. */
  readonly note: string | null;
  readonly files: readonly { readonly name: string; readonly sha256: string | null; readonly bytes: number | null }[];
  readonly licence: string | null;
  /** The wall-clock instant of time 0 (ISO 8601) and how its zone was known; null where the source has no clock. */
  readonly epoch: string | null;
  readonly zone: string | null;
  readonly zoneSource: "file" | "user" | "assumed" | null;
  /** Width in seconds of the samples that the trace was made from; null for traces without sampling. */
  readonly sampleSeconds: number | null;
  readonly importer: {
    readonly name: string;
    readonly version: string;
    readonly options: Readonly<Record<string, unknown>>;
  } | null;
}

/** How the values of a series came to be. */
export type Provenance = "measured" | "derived" | "assumed";

/**
 * A quantity over time. `at` ascends strictly; `value[i]` holds from `at[i]` on (`step`), or is the start of a straight
 * line to the next point (`linear`). NaN means that the source does not know: the simulation then holds the last known
 * value, draws no line across the gap, and counts the time as unknown.
 */
export interface Series {
  readonly hold: "step" | "linear";
  readonly at: readonly number[];
  readonly value: readonly number[];
  /** Length of the period after which the points begin again, in microseconds; 0 where they do not. */
  readonly repeatUs: number;
  readonly how: Provenance;
  /** Free text: what the series was derived from. */
  readonly from: string | null;
}

/** The series of one workload, in the order of `WORKLOAD_FIELDS`. */
export interface WorkloadSpec {
  readonly name: string;
  /** Anonymous memory that it wants, in pages. */
  readonly anon: Series;
  /** How much of that it goes on using, in pages (never more than `anon`); null: all of it. */
  readonly workingSet: Series | null;
  /** How fast it touches its working set again, in order, in pages a second. */
  readonly touch: Series;
  /** Size of the files that it works on, in pages. */
  readonly fileSet: Series;
  /** How fast it reads them, in order and again from the start, in pages a second. */
  readonly fileRead: Series;
  /** How fast it dirties pages of them, in pages a second. */
  readonly fileWrite: Series;
  /** Whether the files are in the page cache when the trace begins (as far as they fit). */
  readonly fileWarm: boolean;
  /** How much of its memory is in swap when the trace begins, in pages: no more than `anon` is then. */
  readonly swapped: number;
  /** How long after an OOM kill it is back, in microseconds; null: never. */
  readonly restartUs: number | null;
}

/** Names of the series of a workload, as they stand in a trace file; the index is part of `SeriesId`. */
export const WORKLOAD_FIELDS = ["anon", "workingSet", "touch", "fileSet", "fileRead", "fileWrite"] as const;
export type WorkloadField = (typeof WORKLOAD_FIELDS)[number];

/** Costs of operations on one page on the guest's machine, in nanoseconds. See `docs/profiles.md`. */
export interface Costs {
  /** Allocating one page from the free lists, by the balloon. */
  readonly allocNs: number;
  /** Freeing one page, by the balloon. */
  readonly freeNs: number;
  /** First touch of an anonymous page: fault, zeroing, page table. */
  readonly faultNs: number;
  /** Looking at one page in reclaim. */
  readonly scanNs: number;
  /** Walking the page tables of one mapped page in reclaim (is it young? unmap it). */
  readonly unmapNs: number;
  /** Writing one page to swap. */
  readonly swapWriteNs: number;
  /** Reading one page back from swap. */
  readonly swapReadNs: number;
  /** Reading one page of a file from disk. */
  readonly fileReadNs: number;
  /** Writing one dirty page of a file to disk. */
  readonly fileWriteNs: number;
  /** Touching one page that is there. */
  readonly touchNs: number;
}

export const COST_FIELDS = [
  "allocNs",
  "freeNs",
  "faultNs",
  "scanNs",
  "unmapNs",
  "swapWriteNs",
  "swapReadNs",
  "fileReadNs",
  "fileWriteNs",
  "touchNs",
] as const satisfies readonly (keyof Costs)[];

/** How a machine's kernel hands pages to its swap device (block/blk-core.c `blk_start_plug()`, block/blk-mq.c). */
export interface SwapQueue {
  /** Pages that reclaim gathers before it hands them over; those left at the end of a pass are handed over then. */
  readonly plugPages: number;
  /** Pages that may be on their way to the device; reclaim that hands over more waits for it. */
  readonly depthPages: number;
}

/** A machine as data: what operations cost there, with any kernel. `docs/machines.md` has its file format. */
export interface MachineProfile {
  readonly name: string;
  readonly description: string;
  /** Timer ticks a second of its kernel: 100, 250, 300 or 1000. */
  readonly hz: number;
  /** Number of processors. */
  readonly cpus: number;
  readonly swapQueue: SwapQueue;
  readonly costs: Costs;
  /** Costs of a daemon's balloon for one page; null: those of the kernel's driver, in `costs`. */
  readonly daemonCosts: Pick<Costs, "allocNs" | "freeNs"> | null;
}

/** The guest: what a trace says of the machine. Null where the profile decides. */
export interface GuestSpec {
  /** RAM that the guest's kernel manages (MemTotal), in pages. */
  readonly memory: number;
  /**
   * Name of the profile of kernel and balloon: `linux-6.1`, `linux-2.6.32` or `balloon-hw`; the simulator rejects names
   * that it does not know.
   */
  readonly profile: string;
  /** The machine that the trace names or describes; null: the profile's. */
  readonly machine: MachineProfile | null;
  /** Size of the swap device, in pages. */
  readonly swap: number;
  /** Pages in the balloon when the trace begins; above 0 the driver has been loaded before. */
  readonly balloon: number;
  /** vm.swappiness, 0..200 (0..100 before Linux 5.8). */
  readonly swappiness: number | null;
  /** vm.min_free_kbytes, in pages; null: the kernel's formula. */
  readonly minFree: number | null;
  /** vm.watermark_scale_factor, 1..1000. */
  readonly watermarkScaleFactor: number | null;
  /** RAM that a daemon's balloon leaves available, in pages; null: `defaultFloor`. */
  readonly floor: number | null;
  /** Per cent of PSI full (avg10) above which its allocations do not sleep, 0..100; null: `DEFAULT_PSI_LIMIT`. */
  readonly psiLimit: number | null;
  /** Timer ticks a second of the guest's kernel: 100, 250, 300 or 1000. */
  readonly hz: number | null;
  /** Number of processors of the guest. */
  readonly cpus: number | null;
  /** Processor that the driver's timer runs on (the kernel skews whole-second timers by three ticks a processor). */
  readonly cpu: number;
  /** Memory of the kernel itself, and all other memory that can't be reclaimed, in pages. */
  readonly kernelMemory: Series;
  readonly costs: Partial<Costs>;
}

/** Commands of the balloon protocol by the names that a trace uses. */
export type HostCommand = "start" | "guest-id" | "get-target" | "lock" | "unlock";

/**
 * A rule that makes the host answer a command with its status, usually not success. A reset is such a rule (`get-target`,
 * once, status 7), and so are refusals (`lock`). The first rule that applies to a command decides.
 */
export interface HostRule {
  readonly command: HostCommand;
  /** First microsecond in which the rule applies. */
  readonly fromUs: number;
  /** First microsecond in which it no longer does; Infinity: it always will. */
  readonly untilUs: number;
  /** How many commands it answers before it is used up; Infinity: all. */
  readonly count: number;
  /** It answers every n-th matching command: 1 is each. */
  readonly every: number;
  /**
   * Probability with which it answers a matching command, in (0, 1]; below 1 it is drawn from the host's seeded stream.
   */
  readonly fraction: number;
  /** The protocol's status number that it answers. */
  readonly status: number;
  /** Where the rule stands in the trace file, for messages: `$.host.refusals[2]`. */
  readonly path: string;
}

export interface HostSpec {
  /** Balloon target, in pages. */
  readonly target: Series;
  /** What one backdoor call costs the guest, in nanoseconds. */
  readonly callNs: number;
  readonly rules: readonly HostRule[];
}

/** Something that happened to the machine and that no series says: shown, counted, never bridged over. */
export interface TraceEvent {
  readonly atUs: number;
  readonly untilUs: number | null;
  readonly type: "power-on" | "power-off" | "restart" | "gap" | "reset" | "duplicate" | "counter-wrap" | "comment";
  readonly text: string;
}

/** A series as its source wrote it, in its own unit: kept for later readers, never simulated. */
export interface MeasuredSeries {
  readonly quantity: string;
  readonly field: string | null;
  readonly unit: string;
  readonly kind: "gauge" | "counter" | "rate";
  readonly aggregate: "instant" | "mean" | "max" | "sum";
  readonly windowSeconds: number | null;
  readonly how: Provenance;
  readonly atUs: readonly number[];
  /** NaN is a missing value. */
  readonly values: readonly number[];
}

export interface Trace {
  readonly name: string;
  readonly description: string;
  readonly origin: Origin;
  /** Infinity for a JSON-lines trace whose header gives no duration: it ends with its last row (`TraceSource.endUs`). */
  readonly durationUs: number;
  /** Seed of everything random in the run, unless the command line gives another. */
  readonly seed: string;
  readonly guest: GuestSpec;
  readonly workloads: readonly WorkloadSpec[];
  readonly host: HostSpec;
  readonly events: readonly TraceEvent[];
  readonly measured: readonly MeasuredSeries[];
}

/**
 * Which series a change belongs to: 0 the host's target, 1 the guest's kernel memory, then `WORKLOAD_FIELDS` of the
 * first workload, of the second, and so on.
 */
export type SeriesId = number;
export const SERIES_TARGET: SeriesId = 0;
export const SERIES_KERNEL_MEMORY: SeriesId = 1;
export const seriesOfWorkload = (workload: number, field: number): SeriesId =>
  2 + workload * WORKLOAD_FIELDS.length + field;

/** One value that comes into force. Written into by `TraceSource.next`, so that a long trace allocates nothing. */
export interface Change {
  atUs: number;
  series: SeriesId;
  /** The new value; NaN where the trace says that it is unknown from here on. */
  value: number;
  /** Where the straight line that begins here ends; equal to `atUs` where the value is simply held. */
  untilUs: number;
  /** The value at `untilUs`. */
  untilValue: number;
}

/**
 * A trace being read: its header at once, its changes in ascending order of time (ties in the order of `SeriesId`), so
 * that length is bounded by the file and not by memory. The changes at time 0 come first and cover every series.
 * `next` throws the reader's `InputError` where the file is damaged.
 */
export interface TraceSource {
  /** Series in here carry what was known when the header was read: of a JSON-lines trace, the first values only. */
  readonly trace: Trace;
  /** Fills `change` with the next one; false at the end. */
  next(change: Change): boolean;
  /** Events of the trace so far (JSON lines carry them between the rows). */
  readonly events: readonly TraceEvent[];
  /**
   * When the trace ends, in microseconds: its duration; of a trace without one the time of the last row, known (and
   * finite) once `next` has returned false.
   */
  readonly endUs: number;
  close(): void;
}
