import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { parseDecimal } from "../fields.ts";
import type { LineCursor } from "../lines.ts";
import { type MomentReader, MomentStream } from "../moments.ts";
import { missingFromRam } from "../moving-ram.ts";
import { machineOf } from "../names.ts";
import type { Detection, Format, Head, Machine, ReadContext } from "../reader.ts";
import type { MachineTable } from "../streams.ts";
import { type ColumnSpec, column, type Quantity } from "../vocabulary.ts";
import { AVAILABLE_DEMAND } from "./linux-demands.ts";

const COUNTER = { kind: "counter" } as const;

/** All sizes in KiB, converted from the printed unit. */
const COLUMNS: readonly ColumnSpec[] = [
  column("memTotal", "total", "KiB"),
  column("free", "free", "KiB"),
  column("x-shmem", "shared", "KiB"),
  column("buffers", "buffers", "KiB"),
  column("cached", "cached", "KiB"),
  column("x-buffers-cache", "buff/cache", "KiB"),
  column("available", "available", "KiB"),
  column("swapTotal", "Swap total", "KiB"),
  column("swapUsed", "Swap used", "KiB"),
  column("lruActive", "active memory", "KiB"),
  column("lruInactive", "inactive memory", "KiB"),
  column("ioRead", "pages paged in", "KiB", COUNTER),
  column("ioWrite", "pages paged out", "KiB", COUNTER),
  column("swapIn", "pages swapped in", "pages", COUNTER),
  column("swapOut", "pages swapped out", "pages", COUNTER),
  missingFromRam("KiB"),
];
const indexOf = (quantity: Quantity): number => COLUMNS.findIndex((each) => each.quantity === quantity);
const BUFFERS = indexOf("buffers");
const BUFFERS_CACHE = indexOf("x-buffers-cache");
const SWAP_TOTAL = indexOf("swapTotal");
const SWAP_USED = indexOf("swapUsed");

/** KiB per unit. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ["B", 1 / 1024],
  ["KiB", 1],
  ["MiB", 1024],
  ["GiB", 1024 ** 2],
  ["kB", 1000 / 1024],
  ["MB", 1e6 / 1024],
]);

/** Repeated outputs of `free`, and of `vmstat -s`. */
export const free: Format = {
  name: "free",
  title: "free, vmstat -s",
  source: "while sleep 1; do date; free -w; done > free.log",
  columns: COLUMNS,
  step: "the loop's",
  stepSeconds: null,
  gapSteps: 2,
  clock: "local",
  assumedZone: null,
  stamp: "instant",
  hold: "linear",
  memory: "measured",
  machines: "one",
  options: ["unit", "interval", "date-order"],
  demands: [
    {
      name: "cache",
      meaning:
        "buffers, cache and reclaimable slab, without shared memory, are files; all other memory that is neither " +
        "free nor the balloon's is anonymous, including the kernel's, without memory in swap",
      formulas: "anon = memory - free - x-buffers-cache + x-shmem - balloon, fileSet = x-buffers-cache - x-shmem",
    },
    {
      name: "used",
      meaning:
        "memory that is neither free nor buffers nor cache nor the balloon's is anonymous, including the kernel's, " +
        "without memory in swap",
      formulas: "anon = memory - free - buffers - cached - balloon, fileSet = buffers + cached",
    },
    {
      name: "unshared",
      meaning:
        "for vmstat -s, which has no shared memory: buffers and cache are files; all other memory is " + "anonymous",
      formulas: "anon = memory - free - x-buffers-cache - balloon, fileSet = x-buffers-cache",
    },
    AVAILABLE_DEMAND,
  ],
  quirks: [
    "columns of all versions and options: buffers and cached separately, buff/cache together, -w, -t, -l; titles may " +
      "be in any language, because columns are identified by position",
    "the unit is not marked: KiB are multiples of 4, bytes of 1,024, smaller numbers MiB or GiB, and a remark states " +
      "the unit; --unit B, KiB, MiB, GiB, kB or MB overrides it",
    "with -h sizes are rounded to two or three digits, with -m and -g to whole units: they are used, with a remark",
    "the balloon counts as used memory: --balloon; the column used has another meaning in each version and is not " +
      "read",
    "a time is a line of date before or after each output, or precedes each line (ts, annotate-output); without " +
      "times, --interval",
    "the file's name is the machine's id",
  ],
  detect,
  open: (files, context) => new MomentStream(files, context, (cursor, table) => new FreeOutput(cursor, table, context)),
};

/** A name, a colon, and numbers with their units. */
const ROW = /^\s*([^\d\s:][^:]*):\s*(-?\d[\w\s.,-]*)$/;
const VALUE = /-?\d+(?:[.,]\d+)?(?:[BKMGTPE]i?)?\b/g;
/** Rows with three values between those of memory and of swap. */
const NO_SWAP = /[-/]|^(?:Low|High)$/;
/** A line of `vmstat -s`: number, unit, description. */
const STATISTIC = /^\s*(\d+)(?: ([kKmM]))? ([a-zA-Z][\w/ -]*)$/;
const STATISTIC_UNITS: Readonly<Record<string, number>> = { k: 1000 / 1024, K: 1, m: 1e6 / 1024, M: 1024 };
const STATISTIC_COLUMNS: Readonly<Record<string, number>> = {
  "total memory": indexOf("memTotal"),
  "free memory": indexOf("free"),
  "active memory": indexOf("lruActive"),
  "inactive memory": indexOf("lruInactive"),
  "buffer memory": BUFFERS,
  "total swap": SWAP_TOTAL,
  "used swap": SWAP_USED,
  "pages paged in": indexOf("ioRead"),
  "pages paged out": indexOf("ioWrite"),
  "pages swapped in": indexOf("swapIn"),
  "pages swapped out": indexOf("swapOut"),
  "swap cache": BUFFERS_CACHE,
};
const FIRST_STATISTIC = /^\s*\d+ [kKmM] total memory$/;
/**
 * Columns of the memory row after the total, by the number of its values and whether buffers have a column of their
 * own.
 */
const LAYOUTS: readonly {
  readonly values: number;
  readonly isJoined: boolean;
  readonly columns: readonly Quantity[];
}[] = [
  { values: 6, isJoined: true, columns: ["memTotal", "used", "free", "x-shmem", "x-buffers-cache", "available"] },
  {
    values: 7,
    isJoined: false,
    columns: ["memTotal", "used", "free", "x-shmem", "buffers", "x-buffers-cache", "available"],
  },
  { values: 6, isJoined: false, columns: ["memTotal", "used", "free", "x-shmem", "buffers", "cached"] },
];

function detect({ lines }: Head): Detection | null {
  const statistics = lines.findIndex((line) => /\b\d+ [kKmM] total memory$/.test(line));
  if (statistics !== -1) return { confidence: 0.9, reason: `line ${statistics + 1} is the first of vmstat -s` };
  const titles = lines.findIndex((line, i) => isTitles(line) && /:\s+\d/.test(lines[i + 1] ?? ""));
  if (titles === -1) return null;
  return { confidence: 0.9, reason: `line ${titles + 1} has the titles of free` };
}

/** Whether a line has the titles of free, in any language, possibly after a time: words without digits after blanks. */
function isTitles(line: string): boolean {
  if (/\btotal\s+used\s+free\s+shared\b/.test(line)) return true;
  if (!/^\s/.test(line) || line.length > LONGEST_TITLES) return false;
  const words = line.trim().split(/\s+/);
  return words.length >= 6 && words.length <= 7 && words.every((word) => /^\p{L}[^\d:]*$/u.test(word));
}

const LONGEST_TITLES = 160;

class FreeOutput implements MomentReader {
  readonly machine: Machine;
  readonly expected = "a line of free or vmstat -s";
  readonly #cursor: LineCursor;
  readonly #context: ReadContext;
  readonly #values = new Float64Array(COLUMNS.length).fill(Number.NaN);
  known = 0;
  /** KiB per unit of the log; NaN before the first output. */
  #unit: number;
  /** Whether buffers and cache are one column. */
  #isJoined = false;
  /** The expected next row: rows are identified by their position, because `free` translates their names. */
  #row: "none" | "memory" | "swap" = "none";

  constructor(cursor: LineCursor, table: MachineTable, context: ReadContext) {
    this.#cursor = cursor;
    this.#context = context;
    const { unit } = context;
    this.#unit = unit === null ? Number.NaN : (UNITS.get(unit) ?? Number.NaN);
    if (unit !== null && !UNITS.has(unit)) {
      throw new InputError(`--unit ${quote(unit)}: expected one of ${[...UNITS.keys()].join(", ")}`);
    }
    this.machine = table.of(machineOf(cursor.file), COLUMNS);
  }

  isOwn(line: string): boolean {
    return STATISTIC.test(line);
  }

  begins(line: string): boolean {
    return isTitles(line) || FIRST_STATISTIC.test(line);
  }

  read(line: string, at: number): boolean {
    if (isTitles(line)) {
      this.#isJoined = line.trim().split(/\s+/)[4]?.includes("/") ?? false;
      this.#row = "memory";
      return true;
    }
    const statistic = STATISTIC.exec(line);
    if (statistic !== null) return this.#readStatistic(statistic);
    const row = ROW.exec(line);
    if (row === null) return false;
    const texts = (row[2] as string).match(VALUE) ?? [];
    const isSwap = texts.length === 3 && /^swap$/i.test(row[1] as string);
    if (this.#row === "memory" && !isSwap) this.#readMemory(texts, at + line.indexOf(row[2] as string));
    else if (isSwap || (this.#row === "swap" && texts.length === 3 && !NO_SWAP.test(row[1] as string))) {
      this.#readSwap(texts);
    }
    return this.#row !== "none" || this.known > 0;
  }

  write(values: Float64Array): void {
    values.set(this.#values);
    this.#values.fill(Number.NaN);
    this.known = 0;
    this.#row = "none";
  }

  #readMemory(texts: readonly string[], column: number): void {
    const layout = LAYOUTS.find(({ values, isJoined }) => values === texts.length && isJoined === this.#isJoined);
    if (layout === undefined)
      throw this.#cursor.fault(column, `${texts.length} values, expected 6 or 7 as free prints`);
    if (Number.isNaN(this.#unit)) this.#unit = this.#unitOf(texts, column);
    layout.columns.forEach((quantity, i) => {
      const index = indexOf(quantity);
      if (index !== -1) this.#put(index, this.#sizeOf(texts[i] as string));
    });
    // With -w the two are separate: their sum corresponds to the other layout.
    if (layout.values === 7) this.#add(BUFFERS_CACHE, this.#values[BUFFERS] as number);
    this.#row = "swap";
  }

  #readSwap(texts: readonly string[]): void {
    this.#put(SWAP_TOTAL, this.#sizeOf(texts[0] as string));
    this.#put(SWAP_USED, this.#sizeOf(texts[1] as string));
    this.#row = "none";
  }

  #readStatistic([, number, unit, name]: RegExpExecArray): boolean {
    const place = STATISTIC_COLUMNS[name as string];
    if (place === undefined) return true;
    this.#put(place, Number(number) * (unit === undefined ? 1 : (STATISTIC_UNITS[unit] as number)));
    if (place === BUFFERS_CACHE) this.#add(BUFFERS_CACHE, this.#values[BUFFERS] as number);
    return true;
  }

  #put(index: number, value: number): void {
    if (Number.isNaN(this.#values[index])) this.known++;
    this.#values[index] = value;
  }

  #add(index: number, value: number): void {
    this.#values[index] = (this.#values[index] as number) + value;
  }

  /** KiB of a text, which has its own unit with -h. */
  #sizeOf(text: string): number {
    const [, digits = "", letter] = /^([\d.,-]+)(\w*)$/.exec(text) ?? [];
    const number = parseDecimal(digits, 0, digits.length, digits.includes(",") ? "," : ".");
    if (letter === undefined || letter === "") return number * this.#unit;
    this.#context.report.warn(
      "sizes of free -h are rounded: free -w without -h prints exact sizes",
      this.#cursor.place(),
    );
    return (number * 1024 ** "BKMGTPE".indexOf(letter[0] as string)) / 1024;
  }

  /** Finds the unit of a row's numbers: the kernel counts in pages, and every machine has at least 64 MiB. */
  #unitOf(texts: readonly string[], column: number): number {
    if (texts.some((text) => /[A-Za-z]/.test(text))) return 1;
    const numbers = texts.map(Number);
    const total = numbers[0] as number;
    if (total >= 2 ** 26 && numbers.every((number) => number % 1024 === 0)) return this.#said("bytes", "B");
    if (total >= 2 ** 16 && numbers.every((number) => number % 4 === 0)) return 1;
    if (total >= 256 && total < 2 ** 24) return this.#said("MiB (free -m)", "MiB");
    if (total > 0 && total < 256) return this.#said("GiB (free -g)", "GiB");
    throw this.#cursor.fault(column, "numbers that are not KiB, which are multiples of 4: set the unit with --unit");
  }

  #said(what: string, unit: string): number {
    this.#context.report.warn(`its numbers are read as ${what} (--unit sets another unit)`, this.#cursor.place());
    return UNITS.get(unit) as number;
  }
}
