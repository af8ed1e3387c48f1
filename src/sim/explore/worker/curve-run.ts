/** A run whose rows become curves. */
import { type RunOptions, TraceRun } from "../../core.ts";
import { RowDeriver } from "../../report/runs/derived.ts";
import { RowStore } from "../../report/runs/row-store.ts";
import type { CurveData } from "../protocol.ts";

/** Most rows of a picture: more are thinned. */
const MOST_ROWS = 1 << 15;

/** A run of a trace with all columns, which its caller advances. */
export class CurveRun {
  readonly #run: TraceRun;
  readonly #deriver: RowDeriver;
  readonly #store: RowStore;
  /** For each column whether it is a time in microseconds. */
  readonly #isTime: Uint8Array;
  /** The row that is being taken: a new one for each row would be most of the work. */
  readonly #row: Float64Array;

  /** @throws {InputError} if the trace or an option is invalid */
  constructor(text: string, options: RunOptions) {
    const take = (values: Float64Array) => this.#take(values);
    this.#run = new TraceRun(text, { ...options, columns: "all", onRow: take });
    const { columns } = this.#run;
    this.#isTime = Uint8Array.from(columns, ({ unit }) => (unit === "s" ? 1 : 0));
    this.#row = new Float64Array(columns.length);
    this.#deriver = new RowDeriver(columns);
    this.#store = new RowStore(this.#deriver.names.length, MOST_ROWS);
  }

  /** Runs up to `events` events; false once the run is over. */
  runFor(events: number): boolean {
    return this.#run.runFor(events);
  }

  /** 0 to 1. */
  get progress(): number {
    return this.#run.progress;
  }

  get summary(): TraceRun["summary"] {
    return this.#run.summary;
  }

  /** The rows so far; a copy. */
  get curves(): CurveData {
    const { names, columns, rows } = this.#uncopied;
    return { names, columns: columns.map((column) => column.slice()), rows };
  }

  /** The rows of a run that is over, without a copy: they may be given away, and the run is asked no more. */
  takeCurves(): CurveData {
    return this.#uncopied;
  }

  get #uncopied(): CurveData {
    const { names } = this.#deriver;
    return { names, columns: names.map((_, i) => this.#store.column(i)), rows: this.#store.added };
  }

  #take(values: Float64Array): void {
    const row = this.#row;
    // As in files of rows: times in seconds.
    for (let i = 0; i < row.length; i++) {
      row[i] = this.#isTime[i] === 1 ? (values[i] as number) / 1e6 : Math.round(values[i] as number);
    }
    this.#store.add(this.#deriver.next(row));
  }
}
