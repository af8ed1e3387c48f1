/**
 * Dates and times as programs of Windows print them in the culture of their user: day and month in either order, clocks of
 * 12 or 24 hours, and no zone. Which order it is shows in the log as a whole.
 */
import { civilUs, DAY_US, SECOND_US } from "./civil.ts";

/** A date and time, in both orders that it may be meant in. */
export interface CultureTime {
  /** Local microseconds where the day comes before the month; NaN where there is no such date. */
  readonly dayFirstUs: number;
  /** The same where the month comes first. */
  readonly monthFirstUs: number;
  /** How far local time is ahead of UTC, in microseconds; null where the text does not say. */
  readonly offsetUs: number | null;
  /** What cultures that write so mostly mean, where nothing else tells. */
  readonly isMonthFirstUsual: boolean;
}

/** A date of three numbers, then a time; what stands before or after the time may say which half of the day it is. */
const SHAPE =
  /^(\d{1,4})([-/.])\s?(\d{1,2})\2\s?(\d{1,4})\.?(?:T|,?\s+)(\D*?)\s*(\d{1,2})[:.](\d{2})(?:[:.](\d{2}(?:[.,]\d{1,9})?))?\s*(.*)$/u;
const OFFSET = /^(?:Z|UTC|GMT|([+-])(\d{2}):?(\d{2}))$/;
const MORNING = /^(?:a\.?\s?m\.?|上午|오전|午前|πμ|π\.μ\.|de\.|SA)$/iu;
const AFTERNOON = /^(?:p\.?\s?m\.?|下午|오후|午後|μμ|μ\.μ\.|du\.|CH)$/iu;

/** The date and time that a text is; null where it is none. */
export function parseCultureTime(text: string): CultureTime | null {
  const match = SHAPE.exec(text.trim());
  if (match === null) return null;
  const [, a = "", separator, b = "", c = "", before = "", hour, minute, second = "0", after = ""] = match;
  const offsetUs = offsetOf(after);
  const half = before !== "" ? before : offsetUs === null ? after : "";
  const clockUs = clockOf(Number(hour), Number(minute), Number(second.replace(",", ".")), half);
  if (Number.isNaN(clockUs)) return null;
  const dateOf = (year: number, month: number, day: number): number => civilUs(year, month, day, 0, 0, 0) + clockUs;
  if (a.length === 4) {
    const us = dateOf(Number(a), Number(b), Number(c));
    return Number.isNaN(us) ? null : { dayFirstUs: us, monthFirstUs: us, offsetUs, isMonthFirstUsual: false };
  }
  const year = c.length === 4 ? Number(c) : 2000 + Number(c);
  if (a.length > 2 || c.length === 3) return null;
  const dayFirstUs = dateOf(year, Number(b), Number(a));
  const monthFirstUs = separator === "." ? dayFirstUs : dateOf(year, Number(a), Number(b));
  if (Number.isNaN(dayFirstUs) && Number.isNaN(monthFirstUs)) return null;
  return { dayFirstUs, monthFirstUs, offsetUs, isMonthFirstUsual: separator === "/" && /^[AP]M$/.test(half) };
}

function offsetOf(text: string): number | null {
  const match = OFFSET.exec(text.trim());
  if (match === null) return null;
  const [, sign, hours, minutes] = match;
  if (sign === undefined) return 0;
  const us = (Number(hours) * 60 + Number(minutes)) * 60 * SECOND_US;
  return sign === "+" ? us : -us;
}

/** Microseconds since midnight; NaN where there is no such time of day. */
function clockOf(hour: number, minute: number, second: number, half: string): number {
  const isAfternoon = AFTERNOON.test(half);
  if (half !== "" && !isAfternoon && !MORNING.test(half)) return Number.NaN;
  if (half !== "" && (hour < 1 || hour > 12)) return Number.NaN;
  const hours = half === "" ? hour : (hour % 12) + (isAfternoon ? 12 : 0);
  return civilUs(1970, 1, 1, hours, minute, second);
}

/** Finds out which order the dates of a log are in. */
export class DateOrder {
  #count = 0;
  #dayFirst = 0;
  #monthFirst = 0;
  #monthFirstUsual = 0;
  readonly #extents = { dayFirst: new Extent(), monthFirst: new Extent() };

  /** Looks at another time of the log. */
  observe({ dayFirstUs, monthFirstUs, isMonthFirstUsual }: CultureTime): void {
    this.#count++;
    if (!Number.isNaN(dayFirstUs)) this.#dayFirst++;
    if (!Number.isNaN(monthFirstUs)) this.#monthFirst++;
    if (isMonthFirstUsual) this.#monthFirstUsual++;
    this.#extents.dayFirst.add(dayFirstUs);
    this.#extents.monthFirst.add(monthFirstUs);
  }

  /**
   * Whether the month comes first, and whether that is a guess: the order in which more of the dates exist, else the one in
   * which they lie closer together, else what is usual.
   */
  result(): { readonly isMonthFirst: boolean; readonly isGuess: boolean } {
    if (this.#dayFirst !== this.#monthFirst) {
      return { isMonthFirst: this.#monthFirst > this.#dayFirst, isGuess: false };
    }
    const { dayFirst, monthFirst } = this.#extents;
    if (dayFirst.equals(monthFirst)) return { isMonthFirst: false, isGuess: false };
    const difference = monthFirst.days - dayFirst.days;
    if (difference !== 0) return { isMonthFirst: difference < 0, isGuess: false };
    return { isMonthFirst: this.#monthFirstUsual * 2 > this.#count, isGuess: true };
  }
}

/** The least and the greatest of some times. */
class Extent {
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;

  add(us: number): void {
    if (us < this.#least) this.#least = us;
    if (us > this.#most) this.#most = us;
  }

  get days(): number {
    return Math.floor(this.#most / DAY_US) - Math.floor(this.#least / DAY_US);
  }

  equals(other: Extent): boolean {
    return this.#least === other.#least && this.#most === other.#most;
  }
}
