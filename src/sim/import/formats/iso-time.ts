import type { Us } from "../../../common/units.ts";
import { civilUs, SECOND_US } from "../clock/civil.ts";

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2}(?:\.\d{1,9})?)(?:Z|([+-])(\d{2}):?(\d{2}))$/;

/** Microseconds since 1970 of an instant such as `2026-11-22T23:20:40.5Z`, or with an offset; NaN for another value. */
export function instantOf(text: unknown): Us {
  const match = typeof text === "string" ? INSTANT.exec(text) : null;
  if (match === null) return Number.NaN;
  const [, year, month, day, hour, minute, second, sign, hours, minutes] = match;
  const us = civilUs(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
  if (sign === undefined) return us;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60 * SECOND_US;
  return sign === "+" ? us - offset : us + offset;
}
