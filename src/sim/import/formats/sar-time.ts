/** Dates and times of sar: in the notation of some language, without a zone, the time without a date. */
import type { Us } from "../../../common/units.ts";
import { civilUs, DAY_US, SECOND_US } from "../clock/civil.ts";
import { type DateOrder, type DateReadings, readNumbers, yearOf } from "../clock/date-order.ts";
import { halfOfDay, monthIn, withPlainDigits } from "../clock/words.ts";

/** A date; two readings if day and month are ambiguous. */
export interface SarDate extends DateReadings {
  /** The usual order in languages with this notation. */
  readonly usual: DateOrder;
}

/**
 * Year, month, day between dots, dashes, slashes or characters of Chinese, Japanese and Korean; possibly a weekday
 * before or after.
 */
const NUMBERS = /^\D*?(\d{1,4})([-./年년 ]+)(\d{1,2})[-./月월 ]+(\d{1,4})(?:[日일號.]?)(?:\D*)$/;

/** The date of a log's first line; null for another text. */
export function parseSarDate(written: string): SarDate | null {
  const text = withPlainDigits(written);
  const [, a, between = "", b, c] = NUMBERS.exec(text) ?? [];
  if (a === undefined || b === undefined || c === undefined || /\p{L}/u.test(between.replace(/[年년]/g, ""))) {
    return dateInWords(text);
  }
  if (a.length === 4 || /[年년]/.test(between)) return certain(yearOf(a), Number(b), Number(c));
  const readings = readNumbers(a, b, c.padStart(2, "0"));
  // All languages with dots or dashes put the day before the month. With slashes both orders exist.
  return readings === null ? null : { ...readings, usual: between.includes("/") ? "month-first" : "day-first" };
}

/** `Thursday 04 September 2014`, `September 04, 2014`, `04. sep. 2014`; null without a known month. */
function dateInWords(text: string): SarDate | null {
  const numbers = text.match(/\d+/g) ?? [];
  const month = monthIn(text);
  if (numbers.length !== 2 || month === null) return null;
  const [a, b] = numbers as [string, string];
  const [year, day] = a.length === 4 ? [a, b] : [b, a];
  if (day.length > 2 || (year.length !== 4 && year.length !== 2)) return null;
  return certain(yearOf(year), month, Number(day));
}

function certain(year: number, month: number, day: number): SarDate | null {
  const us = civilUs(year, month, day, 0, 0, 0);
  return Number.isNaN(us) ? null : { dayFirstUs: us, monthFirstUs: us, usual: "day-first" };
}

/** A time of day. */
export interface SarTime {
  /** Microseconds since midnight. */
  readonly us: Us;
  /** The description of the zone; null for none. */
  readonly zone: string | null;
  /** Length of the time in the line, blanks behind it included. */
  readonly length: number;
  /** Whether it has a half of the day. */
  readonly hasHalf: boolean;
  /** Whether it has a blank in the place of a word for the half of the day. */
  readonly isHalfBlank: boolean;
}

/** Nearly all times, before a number or a title. */
const PLAIN = /^(\d{2}):(\d{2}):(\d{2})[ \t]+(?=[-\d%]|kb|pg|ps)/;
const THREE =
  /(?:(\d{1,2})([:.])(\d{2})\2(\d{2})|(\d{1,2})[點点時时시] ?(\d{2})[分분] ?(\d{2})[秒초]|ཆུ་ཚོད(\d{2})ཀསར་མ(\d{2})ཀསར་ཆ(\d{2}))/y;
/** Norwegian and Fulah have no seconds. */
const TWO = /(\d{1,2}):(\d{2})(?=\s)/y;
const TWO_AFTER_WORD = /(\d{1,2})[.:](\d{2})(?=\s)/y;
const BLANKS = /[\s\u00a0\u202f]*/y;
const MARK_BEFORE_HALF = /[.፡]/y;
/** Abbreviations and offsets, but not the beginnings of events and of other reports. */
const ZONE =
  /(?!(?:LINUX|COM|CPU|DEV|IFACE|TTY|INTR|USB|BUS|TEMP|FAN|MHZ)(?:\s|$))([A-Z]{3,5}|[+-]\d{4}|\+\d{2})(?=\s|$)/y;

/** The time at the beginning of a line; null if there is none. */
export function parseSarTime(line: string): SarTime | null {
  const plain = PLAIN.exec(line);
  if (plain !== null) {
    const us = timeOfDay(Number(plain[1]), Number(plain[2]), Number(plain[3]));
    return us === null ? null : { us, zone: null, length: plain[0].length, hasHalf: false, isHalfBlank: false };
  }
  const scan = new Scan(withPlainDigits(line));
  scan.take(BLANKS);
  const hasWord = scan.take(/kl\.\s+/y) !== null;
  scan.takeHalf();
  scan.takeZone();
  scan.takeHalf();
  const three = scan.take(THREE);
  const two = three === null ? scan.take(hasWord ? TWO_AFTER_WORD : TWO) : null;
  const match = three ?? two;
  if (match === null) return null;
  const [h, m, s] = match.slice(1).filter((part) => part !== undefined && /^\d/.test(part));
  scan.take(MARK_BEFORE_HALF);
  const blanks = scan.blanks();
  scan.takeHalf();
  scan.takeZone();
  if (!scan.isAtBoundary()) return null;
  const { isAfternoon, zone } = scan;
  let hour = Number(h);
  if (isAfternoon !== null) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (isAfternoon ? 12 : 0);
  }
  const us = timeOfDay(hour, Number(m), Number(s ?? 0));
  if (us === null) return null;
  const isHalfBlank = isAfternoon === null && zone !== null && scan.isZoneBehind && blanks > 1;
  return { us, zone, length: scan.at, hasHalf: isAfternoon !== null, isHalfBlank };
}

function timeOfDay(hour: number, minute: number, second: number): Us | null {
  if (hour > 23 || minute > 59 || second > 60) return null;
  return ((hour * 60 + minute) * 60 + second) * SECOND_US;
}

/** Scans a line for the half of the day and the zone. */
class Scan {
  at = 0;
  isAfternoon: boolean | null = null;
  zone: string | null = null;
  isZoneBehind = false;
  readonly #text: string;
  #hasClock = false;

  constructor(text: string) {
    this.#text = text;
  }

  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.at = pattern.lastIndex;
    if (match !== null && (pattern === THREE || pattern === TWO || pattern === TWO_AFTER_WORD)) this.#hasClock = true;
    return match;
  }

  /** Skips blanks; returns their number. */
  blanks(): number {
    return this.take(BLANKS)?.[0].length ?? 0;
  }

  takeHalf(): void {
    if (this.isAfternoon !== null) return;
    const half = halfOfDay(this.#text.slice(this.at));
    if (half === null) return;
    this.isAfternoon = half.isAfternoon;
    this.at += half.length;
    this.blanks();
  }

  takeZone(): void {
    if (this.zone !== null) return;
    const match = this.take(ZONE);
    if (match === null) return;
    this.zone = match[1] as string;
    this.isZoneBehind = this.#hasClock;
    this.blanks();
  }

  /** Whether a word, or the line, ends here. */
  isAtBoundary(): boolean {
    return this.at >= this.#text.length || /\s/.test(this.#text[this.at - 1] as string);
  }
}

const HOUR_US = 3600 * SECOND_US;
const HALF_DAY_US = 12 * HOUR_US;

/** The days of one report, whose times have no dates: a time before the last one is of the next day. */
export class SarCalendar {
  #dayUs: number;
  #lastUs = Number.NEGATIVE_INFINITY;
  #stepUs = 0;
  /** Whether some time was in the hour 0, or in one above 12, which a clock of twelve hours does not have. */
  #hasAllHours = false;

  /** @param dayUs the first day, on the clock of the log */
  constructor(dayUs: number) {
    this.#dayUs = dayUs;
  }

  /**
   * Local microseconds of a time of day.
   * @param comesTwice whether a local time occurs twice because clocks are set back: then going back by less than an
   * hour is the second occurrence
   */
  at(us: Us, comesTwice: (localUs: number) => boolean): Us {
    if (us < this.#lastUs && !(this.#lastUs - us <= HOUR_US && comesTwice(this.#dayUs + us))) this.#dayUs += DAY_US;
    else if (us > this.#lastUs && this.#lastUs !== Number.NEGATIVE_INFINITY) this.#stepUs = us - this.#lastUs;
    if (us < HOUR_US || us >= HALF_DAY_US + HOUR_US) this.#hasAllHours = true;
    this.#lastUs = us;
    return this.#dayUs + us;
  }

  /** Whether a time goes back from 12 to 1 as on a clock of twelve hours, one usual step after the last. */
  isTwelveHours(us: Us): boolean {
    if (this.#hasAllHours || us >= this.#lastUs) return false;
    const afterUs = us + HALF_DAY_US - this.#lastUs;
    return afterUs > 0 && afterUs <= 2 * this.#stepUs;
  }

  /** Whether a time would be on the next day. */
  goesBack(us: Us): boolean {
    return us < this.#lastUs;
  }
}
