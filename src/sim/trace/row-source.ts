import { type ChangeQueue, SeriesQueue } from "./changes.ts";
import { type Column, NO_VALUE, seriesList, withSeries } from "./columns.ts";
import type { Row, RowReader } from "./rows.ts";
import type { Change, SeriesId, Trace, TraceEvent, TraceSource } from "./types.ts";

/** Called for columns without a value in the header or in a row at time 0, before their values are used. */
type MissingValue = (column: Column) => void;

/** The changes of a trace in JSON lines, read row by row: one row ahead, for a trace of any length. */
export class RowSource implements TraceSource {
  readonly trace: Trace;
  /** The series in rows, and the queue of their changes alone. */
  readonly columns: readonly Column[];
  readonly rows: RowQueue;
  private readonly reader: RowReader;
  private readonly header: SeriesQueue;
  private readonly closeInput: () => void;
  private end = Number.POSITIVE_INFINITY;

  constructor(
    header: Trace,
    columns: readonly Column[],
    reader: RowReader,
    missing: MissingValue,
    closeInput: () => void,
  ) {
    this.columns = columns;
    this.reader = reader;
    this.closeInput = closeInput;
    this.rows = new RowQueue(columns, reader, missing);
    const series = seriesList(header);
    columns.forEach(({ series: id, hold, how, from }, index) => {
      series[id] = { hold, at: [0], value: [this.rows.initial[index] as number], repeatUs: 0, how, from };
    });
    this.trace = withSeries(header, series);
    for (const column of columns) series[column.series] = null;
    this.header = new SeriesQueue(series, header.durationUs);
  }

  get events(): readonly TraceEvent[] {
    return this.reader.events;
  }

  get endUs(): number {
    return Math.min(this.trace.durationUs, this.end);
  }

  next(change: Change): boolean {
    const { rows, header } = this;
    try {
      if (precedes(rows, header)) rows.take(change);
      else if (header.atUs <= this.lastUs()) header.take(change);
      else {
        this.finish();
        return false;
      }
      return true;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether the trace has no length: no duration, and no row after time 0. */
  get isInstant(): boolean {
    return this.trace.durationUs === Number.POSITIVE_INFINITY && this.rows.lastUs === 0 && !this.rows.hasAhead;
  }

  /** Number of values of a column in the rows so far. */
  valuesOf(column: number): number {
    return this.reader.counts[column] as number;
  }

  /** Sets the end of the trace, after all rows have been read. */
  finish(): void {
    this.end = this.lastUs();
    this.close();
  }

  /** Reads the remaining rows for their problems. */
  readToEnd(): void {
    this.rows.readToEnd();
  }

  close(): void {
    this.closeInput();
  }

  /** Time up to which series of the header are needed: the end of the trace, as far as it is known. */
  private lastUs(): number {
    const { durationUs } = this.trace;
    if (durationUs !== Number.POSITIVE_INFINITY) return durationUs;
    return this.rows.atUs === Number.POSITIVE_INFINITY ? this.rows.lastUs : this.rows.atUs;
  }
}

function precedes(a: ChangeQueue, b: ChangeQueue): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.series < b.series && a.atUs !== Number.POSITIVE_INFINITY);
}

/** The changes of the columns. Between two rows a linear column is straight, so one row ahead suffices. */
export class RowQueue implements ChangeQueue {
  atUs = 0;
  series: SeriesId = -1;
  /** Values of the columns at time 0. */
  readonly initial: Float64Array;
  private readonly columns: readonly Column[];
  private readonly reader: RowReader;
  private row: Row;
  private ahead: Row;
  /** Whether there is a row after the row of the next changes. */
  hasAhead: boolean;
  /** The column of the next change, and the last change of each column. */
  private column = -1;
  private readonly held: Float64Array;
  private readonly sloping: Uint8Array;
  private atStart = true;

  constructor(columns: readonly Column[], reader: RowReader, missing: MissingValue) {
    this.columns = columns;
    this.reader = reader;
    const given = Float64Array.from(columns, (column) => column.initial ?? NO_VALUE);
    this.row = { atUs: 0, values: given };
    this.ahead = { atUs: 0, values: given.slice() };
    this.hasAhead = reader.read(this.ahead);
    if (this.hasAhead && this.ahead.atUs === 0) this.goOn();
    this.initial = this.row.values.slice();
    columns.forEach((column, index) => {
      if (this.row.values[index] === NO_VALUE) missing(column);
    });
    this.held = new Float64Array(columns.length);
    this.sloping = new Uint8Array(columns.length);
    this.findNext();
  }

  /** Time of the last row so far. */
  get lastUs(): number {
    return this.row.atUs;
  }

  take(change: Change): void {
    const index = this.column;
    const value = this.row.values[index] as number;
    const slopes = this.slopes(index);
    change.series = this.series;
    change.atUs = this.atUs;
    change.value = value;
    change.untilUs = slopes ? this.ahead.atUs : this.atUs;
    change.untilValue = slopes ? (this.ahead.values[index] as number) : value;
    this.held[index] = value;
    this.sloping[index] = slopes ? 1 : 0;
    this.findNext();
  }

  readToEnd(): void {
    while (this.hasAhead) this.goOn();
  }

  private findNext(): void {
    for (;;) {
      while (++this.column < this.columns.length) {
        if (!this.changes(this.column)) continue;
        this.atUs = this.row.atUs;
        this.series = (this.columns[this.column] as Column).series;
        return;
      }
      if (!this.hasAhead) break;
      this.goOn();
      this.column = -1;
      this.atStart = false;
    }
    this.atUs = Number.POSITIVE_INFINITY;
    this.series = -1;
  }

  private changes(index: number): boolean {
    if (this.atStart || this.sloping[index] === 1 || this.slopes(index)) return true;
    return !Object.is(this.held[index], this.row.values[index]);
  }

  /** Whether a column is a sloped line to the next row. */
  private slopes(index: number): boolean {
    const here = this.row.values[index] as number;
    const next = this.ahead.values[index] as number;
    const linear = (this.columns[index] as Column).hold === "linear";
    return linear && this.hasAhead && next !== here && !Number.isNaN(here) && !Number.isNaN(next);
  }

  /** Moves to the row ahead and reads the one after it. */
  private goOn(): void {
    const free = this.row;
    this.row = this.ahead;
    free.values.set(this.row.values);
    this.ahead = free;
    this.hasAhead = this.reader.read(free);
  }
}
