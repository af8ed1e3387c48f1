/**
 * A host's target in a user's notation: one value, a ramp, or a file with a series. `docs/what-if.md` has the syntax.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { InputError } from "../../common/errors.ts";
import { readTextFile } from "../../common/files/text-file.ts";
import { escapeUnsafe, quote } from "../../common/quote.ts";
import {
  formatSize,
  type Pages,
  parseSizeArgument,
  parseTime,
  parseTimeArgument,
  SIZE_PATTERN,
  type Us,
} from "../../common/units.ts";
import { decodeText } from "./decode-text.ts";
import { constant, type Quantity, seriesOf, TARGET, valueAt } from "./series.ts";
import type { Series } from "./types.ts";

/** A target for any guest: plain data. `targetSeries` converts percentages of a guest's memory to pages. */
export interface TargetText {
  /** As on the command line: `2GiB`, `30%`, `0..30%/60s repeat`, or a path. */
  readonly written: string;
  /** Content of the file; null without a file. */
  readonly content: string | null;
}

const EXPECTED =
  'expected a size ("2GiB"), a part of the guest\'s memory ("40%"), a ramp ("0..30%/60s"), or a file with a series';

const PERCENT = /^(\d+(?:\.\d+)?)%$/;
/** A value and two dots: a text with this beginning is a ramp, not a path. */
const RAMP_BEGIN = /^\d+(?:\.\d+)?(?: ?[A-Za-z]+|%)?\.\./;
const REPEAT = / repeat$/;

/**
 * Parses the text of `--target`.
 * @param more further valid values, for the message: ` or policy:NAME`
 * @throws {InputError} if it is neither a value nor a ramp nor a readable file
 */
export function readTarget(written: string, more = ""): TargetText {
  if (isValue(written) || RAMP_BEGIN.test(written)) return { written, content: null };
  return { written, content: readText(written, more) };
}

const isValue = (text: string): boolean => text === "0" || SIZE_PATTERN.test(text) || PERCENT.test(text);

/**
 * The target in words: `2GiB throughout`, `0..30%/60s repeat`, `the series in target.csv`.
 * @param memory RAM of the guest in pages, if known: `40% of 4GiB throughout`
 */
export function describeTarget({ written, content }: TargetText, memory: Pages | null = null): string {
  if (content !== null) return `the series in ${written}`;
  const of = memory !== null && written.includes("%") ? ` of ${formatSize(memory)}` : "";
  return RAMP_BEGIN.test(written) ? `${written}${of}` : `${written}${of} throughout`;
}

/**
 * The target for one guest.
 * @param memory RAM of the guest, in pages
 * @param endUs length of the trace, in microseconds: later points of a file are refused, a ramp is cut there
 * @throws {InputError}
 */
export function targetSeries({ written, content }: TargetText, memory: Pages, endUs: number): Series {
  const quantity = quantityOf(memory);
  if (content !== null) {
    return /^\s*[[{]/.test(content)
      ? jsonSeries(written, content, quantity, endUs)
      : csvSeries(written, content, quantity, endUs);
  }
  const shown = `--target ${quote(written)}`;
  return RAMP_BEGIN.test(written)
    ? ramp(written, shown, quantity, endUs)
    : constant(placed(shown, () => argument(written, quantity)));
}

/** The notation of targets: as in a trace, or as a percentage of the guest's memory. */
const quantityOf = (memory: Pages): Quantity => ({
  unit: "pages",
  parse(value) {
    const percent = typeof value === "string" ? PERCENT.exec(value) : null;
    if (percent === null) return TARGET.parse(value);
    const part = Number(percent[1]);
    if (part > 100) throw new InputError("more than all of the guest's memory");
    return Math.floor((memory * part) / 100);
  },
});

/** A value of an argument, in which numbers need a unit. */
const argument = (text: string, quantity: Quantity): number =>
  PERCENT.test(text) ? quantity.parse(text) : TARGET.parse(parseSizeArgument(text));

/** `A..B/TIME`, any number of further `..C/TIME`, and ` repeat`. */
function ramp(written: string, shown: string, quantity: Quantity, endUs: number): Series {
  const repeats = REPEAT.test(written);
  const [first = "", ...legs] = written.replace(REPEAT, "").split("..");
  const at = [0];
  const value = [placed(shown, () => argument(first, quantity))];
  for (const leg of legs) {
    const [to = "", time, ...rest] = leg.split("/");
    if (time === undefined || rest.length > 0) {
      throw new InputError(`${shown}: expected a ramp such as 0..30%/60s: from 0 to 30 % of the memory within 60 s`);
    }
    const us = placed(shown, () => parseTimeArgument(time));
    if (us === 0) throw new InputError(`${shown}: expected more than 0 for the time of a ramp, found ${quote(time)}`);
    at.push((at.at(-1) as number) + us);
    value.push(placed(shown, () => argument(to, quantity)));
  }
  const repeatUs = repeats ? (at.at(-1) as number) : 0;
  const series: Series = { hold: "linear", at, value, repeatUs, how: "assumed", from: null };
  return repeats ? series : cut(series, endUs);
}

/** A series without the points after `endUs`; a line that crosses `endUs` ends there. */
function cut(series: Series, endUs: number): Series {
  const { at, value } = series;
  const count = at.findIndex((us) => us > endUs);
  if (count === -1) return series;
  const reached = Math.floor(valueAt(series, count - 1, endUs));
  const ends = at[count - 1] !== endUs;
  return {
    ...series,
    at: [...at.slice(0, count), ...(ends ? [endUs] : [])],
    value: [...value.slice(0, count), ...(ends ? [reached] : [])],
  };
}

function readText(path: string, more: string): string {
  if (path === "" || !existsSync(path)) {
    throw new InputError(`--target ${quote(path)}: ${EXPECTED}${more}; no file has that name`);
  }
  return readTextFile(path, `--target ${escapeUnsafe(path)}`);
}

/** A series in the notation of traces. */
function jsonSeries(path: string, text: string, quantity: Quantity, endUs: number): Series {
  const place = { name: `--target ${escapeUnsafe(path)}`, line: 1 };
  return decodeText(text, place, seriesOf(quantity), (decoder) => {
    decoder.endUs = endUs;
  });
}

/** Spreadsheets separate fields with a semicolon if the decimal sign is a comma. */
const DELIMITERS = [",", ";", "\t"];

/** Records `time,target`, from time 0 on, with or without a header. */
function csvSeries(path: string, text: string, quantity: Quantity, endUs: number): Series {
  const at: Us[] = [];
  const value: number[] = [];
  const shown = `--target ${escapeUnsafe(path)}`;
  eachRecord(text, shown, (fields, line) => {
    if (at.length === 0 && /^[A-Za-z]/.test(fields[0] as string)) return;
    const place = `${shown}:${line}`;
    if (fields.length !== 2)
      throw new InputError(`${place}: expected time,target, such as 60,2GiB, found ${quote(fields.join())}`);
    const [time, size] = fields.map((field) => (/^\d+(?:\.\d+)?$/.test(field) ? Number(field) : field));
    const us = placed(place, () => parseTime(time));
    if (us <= (at.at(-1) ?? -1)) throw new InputError(`${place}: the time is not after the line before`);
    if (us > endUs) throw new InputError(`${place}: the time is after the end of the log`);
    at.push(us);
    value.push(placed(place, () => (size === "" ? Number.NaN : quantity.parse(size))));
  });
  if (at[0] !== 0) throw new InputError(`${shown}: a series begins at time 0`);
  return { hold: "step", at, value, repeatUs: 0, how: "assumed", from: null };
}

/** Receives the fields of a record, without blanks around them, and the record's line in the file. */
type TakeRecord = (fields: readonly string[], line: number) => void;

/** @throws {InputError} if the text is not CSV */
function eachRecord(text: string, shown: string, take: TakeRecord): void {
  // Most targets are values or ramps, so the parser is loaded for files only.
  const { CsvError, parse } = createRequire(import.meta.url)("csv-parse/sync") as typeof import("csv-parse/sync");
  try {
    parse(text, {
      delimiter: DELIMITERS,
      record_delimiter: ["\r\n", "\n"],
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      on_record: (fields: string[], { lines }) => {
        take(fields, lines);
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const isOpen = error.code === "CSV_QUOTE_NOT_CLOSED";
    const found = isOpen ? "a quoted field that does not end" : "a quotation mark in the middle of a field";
    throw new InputError(`${shown}:${error.lines}: expected time,target, such as 60,2GiB, found ${found}`);
  }
}

function placed<T>(place: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${place}: ${error.message}`) : error;
  }
}
