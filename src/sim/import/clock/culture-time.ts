/**
 * Dates and times in the culture of a user of Windows: day and month in either order, clocks of 12 or 24 hours, and no
 * zone. The dates of the whole log show the order.
 */
import type { Us } from "../../../common/units.ts";
import { civilUs } from "./civil.ts";
import { type DateReadings, readNumbers } from "./date-order.ts";
import { fixedOffsetUs, zoneOfOffset } from "./zone.ts";

/** A date and time, in both possible orders. */
export interface CultureTime extends DateReadings {
  /** Offset of local time from UTC, in microseconds, positive to the east; null if the text has none. */
  readonly offsetUs: number | null;
  /** The usual order in cultures with this format, used without other evidence. */
  readonly isMonthFirstUsual: boolean;
}

/** A date of three numbers, then a time; a word before or after the time may name the half of the day. */
const SHAPE =
  /^(\d{1,4})([-/.])\s?(\d{1,2})\2\s?(\d{1,4})\.?(?:T|,?\s+)(\D*?)\s*(\d{1,2})[:.](\d{2})(?:[:.](\d{2}(?:[.,]\d{1,9})?))?\s*(.*)$/u;
const MORNING = /^(?:a\.?\s?m\.?|上午|오전|午前|πμ|π\.μ\.|de\.|SA)$/iu;
const AFTERNOON = /^(?:p\.?\s?m\.?|下午|오후|午後|μμ|μ\.μ\.|du\.|CH)$/iu;

/** The date and time in a text; null if it is none. */
export function parseCultureTime(text: string): CultureTime | null {
  const match = SHAPE.exec(text.trim());
  if (match === null) return null;
  const [, a = "", separator, b = "", c = "", before = "", hour, minute, second = "0", after = ""] = match;
  const offsetUs = offsetOf(after);
  const half = before !== "" ? before : offsetUs === null ? after : "";
  const clockUs = clockOf(Number(hour), Number(minute), Number(second.replace(",", ".")), half);
  if (Number.isNaN(clockUs)) return null;
  const date = dateOf(a, b, c, separator === ".");
  if (date === null) return null;
  const isMonthFirstUsual = a.length !== 4 && separator === "/" && /^[AP]M$/.test(half);
  const { dayFirstUs, monthFirstUs } = date;
  return { dayFirstUs: dayFirstUs + clockUs, monthFirstUs: monthFirstUs + clockUs, offsetUs, isMonthFirstUsual };
}

/** The readings of a date; with dots the day is always first. */
function dateOf(a: string, b: string, c: string, hasDots: boolean): DateReadings | null {
  if (a.length === 3 || c.length === 3) return null;
  if (a.length === 4) {
    const us = civilUs(Number(a), Number(b), Number(c), 0, 0, 0);
    return Number.isNaN(us) ? null : { dayFirstUs: us, monthFirstUs: us };
  }
  const date = readNumbers(a, b, c.padStart(2, "0"));
  if (date === null || !hasDots) return date;
  return Number.isNaN(date.dayFirstUs) ? null : { dayFirstUs: date.dayFirstUs, monthFirstUs: date.dayFirstUs };
}

function offsetOf(text: string): Us | null {
  const zone = zoneOfOffset(text.trim());
  return zone === null ? null : fixedOffsetUs(zone);
}

/** Microseconds since midnight; NaN if there is no such time of day. */
function clockOf(hour: number, minute: number, second: number, half: string): Us {
  const isAfternoon = AFTERNOON.test(half);
  if (half !== "" && !isAfternoon && !MORNING.test(half)) return Number.NaN;
  if (half !== "" && (hour < 1 || hour > 12)) return Number.NaN;
  const hours = half === "" ? hour : (hour % 12) + (isAfternoon ? 12 : 0);
  return civilUs(1970, 1, 1, hours, minute, second);
}
