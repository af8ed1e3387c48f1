import { safeJson } from "../../../common/quote.ts";
import { formatSeconds } from "../../output/columns.ts";
import { type RowFormat, rowFrame } from "../../output/row-format.ts";

/** A column of rows about a host. */
export interface RecordColumn<Subject> {
  readonly name: string;
  /** `s` is a time in microseconds, written in seconds with six decimals. */
  readonly unit: "s" | "us" | "pages" | "times" | "ratio" | "text";
  readonly kind: "level" | "total" | "interval";
  readonly meaning: string;
  /** Its value; of an interval the running total. Null: none. */
  readonly read: (subject: Subject) => number | string | null;
}

/** Where rows go. */
export interface RowsSink {
  readonly write: (text: string) => void;
  /** A text as a field of CSV. */
  readonly field: (text: string) => string;
}

/** Writes rows with texts among the values, as CSV, JSON lines or one JSON array. */
export class RecordRows<Subject> {
  readonly #columns: readonly RecordColumn<Subject>[];
  readonly #format: RowFormat;
  readonly #sink: RowsSink;
  readonly #base: number[];
  readonly #fields = new Map<string, string>();
  #rows = 0;

  constructor(columns: readonly RecordColumn<Subject>[], format: RowFormat, sink: RowsSink) {
    this.#columns = columns;
    this.#format = format;
    this.#sink = sink;
    this.#base = columns.map(() => 0);
  }

  add(subject: Subject): void {
    const values = this.#columns.map(({ kind, read }, i) => {
      const value = read(subject);
      if (kind !== "interval" || typeof value !== "number") return value;
      const before = this.#base[i] as number;
      this.#base[i] = value;
      return value - before;
    });
    const { head, separator } = rowFrame(
      this.#format,
      this.#columns.map(({ name }) => name),
    );
    this.#sink.write((this.#rows++ === 0 ? head : separator) + this.#text(values));
  }

  /** Ends the document. */
  end(): void {
    const { head, tail } = rowFrame(
      this.#format,
      this.#columns.map(({ name }) => name),
    );
    this.#sink.write((this.#rows === 0 ? head : "") + tail);
  }

  #text(values: readonly (number | string | null)[]): string {
    if (this.#format === "csv") return `${values.map((value, i) => this.#cell(value, i)).join()}\n`;
    const members = values.map((value, i) => {
      const { name, unit } = this.#columns[i] as RecordColumn<Subject>;
      return [name, unit === "s" ? (value as number) / 1e6 : unit === "us" ? Math.round(value as number) : value];
    });
    return `${safeJson(Object.fromEntries(members))}${this.#format === "json" ? "" : "\n"}`;
  }

  #cell(value: number | string | null, i: number): string {
    const { unit } = this.#columns[i] as RecordColumn<Subject>;
    if (value === null) return "";
    if (typeof value === "string") return this.#field(value);
    if (unit === "s") return formatSeconds(value);
    return String(unit === "ratio" ? Number(value.toFixed(4)) : Math.round(value));
  }

  /** A text as a field of CSV. There are few different ones, and each takes long. */
  #field(text: string): string {
    const known = this.#fields.get(text) ?? this.#sink.field(text);
    this.#fields.set(text, known);
    return known;
  }
}
