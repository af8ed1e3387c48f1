/** Digits that a person reads of a measured value. */
const DIGITS = 4;

/** A number for people: whole ones and large ones without decimals, others with four digits. */
export const formatNumber = (value: number): string =>
  Number.isInteger(value) || Math.abs(value) >= 10 ** DIGITS ? String(Math.round(value)) : value.toPrecision(DIGITS);

/** Names that a line of text lists; of more, the first ones stand for all. */
const LISTED = 8;

/** Names in a row: `spike, ramp`, or `a.json, b.json, c.json and 37 more`. */
export const listOf = (names: readonly string[]): string =>
  names.length <= LISTED ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
