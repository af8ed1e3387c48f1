/** Dates and times as sar prints them: in the shape of somebody's language, without a zone, the time without a date. */
import { civilUs, DAY_US, SECOND_US } from "../clock/civil.ts";

/** A date, and whether day and month could be the other way round. */
export interface SarDate {
  /** Microseconds from the beginning of 1970 to the beginning of the day, on the clock of the log. */
  readonly dayUs: number;
  readonly isAmbiguous: boolean;
}

/** The date of a log's first line; null where it is none. */
export function parseSarDate(text: string): SarDate | null {
  const [, a, b, c] = /^(\d{1,4})[-./年년 ]+(\d{1,2})[-./月월 ]+(\d{1,4})[日일.]?$/.exec(text) ?? [];
  if (a === undefined || b === undefined || c === undefined) return null;
  const [first, second, third] = [Number(a), Number(b), Number(c)] as const;
  if (a.length === 4) return dateOf(first, second, third, false);
  const year = c.length === 4 ? third : 2000 + third;
  // Dots are written where the day comes first. With slashes the larger number tells, or nothing does.
  if (text.includes(".") || first > 12) return dateOf(year, second, first, false);
  return dateOf(year, first, second, second <= 12 && first !== second && text.includes("/"));
}

function dateOf(year: number, month: number, day: number, isAmbiguous: boolean): SarDate | null {
  const dayUs = civilUs(year, month, day, 0, 0, 0);
  return Number.isNaN(dayUs) ? null : { dayUs, isAmbiguous };
}

/** A time of day. */
export interface SarTime {
  /** Microseconds since midnight. */
  readonly us: number;
  /** What is said of the zone; null for nothing. */
  readonly zone: string | null;
  /** Length of the time in the line, blanks behind it included. */
  readonly length: number;
}

const CLOCK =
  /^(?:(\d{1,2}):(\d{2}):(\d{2})|(\d{1,2})[時时시] ?(\d{2})[分분] ?(\d{2})[秒초])(?: +(AM|PM|午前|午後|上午|下午|오전|오후))?(?: +(?!LINUX |COM )([A-Z][A-Z+-]{1,4}))?(?=\s|$)\s*/;
const AFTERNOON = new Set(["PM", "午後", "下午", "오후"]);

/** The time that a line begins with; null where it begins with none. */
export function parseSarTime(line: string): SarTime | null {
  const match = CLOCK.exec(line);
  if (match === null) return null;
  const [whole, h1, m1, s1, h2, m2, s2, half, zone] = match;
  let hour = Number(h1 ?? h2);
  const minute = Number(m1 ?? m2);
  const second = Number(s1 ?? s2);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (AFTERNOON.has(half) ? 12 : 0);
  }
  if (hour > 23 || minute > 59 || second > 60) return null;
  return { us: ((hour * 60 + minute) * 60 + second) * SECOND_US, zone: zone ?? null, length: whole.length };
}

/** The days of a log whose times have no dates: one that is before the last is of the next day. */
export class SarCalendar {
  #dayUs = Number.NaN;
  #lastUs = Number.NEGATIVE_INFINITY;

  /** Begins with a date. */
  begin(dayUs: number): void {
    this.#dayUs = dayUs;
    this.#lastUs = Number.NEGATIVE_INFINITY;
  }

  /** Local microseconds of a time of day; NaN before there is a date. */
  at(us: number): number {
    if (us < this.#lastUs) this.#dayUs += DAY_US;
    this.#lastUs = us;
    return this.#dayUs + us;
  }
}
