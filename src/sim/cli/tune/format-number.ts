/** Digits that a person reads of a measured value. */
const DIGITS = 4;

/** A number for people: whole ones and large ones without decimals, others with four digits. */
export const formatNumber = (value: number): string =>
  Number.isInteger(value) || Math.abs(value) >= 10 ** DIGITS ? String(Math.round(value)) : value.toPrecision(DIGITS);
