import { safeJson } from "../../common/quote.ts";
import type { Archive, Archived } from "../state/archive.ts";
import { type Column, formatValue } from "./columns.ts";
import { csvLines } from "./csv.ts";
import type { RunName } from "./run-labels.ts";

/** How rows are written: CSV with a header, a JSON object a line, or one JSON array of objects. */
export type RowFormat = "csv" | "ndjson" | "json";

/** What leads the rows of a run, and whether they end their document. */
export interface RowPlacement {
  /** What the leading columns `trace` and `name` say; null: there are no such columns. */
  readonly run: RunName | null;
  /** What the column `world` behind them says; null: there is none. */
  readonly world: number | null;
  /** Whether these are the last rows of the document. */
  readonly last: boolean;
}

/** The rows of one run that are a document by themselves. */
export const WHOLE_DOCUMENT: RowPlacement = { run: null, world: null, last: true };

/** What stands in a document before its first row, between two rows, and behind the last one. */
export interface RowFrame {
  readonly head: string;
  readonly separator: string;
  readonly tail: string;
}

/** @param names of all columns, the leading ones included */
export function rowFrame(format: RowFormat, names: readonly string[]): RowFrame {
  if (format === "csv") return { head: `${names.join()}\n`, separator: "", tail: "" };
  if (format === "ndjson") return { head: "", separator: "", tail: "" };
  return { head: "[\n", separator: ",\n", tail: "\n]\n" };
}

/** Names of the columns that stand before those of the rows. */
export const leadingNames = (isNamed: boolean, hasWorld: boolean): string[] => [
  ...(isNamed ? ["trace", "name"] : []),
  ...(hasWorld ? ["world"] : []),
];

/**
 * Turns rows of numbers into text. Names of columns and plain decimals never need quoting and are joined here, which is
 * several times faster than csv-stringify; that quotes what may need it, file and name of a trace.
 */
export class RowEncoder implements Archived {
  readonly #columns: readonly Column[];
  readonly #placement: RowPlacement;
  /** What stands before each row, between its values, and behind it. */
  readonly #before: string;
  readonly #labels: readonly string[];
  readonly #after: string;
  readonly #frame: RowFrame;
  // Most values are those of the row before: their text is kept.
  readonly #lastValues: Float64Array;
  readonly #lastTexts: string[];
  #rows = 0;

  constructor(format: RowFormat, columns: readonly Column[], placement: RowPlacement = WHOLE_DOCUMENT) {
    this.#columns = columns;
    this.#placement = placement;
    this.#lastValues = new Float64Array(columns.length).fill(Number.NaN);
    this.#lastTexts = columns.map(() => "");
    const { run, world } = placement;
    const leading = leadingNames(run !== null, world !== null);
    const cells = [...(run === null ? [] : [run.trace, run.name]), ...(world === null ? [] : [world])];
    const names = columns.map((column) => column.name);
    this.#frame = rowFrame(format, [...leading, ...names]);
    if (format === "csv") {
      this.#before = cells.length === 0 ? "" : `${csvLines([cells]).slice(0, -1)},`;
      this.#labels = names.map((_, i) => (i === 0 ? "" : ","));
      this.#after = "\n";
    } else {
      this.#before = `{${leading.map((label, i) => `"${label}":${safeJson(cells[i])},`).join("")}`;
      this.#labels = names.map((name, i) => `${i === 0 ? "" : ","}${JSON.stringify(name)}:`);
      this.#after = format === "json" ? "}" : "}\n";
    }
  }

  /** The next row, with what has to stand before it in the document. */
  row(values: Float64Array): string {
    const columns = this.#columns;
    const lastValues = this.#lastValues;
    const texts = this.#lastTexts;
    const labels = this.#labels;
    let text = this.#rows++ > 0 ? this.#frame.separator : this.#frame.head;
    text += this.#before;
    for (let i = 0; i < columns.length; i++) {
      const value = values[i] as number;
      if (value !== lastValues[i]) {
        lastValues[i] = value;
        texts[i] = formatValue(columns[i] as Column, value);
      }
      text += labels[i] as string;
      text += texts[i] as string;
    }
    return text + this.#after;
  }

  /** Rows so far, those before a checkpoint included. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether the document has begun. */
  archive(a: Archive): void {
    this.#rows = a.number(this.#rows);
  }

  /** What ends the document, if these rows are its last. */
  end(): string {
    return this.#placement.last ? this.#frame.tail : "";
  }
}
