/**
 * Logs in which the columns of one sample are far apart: reports that follow each other, each with the same times.
 * Every report is a lane, read by a cursor of its own, and the lanes of a machine are merged by time, so that nothing
 * has to be stored.
 */
import { InputError } from "../../common/errors.ts";
import type { Us } from "../../common/units.ts";
import { LineCursor } from "./lines.ts";
import type { LogFile } from "./log-file.ts";
import type { Machine, ReadContext, Sample, SampleStream, SourceEvent } from "./reader.ts";
import { forgive, MachineTable } from "./streams.ts";

/** Parses the lines of a file of reports, one after the other, for one lane. */
export interface ReportReader {
  /**
   * Examines the cursor's current line.
   * @returns the lane of the row; null if it is not a row, or has no wanted value
   * @throws {InputError} for a line that is invalid in such a file
   */
  look(): Lane | null;
  /**
   * The time of the current row.
   * @throws {InputError} if the row is damaged
   */
  time(): Us;
  /**
   * Writes the values of the current row to `values`.
   * @throws {InputError} if the row is damaged
   */
  read(values: Float64Array): void;
  /** Events of the lines so far; the consumer removes those that it has processed. */
  readonly events: LaneEvent[];
}

/** An event of a machine. Several of its lanes may report the same event. */
export interface LaneEvent {
  readonly machine: Machine;
  readonly event: SourceEvent;
}

/** A report about a machine. */
export interface Lane {
  /** Unique among the lanes of its machine. */
  readonly key: string;
  readonly machine: Machine;
}

/** The extent of a lane in a file. */
interface LaneExtent extends Lane {
  readonly firstLine: number;
  lastLine: number;
}

/** The extent of a machine in a file: its lanes, and its events, each once and in order of time. */
interface MachineExtent {
  readonly lanes: readonly LaneExtent[];
  readonly events: readonly SourceEvent[];
}

const linesIn = ({ firstLine, lastLine }: LaneExtent): number => lastLine - firstLine + 1;

/** A stream over files of reports: machine after machine, each merged from its lanes. */
export class LaneStream implements SampleStream {
  readonly #files: readonly LogFile[];
  readonly #context: ReadContext;
  readonly #open: (cursor: LineCursor, table: MachineTable) => ReportReader;
  readonly #table = new MachineTable();
  #fileIndex = 0;
  /** Bytes of the files before this one; lines of all lanes of this one, and of the machines before the current one. */
  #bytes = 0;
  #lines = 0;
  #linesBefore = 0;
  /** Machines of the file that have not been read yet. */
  #waiting: MachineExtent[] = [];
  #lanes: LaneCursor[] = [];
  /** Events of the current machine, and the index of the next one. */
  #events: readonly SourceEvent[] = [];
  #nextEvent = 0;

  /** @param open creates a reader for a file; several readers are open at the same time */
  constructor(
    files: readonly LogFile[],
    context: ReadContext,
    open: (cursor: LineCursor, table: MachineTable) => ReportReader,
  ) {
    this.#files = files;
    this.#context = context;
    this.#open = open;
  }

  get machines(): readonly Machine[] {
    return this.#table.list;
  }

  get bytesRead(): number {
    const file = this.#files[this.#fileIndex - 1];
    if (file === undefined || this.#lines === 0) return this.#bytes;
    // The same bytes are read for each lane: progress counts the rows that have been taken.
    const lines = this.#lanes.reduce((sum, lane) => sum + lane.linesDone, this.#linesBefore);
    return this.#bytes + Math.floor((file.bytes * lines) / this.#lines);
  }

  next(sample: Sample): boolean {
    for (;;) {
      let first: LaneCursor | null = null;
      for (const lane of this.#lanes) {
        if (!lane.isAtEnd && (first === null || lane.atUs < first.atUs)) first = lane;
      }
      if (first !== null) {
        this.#merge(first, sample);
        return true;
      }
      if (!this.#nextMachine()) return false;
    }
  }

  close(): void {
    for (const lane of this.#lanes) lane.close();
    this.#lanes = [];
    this.#waiting = [];
    this.#fileIndex = this.#files.length;
  }

  /** Builds a sample from the rows with the time of the first one. */
  #merge(first: LaneCursor, sample: Sample): void {
    const { atUs } = first;
    sample.begin(first.machine, atUs);
    sample.place.file = first.file.name;
    sample.place.line = first.line;
    for (; this.#nextEvent < this.#events.length; this.#nextEvent++) {
      const event = this.#events[this.#nextEvent] as SourceEvent;
      if (event.atUs > atUs) break;
      sample.events.push(event);
    }
    for (const lane of this.#lanes) if (!lane.isAtEnd && lane.atUs === atUs) lane.takeRow(sample.values);
  }

  #nextMachine(): boolean {
    for (const lane of this.#lanes) {
      this.#linesBefore += lane.linesDone;
      lane.close();
    }
    this.#lanes = [];
    while (this.#waiting.length === 0) {
      const file = this.#files[this.#fileIndex++];
      if (file === undefined) return false;
      this.#bytes = this.#files.slice(0, this.#fileIndex - 1).reduce((sum, { bytes }) => sum + bytes, 0);
      this.#waiting = this.#survey(file);
      this.#lines = this.#waiting.flatMap(({ lanes }) => lanes).reduce((sum, lane) => sum + linesIn(lane), 0);
      this.#linesBefore = 0;
    }
    const { lanes, events } = this.#waiting.shift() as MachineExtent;
    const file = this.#files[this.#fileIndex - 1] as LogFile;
    this.#lanes = lanes.map((lane) => new LaneCursor(file, lane, this.#context, this.#open, this.#table));
    this.#events = events;
    this.#nextEvent = 0;
    return true;
  }

  /** The machines of a file that have a lane. */
  #survey(file: LogFile): MachineExtent[] {
    const cursor = new LineCursor(file, this.#context.report);
    const reader = this.#open(cursor, this.#table);
    const found = new Map<Machine, Map<string, LaneExtent>>();
    const told: LaneEvent[] = [];
    while (cursor.advance()) {
      let lane: Lane | null;
      try {
        lane = reader.look();
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        forgive(error, cursor, this.#context);
        continue;
      }
      if (reader.events.length > 0) told.push(...reader.events.splice(0));
      if (lane === null) continue;
      const { machine, key } = lane;
      let lanes = found.get(machine);
      if (lanes === undefined) {
        lanes = new Map();
        found.set(machine, lanes);
      }
      const known = lanes.get(key);
      const { lineNumber } = cursor;
      if (known === undefined) lanes.set(key, { key, machine, firstLine: lineNumber, lastLine: lineNumber });
      else known.lastLine = lineNumber;
    }
    return [...found].map(([machine, lanes]) => ({ lanes: [...lanes.values()], events: eventsOf(machine, told) }));
  }
}

/** The events of a machine in order of time; an event that several lanes report is included once. */
function eventsOf(machine: Machine, told: readonly LaneEvent[]): SourceEvent[] {
  const events = new Map<string, SourceEvent>();
  for (const { machine: whose, event } of told) {
    if (whose === machine) events.set(`${event.atUs} ${event.type} ${event.text}`, event);
  }
  return [...events.values()].sort((a, b) => a.atUs - b.atUs);
}

/** The rows of one lane, one after the other. */
class LaneCursor {
  readonly machine: Machine;
  readonly #lane: LaneExtent;
  readonly #context: ReadContext;
  readonly #cursor: LineCursor;
  readonly #reader: ReportReader;
  isAtEnd = false;
  /** Time of the next row. */
  atUs = Number.NaN;
  #values: Float64Array;

  constructor(
    file: LogFile,
    lane: LaneExtent,
    context: ReadContext,
    open: (cursor: LineCursor, table: MachineTable) => ReportReader,
    table: MachineTable,
  ) {
    this.machine = lane.machine;
    this.#lane = lane;
    this.#context = context;
    this.#cursor = new LineCursor(file, context.report);
    this.#reader = open(this.#cursor, table);
    this.#values = new Float64Array(lane.machine.columns.length);
    this.#advance();
  }

  get file(): LogFile {
    return this.#cursor.file;
  }

  get line(): number {
    return this.#cursor.lineNumber;
  }

  /** Number of lines from its first row to its last that have been read. */
  get linesDone(): number {
    return this.isAtEnd ? linesIn(this.#lane) : Math.max(0, this.line - this.#lane.firstLine);
  }

  /** Adds the row's values to the sample, and moves to the next row. */
  takeRow(values: Float64Array): void {
    for (let i = 0; i < this.#values.length; i++) {
      const value = this.#values[i] as number;
      if (!Number.isNaN(value)) values[i] = value;
    }
    this.#advance();
  }

  close(): void {
    this.#cursor.close();
  }

  #advance(): void {
    const cursor = this.#cursor;
    while (cursor.lineNumber < this.#lane.lastLine && cursor.advance()) {
      if (!this.#isMine()) continue;
      try {
        this.atUs = this.#reader.time();
        this.#values.fill(Number.NaN);
        this.#reader.read(this.#values);
        return;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        forgive(error, cursor, this.#context);
      }
    }
    this.isAtEnd = true;
    this.close();
  }

  #isMine(): boolean {
    try {
      const lane = this.#reader.look();
      // The survey has taken the events.
      this.#reader.events.length = 0;
      return lane !== null && lane.key === this.#lane.key && lane.machine === this.machine;
    } catch (error) {
      // The survey has reported the error.
      if (!(error instanceof InputError)) throw error;
      return false;
    }
  }
}
