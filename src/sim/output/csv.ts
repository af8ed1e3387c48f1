import { createRequire } from "node:module";
import { escapeUnsafe } from "../../common/quote.ts";

/** A value of a field: numbers are written as they are, texts are quoted if CSV requires it. */
export type CsvValue = string | number | boolean | null | undefined;

/** A text with the apostrophe that `csvLines` prefixes to text that a spreadsheet would read as a formula. */
const DEFUSED = /^'(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/;

/**
 * Records as lines of CSV. Names come from files, and a spreadsheet evaluates a text that begins with `=`, `+`, `-`,
 * `@`, a tab or a carriage return. Such a text gets an apostrophe as prefix, which makes it plain text (OWASP, "CSV
 * injection"). Numbers keep their minus sign. Control characters are written as `\u{…}`: a record is one line that is
 * safe in a terminal.
 */
export function csvLines(records: readonly (readonly CsvValue[])[]): string {
  // Rows of a single run need no quoting: the library is loaded only if it is used.
  const { stringify } = createRequire(import.meta.url)("csv-stringify/sync") as typeof import("csv-stringify/sync");
  const texts = records.map((record) => record.map((value) => (typeof value === "number" ? value : textOf(value))));
  return stringify(texts, { escape_formulas: true });
}

const textOf = (value: CsvValue): string => escapeUnsafe(value === null || value === undefined ? "" : String(value));

/** The original text of a field that `csvLines` wrote. */
export const csvText = (field: string): string => field.replace(DEFUSED, "");
