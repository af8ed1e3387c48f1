/** Dates of the Gregorian calendar as numbers, without a clock and without a zone. */

export const SECOND_US = 1_000_000;
export const DAY_US = 86_400 * SECOND_US;

/** Days from 1970-01-01 to a date; the month counts from 1. Valid for years from 1 on. */
export function daysOf(year: number, month: number, day: number): number {
  // The year begins in March here, so that a leap day is its last day.
  const y = month > 2 ? year : year - 1;
  const m = month > 2 ? month - 3 : month + 9;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * m + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Years whose times a double holds as whole microseconds since 1970. */
const FIRST_YEAR = 1970;
const LAST_YEAR = 2250;

/** Whether a date exists, from `FIRST_YEAR` to `LAST_YEAR`. */
export function isDate(year: number, month: number, day: number): boolean {
  if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 && isLeap ? 29 : (DAYS_IN_MONTH[month - 1] as number));
}

/** Whether a time of day exists. A leap second counts as the first second of the next minute. */
export function isTime(hour: number, minute: number, second: number): boolean {
  return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60;
}

/**
 * Microseconds from the beginning of 1970 to a date and time of the same clock; NaN if there is no such date or time.
 * Seconds may have a fraction.
 */
export function civilUs(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number {
  if (!isDate(year, month, day) || !isTime(hour, minute, second)) return Number.NaN;
  const seconds = (daysOf(year, month, day) * 24 + hour) * 3600 + minute * 60;
  return seconds * SECOND_US + Math.round(second * SECOND_US);
}

/** Whether a value is a number of seconds, from 0 on, that is finite in microseconds. */
export const isSeconds = (value: unknown): value is number =>
  typeof value === "number" && value >= 0 && Number.isFinite(value * SECOND_US);

/** The number of `count` decimal digits in a text; NaN if one of them is not a digit. */
export function digitsAt(text: string, at: number, count: number): number {
  let number = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

/** An instant as ISO 8601 in UTC: `2013-06-30T22:03:24Z`, with the necessary decimals. */
export function isoInstant(us: number): string {
  const days = Math.floor(us / DAY_US);
  const rest = us - days * DAY_US;
  // The inverse of `daysOf`, in the same calendar that begins in March.
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const m = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * m + 2) / 5) + 1;
  const month = m < 10 ? m + 3 : m - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const seconds = Math.floor(rest / SECOND_US);
  const fraction = rest - seconds * SECOND_US;
  const decimals = fraction === 0 ? "" : `.${String(fraction).padStart(6, "0").replace(/0+$/, "")}`;
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${clock}${decimals}Z`;
}

const two = (number: number): string => String(number).padStart(2, "0");
