/** Parsers of option values. They throw an `InputError` that names the option and its value. */
import { InputError } from "../errors.ts";
import { quote } from "../quote.ts";
import {
  type Pages,
  type PagesPerS,
  parseRateArgument,
  parseSizeArgument,
  parseTimeArgument,
  type Us,
} from "../units.ts";

/** A time, in microseconds. */
export const timeOption = (option: string, text: string): Us => read(option, text, parseTimeArgument);

/** A time longer than 0, in microseconds. */
export function periodOption(option: string, text: string): Us {
  const us = timeOption(option, text);
  if (us === 0) throw new InputError(`${option} ${quote(text)}: expected more than 0`);
  return us;
}

/** A size, in pages. */
export const sizeOption = (option: string, text: string): Pages => read(option, text, parseSizeArgument);

/** A rate, in pages a second. */
export const rateOption = (option: string, text: string): PagesPerS => read(option, text, parseRateArgument);

/** A whole number from `min` to `max`. */
export function wholeNumberOption(option: string, text: string, max: number, min = 1): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new InputError(`${option} ${quote(text)}: expected a whole number from ${min} to ${max}`);
  }
  return value;
}

/** A seed: a non-empty text. */
export function seedOption(option: string, text: string): string {
  if (text !== "" && text.length <= MAX_SEED) return text;
  throw new InputError(`${option} ${quote(text)}: expected 1 to ${MAX_SEED} characters`);
}

const MAX_SEED = 200;

function read(option: string, text: string, parse: (text: string) => number): number {
  try {
    return parse(text);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${option} ${quote(text)}: ${error.message}`) : error;
  }
}
