/**
 * Times as programs and scripts for people print them: lines of `date`, what `ts` and annotate-output put in front of each
 * line, seconds since 1970. Some have no zone, some no year, some no date.
 */
import type { Place, Report } from "../report.ts";
import { civilUs, DAY_US, SECOND_US } from "./civil.ts";
import type { WallClock } from "./zone.ts";

/** A time at the beginning of a line. */
export interface Stamp {
  /**
   * What is known: an `instant`; a `local` date and time; the same without a year, `yearless`; or a time of `day`.
   */
  readonly kind: "instant" | "local" | "yearless" | "day";
  /** Microseconds since 1970; on the clock of the log where it is local, in 1972 where it is yearless, since midnight. */
  readonly us: number;
  /** The abbreviation that stands for the zone; null for none. */
  readonly zone: string | null;
  /** Length in the line, with blanks and brackets around it. */
  readonly length: number;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const MONTH = `(?<month>${MONTHS.join("|")})`;
const CLOCK = "(?<hour>\\d{1,2}):(?<minute>\\d{2}):(?<second>\\d{2}(?:[.,]\\d{1,9})?)(?: ?(?<half>AM|PM|am|pm))?";
const ZONE = "(?: ?(?<zone>Z\\b|[A-Z]{2,5}\\b|[+-]\\d{2}(?::?\\d{2})?(?!\\d)))?";
const WEEKDAY = "[A-Z][a-z]{2},? +";
/** A year that no leap day is missing in. */
const LEAP_YEAR = 1972;
const YEAR_US = 365 * DAY_US;

/** What may stand at the beginning of a line, the more exact shapes first. */
const SHAPES: readonly RegExp[] = [
  /(?<seconds>\d{9,10}(?:\.\d{1,9})?)(?![\d.])/,
  /(?<millis>\d{13})(?![\d.])/,
  new RegExp(`(?<year>\\d{4})[-/](?<m>\\d{1,2})[-/](?<date>\\d{1,2})[T ]${CLOCK}${ZONE}`),
  new RegExp(`${WEEKDAY}${MONTH} +(?<date>\\d{1,2}) +${CLOCK}${ZONE} +(?<year>\\d{4})(?!\\d)`),
  new RegExp(`${WEEKDAY}(?<date>\\d{1,2}) +${MONTH} +${CLOCK}${ZONE} +(?<year>\\d{4})(?!\\d)`),
  new RegExp(`(?:${WEEKDAY})?(?<date>\\d{1,2}) +${MONTH} +(?<year>\\d{4}),? +${CLOCK}${ZONE}`),
  new RegExp(`${MONTH} +(?<date>\\d{1,2}) ${CLOCK}`),
  new RegExp(CLOCK),
].map((shape) => new RegExp(`^\\s*\\[?${shape.source}(?:\\]|(?=\\s|$)|[,;:](?=\\s))\\s*(?:[OE]: ?)?`));

/** The time that a line begins with; null where it begins with none. */
export function parseStamp(line: string): Stamp | null {
  // Most lines begin with none, so they are not tried with every shape.
  if (!/^\s*\[?(?:\d{1,4}[-/:]|\d{9}|\d{1,2} +[A-Z]|[A-Z][a-z]{2}[ ,])/.test(line)) return null;
  for (const shape of SHAPES) {
    const match = shape.exec(line);
    if (match?.groups === undefined) continue;
    const stamp = stampOf(match.groups, match[0].length);
    if (stamp !== null) return stamp;
  }
  return null;
}

function stampOf(parts: Readonly<Record<string, string | undefined>>, length: number): Stamp | null {
  const { seconds, millis, year, month, m, date, hour, minute, second = "", half, zone = null } = parts;
  if (seconds !== undefined || millis !== undefined) {
    const us = seconds !== undefined ? Number(seconds) * SECOND_US : Number(millis) * 1000;
    return { kind: "instant", us: Math.round(us), zone: null, length };
  }
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (/p/i.test(half) ? 12 : 0);
  const clock = [hours, Number(minute), Number(second.replace(",", "."))] as const;
  if (date === undefined) {
    const us = civilUs(1970, 1, 1, ...clock);
    return Number.isNaN(us) ? null : { kind: "day", us, zone: null, length };
  }
  const inYear = month === undefined ? Number(m) : MONTHS.indexOf(month) + 1;
  const us = civilUs(year === undefined ? LEAP_YEAR : Number(year), inYear, Number(date), ...clock);
  if (Number.isNaN(us)) return null;
  if (year === undefined) return { kind: "yearless", us, zone: null, length };
  const offsetUs = offsetOf(zone);
  return offsetUs === null
    ? { kind: "local", us, zone, length }
    : { kind: "instant", us: us - offsetUs, zone: null, length };
}

/** How far a zone is ahead of UTC, in microseconds; null where its text does not say. */
function offsetOf(zone: string | null): number | null {
  if (zone === "Z" || zone === "UTC" || zone === "GMT") return 0;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone ?? "") ?? [];
  if (sign === undefined) return null;
  const us = (Number(hours) * 60 + Number(minutes ?? 0)) * 60 * SECOND_US;
  return sign === "+" ? us : -us;
}

/** The time that a line consists of, maybe behind a mark such as `###` or `===`; null where there is more in it, or none. */
export function parseTimeLine(line: string): Stamp | null {
  const text = line.replace(/^[\s#=*-]+|[\s#=*-]+$/g, "");
  if (text.length > MAX_TIME_LINE) return null;
  const stamp = parseStamp(text);
  return stamp !== null && stamp.length === text.length ? stamp : null;
}

/** Longer lines are more than a time. */
const MAX_TIME_LINE = 64;
/** A clock that goes back by more has gone past midnight. */
const HALF_DAY_US = DAY_US / 2;

/** What a clock of stamps needs of the import. */
interface Zones {
  readonly report: Report;
  wallClock(fileZone: string | null, said?: string): WallClock;
}

/** Turns the stamps of a file, in their order, into the times of samples. */
export class StampClock {
  readonly #zones: Zones;
  #clock: WallClock | null = null;
  #lastUs = Number.NEGATIVE_INFINITY;
  /** Local midnight before the last stamp, and what it was since then; NaN where no date is known. */
  #dayUs = Number.NaN;
  #inDayUs = Number.NEGATIVE_INFINITY;
  /** Days that have gone by on a clock without dates. */
  #days = 0;
  #yearUs = 0;

  constructor(zones: Zones) {
    this.#zones = zones;
  }

  /** Microseconds of a stamp: since 1970 where its date is known, else since the beginning of some day or year. */
  at(stamp: Stamp, place: Place): number {
    const { kind, us, zone } = stamp;
    if (kind === "instant") {
      this.#clock ??= this.#zones.wallClock("UTC");
      this.#lastUs = us;
    } else if (kind === "local") {
      this.#dayUs = Math.floor(us / DAY_US) * DAY_US;
      this.#inDayUs = us - this.#dayUs;
      this.#local(us, zone, place);
    } else if (kind === "day") this.#timeOfDay(us, place);
    else this.#yearless(us, place);
    return this.#lastUs;
  }

  #local(us: number, zone: string | null, place: Place): void {
    this.#clock ??= this.#zones.wallClock(null, zone ?? undefined);
    this.#lastUs = this.#clock.toUtc(us, this.#lastUs, place);
  }

  #timeOfDay(us: number, place: Place): void {
    const isNextDay = us < this.#inDayUs - HALF_DAY_US;
    this.#inDayUs = us;
    if (!Number.isNaN(this.#dayUs)) {
      if (isNextDay) this.#dayUs += DAY_US;
      this.#local(this.#dayUs + us, null, place);
      return;
    }
    if (isNextDay) this.#days++;
    this.#zones.report.warn("times have no date: the trace has none either", place);
    this.#lastUs = this.#days * DAY_US + us;
  }

  #yearless(us: number, place: Place): void {
    if (us + this.#yearUs < this.#lastUs - YEAR_US / 2) this.#yearUs += YEAR_US + DAY_US;
    this.#zones.report.warn("times have no year: the trace has no date", place);
    this.#lastUs = us + this.#yearUs;
  }
}
