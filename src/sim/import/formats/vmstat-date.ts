import { civilUs } from "../clock/civil.ts";

/** A line that `date` printed. */
export interface DateLine {
  /** Local date and time as `civilUs` counts them. */
  readonly localUs: number;
  /** What stands for the zone in it; null for nothing. */
  readonly zone: string | null;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
/** `Wed Aug 28 16:02:01 IST 2019`, and with the time of 12 hours that newer versions print in some locales. */
const C_LOCALE =
  /^\w{3} +(\w{3}) +(\d{1,2}) +(\d{1,2}):(\d{2}):(\d{2})(?: +(AM|PM))?(?: +([A-Z][A-Za-z]{1,5}|[+-]\d{2,4}))? +(\d{4})$/;
/** `Wed 28 Aug 2019 04:02:01 PM IST`, as newer versions print it in English. */
const ENGLISH =
  /^\w{3},? +(\d{1,2}) +(\w{3}) +(\d{4}),? +(\d{1,2}):(\d{2}):(\d{2})(?: +(AM|PM))?(?: +([A-Z][A-Za-z]{1,5}|[+-]\d{2,4}))?$/;
/** `Wed 28 Aug 16:02:01 BST 2019`, as it is in Britain, Ireland and Australia. */
const BRITISH =
  /^\w{3} +(\d{1,2}) +(\w{3}) +(\d{1,2}):(\d{2}):(\d{2})(?: +([A-Z][A-Za-z]{1,5}|[+-]\d{2,4}))? +(\d{4})$/;
/** `2019-08-28 16:02:01`, `2019-08-28T16:02:01+05:30`. */
const ISO = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?: ?(Z|[A-Z]{2,5}|[+-]\d{2}:?\d{2}))?$/;

/** The time in a line that `date` has printed in one of its usual forms; null for any other line. */
export function parseDateLine(line: string): DateLine | null {
  const text = line.trim();
  let match = C_LOCALE.exec(text);
  if (match !== null) {
    const [, month, day, hour, minute, second, half, zone, year] = match;
    return dateLine(year, MONTHS.indexOf(month ?? "") + 1, day, hour, minute, second, half, zone);
  }
  match = ENGLISH.exec(text);
  if (match !== null) {
    const [, day, month, year, hour, minute, second, half, zone] = match;
    return dateLine(year, MONTHS.indexOf(month ?? "") + 1, day, hour, minute, second, half, zone);
  }
  match = BRITISH.exec(text);
  if (match !== null) {
    const [, day, month, hour, minute, second, zone, year] = match;
    return dateLine(year, MONTHS.indexOf(month ?? "") + 1, day, hour, minute, second, undefined, zone);
  }
  match = ISO.exec(text);
  if (match !== null) {
    const [, year, month, day, hour, minute, second, zone] = match;
    return dateLine(year, Number(month), day, hour, minute, second, undefined, zone);
  }
  return null;
}

type Text = string | undefined;

function dateLine(
  year: Text,
  month: number,
  day: Text,
  hour: Text,
  minute: Text,
  second: Text,
  half: Text,
  zone: Text,
): DateLine | null {
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === "PM" ? 12 : 0);
  const localUs = civilUs(Number(year), month, Number(day), hours, Number(minute), Number(second));
  return Number.isNaN(localUs) ? null : { localUs, zone: zone ?? null };
}
