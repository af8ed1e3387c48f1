/** Digits that a person reads of a measured value. */
const DIGITS = 4;

/** A number for people: four digits, none of a whole number dropped. */
export const formatNumber = (value: number): string =>
  Number.isInteger(value) || Math.abs(value) >= 10 ** DIGITS
    ? String(Math.round(value))
    : String(Number(value.toPrecision(DIGITS)));
