import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { formatTime, type Us } from "../../../common/units.ts";
import { civilUs } from "../clock/civil.ts";
import type { DateOrder } from "../clock/date-order.ts";
import { orderOfStamps, parseStamp, parseTimeLine, type Stamp, StampClock } from "../clock/stamp.ts";
import { type SharedClocks, sharedClocks, zoneOfOffset } from "../clock/zone.ts";
import { Fields } from "../fields.ts";

import type { LineCursor } from "../lines.ts";
import { machineOf } from "../names.ts";
import type { Detection, Format, Head, Machine, ReadContext, Sample } from "../reader.ts";
import { type FileReader, LineStream, type MachineTable } from "../streams.ts";
import { type ColumnSpec, column, type Unit } from "../vocabulary.ts";

const RATE = { kind: "rate", aggregate: "mean" } as const;

/** Columns of memory, by the unit of `vmstat -S`; blocks are always KiB. */
const columnsIn = (unit: Unit, rate: Unit): ColumnSpec[] => [
  column("swapUsed", "swpd", unit),
  column("free", "free", unit),
  column("buffers", "buff", unit),
  column("cached", "cache", unit),
  column("lruInactive", "inact", unit),
  column("lruActive", "active", unit),
  column("swapIn", "si", rate, RATE),
  column("swapOut", "so", rate, RATE),
  column("ioRead", "bi", "KiB/s", RATE),
  column("ioWrite", "bo", "KiB/s", RATE),
];

const UNITS: ReadonlyMap<string, readonly ColumnSpec[]> = new Map([
  ["KiB", columnsIn("KiB", "KiB/s")],
  ["MiB", columnsIn("MiB", "MiB/s")],
  ["kB", columnsIn("kB", "kB/s")],
  ["MB", columnsIn("MB", "MB/s")],
]);
const DEFAULT_UNIT = "KiB";

/** All titles of all versions and options; a title after them is the zone. */
const TITLES = new Set("r b swpd free buff cache inact active si so bi bo in cs us sy id wa st gu".split(" "));
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^(\d{2}):(\d{2}):(\d{2})$/;
/** Minimum number of rows between headers that repeat on each screen. */
const LEAST_SCREEN = 10;
/** Number of rows of a screen without a terminal. */
const USUAL_SCREENS: readonly number[] = [21, 22];
/**
 * Columns that distinguish averages since the machine's start, which change little between runs, from values of an
 * interval.
 */
const FINGERPRINT = ["si", "so", "bi", "bo", "in", "cs"] as const;
/** Their maximum change between blocks of the length of a screen, and between blocks that are probably runs. */
const SURE_CHANGE = 0.02;
const LIKELY_CHANGE = 0.5;
/** Time between runs without dates, in usual steps: enough to be a gap. */
const STEPS_BETWEEN_RUNS = 3;

/** The output of a running `vmstat`: usually a row per second. */
export const vmstat: Format = {
  name: "vmstat",
  title: "vmstat",
  source: "vmstat -n -t 1 > vmstat.log",
  columns: [...UNITS.values()].flat(),
  step: "1 s and more",
  stepSeconds: null,
  gapSteps: 2,
  clock: "local",
  assumedZone: null,
  stamp: "instant",
  hold: "linear",
  memory: "given",
  machines: "one",
  options: ["unit", "interval", "date-order"],
  demands: [
    {
      name: "used",
      meaning:
        "memory that is neither free nor buffers nor cache nor the balloon's is anonymous, including the " + "kernel's",
      formulas: "anon = memory - free - buffers - cached - balloon, fileSet = buffers + cached",
    },
    {
      name: "active",
      meaning:
        "for vmstat -a: inactive memory is page cache; all other memory that is not free or the balloon's is " +
        "anonymous",
      formulas: "anon = memory - free - lruInactive - balloon, fileSet = lruInactive",
    },
  ],
  quirks: [
    "the log has no RAM: --memory; the balloon counts as used memory: --balloon",
    "the first row of a run has averages since the machine started: its rates are unknown, its memory is valid; a " +
      "repeated header begins a run if the rows before it are not a full screen, the time jumps, or the " +
      "averages equal those of the previous run",
    "-S changes the unit, which is not marked: --unit",
    "rows end in date and time, with old versions also in the zone; with others the zone is a title. It is an " +
      "abbreviation: --tz",
    "rows without times, as in cron logs, need the delay between them: --interval; lines of date between runs are " +
      "used, and runs without one are assumed to be three steps apart, with a gap between them",
    "a time may precede each line (ts, annotate-output, a loop with date): used if the row has no time of its own",
    "rows without titles are assumed to have the usual ones, with a remark",
    "columns depend on version and options and are identified by their titles; those of processors and interrupts " +
      "are not read",
  ],
  detect,
  open(files, context) {
    const order = orderOfStamps(files, context);
    return new LineStream(files, context, (cursor, table) => new VmstatFile(cursor, table, context, order));
  },
};

function detect({ lines }: Head): Detection | null {
  const header = lines.findIndex((line) => isHeader(behindStamp(line)));
  if (header === -1 || header > 10) return detectRows(lines);
  const isTitled = /^\s*-*procs-* -*memory-* -*swap-*/.test(behindStamp(lines[header - 1] ?? ""));
  return { confidence: isTitled ? 1 : 0.8, reason: `line ${header + 1} has the titles of vmstat` };
}

const isHeader = (line: string): boolean =>
  /^\s*r\s+b\s+swpd\s+free\s+(?:buff\s+cache|inact\s+active)\s+si\s+so\s+bi\s+bo\s/.test(line);

/** The line without a time before it, such as that of ts and annotate-output. */
const behindStamp = (line: string): string => line.slice(parseStamp(line)?.length ?? 0);

/** Titles of vmstat since 2.6.11; versions of procps 4 have one more. */
const USUAL_TITLES = "r b swpd free buff cache si so bi bo in cs us sy id wa st gu".split(" ");
const LEAST_USUAL = USUAL_TITLES.indexOf("st");
const PERCENTS_FROM = USUAL_TITLES.indexOf("us");
/** Tolerated error of the sum of the processors' percents, each rounded. */
const ROUNDING = 4;

/** Number of titles of a row without titles; 0 if the line is not a row of vmstat. */
function usualWidth(line: string): number {
  const texts = behindStamp(line).trim().split(/\s+/);
  const end = texts.findIndex((text) => !/^\d+$/.test(text));
  const width = end === -1 ? texts.length : end;
  if (width < LEAST_USUAL || width > USUAL_TITLES.length) return 0;
  const sum = texts.slice(PERCENTS_FROM, width).reduce((total, text) => total + Number(text), 0);
  return Math.abs(sum - 100) <= ROUNDING ? width : 0;
}

function detectRows(lines: readonly string[]): Detection | null {
  const rows = lines.slice(0, -1).filter((line) => line.trim() !== "");
  if (rows.length === 0 || !rows.every((line) => usualWidth(line) > 0)) return null;
  return { confidence: 0.6, reason: "its rows have the numbers of vmstat, the last of which are percents of the time" };
}

class VmstatFile implements FileReader {
  readonly #cursor: LineCursor;
  readonly #context: ReadContext;
  readonly #fields: Fields;
  readonly #machine: Machine;
  /** Field of each column, -1 if the rows lack it, and the count of numbers in a row; 0 before the first header. */
  #places = new Int32Array();
  #width = 0;
  /** Whether one of the titles is the zone, so that rows must end in a date and time. */
  #hasZoneTitle = false;
  /** Whether the current row ends in a date and time. */
  #hasTime = false;
  readonly #clocks: SharedClocks;
  /** The time before the current line. */
  #stamp: Stamp | null = null;
  readonly #stamps: StampClock;
  #zone: string | undefined;
  #lastUs = Number.NEGATIVE_INFINITY;
  /** Time between the last two rows of a run. */
  #stepUs = Number.NaN;
  /** Number of rows since the last header, and of a screen. */
  #rows = 0;
  #screen = 0;
  /**
   * Whether the next row is, or may be, the first of a run of vmstat, whose rates are averages since the machine's
   * start.
   */
  #isFirst = true;
  #mayBeFirst = false;
  /**
   * Fields of the fingerprint, -1 if the rows lack them; their values in the last run's first row, and in the last row.
   */
  #marksAt: readonly number[] = [];
  #firstMarks: readonly number[] = [];
  #lastMarks: readonly number[] = [];
  /** For rows without times: the time of the run, and the number of its rows so far. */
  #runUs: number | null = null;
  #runRows = 0;

  constructor(cursor: LineCursor, table: MachineTable, context: ReadContext, order: DateOrder | null) {
    this.#cursor = cursor;
    this.#context = context;
    this.#clocks = sharedClocks(context);
    this.#fields = new Fields(cursor);
    this.#stamps = new StampClock(context, order);
    const columns = UNITS.get(context.unit ?? DEFAULT_UNIT);
    if (columns === undefined) {
      throw new InputError(`--unit ${quote(context.unit ?? "")}: expected one of ${[...UNITS.keys()].join(", ")}`);
    }
    this.#machine = table.of(machineOf(cursor.file), columns);
  }

  begin(): void {}

  read(sample: Sample): boolean {
    const { line } = this.#cursor;
    const stamp = parseStamp(line);
    // A line with a time only belongs to a run.
    this.#stamp = stamp !== null && stamp.length < line.length ? stamp : null;
    const rest = line.slice(this.#stamp?.length ?? 0);
    if (/^\s*\d+\s/.test(rest)) return this.#readRow(sample);
    if (isHeader(rest)) this.#readHeader();
    else if (rest.trim() !== "" && !/^\s*-*procs\b|^I: (?:Started|Finished)\b/.test(rest)) this.#readOther(line);
    return false;
  }

  /** Assumes the usual titles for rows without titles. */
  #assumeTitles(): void {
    const width = usualWidth(this.#cursor.line);
    if (width === 0) throw this.#cursor.fault(0, "a row before the titles of its columns");
    this.#context.report.warn(
      `rows without titles: read as ${USUAL_TITLES.slice(0, width).join(" ")}`,
      this.#cursor.place(),
    );
    this.#setTitles(USUAL_TITLES.slice(0, width));
  }

  #readRow(sample: Sample): boolean {
    const fields = this.#fields;
    fields.splitBlanks(this.#stamp?.length);
    if (this.#width === 0) this.#assumeTitles();
    if (fields.count < this.#width) {
      throw fields.fault(fields.count, `${fields.count} fields, expected ${this.#width} as in the header`);
    }
    this.#hasTime = this.#hasZoneTitle || DATE.test(fields.text(this.#width));
    const most = this.#width + (this.#hasTime ? (this.#hasZoneTitle ? 2 : 3) : 0);
    if (fields.count > most) throw fields.fault(most, `${fields.count} fields, expected ${most} as in the header`);
    const marks = this.#marksAt.map((place) => (place === -1 ? 0 : fields.number(place, "a number")));
    const lastUs = this.#lastUs;
    const isTimed = this.#hasTime || this.#stamp !== null;
    if (this.#mayBeFirst && !isTimed) this.#isFirst = this.#isSinceStart(marks);
    if (this.#isFirst && this.#rows === 0 && !isTimed) this.#separateRuns();
    const atUs = this.#time();
    if (this.#mayBeFirst && isTimed) this.#isFirst = this.#jumps(atUs - lastUs) || this.#isSinceStart(marks);
    if (!this.#mayBeFirst && !this.#isFirst) this.#stepUs = atUs - lastUs;
    this.#mayBeFirst = false;
    this.#lastUs = atUs;
    sample.begin(this.#machine, atUs);
    for (let i = 0; i < this.#places.length; i++) {
      const place = this.#places[i] as number;
      const column = this.#machine.columns[i] as ColumnSpec;
      if (place === -1 || (this.#isFirst && column.kind === "rate")) continue;
      sample.values[i] = fields.number(place, column.field);
    }
    if (this.#isFirst) this.#firstMarks = marks;
    this.#lastMarks = marks;
    this.#isFirst = false;
    this.#rows++;
    return true;
  }

  /** Whether the time since the last row differs from the time between rows of a run: vmstat was restarted. */
  #jumps(sinceUs: number): boolean {
    return Math.abs(sinceUs - this.#stepUs) > this.#stepUs / 2;
  }

  /**
   * Whether a row that may be the first of a run has the same averages since the machine's start as the first row of
   * the last run.
   */
  #isSinceStart(marks: readonly number[]): boolean {
    const isScreen = USUAL_SCREENS.includes(this.#screen);
    // If no value changes, this is no evidence; then a usual screen counts as one.
    if (isScreen && marks.every((mark, i) => mark === this.#lastMarks[i])) return false;
    const change = isScreen ? SURE_CHANGE : LIKELY_CHANGE;
    return marks.every((mark, i) => {
      const first = this.#firstMarks[i] ?? 0;
      return Math.abs(mark - first) <= change * Math.max(mark, first) + 1;
    });
  }

  /** Puts a gap between runs whose distance is unknown. */
  #separateRuns(): void {
    const { intervalUs } = this.#context;
    if (this.#runRows === 0 || intervalUs === null) return;
    this.#runRows += STEPS_BETWEEN_RUNS - 1;
    this.#context.report.warn(
      `another run of vmstat without a date: the time since the previous run is unknown. The run is assumed to begin ${formatTime(STEPS_BETWEEN_RUNS * intervalUs)} after the last row of the previous one; values in between are unknown`,
      this.#cursor.place(),
    );
  }

  /** Instant of the row: by the date and time at its end, else counted from the run's beginning. */
  #time(): Us {
    const fields = this.#fields;
    if (this.#stamp !== null && !this.#hasTime) return this.#stamps.at(this.#stamp, this.#cursor.place());
    if (!this.#hasTime) return this.#countedTime();
    const local = civilOf(fields.text(this.#width), fields.text(this.#width + 1));
    if (Number.isNaN(local)) {
      throw fields.fault(this.#width, 'expected a date and time such as "2026-11-22 23:20:41" at the end of the row');
    }
    const zone = fields.text(this.#width + 2) || this.#zone;
    const clock = this.#clocks(zone === undefined ? null : zoneOfOffset(zone), zone);
    return clock.toUtc(local, this.#lastUs, this.#cursor.place());
  }

  #countedTime(): Us {
    const { intervalUs } = this.#context;
    if (intervalUs === null) {
      // A single row has the time of the date before it.
      if (this.#runUs !== null && this.#runRows++ === 0) return this.#runUs;
      throw this.#cursor.fault(
        0,
        "rows without times: give the delay that vmstat was started with by --interval, such as --interval 10s",
      );
    }
    return (this.#runUs ?? 0) + this.#runRows++ * intervalUs;
  }

  #readHeader(): void {
    const fields = this.#fields;
    fields.splitBlanks(this.#stamp?.length);
    this.#setTitles(fields.texts());
    // After a screen of rows the header is only repeated; otherwise vmstat was restarted.
    const isScreen = this.#rows >= LEAST_SCREEN && (this.#screen === 0 || this.#rows === this.#screen);
    if (isScreen) this.#screen = this.#rows;
    else this.#isFirst = true;
    this.#mayBeFirst = isScreen && !this.#isFirst;
    this.#rows = 0;
  }

  #setTitles(titles: readonly string[]): void {
    const end = titles.findIndex((title) => !TITLES.has(title));
    this.#width = end === -1 ? titles.length : end;
    this.#hasZoneTitle = end !== -1;
    this.#zone = titles[this.#width] ?? this.#zone;
    this.#places = Int32Array.from(this.#machine.columns, ({ field }) => titles.indexOf(field));
    this.#marksAt = FINGERPRINT.map((title) => titles.indexOf(title));
  }

  /** A date before a run, printed by a script. */
  #readOther(line: string): void {
    const date = parseTimeLine(line);
    if (date === null) throw this.#cursor.fault(line.search(/\S/), "expected a row of numbers, titles, or a date");
    this.#runUs = this.#stamps.at(date, this.#cursor.place());
    this.#runRows = 0;
    this.#isFirst = true;
    this.#mayBeFirst = false;
    this.#rows = 0;
  }
}

/** Local microseconds of a date and time; NaN for other texts. */
function civilOf(date: string, time: string): Us {
  const [, year, month, day] = DATE.exec(date) ?? [];
  const [, hour, minute, second] = TIME.exec(time) ?? [];
  return civilUs(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
}
