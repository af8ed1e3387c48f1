/** Conditions on figures in words: `oom_kills == 0`, `lost_time_share <= 1%`, `stall_full > 1s`. */
import { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import { parseRateArgument, parseSizeArgument, parseTimeArgument } from "../../common/units.ts";

/** How a figure is compared with a bound. */
export type Relation = "<=" | "<" | "==" | ">=" | ">";

/** The parts of a written condition. */
export interface WrittenCondition {
  /** Name of the figure, and of whose it is, as written. */
  readonly subject: string;
  readonly relation: Relation;
  /** The bound, as written, such as `1%` or `512MiB`. */
  readonly value: string;
  /** The condition with single blanks. */
  readonly text: string;
}

/** Units of figures that conditions can be about. */
export type BoundUnit = "s" | "share" | "ratio" | "times" | "us" | "pages" | "pages/s" | "pages·s" | "yes/no";

const NUMBER = /^\d+(\.\d+)?(e-?\d+)?$/i;
const CONDITION = /^\s*([^\s<>=!]+)\s*(<=|>=|==|=|<|>)\s*([^\s<>=](?:.*[^\s])?)\s*$/s;

/**
 * The parts of a condition `FIGURE RELATION VALUE`; `=` means `==`.
 * @param example conditions that are valid, for the message
 * @throws {InputError} without a place
 */
export function splitCondition(written: string, example: string): WrittenCondition {
  const match = CONDITION.exec(written);
  if (match === null) throw new InputError(`expected a figure, <, <=, ==, >= or >, and a value, such as ${example}`);
  const [, subject, sign, value] = match as unknown as [string, string, Relation | "=", string];
  const relation = sign === "=" ? "==" : sign;
  return { subject, relation, value, text: `${subject} ${relation} ${value}` };
}

/** What a bound of a unit looks like, in messages. */
const EXPECTED: Readonly<Record<BoundUnit, string>> = {
  s: "a time such as 10s or 2m (a number is seconds)",
  share: "a share such as 1% or 0.01 (from 1 on with a % sign)",
  ratio: "a number such as 0.5",
  times: "a whole number",
  us: "a time such as 10ms or 2s, or a whole number of microseconds",
  pages: "a size such as 512MiB, or a whole number of pages",
  "pages/s": "a rate such as 10MiB/s, or a number of pages a second",
  pages·s: "a number of pages times seconds",
  "yes/no": "yes or no",
};

/**
 * The bound of a condition, in the figure's unit; yes is 1, no is 0.
 * @throws {InputError} that says what the figure needs, without a place
 */
export function boundOf(figure: string, unit: BoundUnit, value: string): number {
  const bound = readBound(unit, value);
  if (bound !== null && Number.isFinite(bound)) return bound;
  throw new InputError(`${figure} needs ${EXPECTED[unit]}, found ${quote(value)}`);
}

/** A value in a unit; null: it is none. */
function readBound(unit: BoundUnit, value: string): number | null {
  const number = NUMBER.test(value) ? Number(value) : null;
  const percent = /^([\d.]+)\s*%$/.exec(value)?.[1];
  switch (unit) {
    case "s":
      return number ?? attempt(() => parseTimeArgument(value) / 1e6);
    case "share":
      if (percent !== undefined && NUMBER.test(percent)) return Number(percent) / 100;
      // 1 could mean 1 % as well as all of it.
      return number !== null && number < 1 ? number : null;
    case "ratio":
      return percent !== undefined && NUMBER.test(percent) ? Number(percent) / 100 : number;
    case "times":
      return number !== null && Number.isInteger(number) ? number : null;
    case "us":
      return wholeOr(number, () => parseTimeArgument(value));
    case "pages":
      return wholeOr(number, () => parseSizeArgument(value));
    case "pages/s":
      return number ?? attempt(() => parseRateArgument(value));
    case "pages·s":
      return number;
    case "yes/no":
      return value === "yes" ? 1 : value === "no" ? 0 : null;
  }
}

/** A whole number, or what a text without a number means; null: neither. */
function wholeOr(number: number | null, read: () => number): number | null {
  if (number === null) return attempt(read);
  return Number.isInteger(number) ? number : null;
}

function attempt(read: () => number): number | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

/** Whether a value is in that relation to a bound. */
export function isIn(value: number, relation: Relation, bound: number): boolean {
  switch (relation) {
    case "<=":
      return value <= bound;
    case "<":
      return value < bound;
    case "==":
      return value === bound;
    case ">=":
      return value >= bound;
    case ">":
      return value > bound;
  }
}
