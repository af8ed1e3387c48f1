/**
 * The interface of formats. A reader translates its source into samples, in the source's own units; the common part of
 * all formats (duplicates, gaps, power, memory, demand, target, the trace itself) is done by the importer. A log is
 * read twice from its beginning: once to survey it, once to write the trace.
 */
import type { InputError } from "../../common/errors.ts";
import type { Pages, Percent } from "../../common/units.ts";
import type { TraceEvent } from "../trace/types.ts";
import type { WallClock } from "./clock/zone.ts";
import type { LogFile } from "./log-file.ts";
import type { Report } from "./report.ts";
import type { ColumnSpec, Quantity } from "./vocabulary.ts";

/** Beginning of a file, for detecting its format. */
export interface Head {
  /** Name of the file without its folder. */
  readonly name: string;
  /** The first 64 KiB or less; each byte beyond ASCII as one character. */
  readonly text: string;
  /** Its lines without carriage returns; the last one may be truncated. */
  readonly lines: readonly string[];
}

/** A detected format. */
export interface Detection {
  /** 1: the file names its format; 0.5: it has the form of the format. */
  readonly confidence: number;
  /** The evidence in the file, as the end of "because …". */
  readonly reason: string;
}

/** A way to derive a workload from the measured values. */
export interface DemandModel {
  readonly name: string;
  /** Its assumptions, in a sentence. */
  readonly meaning: string;
  /** Formulas as `--demand` takes them: `anon = active, fileSet = granted - active`. */
  readonly formulas: string;
  /** It is a default for the VMs of an imported host, and not for others. */
  readonly isForHosts?: true;
}

/** A format that can't be imported, but that users may try: detected for a helpful message. */
export interface RefusedFormat {
  readonly title: string;
  detect(head: Head): Detection | null;
  /** The reason, and the remedy: the end of a line that begins with the file's name. */
  readonly why: string;
}

/** A machine of a log: a VM, or a host. */
export interface Machine {
  /** Its index in `SampleStream.machines`. */
  readonly index: number;
  readonly id: string;
  /** A readable name, if the source has one besides the id. */
  readonly name: string | null;
  /** The columns of its samples, in the order of `Sample.values`. */
  readonly columns: readonly ColumnSpec[];
  /** Whether it is a host of the other machines; such a machine is read only if it is wanted by name, or with its VMs. */
  readonly isHost?: true;
  /** The balloon of a daemon, by its own recording. */
  readonly daemon?: DaemonBalloon;
}

/** The limits of a balloon in user space. */
export interface DaemonBalloon {
  /** Pages that it leaves available. */
  readonly floor: Pages;
  /** Per cent of PSI *full* above which its allocations do not sleep. */
  readonly psiLimit: Percent;
}

/** The host that is imported with its VMs. */
export interface HostChoice {
  /** Its name or id in the log; null: the only one. */
  readonly name: string | null;
}

/** An event that the source reports. */
export type SourceEvent = Pick<TraceEvent, "atUs" | "type" | "text">;

/** One record of a log. `SampleStream.next` writes into it, so that a long log allocates nothing. */
export class Sample {
  machine: Machine = NO_MACHINE;
  /** Time stamp of the source, in microseconds since 1970, or since the source's own origin. */
  atUs = 0;
  /** Values in the order and the units of the machine's columns; NaN for unknown values. */
  values = new Float64Array(16);
  /** The machine was off: the values have no meaning. */
  isOff = false;
  /** Events that the source reports since the last sample, in order of time. No line is drawn across a restart. */
  readonly events: SourceEvent[] = [];
  /** Place of the sample in the log. */
  readonly place: { file: string; line: number } = { file: "", line: 0 };

  /** Prepares for a machine's next sample: all values unknown. */
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

/** A log that is being read, sample by sample. */
export interface SampleStream {
  /** Machines so far, in order of appearance. */
  readonly machines: readonly Machine[];
  /**
   * Writes the next record to `sample`; false at the end. Records of one machine should be in order of time; the
   * importer reports if they are not.
   * @throws {InputError} naming file, line and column of damage
   */
  next(sample: Sample): boolean;
  /** Bytes of all files read so far: for progress. */
  readonly bytesRead: number;
  close(): void;
}

/** The importer's services for a reader. */
export interface ReadContext {
  readonly report: Report;
  /** Whether a machine is wanted; a reader need not read the numbers of other machines, but must register their ids. */
  wants(machineId: string, machineName: string | null): boolean;
  /** Whether the user has named a machine by its id: for machines other than the subject of the log. */
  names(machineId: string): boolean;
  /** The host that is imported with its VMs; null: machines are imported one by one. */
  readonly host: HostChoice | null;
  /**
   * The clock of the log's local times: in the user's zone, else the zone that the file names, else the format's own,
   * with a remark that it is assumed.
   * @param fileZone IANA name of the zone in the file; null if it has none
   * @param said other description of the zone in the file, an abbreviation or an offset, for the remark
   */
  wallClock(fileZone: string | null, said?: string): WallClock;
  /** Unit of a log without units, by the user; null: not given. */
  readonly unit: string | null;
  /** Order of day and month in ambiguous dates, by the user; null: not given. */
  readonly dateOrder: "day-first" | "month-first" | null;
  /** Time between the samples of a log without times, by the user, in microseconds; null: not given. */
  readonly intervalUs: number | null;
  /**
   * Reports damage after which the rest of the log can still be read. Throws `fault`, or, if the user has chosen to
   * skip damaged records, notes it and returns: the reader then leaves the record out.
   */
  damaged(fault: InputError): void;
}

/** Finds the size of the machine's memory if no column contains it. */
export interface MemoryFinder {
  /** Observes a sample of the machine, in order, powered-off ones and duplicates included. */
  observe(sample: Sample): void;
  /** The size in pages with its evidence, a sentence; null if the log does not show it. */
  result(): { readonly pages: number; readonly evidence: string } | null;
  /** Why the log shows no size: the end of a sentence; null without a reason. */
  doubt?(): string | null;
}

/** One format: its properties, its columns, and its reader. `import --list` and the documents show the properties. */
export interface Format {
  /** Name for `--from`, and for the origin of a trace. */
  readonly name: string;
  readonly title: string;
  /** The source of such a log: a command, or its publisher. */
  readonly source: string;
  /** Every possible column of the format. */
  readonly columns: readonly ColumnSpec[];
  /** Usual time between samples, as text. */
  readonly step: string;
  /** Usual time between samples, in seconds, for a log of one sample; null without a usual time. */
  readonly stepSeconds: number | null;
  /** Number of steps without a sample that is a gap; 2 unless the format is irregular. */
  readonly gapSteps: number;
  /**
   * Kind of times. `epoch`: seconds since 1970; `zoned`: the file names the zone; `local`: a local clock of unknown
   * zone; `relative`: counted from an arbitrary beginning.
   */
  readonly clock: "epoch" | "zoned" | "local" | "relative";
  /** Assumed zone of local times if neither file nor user names one; null: UTC. */
  readonly assumedZone: string | null;
  /** Whether a stamp is the beginning or the end of its values' interval, or an instant. */
  readonly stamp: "start" | "end" | "instant";
  /** Interpolation between two samples. */
  readonly hold: "step" | "linear";
  /** Source of the machine's RAM. */
  readonly memory: "measured" | "inferred" | "given";
  /** Options of this format that not all formats have. */
  readonly options?: readonly ("unit" | "interval" | "date-order")[];
  /** Whether a file has one machine or several. */
  readonly machines: "one" | "several";
  /** Ways to derive a demand; the first one whose quantities a log has is the default, for hosts those that are for hosts first. */
  readonly demands: readonly DemandModel[];
  /** Remarks about the format: oddities of the source, and their treatment. */
  readonly quirks: readonly string[];
  detect(head: Head): Detection | null;
  /** Opens files of this format, in the order of their times. */
  open(files: readonly LogFile[], context: ReadContext): SampleStream;
  /** Creates a finder for a machine whose log does not contain its memory; absent if there is nothing to find. */
  readonly memoryFinder?: (machine: Machine) => MemoryFinder;
}

/** Quantities that a format may contain, each once. */
export function quantitiesOf(format: Format): Quantity[] {
  return [...new Set(format.columns.map((column) => column.quantity))];
}
