import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  DEFAULT_RATES,
  RATE_FIELDS,
  RateError,
  type RateField,
  type Rates,
  validateRates,
} from "../../engine/index.ts";
import { InputError } from "../errors.ts";
import { didYouMean, quote } from "../nearest.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";

/** What `--rates` and `--set` mean, for the help of every command that takes them. */
export const RATES_OPTION = [
  "--rates <file>",
  "constants of the policy from a JSON file (see: balloon-sim rates --json)",
] as const;
export const SET_OPTION = [
  "--set <name=value>",
  "one constant of the policy, such as alloc-max=4096; repeatable",
] as const;

/** For options that may be given several times: collects them in order. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];

const FIELD_BY_NAME: ReadonlyMap<string, RateField> = new Map(
  RATE_FIELDS.flatMap((field) => [
    [field.flag, field],
    [field.key, field],
  ]),
);

/** Which of two constants bounds the other: the one at fault may be either. */
const PARTNER: Partial<Record<keyof Rates, keyof Rates>> = { allocMin: "allocMax", freeMin: "freeMax" };

type MutableRates = { -readonly [K in keyof Rates]: Rates[K] };

/**
 * The constants that a run uses: the reference driver's, overridden by those in the JSON file `file` (any number of them,
 * as `alloc-max` or `allocMax`), overridden by `sets`, each `name=value`, the last one winning.
 * @throws {InputError} naming the file with line and column, or the `--set`, and what is wrong with it
 */
export function parseRates(file?: string, sets: readonly string[] = []): Rates {
  const rates: MutableRates = { ...DEFAULT_RATES };
  /** Where each constant that is not a default came from. */
  const where = new Map<keyof Rates, () => string>();

  if (file !== undefined) readRatesFile(file, rates, where);
  for (const set of sets) {
    const equals = set.indexOf("=");
    const shown = `--set ${set.length > 60 ? `${set.slice(0, 59)}…` : set}`.replace(/\s+/g, " ");
    if (equals < 1) throw new InputError(`${shown}: expected name=value, such as alloc-max=4096`);
    const name = set.slice(0, equals).trim();
    const field = FIELD_BY_NAME.get(name);
    if (field === undefined) throw new InputError(`${shown}: ${unknownConstant(name)}`);
    const text = set.slice(equals + 1).trim();
    const value = toNumber(text);
    if (Number.isNaN(value)) throw new InputError(`${shown}: ${quote(text)} is no number; expected ${range(field)}`);
    rates[field.key] = value;
    where.set(field.key, () => shown);
  }

  try {
    validateRates(rates);
  } catch (error) {
    if (!(error instanceof RateError)) throw error;
    const partner = PARTNER[error.key];
    const source = where.get(error.key) ?? (partner === undefined ? undefined : where.get(partner));
    throw new InputError(source === undefined ? error.message : `${source()}: ${error.message}`);
  }
  return rates;
}

const unknownConstant = (name: string): string =>
  `unknown constant ${quote(name)}${didYouMean(name, FIELD_BY_NAME.keys())} (balloon-sim rates lists them)`;

const range = ({ min, max, unit }: RateField): string => `a whole number from ${min} to ${max} (${unit})`;

const kind = (value: unknown): string =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "an array"
      : typeof value === "object"
        ? "an object"
        : `a ${typeof value}`;

/** A number where the text is one; else NaN, which no constant accepts. */
const toNumber = (text: string): number => (/^-?\d+(\.\d+)?(e\d+)?$/i.test(text) ? Number(text) : Number.NaN);

function readRatesFile(file: string, rates: MutableRates, where: Map<keyof Rates, () => string>): void {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (isSystemError(error)) throw new InputError(`--rates ${file}: ${systemErrorText(error)}`);
    throw error;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    throw new InputError(`${firstSyntaxError(file, text)} (balloon-sim rates --json prints a file to begin with)`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new InputError(`${file}: expected a JSON object such as {"alloc-max": 4096}`);
  }
  for (const [name, value] of Object.entries(parsed)) {
    const place = () => `${locate(file, text, name)}: $.${name.slice(0, 60)}`;
    const field = FIELD_BY_NAME.get(name);
    if (field === undefined) throw new InputError(`${locate(file, text, name)}: ${unknownConstant(name)}`);
    if (where.has(field.key)) {
      throw new InputError(`${place()}: ${field.flag} is given twice, as ${field.flag} and as ${field.key}`);
    }
    if (typeof value !== "number") throw new InputError(`${place()} is ${kind(value)}; expected ${range(field)}`);
    rates[field.key] = value;
    where.set(field.key, place);
  }
}

// The tolerant parser that knows positions is only needed, and only loaded, where something is wrong.
const jsonc = () => createRequire(import.meta.url)("jsonc-parser") as typeof import("jsonc-parser");

/** `FILE:LINE:COLUMN` of a member of the file's top-level object. */
function locate(file: string, text: string, name: string): string {
  const { parseTree, findNodeAtLocation } = jsonc();
  const root = parseTree(text);
  const node = root && findNodeAtLocation(root, [name]);
  return `${file}:${lineAndColumn(text, node?.parent?.offset ?? 0)}`;
}

function firstSyntaxError(file: string, text: string): string {
  const { parse, printParseErrorCode } = jsonc();
  const errors: import("jsonc-parser").ParseError[] = [];
  parse(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  const first = errors[0];
  if (first === undefined) return `${file}: not valid JSON`;
  const words = printParseErrorCode(first.error)
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
  return `${file}:${lineAndColumn(text, first.offset)}: not valid JSON: ${words}`;
}

function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  return `${before.split("\n").length}:${offset - before.lastIndexOf("\n")}`;
}
