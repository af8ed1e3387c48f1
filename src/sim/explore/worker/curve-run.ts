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

  /** @throws {InputError} if the trace or an option is invalid */
  constructor(text: string, options: RunOptions) {
    const take = (values: Float64Array) => this.#take(values);
    this.#run = new TraceRun(text, { ...options, columns: "all", onRow: take });
    this.#deriver = new RowDeriver(this.#run.columns);
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
    const { names } = this.#deriver;
    return { names, columns: names.map((_, i) => this.#store.column(i).slice()), rows: this.#store.added };
  }

  #take(values: Float64Array): void {
    const { columns } = this.#run;
    // As in files of rows: times in seconds.
    const row = values.map((value, i) => (columns[i]?.unit === "s" ? value / 1e6 : Math.round(value)));
    this.#store.add(this.#deriver.next(row));
  }
}
