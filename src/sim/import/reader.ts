/**
 * What a format is to the importer. A reader translates its source into samples, in the source's own units; everything
 * that formats have in common (duplicates, gaps, power, memory, demand, target, the trace itself) is done behind it.
 * A log is read twice from its beginning: once to survey it, once to write the trace.
 */
import type { InputError } from "../../common/errors.ts";
import type { InputFile } from "../../common/files/input-file.ts";
import type { TraceEvent } from "../trace/types.ts";
import type { WallClock } from "./clock/zone.ts";
import type { Report } from "./report.ts";
import type { ColumnSpec, Quantity } from "./vocabulary.ts";

/** Beginning of a file, to tell its format by. */
export interface Head {
  /** Name of the file without its folder. */
  readonly name: string;
  /** The first 64 KiB or less; bytes beyond ASCII each as one character. */
  readonly text: string;
  /** Its lines, the last one maybe cut short, without carriage returns. */
  readonly lines: readonly string[];
}

/** Why a file is thought to be of a format. */
export interface Detection {
  /** 1: the file says so itself; 0.5: it looks like it. */
  readonly confidence: number;
  /** What in the file says so, as the end of "because …". */
  readonly reason: string;
}

/** A way to get a workload out of what was measured. */
export interface DemandModel {
  readonly name: string;
  /** What it assumes, in a sentence. */
  readonly meaning: string;
  /** Formulas as `--demand` takes them: `anon = active, fileSet = granted - active`. */
  readonly formulas: string;
}

/**
 * Something that is no format of ours, or carries no memory, but that people try: recognised to say why it is refused.
 */
export interface RefusedFormat {
  readonly title: string;
  detect(head: Head): Detection | null;
  /** Why it can't be imported, and what to do instead: the end of a line that begins with the file's name. */
  readonly why: string;
}

/** A machine of a log: a VM, or a host. */
export interface Machine {
  /** Its place in `SampleStream.machines`. */
  readonly index: number;
  readonly id: string;
  /** A name for people where the source has one besides the id. */
  readonly name: string | null;
  /** What its samples carry, in the order of `Sample.values`. */
  readonly columns: readonly ColumnSpec[];
}

/** An event that the source itself tells of. */
export type SourceEvent = Pick<TraceEvent, "atUs" | "type" | "text">;

/** One record of a log, written into by `SampleStream.next`, so that a long log allocates nothing. */
export class Sample {
  machine: Machine = NO_MACHINE;
  /** Time as the source stamps it, in microseconds since 1970, or since the source's own origin. */
  atUs = 0;
  /** Values in the order and the units of the machine's columns; NaN where the source does not know. */
  values = new Float64Array(16);
  /** The machine was off: the values mean nothing. */
  isOff = false;
  /** What else the source tells since the last sample, in order of time. No line is drawn across a restart. */
  readonly events: SourceEvent[] = [];
  /** Where the sample stands. */
  readonly place: { file: string; line: number } = { file: "", line: 0 };

  /** Makes room for a machine's next sample: nothing known yet. */
  begin(machine: Machine, atUs: number): void {
    this.machine = machine;
    this.atUs = atUs;
    this.isOff = false;
    this.events.length = 0;
    if (this.values.length < machine.columns.length) this.values = new Float64Array(machine.columns.length);
    this.values.fill(Number.NaN);
  }
}

const NO_MACHINE: Machine = { index: -1, id: "", name: null, columns: [] };

/** A log that is being read. */
export interface SampleStream {
  /** Machines that have been met so far, in order of appearance. */
  readonly machines: readonly Machine[];
  /**
   * Writes the next record into `sample`; false at the end. Records of one machine come in order of time, or the next
   * stage says where they do not.
   * @throws {InputError} naming file, line and column of what is damaged
   */
  next(sample: Sample): boolean;
  /** Bytes read so far, of all files: for progress. */
  readonly bytesRead: number;
  close(): void;
}

/** What a reader may ask of the import that it works for. */
export interface ReadContext {
  readonly report: Report;
  /** Which machines are wanted; a reader may leave the others' numbers unread, not their ids. */
  wants(machineId: string, machineName: string | null): boolean;
  /** Whether the user asks for a machine by its id: for those that a log has besides what it is about. */
  names(machineId: string): boolean;
  /**
   * The clock that local times of the log are read from: the user's zone, else the one that the file names, else the
   * format's own, said to be assumed.
   * @param fileZone IANA name of the zone that the file gives; null where it gives none
   * @param said what the file says instead, an abbreviation or an offset, for the remark that it is of no use
   */
  wallClock(fileZone: string | null, said?: string): WallClock;
  /** Unit of a log that does not say it, as the user gives it; null: not given. */
  readonly unit: string | null;
  /** Order of day and month in dates that leave it open, as the user gives it; null: not given. */
  readonly dateOrder: "day-first" | "month-first" | null;
  /** Time between the samples of a log without times, as the user gives it, in microseconds; null: not given. */
  readonly intervalUs: number | null;
  /**
   * Something damaged that the rest of the log can be read without. Throws it, or, where the user said to skip what is
   * damaged, notes it and returns: the reader then leaves the record out.
   */
  damaged(fault: InputError): void;
}

/** How the machine's memory comes to be known where no column says it. */
export interface MemoryFinder {
  /** Looks at a sample of the machine, in order, powered-off ones and duplicates included. */
  observe(sample: Sample): void;
  /** The size in pages with its evidence, a sentence; null where the log does not show it. */
  result(): { readonly pages: number; readonly evidence: string } | null;
  /** What the log leaves open, where it shows no size: the end of a sentence; null where there is nothing to say. */
  doubt?(): string | null;
}

/**
 * One format: what it is, what it carries, how it is read. The declarations are what `import --list` and the docs show.
 */
export interface Format {
  /** Name for `--from`, and for the origin of a trace. */
  readonly name: string;
  readonly title: string;
  /** How the user gets such a log: a command, or where it is published. */
  readonly source: string;
  /** Every column that a log of this format may have. */
  readonly columns: readonly ColumnSpec[];
  /** Usual time between samples, for people. */
  readonly step: string;
  /** The same in seconds, for a log of one sample; null where there is no usual one. */
  readonly stepSeconds: number | null;
  /** Steps after which the time between two samples is a gap; 2 unless the format is irregular by nature. */
  readonly gapSteps: number;
  /**
   * What its times are. `epoch`: seconds since 1970; `zoned`: the file names the zone; `local`: a clock on a wall
   * somewhere; `relative`: counted from some beginning.
   */
  readonly clock: "epoch" | "zoned" | "local" | "relative";
  /** Zone that local times are in where neither file nor user says so; null: UTC, for want of anything better. */
  readonly assumedZone: string | null;
  /** Whether a stamp marks the beginning or the end of what its values span, or an instant. */
  readonly stamp: "start" | "end" | "instant";
  /** How values go on between two samples. */
  readonly hold: "step" | "linear";
  /** How the machine's RAM comes to be known. */
  readonly memory: "measured" | "inferred" | "given";
  /** Options that only some formats know, of those that this one does. */
  readonly options?: readonly ("unit" | "interval" | "date-order")[];
  /** One machine in a file, or several. */
  readonly machines: "one" | "several";
  /** Ways to get a demand out of it; the first whose quantities a log has is the default. */
  readonly demands: readonly DemandModel[];
  /** What to know about it: oddities of the source, and what becomes of them. */
  readonly quirks: readonly string[];
  detect(head: Head): Detection | null;
  /** Begins to read; `files` are of this format, in the order of their times. */
  open(files: readonly InputFile[], context: ReadContext): SampleStream;
  /** A finder for a machine whose log says nothing of its memory; absent where there is nothing to find. */
  readonly memoryFinder?: (machine: Machine) => MemoryFinder;
}

/** Quantities that a format may carry, each once. */
export function quantitiesOf(format: Format): Quantity[] {
  return [...new Set(format.columns.map((column) => column.quantity))];
}
