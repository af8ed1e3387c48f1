import { quote } from "../../../common/quote.ts";
import type { WallClock } from "../clock/zone.ts";
import { parseDecimal } from "../fields.ts";
import { type Lane, type LaneEvent, LaneStream, type ReportReader, type SharedClocks, sharedClocks } from "../lanes.ts";
import type { LineCursor } from "../lines.ts";
import type { Detection, Format, Head, Machine, ReadContext, SourceEvent } from "../reader.ts";
import type { MachineTable } from "../streams.ts";
import { parseSarDate, parseSarTime, SarCalendar, type SarTime } from "./sar-time.ts";
import {
  CPUS,
  columnOfTitle,
  complete,
  inUnit,
  SYSSTAT_COLUMNS,
  SYSSTAT_DEMANDS,
  SYSSTAT_QUIRKS,
} from "./sysstat-columns.ts";
import { SysstatRam } from "./sysstat-ram.ts";

/** What `sar` prints for people. */
export const sar: Format = {
  name: "sar",
  title: "sar",
  source: "LC_ALL=C sar -r ALL -S -W -B -q MEM -f /var/log/sysstat/saDD > log.txt",
  columns: SYSSTAT_COLUMNS,
  step: "1 s to 10 min",
  stepSeconds: 600,
  gapSteps: 2,
  clock: "local",
  assumedZone: null,
  stamp: "end",
  hold: "linear",
  memory: "inferred",
  machines: "several",
  demands: SYSSTAT_DEMANDS,
  quirks: [
    ...SYSSTAT_QUIRKS,
    "the date is that of the first line, month before day where it leaves that open; a time that goes back is of the next day",
    "12-hour clocks, decimal commas, and the clocks of Chinese, Japanese and Korean are understood; averages are left out",
    "with -h sizes are rounded: read as they are, but no RAM follows from them",
  ],
  detect,
  open(files, context) {
    const clocks = sharedClocks(context);
    return new LaneStream(files, context, (cursor, table) => new SarText(cursor, table, context, clocks));
  },
  memoryFinder: () => new SysstatRam(),
};

/** Kernel, host, date, machine, processors; between them blanks and tabs. */
const FIRST_LINE = /^(?:Linux|GNU\/Linux) \S+ \((.*)\)\s+(\S+(?: \S+)*?)\s+_\S+_\s+\((\d+) [^)]*\)\s*$/;

function detect({ lines }: Head): Detection | null {
  const first = lines.find((line) => line !== "") ?? "";
  if (!FIRST_LINE.test(first)) return null;
  return { confidence: 1, reason: `its first line is that of sysstat: ${quote(first, 40)}` };
}

const RESTART = /^LINUX RESTART(?:\s+\((\d+) CPU\))?/;
/** Averages of a whole report: "Average:" in any language. */
const AVERAGE = /^[^\d\s][^:：]*\s?[:：]/;
const TITLES = /[a-z]{2}/;
/** A number, with the unit that `-h` writes. */
const NUMBER = /^-?\d+(?:[.,]\d+)?(?:[kMGTP]|%)?$/;
const UNITS: Readonly<Record<string, number>> = { k: 1, M: 2 ** 10, G: 2 ** 20, T: 2 ** 30, P: 2 ** 40 };

class SarText implements ReportReader {
  readonly events: LaneEvent[] = [];
  readonly #cursor: LineCursor;
  readonly #table: MachineTable;
  readonly #context: ReadContext;
  readonly #clocks: SharedClocks;
  readonly #calendar = new SarCalendar();
  #machine: Machine | null = null;
  #cpus = Number.NaN;
  #titles = "";
  /** Column of each value of a row; -1 for what is no memory. */
  #columns: readonly number[] = [];
  #clock: WallClock | null = null;
  #lastUs = Number.NEGATIVE_INFINITY;
  #time: SarTime = { us: 0, zone: null, length: 0 };

  constructor(cursor: LineCursor, table: MachineTable, context: ReadContext, clocks: SharedClocks) {
    this.#cursor = cursor;
    this.#table = table;
    this.#context = context;
    this.#clocks = clocks;
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
    const event = this.#eventOf(rest);
    if (event !== null) {
      this.events.push({ machine: this.#machine, key: null, event });
      return null;
    }
    if (TITLES.test(rest) && !/^\s*[-\d]/.test(rest)) {
      const titles = rest.trim().split(/\s+/);
      this.#titles = titles.join(" ");
      this.#columns = titles.map(columnOfTitle);
      return null;
    }
    if (!this.#columns.some((column) => column !== -1)) return null;
    return { key: this.#titles, machine: this.#machine };
  }

  /** A start of the machine, or a comment of somebody, between two samples. */
  #eventOf(text: string): SourceEvent | null {
    const restart = RESTART.exec(text);
    if (restart !== null) {
      if (restart[1] !== undefined) this.#cpus = Number(restart[1]);
      return { atUs: this.time(), type: "restart", text: "the machine started anew" };
    }
    return text.startsWith("COM ") ? { atUs: this.time(), type: "comment", text: text.slice(4).trim() } : null;
  }

  time(): number {
    const local = this.#calendar.at(this.#time.us);
    const { zone } = this.#time;
    this.#clock ??= this.#clocks(zone === "UTC" ? "UTC" : null, zone ?? undefined);
    this.#lastUs = this.#clock.toUtc(local, this.#lastUs, this.#cursor.place());
    return this.#lastUs;
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
      if (column !== -1) values[column] = inUnit(column, this.#number(at, end, column));
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

  /** What begins with no time: the line with host and date, averages. */
  #readOther(line: string): void {
    const [, host, date, cpus] = FIRST_LINE.exec(line) ?? [];
    if (host === undefined || date === undefined) {
      if (AVERAGE.test(line)) return;
      throw this.#cursor.fault(
        line.search(/\S/),
        "expected a row that begins with a time, or the line with host and date",
      );
    }
    const day = parseSarDate(date);
    if (day === null) {
      throw this.#cursor.fault(line.indexOf(date), `expected a date such as "2025-11-25", found ${quote(date)}`);
    }
    if (day.isAmbiguous) {
      const place = this.#cursor.place(line.indexOf(date));
      this.#context.report.warn(`${quote(date)} is taken for month/day/year`, place);
    }
    this.#calendar.begin(day.dayUs);
    this.#lastUs = Number.NEGATIVE_INFINITY;
    this.#machine = this.#table.of(host, SYSSTAT_COLUMNS);
    this.#cpus = Number(cpus);
    this.#titles = "";
    this.#columns = [];
  }
}

const NUMBER_END = /\d/;
