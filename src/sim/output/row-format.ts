import type { Archive, Archived } from "../state/archive.ts";
import { type Column, formatValue } from "./columns.ts";

/** Format of the rows: CSV with a header, one JSON object per line, or one JSON array of objects. */
export const ROW_FORMATS = ["csv", "ndjson", "json"] as const;
/** Name of a format of rows. */
export type RowFormat = (typeof ROW_FORMATS)[number];

/** Columns before those of the rows, with the same values in all rows of a run. `leadingColumns` creates them. */
export interface LeadingColumns {
  readonly names: readonly string[];
  /** Their values as written in each row: fields of CSV, or members of a JSON object, separated by commas. */
  readonly text: string;
}

/** The leading columns of the rows of a run, and whether the rows end their document. */
export interface RowPlacement {
  /** null: without leading columns. */
  readonly leading: LeadingColumns | null;
  /** Whether these are the last rows of the document. */
  readonly last: boolean;
}

/** Placement of the rows of a run that are a document by themselves. */
export const WHOLE_DOCUMENT: RowPlacement = { leading: null, last: true };

/** The text of a document before its first row, between two rows, and after the last one. */
export interface RowFrame {
  readonly head: string;
  readonly separator: string;
  readonly tail: string;
}

/** @param names of all columns, including the leading ones */
export function rowFrame(format: RowFormat, names: readonly string[]): RowFrame {
  if (format === "csv") return { head: `${names.join()}\n`, separator: "", tail: "" };
  if (format === "ndjson") return { head: "", separator: "", tail: "" };
  return { head: "[\n", separator: ",\n", tail: "\n]\n" };
}

/** Takes the rows of a run, and returns the text that they become, if any. */
export interface RowWriter extends Archived {
  /** Number of rows so far. */
  readonly rows: number;
  /** @param values of the row's columns; the array is used again */
  row(values: Float64Array): string;
  /** The text after the last row. */
  end(): string;
}

/**
 * Converts rows of numbers to text. Names of columns and plain decimals never need quoting and are joined here, which
 * is several times faster than csv-stringify. Values that may need quoting (file and name of a trace) are passed as
 * text.
 */
export class RowEncoder implements RowWriter {
  readonly #columns: readonly Column[];
  readonly #placement: RowPlacement;
  /** The text before each row, between its values, and after it. */
  readonly #before: string;
  readonly #labels: readonly string[];
  readonly #after: string;
  readonly #frame: RowFrame;
  // Most values equal those of the previous row: their text is reused.
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

  /** The next row, with the text that the document needs before it. */
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

  /** Number of rows so far, including those before a checkpoint. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether the document has begun. */
  archive(a: Archive): void {
    this.#rows = a.number(this.#rows);
  }

  /** The text that ends the document if these rows are its last. */
  end(): string {
    return this.#placement.last ? this.#frame.tail : "";
  }
}
