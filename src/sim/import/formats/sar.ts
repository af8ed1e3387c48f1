import { quote } from "../../../common/quote.ts";
import type { Place } from "../../../common/text-lines.ts";
import type { Us } from "../../../common/units.ts";
import { isoInstant } from "../clock/civil.ts";
import { type DateOrder, inOrder, isOpen, orderOfDates } from "../clock/date-order.ts";
import { type SharedClocks, sharedClocks, type WallClock, zoneOfOffset } from "../clock/zone.ts";
import { parseDecimal } from "../fields.ts";
import { type Lane, type LaneEvent, LaneStream, type ReportReader } from "../lanes.ts";
import type { LineCursor } from "../lines.ts";
import type { LogFile } from "../log-file.ts";
import type { Detection, Format, Head, Machine, ReadContext, SourceEvent } from "../reader.ts";
import type { MachineTable } from "../streams.ts";
import { parseSarDate, parseSarTime, SarCalendar, type SarDate, type SarTime } from "./sar-time.ts";
import {
  CPUS,
  columnOfTitle,
  complete,
  inUnit,
  noteDecimals,
  SYSSTAT_COLUMNS,
  SYSSTAT_QUIRKS,
  USED_PART,
} from "./sysstat-columns.ts";
import { SYSSTAT_FORMAT } from "./sysstat-format.ts";

/** The text output of `sar`. */
export const sar: Format = {
  name: "sar",
  title: "sar",
  source: "LC_ALL=C sar -r ALL -S -W -B -q MEM -f /var/log/sysstat/saDD > log.txt",
  ...SYSSTAT_FORMAT,
  clock: "local",
  options: ["date-order"],
  quirks: [
    ...SYSSTAT_QUIRKS,
    "the date is that of the first line; if the order of day and month is ambiguous, the order that other dates of " +
      "the log prove is used, else the usual one, with a remark (--date-order)",
    "a time that goes back belongs to the next day, except in an hour that is repeated; each report has its own days",
    "clocks, dates, decimal commas and the words for AM and PM of most languages are supported; others are refused; " +
      "averages are omitted",
    "with -h sizes are rounded: they are used, but the RAM is not computed from them",
  ],
  detect,
  open(files, context) {
    const clocks = sharedClocks(context);
    const order = orderOf(files, context);
    return new LaneStream(files, context, (cursor, table) => new SarText(cursor, table, context, clocks, order));
  },
};

/** Kernel, host, date; since sysstat 8 the kind of processor, since 9 their number. Separated by blanks and tabs. */
const FIRST_LINE = /^(?:Linux|GNU\/Linux) \S+ \((.*?)\)\s+(\S.*?)(?:\s+_(\S+)_)?(?:\s+\((\d+) [^)]*\))?\s*$/;

/** The content of a log's first line. */
interface FirstLine {
  readonly host: string;
  readonly date: string;
  readonly cpus: number;
}

/** Parses a first line; null for any other line. */
function firstLineOf(line: string): FirstLine | null {
  const [, host, date, processor, cpus] = FIRST_LINE.exec(line) ?? [];
  if (host === undefined || date === undefined) return null;
  if (processor === undefined && !/\d/.test(date)) return null;
  return { host, date, cpus: cpus === undefined ? Number.NaN : Number(cpus) };
}

function detect({ lines }: Head): Detection | null {
  const first = lines.find((line) => line !== "") ?? "";
  if (firstLineOf(first) === null) return null;
  return { confidence: 1, reason: `its first line is that of sysstat: ${quote(first, 40)}` };
}

/** Numbers with a decimal comma, as in few languages that put the month first. */
const DECIMAL_COMMA = /\s\d+,\d{1,2}(?:\s|$)/;

/**
 * The order of day and month in the dates of a log: the user's, the one that its dates prove, or the usual one for
 * their notation in the apparent language of the log, with a remark. Null if no date is ambiguous.
 */
function orderOf(files: readonly LogFile[], context: ReadContext): DateOrder | null {
  let first: OpenDate | null = null;
  const order = orderOfDates(files, context, (line, place) => {
    const text = firstLineOf(line)?.date ?? "";
    const date = parseSarDate(text);
    if (date !== null && isOpen(date) && place !== null) {
      first ??= { text, date, place: { ...place, column: line.indexOf(text) + 1 } };
    }
    return date;
  });
  return order ?? (first === null ? null : usualOrder(first, files, context));
}

/** An ambiguous date, as in the log. */
interface OpenDate {
  readonly text: string;
  readonly date: SarDate;
  readonly place: Place;
}

/** The assumed order of an ambiguous date without proof, with a remark. */
function usualOrder({ text, date, place }: OpenDate, files: readonly LogFile[], context: ReadContext): DateOrder {
  const lines = files.flatMap((file) => file.head().split("\n"));
  // Languages that write a year of four digits between slashes and have a clock of 24 hours put the day first.
  const isLong = /\/\d{4}$/.test(text) && !lines.some((line) => parseSarTime(line)?.hasHalf === true);
  const order = isLong || lines.some((line) => DECIMAL_COMMA.test(line)) ? "day-first" : date.usual;
  const day = isoInstant(inOrder(date, order)).slice(0, 10);
  const other = order === "day-first" ? "month-first" : "day-first";
  const shape = order === "day-first" ? "day, month, year" : "month, day, year";
  context.report.warn(
    `${quote(text)} is read as ${day} (${shape}); the log has no proof of this order: --date-order ${other} changes it`,
    place,
  );
  return order;
}

const EVENT = /^(LINUX RESTART|COM )/;
const RESTART = /^LINUX RESTART(?:\s+\((\d+) CPU\))?/;
/** Averages of a whole report: "Average:" in any language. */
const AVERAGE = /^[^\d\s:：][^\d:：]*[:：]/;
const TITLES = /[a-z]{2}/;
/** A number, with the unit that `-h` writes. */
const NUMBER = /^-?\d+(?:[.,]\d+)?(?:[kMGTP]|%)?$/;
const UNITS: Readonly<Record<string, number>> = { k: 1, M: 2 ** 10, G: 2 ** 20, T: 2 ** 30, P: 2 ** 40 };

/** The titles of all memory reports, including those without a column that is read. */
const KNOWN_TITLE = /^(?:kb|%|[a-z]+\/s)/;

/** A report of a machine: its days, and the progress of reading it. */
class SarReport {
  readonly calendar: SarCalendar;
  /** Instant of its last row, for an hour that occurs twice. */
  lastUs = Number.NEGATIVE_INFINITY;

  constructor(dayUs: number) {
    this.calendar = new SarCalendar(dayUs);
  }
}

class SarText implements ReportReader {
  readonly events: LaneEvent[] = [];
  readonly #cursor: LineCursor;
  readonly #table: MachineTable;
  readonly #context: ReadContext;
  readonly #clocks: SharedClocks;
  readonly #order: DateOrder | null;
  #machine: Machine | null = null;
  #cpus = Number.NaN;
  /** The first day of the file's, or the host's, reports. */
  #dayUs = Number.NaN;
  /** The reports by their titles: they follow each other, and may alternate; each has days of its own. */
  readonly #reports = new Map<string, SarReport>();
  #report = new SarReport(Number.NaN);
  /** Whether averages have ended the report, so that further times may belong to the next one. */
  #isEnded = false;
  #titles = "";
  /** Column of each value of a row; -1 for a value that is not about memory. */
  #columns: readonly number[] = [];
  #time: SarTime = { us: 0, zone: null, length: 0, hasHalf: false, isHalfBlank: false };
  /** Local time of the line, by its report's calendar. */
  #localUs = Number.NaN;

  constructor(
    cursor: LineCursor,
    table: MachineTable,
    context: ReadContext,
    clocks: SharedClocks,
    order: DateOrder | null,
  ) {
    this.#cursor = cursor;
    this.#table = table;
    this.#context = context;
    this.#clocks = clocks;
    this.#order = order;
  }

  look(): Lane | null {
    const { line } = this.#cursor;
    if (line === "" || line.trim() === "") return null;
    const time = parseSarTime(line);
    if (time === null) {
      this.#readOther(line);
      return null;
    }
    if (this.#machine === null) throw this.#cursor.fault(0, "a row before the line that names host and date");
    this.#time = time;
    const rest = line.slice(time.length);
    const type = EVENT.exec(rest)?.[1];
    if (type !== undefined) {
      // After averages, a time that goes back belongs to the next report, which begins with the first day.
      if (this.#isEnded && this.#report.calendar.goesBack(time.us)) this.#report = new SarReport(this.#dayUs);
      this.#goOn();
      this.events.push({ machine: this.#machine, event: this.#eventOf(rest) });
      return null;
    }
    if (TITLES.test(rest) && !/^\s*[-\d]/.test(rest)) {
      this.#begin(rest);
      this.#goOn();
      return null;
    }
    this.#goOn();
    if (!this.#columns.some((column) => column !== -1)) return null;
    return { key: this.#titles, machine: this.#machine };
  }

  /** Starts a report by its titles, or continues one. */
  #begin(rest: string): void {
    const titles = rest.trim().split(/\s+/);
    const columns = titles.map(columnOfTitle);
    const [first] = titles as [string];
    if (columns[0] === -1 && columns.some((column) => column !== -1) && !KNOWN_TITLE.test(first)) {
      throw this.#cursor.fault(
        this.#time.length,
        `${quote(first)} behind the time is neither a title of a report nor AM or PM in a language that is known: print the log again with LC_ALL=C`,
      );
    }
    this.#titles = titles.join(" ");
    this.#columns = columns;
    const report = this.#reports.get(this.#titles) ?? new SarReport(this.#dayUs);
    this.#reports.set(this.#titles, report);
    this.#report = report;
    this.#isEnded = false;
  }

  /** Moves the report's calendar to the line. */
  #goOn(): void {
    const { calendar } = this.#report;
    const { us, hasHalf, isHalfBlank } = this.#time;
    if (!hasHalf && calendar.isTwelveHours(us)) {
      throw this.#cursor.fault(
        0,
        "the time goes back from 12 to 1: a clock of 12 hours without AM and PM, which tells no times; print the log again with LC_ALL=C",
      );
    }
    if (isHalfBlank) {
      this.#context.report.warn("AM or PM is blank: times are read as those of a 24-hour clock", this.#cursor.place());
    }
    this.#localUs = calendar.at(us, (localUs) => this.#clock().comesTwice(localUs));
  }

  #clock(): WallClock {
    const { zone } = this.#time;
    return this.#clocks(zone === null ? null : zoneOfOffset(zone), zone ?? undefined);
  }

  /** A restart of the machine, or a comment, between two samples. */
  #eventOf(text: string): SourceEvent {
    const restart = RESTART.exec(text);
    if (restart === null) return { atUs: this.time(), type: "comment", text: text.slice(4).trim() };
    if (restart[1] !== undefined) this.#cpus = Number(restart[1]);
    return { atUs: this.time(), type: "restart", text: "the machine started anew" };
  }

  time(): Us {
    const report = this.#report;
    report.lastUs = this.#clock().toUtc(this.#localUs, report.lastUs, this.#cursor.place());
    return report.lastUs;
  }

  read(values: Float64Array): void {
    const { line } = this.#cursor;
    let at = this.#time.length;
    for (const column of this.#columns) {
      while (line.charCodeAt(at) === 32 || line.charCodeAt(at) === 9) at++;
      let end = at;
      while (end < line.length && line.charCodeAt(end) !== 32 && line.charCodeAt(end) !== 9) end++;
      if (end === at) {
        throw this.#cursor.fault(at, `the line ends before all ${this.#columns.length} values of its report`);
      }
      if (column !== -1) {
        values[column] = inUnit(column, this.#number(at, end, column));
        if (column === USED_PART) noteDecimals(values, column, line.slice(at, end));
      }
      at = end;
    }
    if (line.slice(at).trim() !== "") throw this.#cursor.fault(at + 1, "more values than the titles of the report");
    values[CPUS] = this.#cpus;
    complete(values);
  }

  #number(start: number, end: number, column: number): number {
    const { line } = this.#cursor;
    const text = line.slice(start, end);
    if (!NUMBER.test(text)) {
      const { field } = SYSSTAT_COLUMNS[column] as (typeof SYSSTAT_COLUMNS)[number];
      throw this.#cursor.fault(start, `expected ${field}, a number, found ${quote(text)}`);
    }
    const unit = text.at(-1) as string;
    const digits = end - (NUMBER_END.test(unit) ? 0 : 1);
    const value = parseDecimal(line, start, digits, text.includes(",") ? "," : ".");
    return value * (UNITS[unit] ?? 1);
  }

  /** Reads a line without a time: the line with host and date, or averages. */
  #readOther(line: string): void {
    const first = firstLineOf(line);
    if (first === null) {
      if (!AVERAGE.test(line)) {
        throw this.#cursor.fault(
          line.search(/\S/),
          "expected a row that begins with a time, or the line with host and date",
        );
      }
      this.#isEnded = true;
      return;
    }
    const { host, date, cpus } = first;
    const day = parseSarDate(date);
    if (day === null) {
      throw this.#cursor.fault(
        line.indexOf(date),
        `expected a date such as "2025-11-25", found ${quote(date)} (print the log again with LC_ALL=C)`,
      );
    }
    this.#dayUs = inOrder(day, this.#order ?? day.usual);
    this.#reports.clear();
    this.#report = new SarReport(this.#dayUs);
    this.#isEnded = false;
    this.#machine = this.#table.of(host, SYSSTAT_COLUMNS);
    this.#cpus = cpus;
    this.#titles = "";
    this.#columns = [];
  }
}

const NUMBER_END = /\d/;
