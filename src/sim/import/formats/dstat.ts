import { quote } from "../../../common/quote.ts";
import type { Us } from "../../../common/units.ts";
import { civilUs, SECOND_US } from "../clock/civil.ts";
import type { WallClock } from "../clock/zone.ts";
import { Fields } from "../fields.ts";
import type { LineCursor } from "../lines.ts";
import { machineOf } from "../names.ts";
import type { Detection, Format, Head, Machine, ReadContext, Sample } from "../reader.ts";
import { type FileReader, LineStream, type MachineTable } from "../streams.ts";
import { type ColumnSpec, column, type Quantity, type Unit } from "../vocabulary.ts";

const RATE = { kind: "rate", aggregate: "mean" } as const;

/** Columns by the unit of sizes: bytes, or KiB in PCP's dstat. */
const columnsIn = (unit: Unit, rate: Unit): ColumnSpec[] => [
  column("x-used", "memory usage used", unit),
  column("free", "memory usage free", unit),
  column("buffers", "memory usage buff", unit),
  column("cached", "memory usage cach", unit),
  column("available", "memory usage avai", unit),
  column("swapUsed", "swap used", unit),
  column("x-swap-free", "swap free", unit),
  column("swapIn", "paging in", rate, RATE),
  column("swapOut", "paging out", rate, RATE),
  column("memTotal", "used + free + buff + cach", unit, { how: "derived" }),
  column("swapTotal", "swap used + free", unit, { how: "derived" }),
];
const BYTES = columnsIn("B", "B/s");
const KIBIBYTES = columnsIn("KiB", "KiB/s");
const indexOf = (quantity: Quantity): number => BYTES.findIndex((each) => each.quantity === quantity);
const PARTS = (["x-used", "free", "buffers", "cached"] as const).map(indexOf);
const BUFFERS = indexOf("buffers");
const MEMORY = indexOf("memTotal");
const SWAP_USED = indexOf("swapUsed");
const SWAP_FREE = indexOf("x-swap-free");
const SWAP = indexOf("swapTotal");

/** Titles of a group's columns, by the group. */
const COLUMNS_OF: Readonly<Record<string, Readonly<Record<string, Quantity>>>> = {
  "memory usage": { used: "x-used", free: "free", buff: "buffers", buf: "buffers", cach: "cached", avai: "available" },
  swap: { used: "swapUsed", free: "x-swap-free" },
  total: { "total:used": "swapUsed", "total:free": "x-swap-free" },
  paging: { in: "swapIn", out: "swapOut" },
};
const VERSION = /^"?(?:Dstat|Dool|pcp-dstat) [\d.]+ CSV output"?/i;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** The --output file of dstat, of its successor dool, and of PCP's dstat. */
export const dstat: Format = {
  name: "dstat",
  title: "dstat CSV",
  source: "dstat --epoch --mem --swap --page --output log.csv 1",
  columns: [...BYTES, ...KIBIBYTES],
  step: "1 s and more",
  stepSeconds: 1,
  gapSteps: 2,
  clock: "local",
  assumedZone: null,
  stamp: "instant",
  hold: "linear",
  memory: "measured",
  machines: "several",
  options: ["interval"],
  demands: [
    {
      name: "used",
      meaning:
        "dstat's used memory, including the kernel's, is anonymous, except the balloon's; buffers and cache are " +
        "files",
      formulas: "anon = x-used - balloon, fileSet = buffers + cached",
    },
    {
      name: "dool",
      meaning: "for dool, which has no buffers: they are part of the used memory; cache is files",
      formulas: "anon = x-used - balloon, fileSet = cached",
    },
  ],
  quirks: [
    "RAM is the sum of used, free, buff and cach; if dstat includes reclaimable slab in none of them, it is too " +
      "small by that amount; dool has no buff, which is part of used",
    "times of --time have no year: that of the line Date is used; they are local without a zone (--tz); --epoch has seconds since 1970; without either, --interval",
    "the first row has averages since the machine started: its rates are unknown, its memory is valid",
    "sizes are bytes, but KiB with PCP's dstat, which is recognized by the first line",
    "several runs in one file, each with its header, are joined; the host's name is the machine's id",
    "the balloon counts as used memory: --balloon; columns of processors, disks and networks are not read",
  ],
  detect,
  open: (files, context) => new LineStream(files, context, (cursor, table) => new DstatFile(cursor, table, context)),
};

function detect({ lines }: Head): Detection | null {
  const first = lines.find((line) => line.trim() !== "") ?? "";
  if (!VERSION.test(first)) return null;
  return { confidence: 1, reason: `its first line is ${quote(first.replace(/,.*$/, "").replace(/"/g, ""), 40)}` };
}

class DstatFile implements FileReader {
  readonly #cursor: LineCursor;
  readonly #table: MachineTable;
  readonly #context: ReadContext;
  readonly #fields: Fields;
  #columns: readonly ColumnSpec[] = BYTES;
  #host: string;
  #machine: Machine | null = null;
  #year = Number.NaN;
  #zone: string | undefined;
  /** Titles of the groups, if the next line has the titles of the columns. */
  #groups: readonly string[] | null = null;
  /** Field of each column, -1 if the rows lack it. */
  #places: readonly number[] = [];
  #width = 0;
  #timeField = -1;
  #isEpoch = false;
  #clock: WallClock | null = null;
  #lastUs = Number.NEGATIVE_INFINITY;
  #isFirst = true;
  #rows = 0;

  constructor(cursor: LineCursor, table: MachineTable, context: ReadContext) {
    this.#cursor = cursor;
    this.#table = table;
    this.#context = context;
    this.#fields = new Fields(cursor);
    this.#host = machineOf(cursor.file);
  }

  begin(): void {}

  read(sample: Sample): boolean {
    const { line } = this.#cursor;
    if (line.trim() === "") return false;
    const fields = this.#fields;
    fields.splitQuoted(",");
    if (VERSION.test(line)) {
      this.#columns = /pcp/i.test(line) ? KIBIBYTES : BYTES;
      this.#machine = null;
      this.#width = 0;
      return false;
    }
    const first = fields.text(0);
    if (/^(?:Author|Host|Cmdline):$/.test(first)) this.#readFact(fields);
    else if (this.#groups !== null) this.#readTitles(this.#groups);
    else if (this.#isTitles()) this.#groups = fields.texts();
    else return this.#readRow(sample);
    return false;
  }

  /** Whether a line has titles, which are words; the values of a row are numbers, a date, or missing. */
  #isTitles(): boolean {
    const texts = this.#fields.texts();
    return texts.some((text) => text in COLUMNS_OF) && texts.every((text) => !/^\d/.test(text));
  }

  #readFact(fields: Fields): void {
    const texts = fields.texts();
    if (texts[0] === "Host:") this.#host = texts[1] || this.#host;
    const date = texts[texts.indexOf("Date:") + 1] ?? "";
    const [, year, zone] = /(\d{4}) \d{1,2}:\d{2}:\d{2} ?([A-Z]{2,5})?/.exec(date) ?? [];
    if (texts.includes("Date:") && year !== undefined) {
      this.#year = Number(year);
      this.#zone = zone;
    }
  }

  #readTitles(groups: readonly string[]): void {
    const titles = this.#fields.texts();
    const places = new Map<Quantity, number>();
    let group = "";
    titles.forEach((title, i) => {
      if ((groups[i] ?? "") !== "") group = groups[i] as string;
      const quantity = COLUMNS_OF[group]?.[title];
      if (quantity !== undefined) places.set(quantity, i);
    });
    this.#groups = null;
    this.#places = this.#columns.map(({ quantity }) => places.get(quantity) ?? -1);
    this.#width = titles.length;
    this.#timeField = titles.findIndex((title) => /^(?:epoch|time|date\/time|system)$/.test(title));
    this.#isEpoch = titles[this.#timeField] === "epoch";
    this.#machine = this.#table.of(this.#host, this.#columns);
    this.#isFirst = true;
  }

  #readRow(sample: Sample): boolean {
    const fields = this.#fields;
    if (this.#machine === null) throw this.#cursor.fault(0, "a row before the titles of its columns");
    // A truncated last row may end in a part of a number.
    if (!this.#cursor.isTerminated) throw this.#cursor.fault(0, "a row without an end");
    // PCP's dstat omits values that it does not know.
    if (fields.count > this.#width || (fields.count < this.#width && this.#columns === BYTES)) {
      throw fields.fault(
        Math.min(fields.count, this.#width),
        `${fields.count} fields, expected ${this.#width} as in the titles`,
      );
    }
    sample.begin(this.#machine, this.#time());
    this.#places.forEach((place, i) => {
      const { kind, field } = this.#columns[i] as ColumnSpec;
      if (place === -1 || place >= fields.count || (this.#isFirst && kind === "rate")) return;
      sample.values[i] = fields.number(place, field);
    });
    this.#complete(sample.values);
    this.#isFirst = false;
    this.#rows++;
    return true;
  }

  #complete(values: Float64Array): void {
    // Titles without buffers are those of dool, which counts buffers as used.
    const parts = PARTS.filter((index) => index !== BUFFERS || this.#places[index] !== -1);
    values[MEMORY] = parts.reduce((sum, index) => sum + (values[index] as number), 0);
    values[SWAP] = (values[SWAP_USED] as number) + (values[SWAP_FREE] as number);
  }

  #time(): Us {
    const fields = this.#fields;
    if (this.#timeField === -1) {
      const { intervalUs } = this.#context;
      if (intervalUs === null) throw this.#cursor.fault(0, "rows without times: give the delay of dstat by --interval");
      return this.#rows * intervalUs;
    }
    const text = fields.text(this.#timeField);
    if (this.#isEpoch) {
      const seconds = fields.number(this.#timeField, "a time");
      if (!(seconds >= 0)) throw fields.fault(this.#timeField, "expected seconds since 1970");
      this.#clock ??= this.#context.wallClock("UTC");
      return Math.round(seconds * SECOND_US);
    }
    const local = this.#localTime(text);
    if (Number.isNaN(local)) {
      throw fields.fault(this.#timeField, `expected a time such as "26-11 04:21:28", found ${quote(text)}`);
    }
    this.#clock ??= this.#context.wallClock(this.#zone === "UTC" || this.#zone === "GMT" ? "UTC" : null, this.#zone);
    this.#lastUs = this.#clock.toUtc(local, this.#lastUs, this.#cursor.place());
    return this.#lastUs;
  }

  /** Local microseconds of `26-11 04:21:28`, or dool's `Nov-26 04:21:28`; NaN for another text. */
  #localTime(text: string): Us {
    const [, a, b, hour, minute, second] = /^(\w{2,3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}(?:\.\d+)?)$/.exec(text) ?? [];
    if (a === undefined || b === undefined) return Number.NaN;
    const named = MONTHS.indexOf(a) + 1;
    const [month, day] = named > 0 ? [named, Number(b)] : [Number(b), Number(a)];
    if (Number.isNaN(this.#year))
      throw this.#cursor.fault(0, 'times without a year: the line "Cmdline:" with the date is missing');
    const at = (year: number): Us => civilUs(year, month, day, Number(hour), Number(minute), Number(second));
    // The file has one date: after the end of the year the log continues in January.
    if (at(this.#year) < this.#lastUs - 180 * 86_400 * SECOND_US) this.#year++;
    return at(this.#year);
  }
}
