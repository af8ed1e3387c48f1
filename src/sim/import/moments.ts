/**
 * Logs of a shell loop: a command's output again and again, with a time before or after each output, or before each
 * line, or without times.
 */
import { InputError } from "../../common/errors.ts";
import type { DateOrder } from "./clock/date-order.ts";
import { orderOfStamps, parseStamp, parseTimeLine, type Stamp, StampClock } from "./clock/stamp.ts";
import type { LineCursor } from "./lines.ts";
import type { LogFile } from "./log-file.ts";
import type { Machine, ReadContext, Sample } from "./reader.ts";
import { FilesStream, type MachineTable, warnOfCutLine } from "./streams.ts";

/** Parses the lines of one output, and collects its numbers. */
export interface MomentReader {
  /** The machine of the file. */
  readonly machine: Machine;
  /**
   * Parses a line, without the time before it.
   * @param at column of its beginning in the cursor's line
   * @returns false if it is not a line of the command
   * @throws {InputError} if it is damaged
   */
  read(line: string, at: number): boolean;
  /** Whether a line that begins with digits belongs to the command, and is not a time. */
  isOwn?(line: string): boolean;
  /** Whether a line is the first of another output. */
  begins(line: string): boolean;
  /** Number of values collected since the last `write`. */
  readonly known: number;
  /** Writes the values to a sample, and clears them. */
  write(values: Float64Array): void;
  /** The expected lines, for messages. */
  readonly expected: string;
  /** Column at which a line stops being valid, for messages. */
  faultColumn?(line: string): number;
}

/** Position of the times in a log. */
type Mode = "unknown" | "before" | "behind" | "none";

/** Lines of annotate-output about the command itself. */
const ANNOTATION = /^I: (?:Started|Finished)\b/;
const NO_TIMES =
  "outputs without times: give the time between them by --interval, such as --interval 10s, or have date print one before each";

/** A stream over such logs. */
export class MomentStream extends FilesStream<MomentReader> {
  readonly #order: DateOrder | null;
  #reader: MomentReader | null = null;
  #clock: StampClock | null = null;
  #mode: Mode = "unknown";
  /** Time of the current moment, and its first line; NaN if the time is not known yet. */
  #atUs = Number.NaN;
  #line = 0;
  /** Number of values of the last moment. */
  #usual = 0;

  /** @param open creates a reader for a file */
  constructor(
    files: readonly LogFile[],
    context: ReadContext,
    open: (cursor: LineCursor, table: MachineTable) => MomentReader,
  ) {
    super(files, context, open);
    this.#order = orderOfStamps(files, context);
  }

  protected override begin(reader: MomentReader): void {
    this.#reader = reader;
    this.#clock = new StampClock(this.context, this.#order);
    this.#mode = "unknown";
    this.#atUs = Number.NaN;
    this.#usual = 0;
  }

  protected override readOn(cursor: LineCursor, sample: Sample): boolean {
    while (cursor.advance()) if (this.#readLine(cursor, sample)) return true;
    return false;
  }

  /** Reads a line; true if a moment is complete and now in `sample`. */
  #readLine(cursor: LineCursor, sample: Sample): boolean {
    const { line } = cursor;
    // A truncated line may be the beginning of something else: of a longer number, say.
    if (!cursor.isTerminated) {
      warnOfCutLine(cursor, this.context.report);
      return false;
    }
    if (line.trim() === "") return false;
    try {
      const time = parseTimeLine(line);
      return time === null ? this.#readOutput(cursor, sample) : this.#readTime(time, cursor, sample);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.context.damaged(error);
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
   * Ends a moment at the beginning of the next output, without a time in between.
   * @param hasOwnTime whether the next output has a time before it
   */
  #takeCounted(hasOwnTime: boolean, sample: Sample, cursor: LineCursor): boolean {
    const { intervalUs } = this.context;
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

  /** Writes the current moment to `sample`; false if there is none. */
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

  /** Writes the last moment of a file, unless it is incomplete. */
  protected override takeLast(cursor: LineCursor, sample: Sample): boolean {
    const { known } = this.#reader as MomentReader;
    if (known === 0 && Number.isNaN(this.#atUs)) return false;
    if (this.#mode === "unknown") {
      if (this.context.intervalUs === null) throw cursor.fault(0, NO_TIMES);
      this.#atUs = 0;
    }
    if (known > 0 && known >= this.#usual && !Number.isNaN(this.#atUs)) return this.#take(sample, cursor);
    const place = { file: cursor.file.name, line: this.#line };
    this.context.report.warn("the last snapshot is incomplete: omitted", place);
    return false;
  }
}
