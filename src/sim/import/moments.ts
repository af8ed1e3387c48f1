/**
 * Logs that a loop in a shell leaves: a command's output again and again, with a time before or behind each, in front of each
 * line, or none at all.
 */
import { InputError } from "../../common/errors.ts";
import type { InputFile } from "../../common/files/input-file.ts";
import type { DateOrder } from "./clock/date-order.ts";
import { orderOfStamps, parseStamp, parseTimeLine, type Stamp, StampClock } from "./clock/stamp.ts";
import type { LineCursor } from "./lines.ts";
import type { Machine, ReadContext, Sample, SampleStream } from "./reader.ts";
import { LineFiles, MachineTable, warnOfCutLine } from "./streams.ts";

/** Understands the lines of one output, and gathers its numbers. */
export interface MomentReader {
  /** The machine that the file is of. */
  readonly machine: Machine;
  /**
   * Takes a line, without a time in front of it.
   * @param at column in the cursor's line that it begins at
   * @returns false where it is none of the command's
   * @throws {InputError} where it is damaged
   */
  read(line: string, at: number): boolean;
  /** Whether a line that begins with digits is the command's own, and no time. */
  isOwn?(line: string): boolean;
  /** Whether a line is the first of another output. */
  begins(line: string): boolean;
  /** Numbers that have been gathered since the last `write`. */
  readonly known: number;
  /** Fills in the values of a sample, and forgets them. */
  write(values: Float64Array): void;
  /** What lines are expected, for messages. */
  readonly expected: string;
  /** Where a line that is not understood stops looking like one that is: its column. */
  faultColumn?(line: string): number;
}

/** Where the times of a log stand. */
type Mode = "unknown" | "before" | "behind" | "none";

/** What annotate-output says of the command itself. */
const ANNOTATION = /^I: (?:Started|Finished)\b/;
const NO_TIMES =
  "outputs without times: give the time between them by --interval, such as --interval 10s, or have date print one before each";

/** A stream over such logs. */
export class MomentStream implements SampleStream {
  readonly #files: LineFiles;
  readonly #context: ReadContext;
  readonly #open: (cursor: LineCursor, table: MachineTable) => MomentReader;
  readonly #order: DateOrder | null;
  readonly #table = new MachineTable();
  #reader: MomentReader | null = null;
  #clock: StampClock | null = null;
  #mode: Mode = "unknown";
  /** Time of the moment that is being read, and where it begins; NaN where that is not known yet. */
  #atUs = Number.NaN;
  #line = 0;
  /** Numbers that the last moment had. */
  #usual = 0;

  /** @param open makes a reader for a file that is about to be read */
  constructor(
    files: readonly InputFile[],
    context: ReadContext,
    open: (cursor: LineCursor, table: MachineTable) => MomentReader,
  ) {
    this.#files = new LineFiles(files, context.report);
    this.#context = context;
    this.#order = orderOfStamps(files, context);
    this.#open = open;
  }

  get machines(): readonly Machine[] {
    return this.#table.list;
  }

  get bytesRead(): number {
    return this.#files.bytesRead;
  }

  next(sample: Sample): boolean {
    for (;;) {
      const cursor = this.#files.cursor ?? this.#nextFile();
      if (cursor === null) return false;
      while (cursor.advance()) if (this.#readLine(cursor, sample)) return true;
      this.#files.finish();
      if (this.#takeLast(sample, cursor)) return true;
    }
  }

  close(): void {
    this.#files.close();
  }

  #nextFile(): LineCursor | null {
    const cursor = this.#files.open();
    if (cursor === null) return null;
    this.#reader = this.#open(cursor, this.#table);
    this.#clock = new StampClock(this.#context, this.#order);
    this.#mode = "unknown";
    this.#atUs = Number.NaN;
    this.#usual = 0;
    return cursor;
  }

  /** Takes a line; true where a moment has come to its end and is now in `sample`. */
  #readLine(cursor: LineCursor, sample: Sample): boolean {
    const { line } = cursor;
    // What was being written may be the beginning of something else: of a longer number, say.
    if (!cursor.isTerminated) {
      warnOfCutLine(cursor, this.#context.report);
      return false;
    }
    if (line.trim() === "") return false;
    try {
      const time = parseTimeLine(line);
      return time === null ? this.#readOutput(cursor, sample) : this.#readTime(time, cursor, sample);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#context.damaged(error);
      return false;
    }
  }

  #readTime(stamp: Stamp, cursor: LineCursor, sample: Sample): boolean {
    const reader = this.#reader as MomentReader;
    if (this.#mode === "unknown") this.#mode = reader.known > 0 ? "behind" : "before";
    const isBehind = this.#mode === "behind";
    const isDone = isBehind ? false : this.#take(sample, cursor);
    const atUs = (this.#clock as StampClock).at(stamp, cursor.place());
    this.#atUs = atUs;
    if (!isBehind) {
      this.#line = cursor.lineNumber;
      return isDone;
    }
    const isTaken = this.#take(sample, cursor);
    this.#atUs = Number.NaN;
    return isTaken;
  }

  #readOutput(cursor: LineCursor, sample: Sample): boolean {
    const reader = this.#reader as MomentReader;
    const { line } = cursor;
    const stamp = reader.isOwn?.(line) === true ? null : parseStamp(line);
    const rest = stamp === null ? line : line.slice(stamp.length);
    if (stamp !== null && ANNOTATION.test(rest)) return false;
    const begins = reader.begins(rest);
    let isDone = false;
    if (begins && reader.known > 0 && this.#mode !== "behind")
      isDone = this.#takeCounted(stamp !== null, sample, cursor);
    if (begins && (isDone || reader.known === 0)) {
      if (stamp !== null) {
        this.#mode = "before";
        this.#atUs = (this.#clock as StampClock).at(stamp, cursor.place());
        this.#line = cursor.lineNumber;
      } else if (Number.isNaN(this.#atUs) || isDone) this.#line = cursor.lineNumber;
    }
    if (!reader.read(rest, line.length - rest.length)) {
      throw cursor.fault(reader.faultColumn?.(line) ?? line.search(/\S/), `expected ${reader.expected}, or a time`);
    }
    return isDone;
  }

  /**
   * Takes a moment that ends where the next output begins, without a time in between.
   * @param hasOwnTime whether the next one has a time in front of it
   */
  #takeCounted(hasOwnTime: boolean, sample: Sample, cursor: LineCursor): boolean {
    const { intervalUs } = this.#context;
    if (hasOwnTime) return this.#take(sample, cursor);
    if (intervalUs === null) {
      throw cursor.fault(0, NO_TIMES);
    }
    if (this.#mode === "unknown") this.#mode = "none";
    if (Number.isNaN(this.#atUs)) this.#atUs = 0;
    const atUs = this.#atUs;
    const isDone = this.#take(sample, cursor);
    this.#atUs = atUs + intervalUs;
    return isDone;
  }

  /** Puts the moment that has been read into `sample`; false where there is none. */
  #take(sample: Sample, cursor: LineCursor): boolean {
    const reader = this.#reader as MomentReader;
    if (Number.isNaN(this.#atUs) || reader.known === 0) return false;
    sample.begin(reader.machine, this.#atUs);
    sample.place.file = cursor.file.name;
    sample.place.line = this.#line;
    this.#usual = reader.known;
    reader.write(sample.values);
    return true;
  }

  /** The last one of a file, unless it was being written. */
  #takeLast(sample: Sample, cursor: LineCursor): boolean {
    const { known } = this.#reader as MomentReader;
    if (known === 0 && Number.isNaN(this.#atUs)) return false;
    if (this.#mode === "unknown") {
      if (this.#context.intervalUs === null) throw cursor.fault(0, NO_TIMES);
      this.#atUs = 0;
    }
    if (known > 0 && known >= this.#usual && !Number.isNaN(this.#atUs)) return this.#take(sample, cursor);
    const place = { file: cursor.file.name, line: this.#line };
    this.#context.report.warn("the last snapshot was being written when the log was taken: left out", place);
    return false;
  }
}
