/**
 * The simulator's representation of a trace: every size in pages, every time in whole microseconds since the trace
 * began, every rate in pages a second. `read.ts` converts the file format (`docs/traces.md`, `docs/trace.schema.json`)
 * to these types; no code after that reader handles units.
 */
import type { GiveWaySettings } from "../../common/give-way.ts";
import type { Ns, Pages, Percent, Us } from "../../common/units.ts";

/** The origin of a trace: for `balloon-sim show` and the summary of a run, not for computations. */
export interface Origin {
  /** `synthetic` (invented as an example), `measured` (recorded from a machine) or `imported` (another tool's log). */
  readonly kind: "synthetic" | "measured" | "imported";
  /** A description of the numbers, in a sentence or two. */
  readonly note: string | null;
  /** The files that it was made of: name without folder, digest, size in bytes; null where unknown. */
  readonly files: readonly { readonly name: string; readonly sha256: string | null; readonly bytes: number | null }[];
  /** Licence of the data; null: not stated. */
  readonly licence: string | null;
  /** The wall-clock time of time 0 (ISO 8601) and the source of its zone; null if the source has no clock. */
  readonly epoch: string | null;
  /** Time zone of the source; null if it has no clock. */
  readonly zone: string | null;
  /** Where the zone is known from; null: there is none. */
  readonly zoneSource: "file" | "user" | "assumed" | null;
  /** Interval of the samples from which the trace was made, in seconds; null for traces without samples. */
  readonly sampleSeconds: number | null;
  /** The program that made the trace of a log, and its options; null: none did. */
  readonly importer: {
    readonly name: string;
    readonly version: string;
    readonly options: Readonly<Record<string, unknown>>;
  } | null;
}

/** The source of a series' values. */
export type Provenance = "measured" | "derived" | "assumed";

/**
 * A quantity over time, in pages or pages a second. `at` ascends strictly; `value[i]` is valid from `at[i]` on (`step`),
 * or is the start of a straight line to the next point (`linear`). NaN is unknown: the simulation then keeps the last
 * known value, draws no line across the gap, and counts the time as unknown.
 */
export interface Series {
  /** Whether a value holds until the next point, or lies on a line to it. */
  readonly hold: "step" | "linear";
  /** Times of the points, in microseconds since the trace began. */
  readonly at: readonly Us[];
  /** Values at these times, in pages or pages a second; NaN: unknown. */
  readonly value: readonly number[];
  /** Length of the period after which the points repeat, in microseconds; 0 if they don't. */
  readonly repeatUs: number;
  /** Where the values come from. */
  readonly how: Provenance;
  /** Free text: the source of a derived series. */
  readonly from: string | null;
}

/** The series of one workload, in the order of `WORKLOAD_FIELDS`. */
export interface WorkloadSpec {
  /** Its name, which no other workload of the trace has. */
  readonly name: string;
  /** Demand for anonymous memory, in pages. */
  readonly anon: Series;
  /** The part of `anon` that it touches again and again, in pages (at most `anon`); null: all of it. */
  readonly workingSet: Series | null;
  /** Rate at which it touches its working set, in a fixed order, in pages a second. */
  readonly touch: Series;
  /** Size of its files, in pages. */
  readonly fileSet: Series;
  /** Rate at which it reads them, in order and repeatedly, in pages a second. */
  readonly fileRead: Series;
  /** Rate at which it writes to them, in pages a second. */
  readonly fileWrite: Series;
  /** Whether the files are in the page cache at the beginning of the trace (as far as they fit). */
  readonly fileWarm: boolean;
  /** The part of its memory in swap at the beginning of the trace, in pages: at most `anon` at that time. */
  readonly swapped: Pages;
  /** Time from an OOM kill to its restart, in microseconds; null: it never restarts. */
  readonly restartUs: number | null;
  /**
   * Processors that it uses, in the mean, while its thread for anonymous memory neither allocates, reclaims nor waits for
   * swap; touches come on top. Waits of its thread for files do not interrupt this.
   */
  readonly cpu: number;
}

/** Names of the series of a workload in a trace file; the index is part of `SeriesId`. */
export const WORKLOAD_FIELDS = ["anon", "workingSet", "touch", "fileSet", "fileRead", "fileWrite"] as const;
/** Name of a series of a workload. */
export type WorkloadField = (typeof WORKLOAD_FIELDS)[number];

/** Costs of operations on one page on the guest's machine, in nanoseconds. See `docs/profiles.md`. */
export interface Costs {
  /** Allocating one page from the free lists, by the balloon. */
  readonly allocNs: number;
  /** Freeing one page, by the balloon. */
  readonly freeNs: number;
  /** First touch of an anonymous page: fault, zeroing, page table. */
  readonly faultNs: number;
  /** Scanning one page in reclaim. */
  readonly scanNs: number;
  /** Finding in reclaim that one mapped page was accessed, and clearing its accessed bit. */
  readonly ageNs: number;
  /** Unmapping one page in reclaim that was not accessed, the look at its accessed bit included. */
  readonly unmapNs: number;
  /** Time of the swap device for writing one page. */
  readonly swapWriteNs: number;
  /**
   * Processor time of the reclaimer for one page that it writes to swap, beside `unmapNs` and `flushNs`: a slot of swap, the
   * request to the disk and its end.
   */
  readonly swapOutNs: number;
  /**
   * Interrupting the processor of a task, so that it flushes its translations, before a page of that task is written to swap: time
   * that the reclaimer waits, and that the task loses (mm/rmap.c `try_to_unmap_flush_dirty()`).
   */
  readonly flushNs: number;
  /** Waiting for one page that is read back from swap. */
  readonly swapReadNs: number;
  /**
   * Processor time of one page that is read back from swap: the fault, the page's place in the swap cache, the request to
   * the disk, the page table.
   */
  readonly swapFaultNs: number;
  /** Reading one page of a file from disk. */
  readonly fileReadNs: number;
  /** Writing one dirty page of a file to disk. */
  readonly fileWriteNs: number;
  /** Touching one resident page. */
  readonly touchNs: number;
}

export const COST_FIELDS = [
  "allocNs",
  "freeNs",
  "faultNs",
  "scanNs",
  "ageNs",
  "unmapNs",
  "swapWriteNs",
  "swapOutNs",
  "flushNs",
  "swapReadNs",
  "swapFaultNs",
  "fileReadNs",
  "fileWriteNs",
  "touchNs",
] as const satisfies readonly (keyof Costs)[];

/** How a machine's kernel submits pages to its swap device (block/blk-core.c `blk_start_plug()`, block/blk-mq.c). */
export interface SwapQueue {
  /** Number of pages that reclaim gathers before it submits them; it submits the rest at the end of a pass. */
  readonly plugPages: number;
  /**
   * Number of pages of a huge page that it gathers: their slots of swap follow each other, and are written by one request as far as the
   * device's limit of segments permits (block/blk-merge.c).
   */
  readonly mergePages: number;
  /** Maximum number of submitted, unwritten pages; reclaim that submits more waits. */
  readonly depthPages: number;
}

/** A machine as data: its costs, with any kernel. `docs/machines.md` has the file format. */
export interface MachineProfile {
  /** Its name, such as `server`. */
  readonly name: string;
  /** The machine in a sentence. */
  readonly description: string;
  /** Timer ticks a second of its kernel: 100, 250, 300 or 1000. */
  readonly hz: number;
  /** Number of processors. */
  readonly cpus: number;
  /** How its kernel submits pages to the swap device. */
  readonly swapQueue: SwapQueue;
  /** Costs of operations on one page, in nanoseconds. */
  readonly costs: Costs;
  /** Costs of a daemon's balloon for one page; null: those of the kernel's driver, in `costs`. */
  readonly daemonCosts: Pick<Costs, "allocNs" | "freeNs"> | null;
  /** Where its costs come from, if a program determined them; no effect on runs. Null: not stated. */
  readonly provenance: MachineProvenance | null;
}

/** How a program determined the costs of a machine; what does not apply is null or empty. */
export interface MachineProvenance {
  /** The program and its version. */
  readonly program: string;
  /** What it did, in words. */
  readonly method: string;
  /** The machine from which all other numbers are. */
  readonly base: string | null;
  /** The recorded runs, with the digests of their files. */
  readonly recordings: readonly { readonly name: string; readonly sha256: string }[];
  /** Scores of the replays of these runs with the costs of the base and of this machine. */
  readonly score: { readonly before: number; readonly after: number } | null;
  /** 90 % intervals of costs, in nanoseconds. */
  readonly intervals: Readonly<Partial<Record<keyof Costs, readonly [Ns, Ns]>>>;
  /** Costs that could not be determined: those of the base. */
  readonly kept: readonly (keyof Costs)[];
}

/** The kernel's two ways to order pages by their last use, by the names that traces use. */
export const LRU_NAMES = ["classic", "mglru"] as const;
/** `classic`: active and inactive lists. `mglru`: the multi-generational LRU (CONFIG_LRU_GEN). */
export type LruName = (typeof LRU_NAMES)[number];

/** Values of /sys/kernel/mm/transparent_hugepage/enabled. */
export const THP_MODES = ["never", "madvise", "always"] as const;
/** Use of huge pages by a guest. */
export type ThpMode = (typeof THP_MODES)[number];

/** The guest's settings in a trace. Null: the profile's value. */
export interface GuestSpec {
  /** RAM that the guest's kernel manages (MemTotal), in pages. */
  readonly memory: Pages;
  /**
   * Name of the profile of kernel and balloon: `linux-6.1`, `linux-6.12`, `linux-2.6.32`, `balloon-hw` or `lab`.
   */
  readonly profile: string;
  /** Name of the balloon driver of runs that are given none; null: the default driver. */
  readonly driver: string | null;
  /** The machine that the trace names or describes; null: the profile's. */
  readonly machine: MachineProfile | null;
  /** The kernel's LRU. */
  readonly lru: LruName | null;
  /** Size of the swap device, in pages. */
  readonly swap: Pages;
  /** Pages in the balloon at the beginning of the trace; above 0 the driver has been loaded before. */
  readonly balloon: Pages;
  /** vm.swappiness, 0..200 (0..100 before Linux 5.8). */
  readonly swappiness: number | null;
  /** vm.min_free_kbytes, in pages; null: the kernel's formula. */
  readonly minFree: Pages | null;
  /**
   * Pages of lower zones that allocations leave free beyond these zones' watermarks (/proc/zoneinfo: `protection`, vm.lowmem_reserve_ratio):
   * of the zone DMA in a guest of 1 GiB a 256th of memory.
   */
  readonly lowmemReserve: Pages;
  /** vm.watermark_scale_factor, 1..1000. */
  readonly watermarkScaleFactor: number | null;
  /**
   * Transparent huge pages of anonymous memory. `madvise`: the workloads ask for none, but the kernel raises its
   * watermarks as with `always`.
   */
  readonly thp: ThpMode;
  /** RAM that a daemon's balloon leaves available, in pages; null: `defaultFloor`. */
  readonly floor: Pages | null;
  /**
   * Limit of PSI full (avg10), in per cent, 0..100, above which a daemon's balloon does not allocate with sleeping;
   * null: `DEFAULT_PSI_LIMIT`.
   */
  readonly psiLimit: Percent | null;
  /** The rule by which a daemon's balloon gives way under pressure; null: it does not. Other profiles have no such rule. */
  readonly giveWay: GiveWaySettings | null;
  /** Timer ticks a second of the guest's kernel: 100, 250, 300 or 1000. */
  readonly hz: number | null;
  /** Number of processors of the guest. */
  readonly cpus: number | null;
  /**
   * Number of the processor on which the driver's timer runs (the kernel offsets whole-second timers by three ticks per
   * processor).
   */
  readonly cpu: number;
  /** Memory of the kernel itself, and all other memory that can't be reclaimed, in pages. */
  readonly kernelMemory: Series;
  /** Costs that differ from the machine's, in nanoseconds. */
  readonly costs: Partial<Costs>;
}

/** Commands of the balloon protocol, by their names in a trace. */
export type HostCommand =
  | "start"
  | "guest-id"
  | "get-target"
  | "lock"
  | "unlock"
  | "batched-lock"
  | "batched-unlock"
  | "batched-2m-lock"
  | "batched-2m-unlock"
  | "doorbell-set";

/**
 * A rule that makes the host answer a command with its status, usually not success. A reset is such a rule (`get-target`,
 * once, status 7), and so are refusals (`lock`). The first rule that applies to a command decides. Rules for `lock` and
 * `unlock` apply to each page: to the entries of batched commands, too, whose other rules apply to them as a whole.
 */
export interface HostRule {
  /** The command that it answers. */
  readonly command: HostCommand;
  /** First microsecond in which the rule applies. */
  readonly fromUs: number;
  /** First microsecond in which it no longer applies; Infinity: it always applies. */
  readonly untilUs: number;
  /** Number of commands that it answers before it is used up; Infinity: all. */
  readonly count: number;
  /** It answers every n-th matching command; 1: each. */
  readonly every: number;
  /** Probability of answering a matching command, in (0, 1]; below 1 it is drawn from the host's seeded stream. */
  readonly fraction: number;
  /** The status of its answers, as the protocol's number. */
  readonly status: number;
  /** Path of the rule in the trace file, for messages: `$.host.refusals[2]`. */
  readonly path: string;
}

/** What a rule of a trace's host has done in a run. */
export interface RuleUse {
  /** The rule. */
  readonly rule: HostRule;
  /** Commands of its kind while it applied, with those that another rule answered; and those that it answered itself. */
  readonly came: number;
  /** Commands that it answered itself. */
  readonly answers: number;
}

/** The host of a trace: its target, what it can do, and rules that change its answers. */
export interface HostSpec {
  /** Balloon target, in pages. */
  readonly target: Series;
  /** Processor time of the guest for one command over the backdoor, in nanoseconds. */
  readonly callNs: number;
  /** Processor time of the guest for each page of a batched command, or of a message, on top of the command's, in nanoseconds. */
  readonly entryNs: number;
  /** Processor time of the guest for each page of 2 MiB in a batched command, in nanoseconds. */
  readonly largeEntryNs: number;
  /** Processor time of the guest for each page of 4 KiB that the host gives back in a batched command, in nanoseconds. */
  readonly unlockEntryNs: number;
  /** Processor time of the guest for each page of 2 MiB that the host gives back in a batched command, in nanoseconds. */
  readonly unlockLargeEntryNs: number;
  /** What the host can grant (`Capability`), a sum of bits. */
  readonly capabilities: number;
  /** Rules that change its answers, in the order in which they are tried. */
  readonly rules: readonly HostRule[];
}

/** An event of the machine that no series contains: shown and counted, not simulated. */
export interface TraceEvent {
  /** When it was, in microseconds since the trace began. */
  readonly atUs: number;
  /** End of an event that lasts, in microseconds since the trace began; else null. */
  readonly untilUs: number | null;
  /** What it was. */
  readonly type: "power-on" | "power-off" | "restart" | "gap" | "reset" | "duplicate" | "counter-wrap" | "comment";
  /** More about it, for people. */
  readonly text: string;
}

/** A series in its source's own unit: for readers of the trace, never simulated. */
export interface MeasuredSeries {
  /** What was measured, by the name that all formats share: `free`, `swapUsed`. */
  readonly quantity: string;
  /** Its name in the source; null: not stated. */
  readonly field: string | null;
  /** Unit of the values. */
  readonly unit: string;
  /** `gauge`: a level. `counter`: a total since some beginning. `rate`: per second. */
  readonly kind: "gauge" | "counter" | "rate";
  /** What a value says about its interval. */
  readonly aggregate: "instant" | "mean" | "max" | "sum";
  /** Length of the interval that a value is about, in seconds; null: not stated. */
  readonly windowSeconds: number | null;
  /** Where the values come from. */
  readonly how: Provenance;
  /** Times of the values, in microseconds since the trace began. */
  readonly atUs: readonly number[];
  /** NaN is a missing value. */
  readonly values: readonly number[];
}

/** A trace that has been read and checked; of JSON lines its header, as the rows are read during the run. */
export interface Trace {
  /** Its name. */
  readonly name: string;
  /** What it shows, in a sentence or two. */
  readonly description: string;
  /** Where it comes from. */
  readonly origin: Origin;
  /**
   * Infinity for a JSON-lines trace without `duration` in its header: it ends with its last row (`TraceSource.endUs`).
   */
  readonly durationUs: number;
  /** Seed of all random numbers of the run; the command line may replace it. */
  readonly seed: string;
  /** The guest's settings. */
  readonly guest: GuestSpec;
  /** What runs in the guest. */
  readonly workloads: readonly WorkloadSpec[];
  /** The host's target and answers. */
  readonly host: HostSpec;
  /** Events that no series contains; of JSON lines those in the header. */
  readonly events: readonly TraceEvent[];
  /** Measured values beside the demand. */
  readonly measured: readonly MeasuredSeries[];
}

/**
 * The series of a change: 0 is the host's target, 1 the guest's kernel memory, then `WORKLOAD_FIELDS` of the first
 * workload, of the second, and so on.
 */
export type SeriesId = number;
export const SERIES_TARGET: SeriesId = 0;
export const SERIES_KERNEL_MEMORY: SeriesId = 1;
export const seriesOfWorkload = (workload: number, field: number): SeriesId =>
  2 + workload * WORKLOAD_FIELDS.length + field;

/** A new value of a series. `TraceSource.next` writes into it, so that a long trace allocates nothing. */
export interface Change {
  /** When it is, in microseconds since the trace began. */
  atUs: number;
  /** Which series changes. */
  series: SeriesId;
  /** The new value, in pages or pages a second; NaN if it is unknown from here on. */
  value: number;
  /** End of the straight line that begins here; equal to `atUs` for a constant value. */
  untilUs: number;
  /** The value at `untilUs`. */
  untilValue: number;
}

/**
 * A trace that is being read: its header first, its changes in ascending order of time (ties in the order of
 * `SeriesId`), so that its length is not limited by memory. The changes at time 0 come first and include every series.
 * `next` throws the reader's `InputError` if the file is malformed.
 */
export interface TraceSource {
  /** Its series have the values known from the header: of a JSON-lines trace, the first values only. */
  readonly trace: Trace;
  /** Copies the next change to `change`; false at the end. */
  next(change: Change): boolean;
  /** Events of the trace so far (in JSON lines they are between the rows). */
  readonly events: readonly TraceEvent[];
  /**
   * End of the trace, in microseconds: its duration; without one the time of the last row, known (and finite) once
   * `next` has returned false.
   */
  readonly endUs: number;
  close(): void;
}
