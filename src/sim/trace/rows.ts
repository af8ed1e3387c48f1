import { InputError } from "../../common/errors.ts";
import { parseJson } from "../../common/json.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import { formatTime, parseTime } from "../../common/units.ts";
import { rowCheck } from "./check.ts";
import { type Column, constantHint } from "./columns.ts";
import { Decoder } from "./decode.ts";
import type { TextInput } from "./input.ts";
import { reportFault, reportProblems, type Sink } from "./problems.ts";
import { measuredValue, rowEvent } from "./sections/log.ts";
import { readValue } from "./series.ts";
import type { Trace, TraceEvent } from "./types.ts";

/** The values of all columns at one time; a missing key of a row means the value of the row before. */
export interface Row {
  atUs: number;
  readonly values: Float64Array;
}

/** Reads the lines after the header of a trace in JSON lines, one row at a time. */
export class RowReader {
  /** Events between the rows so far. */
  readonly events: TraceEvent[];
  /** Whether a line was invalid, and omitted because the sink did not throw. */
  damaged = false;
  /** Number of values of each column in the rows so far. */
  readonly counts: Float64Array;
  private readonly input: TextInput;
  private readonly trace: Trace;
  private readonly columns: ReadonlyMap<string, number>;
  private readonly parsers: readonly ((value: unknown) => number)[];
  private readonly measured: readonly string[];
  private readonly check: (values: Float64Array) => string | null;
  private readonly sink: Sink;
  private readonly decoder = new Decoder();
  /** Times of the last row and of the last line of any kind. */
  private lastRowUs = -1;
  private lastLineUs = 0;

  constructor(input: TextInput, trace: Trace, columns: readonly Column[], sink: Sink) {
    this.input = input;
    this.trace = trace;
    this.columns = new Map(columns.map((column, index) => [column.key, index]));
    this.parsers = columns.map(
      ({ quantity }) =>
        (value: unknown) =>
          readValue(value, quantity),
    );
    this.measured = trace.measured.map((series) => series.quantity);
    this.counts = new Float64Array(columns.length);
    this.check = rowCheck(trace, columns);
    this.sink = sink;
    this.events = [...trace.events];
    this.decoder.endUs = trace.durationUs;
  }

  /**
   * Overwrites `row`, which holds the values of the row before, with the next row; false at the end of the text.
   * Problems of a line go to the sink; if the sink does not throw, the line is omitted.
   */
  read(row: Row): boolean {
    while (this.input.advance()) {
      const { line } = this.input;
      if (isBlank(line)) continue;
      const place = { name: this.input.name, line: this.input.lineNumber };
      const parsed = parseJson(line);
      if (!parsed.ok) {
        this.damaged = true;
        reportFault(line, place, parsed.fault, this.sink);
        continue;
      }
      const isRow = this.decoder.run((value) => this.decode(value, row), parsed.value);
      const { problems } = this.decoder;
      if (problems.length === 0 && isRow === true) return true;
      if (problems.length === 0) continue;
      this.damaged = true;
      reportProblems(line, place, problems.splice(0), this.sink);
    }
    return false;
  }

  /** Decodes a line: a row into `row`, an event into `events`; true for a row. */
  private decode(value: unknown, row: Row): boolean {
    const { decoder } = this;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new InputError('expected a row, an object such as {"t": 12.5, "target": 20000}');
    }
    const fields = value as Readonly<Record<string, unknown>>;
    if (!Object.hasOwn(fields, "t")) throw new InputError('"t", the time of the row, is missing');
    const isEvent = Object.hasOwn(fields, "event");
    const atUs = decoder.at("t", fields.t, parseTime, Number.NaN);
    const misplaced = this.misplaced(atUs, isEvent);
    if (misplaced !== null) decoder.problem(misplaced, "t");
    for (const key of Object.keys(fields)) {
      const column = this.columns.get(key);
      if (key === "t" || key === "event") continue;
      if (isEvent) decoder.problem("a line carries an event or values, not both", key);
      else if (key === "measured") decoder.at(key, fields[key], (found) => this.readMeasured(found), undefined);
      else if (column === undefined) this.refuse(key);
      else this.readColumn(row, column, key, fields[key]);
    }
    if (isEvent) this.readEvent(atUs, fields.event);
    else if (decoder.problems.length === 0) {
      const wrong = this.check(row.values);
      if (wrong !== null) decoder.problem(wrong);
    }
    if (decoder.problems.length > 0) return false;
    this.lastLineUs = atUs;
    if (isEvent) return false;
    this.lastRowUs = atUs;
    row.atUs = atUs;
    return true;
  }

  private misplaced(atUs: number, isEvent: boolean): string | null {
    const { durationUs } = this.trace;
    if (atUs > durationUs) return `${formatTime(atUs)} is after the end of the trace, at ${formatTime(durationUs)}`;
    if (atUs < this.lastLineUs)
      return `${formatTime(atUs)} is before the line above, at ${formatTime(this.lastLineUs)}`;
    return atUs === this.lastRowUs && !isEvent ? `a second row at ${formatTime(atUs)}` : null;
  }

  private readColumn(row: Row, column: number, key: string, value: unknown): void {
    try {
      row.values[column] = (this.parsers[column] as (value: unknown) => number)(value);
      this.counts[column] = (this.counts[column] as number) + 1;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.decoder.problem(error.message, key);
    }
  }

  private readEvent(atUs: number, value: unknown): void {
    const event = this.decoder.at("event", value, rowEvent(atUs), null);
    if (event !== null && this.decoder.problems.length === 0) this.events.push(event);
  }

  private readMeasured(value: unknown): void {
    const fields = this.decoder.object(value, this.measured);
    for (const quantity of this.measured) this.decoder.field(fields, quantity, measuredValue, 0);
  }

  private refuse(key: string): void {
    const known = ["event", "measured", ...this.columns.keys()];
    const hint = constantHint(key) || didYouMean(key, known);
    this.decoder.keyProblem(`no column ${quote(key)} in the header's "rows"${hint}`, key);
  }
}

const isBlank = (line: string): boolean => line === "" || /^\s*$/.test(line);
