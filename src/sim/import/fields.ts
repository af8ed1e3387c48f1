/**
 * The fields of a line, and their numbers. The positions are in arrays that are reused for every line, so that a field
 * that is not read costs nothing, and an error message can point at a field.
 */
import type { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import type { LineCursor } from "./lines.ts";

const QUOTE = 34;
const SPACE = 32;
const TAB = 9;
/** Powers of ten that a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

export type DecimalMark = "." | ",";

/** The fields of a cursor's current line. */
export class Fields {
  readonly cursor: LineCursor;
  readonly decimalMark: DecimalMark;
  count = 0;
  /** Beginning and end of each field in the line, without its quotes. */
  #starts = new Int32Array(32);
  #ends = new Int32Array(32);

  constructor(cursor: LineCursor, decimalMark: DecimalMark = ".") {
    this.cursor = cursor;
    this.decimalMark = decimalMark;
  }

  /** Splits at every separator; quotes have no meaning. `text` and `number` ignore blanks around a field. */
  split(separator: string): void {
    const { line } = this.cursor;
    this.count = 0;
    let start = 0;
    for (;;) {
      const end = line.indexOf(separator, start);
      if (end === -1) break;
      this.#add(start, end);
      start = end + separator.length;
    }
    this.#add(start, line.length);
  }

  /**
   * Splits at every separator outside of quotes, as CSV does. Text before an opening quote is taken as damage and
   * ignored; a doubled quote means one.
   * @throws {InputError} if a quote is not closed
   */
  splitQuoted(separator: string): void {
    const { line } = this.cursor;
    const mark = separator.charCodeAt(0);
    this.count = 0;
    let start = 0;
    let open = line.indexOf('"');
    for (;;) {
      let next = line.indexOf(separator, start);
      if (open !== -1 && open < start) open = line.indexOf('"', start);
      if (open === -1 || (next !== -1 && next < open)) {
        this.#add(start, next === -1 ? line.length : next);
      } else {
        const close = closingQuote(line, open, mark);
        if (close === -1) throw this.cursor.fault(open, "a quote that is not closed");
        this.#add(open + 1, close);
        next = line.indexOf(separator, close);
      }
      if (next === -1) return;
      start = next + 1;
    }
  }

  /**
   * Splits at runs of blanks.
   * @param from beginning of the fields in the line
   */
  splitBlanks(from = 0): void {
    const { line } = this.cursor;
    this.count = 0;
    let at = from;
    for (;;) {
      while (isBlank(line.charCodeAt(at))) at++;
      if (at >= line.length) return;
      const start = at;
      while (at < line.length && !isBlank(line.charCodeAt(at))) at++;
      this.#add(start, at);
    }
  }

  /** Column of a field in the line, from 0. */
  columnOf(field: number): number {
    return field < this.count ? this.#trimmedStart(field) : this.cursor.line.length;
  }

  /** The text of a field without blanks around it; empty if there is no such field. */
  text(field: number): string {
    if (field >= this.count) return "";
    return this.cursor.line.slice(this.#trimmedStart(field), this.#trimmedEnd(field));
  }

  /** All fields as texts. */
  texts(): string[] {
    return Array.from({ length: this.count }, (_, field) => this.text(field));
  }

  /**
   * The number in a field; NaN if the field is empty, which means unknown.
   * @param what name of the field in messages
   * @throws {InputError} if the field contains another text
   */
  number(field: number, what: string): number {
    if (field >= this.count) throw this.fault(field, `${what} is missing: the line ends too early`);
    const start = this.#trimmedStart(field);
    const end = this.#trimmedEnd(field);
    if (start >= end) return Number.NaN;
    const value = parseDecimal(this.cursor.line, start, end, this.decimalMark);
    if (Number.isNaN(value)) throw this.fault(field, `expected ${what}, a number, found ${quote(this.text(field))}`);
    return value;
  }

  /** An error about a field, with its place. */
  fault(field: number, message: string): InputError {
    return this.cursor.fault(this.columnOf(field), message);
  }

  #add(start: number, end: number): void {
    if (this.count === this.#starts.length) {
      this.#starts = doubled(this.#starts);
      this.#ends = doubled(this.#ends);
    }
    this.#starts[this.count] = start;
    this.#ends[this.count] = end;
    this.count++;
  }

  #trimmedStart(field: number): number {
    const { line } = this.cursor;
    const end = this.#ends[field] as number;
    let start = this.#starts[field] as number;
    while (start < end && isBlank(line.charCodeAt(start))) start++;
    return start;
  }

  #trimmedEnd(field: number): number {
    const { line } = this.cursor;
    const start = this.#starts[field] as number;
    let end = this.#ends[field] as number;
    while (end > start && isBlank(line.charCodeAt(end - 1))) end--;
    return end;
  }
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB;

/** The closing quote of a field: the first quote before a separator or the end of the line. */
function closingQuote(line: string, open: number, separator: number): number {
  for (let at = line.indexOf('"', open + 1); at !== -1; at = line.indexOf('"', at + 1)) {
    if (line.charCodeAt(at + 1) === QUOTE && at + 2 < line.length) {
      at++;
      continue;
    }
    let after = at + 1;
    while (isBlank(line.charCodeAt(after))) after++;
    if (after >= line.length || line.charCodeAt(after) === separator) return at;
  }
  return -1;
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/**
 * The decimal number in `text` from `start` to `end`, correctly rounded; NaN for another text. An exponent may follow,
 * as in Java and Python. Texts such as `0x10` or `Infinity` are not numbers.
 */
export function parseDecimal(text: string, start: number, end: number, mark: DecimalMark = "."): number {
  const point = mark.charCodeAt(0);
  let at = start;
  const isNegative = text.charCodeAt(at) === 45;
  if (isNegative || text.charCodeAt(at) === 43) at++;
  let mantissa = 0;
  let digits = 0;
  let fraction = 0;
  let pointAt = -1;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      mantissa = mantissa * 10 + (code - 48);
      digits++;
      if (pointAt !== -1) fraction++;
    } else if (code === point && pointAt === -1) pointAt = at;
    else break;
  }
  if (digits === 0) return Number.NaN;
  let exponent = -fraction;
  if (at < end) {
    if ((text.charCodeAt(at) | 32) !== 101) return Number.NaN;
    const power = text.slice(at + 1, end);
    if (!/^[+-]?\d{1,5}$/.test(power)) return Number.NaN;
    exponent += Number(power);
  }
  // Both operands are exact, so one multiplication or division rounds correctly.
  if (mantissa < 2 ** 53 && exponent >= -22 && exponent <= 22) {
    const scale = POWERS[Math.abs(exponent)] as number;
    const value = exponent < 0 ? mantissa / scale : mantissa * scale;
    return isNegative ? -value : value;
  }
  const written = text.slice(start, end);
  const value = Number(mark === "." ? written : written.replace(mark, "."));
  return Number.isFinite(value) ? value : Number.NaN;
}
