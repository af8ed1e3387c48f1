import { createRequire } from "node:module";
import { escapeUnsafe } from "../../common/quote.ts";

/** A value of a field: numbers stand as they are, texts are quoted where CSV needs it. */
export type CsvValue = string | number | boolean | null | undefined;

/** A text that a spreadsheet would take for a formula, with the apostrophe that `csvLines` puts in front of it. */
const DEFUSED = /^'(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/;

/**
 * Records as lines of CSV. Names come from files, and a spreadsheet computes a text that begins with `=`, `+`, `-`, `@`, a
 * tab or a carriage return: such a text gets an apostrophe in front, which shows it as text (OWASP, "CSV injection").
 * Numbers keep their minus. Control characters are written as `\u{…}`: a record is one line, which is safe in a terminal.
 */
export function csvLines(records: readonly (readonly CsvValue[])[]): string {
  // Rows of one run need no quoting, so this is loaded by those that do.
  const { stringify } = createRequire(import.meta.url)("csv-stringify/sync") as typeof import("csv-stringify/sync");
  const texts = records.map((record) => record.map((value) => (typeof value === "number" ? value : textOf(value))));
  return stringify(texts, { escape_formulas: true });
}

const textOf = (value: CsvValue): string => escapeUnsafe(value === null || value === undefined ? "" : String(value));

/** The text that `csvLines` was given, of the field that it wrote. */
export const csvText = (field: string): string => field.replace(DEFUSED, "");
