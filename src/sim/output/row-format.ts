import type { Archive, Archived } from "../state/archive.ts";
import { type Column, formatValue } from "./columns.ts";

/** How rows are written: CSV with a header, a JSON object a line, or one JSON array of objects. */
export type RowFormat = "csv" | "ndjson" | "json";

/** Columns before those of the rows, whose values are the same in all rows of a run. `leadingColumns` makes them. */
export interface LeadingColumns {
  readonly names: readonly string[];
  /** Their values as they stand in each row: fields of CSV, or members of a JSON object, with commas between them. */
  readonly text: string;
}

/** What leads the rows of a run, and whether they end their document. */
export interface RowPlacement {
  /** null: there are none. */
  readonly leading: LeadingColumns | null;
  /** Whether these are the last rows of the document. */
  readonly last: boolean;
}

/** The rows of one run that are a document by themselves. */
export const WHOLE_DOCUMENT: RowPlacement = { leading: null, last: true };

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

/**
 * Turns rows of numbers into text. Names of columns and plain decimals never need quoting and are joined here, which is
 * several times faster than csv-stringify; what may need quoting, file and name of a trace, comes as text.
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
    const { leading } = placement;
    const before = leading === null ? "" : `${leading.text},`;
    const names = columns.map((column) => column.name);
    this.#frame = rowFrame(format, [...(leading?.names ?? []), ...names]);
    if (format === "csv") {
      this.#before = before;
      this.#labels = names.map((_, i) => (i === 0 ? "" : ","));
      this.#after = "\n";
    } else {
      this.#before = `{${before}`;
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
