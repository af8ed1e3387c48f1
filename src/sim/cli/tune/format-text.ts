import type { Spread } from "../../tune/spread.ts";

/** Number of digits of a measured value. */
const DIGITS = 4;

/** Formats a number: whole ones and large ones without decimals, others with four digits, or with `digits`. */
export const formatNumber = (value: number, digits = DIGITS): string =>
  Number.isInteger(value) || Math.abs(value) >= 10 ** digits ? String(Math.round(value)) : value.toPrecision(digits);

/** Number of digits of a value that differs between worlds. */
const SPREAD_DIGITS = 3;

/** Formats a value over several worlds: `2.98 [2.51 .. 5.04]`; one number if the worlds are equal. */
export function formatSpread({ median, lowest, highest }: Spread): string {
  const [middle, from, to] = [median, lowest, highest].map((value) => formatNumber(value, SPREAD_DIGITS));
  return from === to ? formatNumber(median) : `${middle} [${from} .. ${to}]`;
}

/** Maximum number of names in a line of text; of more, the first ones are listed. */
const LISTED = 8;

/** Names in a row: `spike, ramp`, or `a.json, b.json, c.json and 37 more`. */
export const listOf = (names: readonly string[]): string =>
  names.length <= LISTED ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
