/** Curves derived from the rows: the pace of the balloon, and the share of the time spent waiting. */
import type { Column } from "../../output/columns.ts";

/** A column computed from a row and the one before it. */
export interface DerivedColumn {
  readonly name: "inflation" | "deflation" | "stall_some" | "stall_full";
  /** Columns from which it is computed; a file without them does not have it. */
  readonly needs: readonly string[];
  /** @param change change of a needed column since the row before; `seconds`: the time between, above 0 */
  readonly value: (change: (column: string) => number, seconds: number) => number;
}

/** Paces in pages a second, stalls as a share of the time. Each value holds from the row before to this one. */
export const DERIVED: readonly DerivedColumn[] = [
  {
    name: "inflation",
    needs: ["allocated", "refused"],
    value: (change, seconds) => (change("allocated") - change("refused")) / seconds,
  },
  { name: "deflation", needs: ["freed"], value: (change, seconds) => change("freed") / seconds },
  { name: "stall_some", needs: ["stall_some_us"], value: (change, seconds) => change("stall_some_us") / 1e6 / seconds },
  { name: "stall_full", needs: ["stall_full_us"], value: (change, seconds) => change("stall_full_us") / 1e6 / seconds },
];

/**
 * Converts the rows of a file to rows for drawing: intervals become totals since the beginning, derived columns are
 * added.
 */
export class RowDeriver {
  /** Names of the resulting columns, the time first. */
  readonly names: readonly string[];
  readonly #order: readonly number[];
  readonly #isInterval: readonly boolean[];
  readonly #derived: readonly DerivedColumn[];
  readonly #out: Float64Array;
  readonly #before: Float64Array;
  readonly #change: (column: string) => number;
  #rows = 0;

  /** @param columns of the file */
  constructor(columns: readonly Pick<Column, "name" | "kind">[]) {
    const time = columns.findIndex((column) => column.name === "time_s");
    this.#order = [time, ...columns.keys()].filter((c, i) => i === 0 || c !== time);
    const ordered = this.#order.map((c) => columns[c] as Pick<Column, "name" | "kind">);
    const has = new Set(ordered.map((column) => column.name));
    this.#isInterval = ordered.map((column) => column.kind === "interval");
    this.#derived = DERIVED.filter(({ needs }) => needs.every((name) => has.has(name)));
    this.names = [...ordered, ...this.#derived].map(({ name }) => name);
    this.#out = new Float64Array(this.names.length);
    this.#before = new Float64Array(this.names.length);
    const index = new Map(this.names.map((name, i) => [name, i]));
    this.#change = (name) => {
      const i = index.get(name) as number;
      return (this.#out[i] as number) - (this.#before[i] as number);
    };
  }

  /** Time of the last row, in seconds; negative infinity before the first. */
  get time(): number {
    return this.#rows === 0 ? Number.NEGATIVE_INFINITY : (this.#out[0] as number);
  }

  /** The next row; valid until the next call. */
  next(values: Float64Array): Float64Array {
    const [out, before] = [this.#out, this.#before];
    before.set(out);
    // Loops and no closures: every row passes here.
    const [order, isInterval] = [this.#order, this.#isInterval];
    for (let i = 0; i < order.length; i++) {
      out[i] = (values[order[i] as number] as number) + (isInterval[i] ? (before[i] as number) : 0);
    }
    const seconds = (out[0] as number) - (before[0] as number);
    this.#derived.forEach(({ value }, d) => {
      const i = this.#order.length + d;
      // Before the first row nothing is known, and in no time there is no pace: the curve keeps its value.
      out[i] = this.#rows === 0 ? 0 : seconds > 0 ? value(this.#change, seconds) : (before[i] as number);
    });
    this.#rows++;
    return out;
  }
}
