import { safeJson } from "../../common/quote.ts";
import type { Archive, Archived } from "../run/archive.ts";
import { type Column, formatValue } from "./columns.ts";
import { csvLines } from "./csv.ts";
import type { RunName } from "./run-labels.ts";

/** How rows are written: CSV with a header, a JSON object a line, or one JSON array of objects. */
export type RowFormat = "csv" | "ndjson" | "json";

/** Where in a document the rows stand, which may hold the rows of several runs one after another. */
export interface RowPlacement {
  /** What the leading columns `trace` and `name` say; null: there are no such columns. */
  readonly run: RunName | null;
  /** What the column `world` behind them says; null: there is none. */
  readonly world: number | null;
  /** Whether these are the first rows of the document, and whether they are the last. */
  readonly first: boolean;
  readonly last: boolean;
}

/** The rows of one run that are a document by themselves. */
export const WHOLE_DOCUMENT: RowPlacement = { run: null, world: null, first: true, last: true };

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
  readonly #head: string;
  readonly #tail: string;
  readonly #separator: string;
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
    const lead = {
      ...(run === null ? {} : { trace: run.trace, name: run.name }),
      ...(world === null ? {} : { world }),
    };
    const names = columns.map((column) => column.name);
    if (format === "csv") {
      const cells: (string | number)[] = Object.values(lead);
      this.#before = cells.length === 0 ? "" : `${csvLines([cells]).slice(0, -1)},`;
      this.#labels = names.map((_, i) => (i === 0 ? "" : ","));
      this.#after = "\n";
      this.#separator = "";
      this.#head = `${[...Object.keys(lead), ...names].join()}\n`;
      this.#tail = "";
    } else {
      this.#before = `{${Object.entries(lead)
        .map(([label, value]) => `"${label}":${safeJson(value)},`)
        .join("")}`;
      this.#labels = names.map((name, i) => `${i === 0 ? "" : ","}${JSON.stringify(name)}:`);
      this.#after = format === "json" ? "}" : "}\n";
      this.#separator = format === "json" ? ",\n" : "";
      this.#head = format === "json" ? "[\n" : "";
      this.#tail = format === "json" ? "\n]\n" : "";
    }
  }

  /** The next row, with what has to stand before it in the document. */
  row(values: Float64Array): string {
    const columns = this.#columns;
    const lastValues = this.#lastValues;
    const texts = this.#lastTexts;
    const labels = this.#labels;
    let text = this.#rows++ > 0 ? this.#separator : this.#placement.first ? this.#head : this.#separator;
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

  /** Whether the document has begun. */
  archive(a: Archive): void {
    this.#rows = a.number(this.#rows);
  }

  /** What ends the document, if these rows are its last. */
  end(): string {
    return this.#placement.last ? this.#tail : "";
  }
}
