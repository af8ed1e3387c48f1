import type { Spread } from "../../tune/spread.ts";

/** Digits that a person reads of a measured value. */
const DIGITS = 4;

/** A number for people: whole ones and large ones without decimals, others with four digits, or as many as are asked for. */
export const formatNumber = (value: number, digits = DIGITS): string =>
  Number.isInteger(value) || Math.abs(value) >= 10 ** digits ? String(Math.round(value)) : value.toPrecision(digits);

/** Digits of a value that differs from world to world. */
const SPREAD_DIGITS = 3;

/** What a value is over several worlds, for people: `2.98 [2.51 .. 5.04]`; where they do not differ, one number. */
export function formatSpread({ median, lowest, highest }: Spread): string {
  const [middle, from, to] = [median, lowest, highest].map((value) => formatNumber(value, SPREAD_DIGITS));
  return from === to ? formatNumber(median) : `${middle} [${from} .. ${to}]`;
}

/** Names that a line of text lists; of more, the first ones stand for all. */
const LISTED = 8;

/** Names in a row: `spike, ramp`, or `a.json, b.json, c.json and 37 more`. */
export const listOf = (names: readonly string[]): string =>
  names.length <= LISTED ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
