/**
 * Times in text for people: lines of `date` in the known languages, stamps of `ts` and annotate-output before each
 * line, seconds since 1970. Some have no zone, some no year, some no date.
 */
import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { type Place, placeText } from "../../../common/text-lines.ts";
import type { Us } from "../../../common/units.ts";
import type { LogFile } from "../log-file.ts";
import type { Report } from "../report.ts";
import { civilUs, DAY_US, isoInstant, SECOND_US } from "./civil.ts";
import {
  type DateOrder,
  type DateReadings,
  inOrder,
  isOpen,
  orderOfDates,
  readNumbers,
  unprovenDate,
} from "./date-order.ts";
import { HALF_WORDS, isAfternoonWord, monthNamed } from "./words.ts";
import { fixedOffsetUs, type SharedClocks, sharedClocks, zoneOfOffset } from "./zone.ts";

/** A time at the beginning of a line. */
export interface Stamp extends DateReadings {
  /**
   * Completeness: an `instant`; a `local` date and time; the same without a year, `yearless`; or a time of `day`. The
   * readings are microseconds since 1970; on the clock of the log if it is local, in 1972 if it is yearless, since
   * midnight for a time of day. They differ if day and month of a date of numbers are ambiguous.
   */
  readonly kind: "instant" | "local" | "yearless" | "day";
  /** Abbreviation of the zone; for an instant the zone of its offset, as `zoneOfOffset` names it; null for none. */
  readonly zone: string | null;
  /** Length in the line, with blanks and brackets around it. */
  readonly length: number;
  /** The text of an ambiguous date of numbers; else "". */
  readonly text: string;
  /** Whether its date has dots, as in languages that put the day first. */
  readonly hasDots: boolean;
}

const BLANK = "[ \\u00a0\\u202f]";
const HALF = `(?:${BLANK}*(?<half>${HALF_WORDS}|[aApP]\\.?m\\.?|[AP]\\.M\\.)(?=[\\s,;:\\])]|$))?`;
/** Offsets, abbreviations, and what French versions print: `(UTC+0200)`. */
const ZONE = `(?:,?${BLANK}*\\(?(?<zone>Z\\b|UTC[+-]\\d{4}|[A-Z]{2,5}\\b|ChST|[+-]\\d{2}(?::?\\d{2})?(?!\\d))\\)?)?`;
const HOURS = `(?<![\\d:])(?<hour>\\d{1,2}):(?<minute>\\d{2})`;
const SECONDS = ":(?<second>\\d{2}(?:[.,]\\d{1,9})?)";
const CLOCK = `${HOURS}${SECONDS}${HALF}${ZONE}`;
/** `date -Iminutes` and stamps of some scripts have no seconds. */
const CLOCK_OF_MINUTES = `${HOURS}(?:${SECONDS})?(?![\\d:])${HALF}${ZONE}`;
const WORD = "\\p{L}[\\p{L}\\p{M}]*\\.?";
const WEEKDAY = `${WORD},? +`;
const MONTH = `(?:de +)?(?<month>${WORD}),?`;
const DATE = "(?<date>\\d{1,2})(?:\\.|er|º|ª)?";
const YEAR = "(?:de +)?(?<year>\\d{4})(?!\\d)";
/** A leap year, which has all dates. */
const LEAP_YEAR = 1972;
const YEAR_US = 365 * DAY_US;

/** Patterns of stamps at the beginning of a line, the more exact ones first. */
const SHAPES: readonly RegExp[] = [
  "(?<epoch>\\d{9,10}(?:\\.\\d{1,9})?|\\d{13}|\\d{16}|\\d{19})(?![\\d.])",
  "(?<year>\\d{4})(?<m>\\d{2})(?<date>\\d{2})[T_-]?(?<hour>\\d{2})(?<minute>\\d{2})(?<second>\\d{2})(?<zone>Z|[+-]\\d{4})?",
  `(?<year>\\d{4})[-/](?<m>\\d{1,2})[-/](?<date>\\d{1,2})[T ]${CLOCK_OF_MINUTES}`,
  `(?<year>\\d{4})(?:年|년|\\.) *(?<m>\\d{1,2})(?:月|월|\\.) *(?<date>\\d{1,2})(?:日|일|\\.)? *(?:\\(?[\\p{Lo}]{1,3}\\)?)? +${CLOCK}`,
  `(?<first>\\d{1,2})(?<separator>[-/.])(?<other>\\d{1,2})\\k<separator>(?<year>\\d{4}|\\d{2}),?[ T]+${CLOCK_OF_MINUTES}`,
  `${WEEKDAY}${MONTH} +${DATE} +${CLOCK} +${YEAR}`,
  `${WEEKDAY}${DATE} +${MONTH} +${CLOCK} +${YEAR}`,
  `(?:${WEEKDAY})?${DATE} +${MONTH} +${YEAR},? +${CLOCK}`,
  `(?:${WEEKDAY})?${MONTH} +${DATE},? +${YEAR},? +${CLOCK}`,
  `${MONTH} +${DATE} ${HOURS}${SECONDS}${HALF}`,
  `${HOURS}${SECONDS}${HALF}`,
].map((shape) => new RegExp(`^\\s*\\[?${shape}(?:\\]|(?=\\s|$)|[,;:](?=\\s))\\s*(?:[OE]: ?)?`, "u"));

/** Digits of a time near the beginning of a line. Most lines have none and need no other pattern. */
const PLAUSIBLE =
  /^\s*\[?(?:\d{8}|(?:\p{L}|\d{1,4}[-/.:年년]|\d{1,2} ?\p{L}|\d{1,2}(?:\.|º|ª|er)? +\p{L}).{0,60}?\d:\d\d(?!\d))/u;
const PLAUSIBLE_TIME = /^\s*\[?\d{1,2}:\d{2}/;

/** The time at the beginning of a line; null if there is none. */
export function parseStamp(line: string): Stamp | null {
  if (!PLAUSIBLE.test(line) && !PLAUSIBLE_TIME.test(line)) return null;
  for (const shape of SHAPES) {
    const match = shape.exec(line);
    if (match?.groups === undefined) continue;
    const stamp = stampOf(match.groups, match[0].length);
    if (stamp !== null) return stamp;
  }
  return null;
}

const certainStamp = (kind: Stamp["kind"], us: Us, length: number): Stamp => ({
  kind,
  dayFirstUs: us,
  monthFirstUs: us,
  zone: null,
  length,
  text: "",
  hasDots: false,
});

type Parts = Readonly<Record<string, string | undefined>>;

function stampOf(parts: Parts, length: number): Stamp | null {
  const certain = (kind: Stamp["kind"], us: Us): Stamp | null =>
    Number.isNaN(us) ? null : certainStamp(kind, us, length);
  const { epoch, year, date, separator, zone = null } = parts;
  if (epoch !== undefined) return certain("instant", epochUs(epoch));
  const clockUs = clockOf(parts);
  if (Number.isNaN(clockUs)) return null;
  if (date === undefined && separator === undefined) return certain("day", clockUs);
  const readings = dateOf(parts);
  if (readings === null) return null;
  if (year === undefined) return certain("yearless", readings.dayFirstUs + clockUs);
  const fixed = zone === null ? null : zoneOfOffset(zone.replace(/^UTC(?=[+-])/, ""));
  // An offset of more than fourteen hours is no zone.
  if (fixed === null && zone !== null && /^(?:UTC)?[+-]/.test(zone)) return null;
  const addUs = clockUs - (fixed === null ? 0 : (fixedOffsetUs(fixed) as number));
  return {
    kind: fixed === null ? "local" : "instant",
    dayFirstUs: readings.dayFirstUs + addUs,
    monthFirstUs: readings.monthFirstUs + addUs,
    zone: fixed ?? zone,
    length,
    text: separator === undefined ? "" : [parts.first, parts.other, year].join(separator),
    hasDots: separator === ".",
  };
}

/**
 * Microseconds of a number of seconds since 1970, or of milliseconds, microseconds or nanoseconds, which the number of
 * digits shows.
 */
function epochUs(digits: string): number {
  const scale = digits.includes(".") ? 1 : 10 ** ([13, 16, 19].indexOf(digits.length) * 3 + 3);
  return Math.round((Number(digits) / scale) * SECOND_US);
}

/** Microseconds since midnight; NaN if there is no such time of day. */
function clockOf({ hour, minute, second = "0", half }: Parts): Us {
  const isAfternoon = half === undefined ? null : (isAfternoonWord(half) ?? /^p/i.test(half));
  let hours = Number(hour);
  if (isAfternoon !== null) {
    // A clock of 24 hours may be followed by AM or PM (date +"%T %p"), which then has to agree with the hour.
    if (hours === 0 || hours > 12) {
      if (hours > 12 !== isAfternoon) return Number.NaN;
    } else hours = (hours % 12) + (isAfternoon ? 12 : 0);
  }
  return civilUs(1970, 1, 1, hours, Number(minute), Number(second.replace(",", ".")));
}

/** The day, in both orders; null if there is no such day. */
function dateOf({ year, month, m, date, first, other }: Parts): DateReadings | null {
  if (first !== undefined) return readNumbers(first, other as string, year as string);
  const inYear = month === undefined ? Number(m) : monthNamed(month);
  const us = civilUs(year === undefined ? LEAP_YEAR : Number(year), inYear ?? 0, Number(date), 0, 0, 0);
  return Number.isNaN(us) ? null : { dayFirstUs: us, monthFirstUs: us };
}

/** The stamp of an instant, in microseconds since 1970. */
export const instantStamp = (us: Us): Stamp => certainStamp("instant", us, 0);

/**
 * The time of a line that contains nothing else, except a mark such as `###` or `===` before it; null for other lines.
 */
export function parseTimeLine(line: string): Stamp | null {
  const text = line.replace(/^[\s#=*-]+|[\s#=*-]+$/g, "");
  if (text.length > MAX_TIME_LINE) return null;
  const stamp = parseStamp(text);
  return stamp !== null && stamp.length === text.length ? stamp : null;
}

/** Maximum length of a line that is only a time. */
const MAX_TIME_LINE = 64;
/** A clock that goes back by more than this has passed midnight. */
const HALF_DAY_US = DAY_US / 2;

/** The inputs of a clock of stamps from the import. */
interface Zones {
  readonly report: Report;
  readonly dateOrder: DateOrder | null;
  readonly wallClock: SharedClocks;
}

/** The order of day and month in the stamps of a log; null if no stamp is ambiguous, or if no order is proven. */
export const orderOfStamps = (files: readonly LogFile[], context: Zones): DateOrder | null =>
  orderOfDates(files, context, (line) => parseTimeLine(line) ?? parseStamp(line));

/** Stamps that go back by less than an hour after midnight, or do not advance, may be intervals instead of times. */
const HOUR_US = 3600 * SECOND_US;

/** Converts the stamps of a file, in their order, into times of samples. */
export class StampClock {
  readonly #zones: Zones;
  readonly #order: DateOrder | null;
  readonly #clocks: SharedClocks;
  /** The last abbreviation of the zone of local times. */
  #zone: string | null = null;
  #lastUs = Number.NEGATIVE_INFINITY;
  /** Local midnight before the last stamp, and the time since then; NaN if no date is known. */
  #dayUs = Number.NaN;
  #inDayUs = Number.NEGATIVE_INFINITY;
  /** Days that have passed on a clock without dates. */
  #days = 0;
  #yearUs = 0;

  /** @param order the order of the whole log's dates, by `orderOfStamps` */
  constructor(zones: Zones, order: DateOrder | null) {
    this.#zones = zones;
    this.#clocks = sharedClocks(zones);
    this.#order = order;
  }

  /**
   * Time of a stamp in microseconds: since 1970 if its date is known, else since the beginning of some day or year.
   * @throws {InputError} if day and month are ambiguous, if the abbreviation of the zone changes and the user names no
   * zone, or if stamps are intervals instead of times of day
   */
  at(stamp: Stamp, place: Place): Us {
    const { kind, zone } = stamp;
    const us = this.#readingOf(stamp, place);
    if (kind === "instant") {
      this.#clocks(zone ?? "UTC");
      this.#lastUs = us;
    } else if (kind === "local") {
      this.#dayUs = Math.floor(us / DAY_US) * DAY_US;
      this.#inDayUs = us - this.#dayUs;
      this.#local(us, zone, place);
    } else if (kind === "day") this.#timeOfDay(us, place);
    else this.#yearless(us, place);
    return this.#lastUs;
  }

  #readingOf(stamp: Stamp, place: Place): Us {
    if (this.#order !== null || !isOpen(stamp)) return inOrder(stamp, this.#order ?? "day-first");
    if (!stamp.hasDots) throw unprovenDate(stamp.text, place);
    const day = isoInstant(stamp.dayFirstUs).slice(0, 10);
    this.#zones.report.warn(
      `${quote(stamp.text)} is read as ${day} (day, month, year); the log has no proof of this order: --date-order month-first changes it`,
      place,
    );
    return stamp.dayFirstUs;
  }

  #local(us: Us, zone: string | null, place: Place): void {
    this.#zone = zone ?? this.#zone;
    this.#lastUs = this.#clocks(null, this.#zone ?? undefined).toUtc(us, this.#lastUs, place);
  }

  #timeOfDay(us: Us, place: Place): void {
    const isNextDay = us < this.#inDayUs - HALF_DAY_US;
    const isStanding = us <= this.#inDayUs && us < HOUR_US && !isNextDay;
    this.#inDayUs = us;
    if (!Number.isNaN(this.#dayUs)) {
      if (isNextDay) this.#dayUs += DAY_US;
      this.#local(this.#dayUs + us, null, place);
      return;
    }
    if (isStanding) {
      throw new InputError(
        `${placeText(place)}: this time is not after the previous one: it may be an interval, as printed by ts -i; use ts -s, or ts`,
      );
    }
    if (isNextDay) this.#days++;
    this.#zones.report.warn("times have no date: the trace has no date", place);
    this.#lastUs = this.#days * DAY_US + us;
  }

  #yearless(us: Us, place: Place): void {
    if (us + this.#yearUs < this.#lastUs - YEAR_US / 2) this.#yearUs += YEAR_US + DAY_US;
    this.#zones.report.warn("times have no year: the trace has no date", place);
    this.#lastUs = us + this.#yearUs;
  }
}
