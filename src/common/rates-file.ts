import { DEFAULT_RATES, RATE_FIELDS, RateError, type RateField, type Rates, validateRates } from "../engine/index.ts";
import { InputError } from "./errors.ts";
import { formatPath, lineAndColumn, locate, parseJson } from "./json.ts";
import { didYouMean } from "./nearest.ts";
import { describe, quote, shorten } from "./quote.ts";
import { readTextFile } from "./text-file.ts";

const FIELD_BY_NAME: ReadonlyMap<string, RateField> = new Map(
  RATE_FIELDS.flatMap((field) => [
    [field.flag, field],
    [field.key, field],
  ]),
);

/**
 * What is known of the constant called `name`, as `alloc-max` or `allocMax`.
 * @throws {InputError} if there is none, saying `place` first
 */
export function rateField(name: string, place: () => string): RateField {
  const field = FIELD_BY_NAME.get(name);
  if (field !== undefined) return field;
  const hint = didYouMean(name, FIELD_BY_NAME.keys());
  throw new InputError(`${place()}: unknown constant ${quote(name)}${hint} (balloon-sim rates lists them)`);
}

/** Which of two constants bounds the other: the one at fault may be either. */
const PARTNER: Partial<Record<keyof Rates, keyof Rates>> = { allocMin: "allocMax", freeMin: "freeMax" };

type MutableRates = { -readonly [K in keyof Rates]: Rates[K] };

/**
 * The constants that a run uses: the reference driver's, overridden by those in the JSON file `file` (any number of them,
 * as `alloc-max` or `allocMax`), overridden by `sets`, each `name=value`, the last one winning.
 * @param option stands in front of a file that can't be read; empty where the file is an argument by itself
 * @throws {InputError} naming the file with line and column, or the `--set`, and what is wrong with it
 */
export function parseRates(file?: string, sets: readonly string[] = [], option = "--rates "): Rates {
  const rates: MutableRates = { ...DEFAULT_RATES };
  /** Where each constant that is not a default came from. */
  const where = new Map<keyof Rates, () => string>();

  if (file !== undefined) readRatesFile(file, option, rates, where);
  for (const set of sets) {
    const equals = set.indexOf("=");
    const shown = `--set ${shorten(set)}`;
    if (equals < 1) throw new InputError(`${shown}: expected name=value, such as alloc-max=4096`);
    const name = set.slice(0, equals).trim();
    const field = rateField(name, () => shown);
    const text = set.slice(equals + 1).trim();
    const value = toNumber(text);
    if (Number.isNaN(value)) throw new InputError(`${shown}: expected ${range(field)}, found ${quote(text)}`);
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

const range = ({ min, max, unit }: RateField): string => `a whole number from ${min} to ${max} (${unit})`;

/** A number where the text is one; else NaN, which no constant accepts. */
const toNumber = (text: string): number => (/^-?\d+(\.\d+)?(e\d+)?$/i.test(text) ? Number(text) : Number.NaN);

function readRatesFile(file: string, option: string, rates: MutableRates, where: Map<keyof Rates, () => string>): void {
  const text = readTextFile(file, `${option}${file}`);
  const place = (offset: number) => {
    const { line, column } = lineAndColumn(text, offset);
    return `${file}:${line}:${column}`;
  };
  const keyPlace = (name: string) => place(locate(text, [{ path: [name], at: "key" }])[0] ?? 0);

  const parsed = parseJson(text);
  if (!parsed.ok) {
    const { offset, message } = parsed.fault;
    throw new InputError(`${place(offset)}: ${message} (balloon-sim rates --json prints a file to begin with)`);
  }
  const { value: root } = parsed;
  if (typeof root !== "object" || root === null || Array.isArray(root)) {
    throw new InputError(`${file}: expected an object such as {"alloc-max": 4096}, found ${describe(root)}`);
  }
  for (const [name, value] of Object.entries(root)) {
    const field = rateField(name, () => keyPlace(name));
    const source = () => `${keyPlace(name)}: ${formatPath([name])}`;
    if (where.has(field.key)) {
      throw new InputError(`${source()}: ${field.flag} is given twice, as ${field.flag} and as ${field.key}`);
    }
    if (typeof value !== "number") {
      throw new InputError(`${source()}: expected ${range(field)}, found ${describe(value)}`);
    }
    rates[field.key] = value;
    where.set(field.key, source);
  }
}
