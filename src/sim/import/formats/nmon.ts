import { quote } from "../../../common/quote.ts";
import { civilUs, SECOND_US } from "../clock/civil.ts";
import { Fields } from "../fields.ts";
import { LineCursor } from "../lines.ts";
import type { LogFile } from "../log-file.ts";
import { stemOf } from "../names.ts";
import { eachLine, Points } from "../points.ts";
import type { Detection, Format, Head, Machine, ReadContext } from "../reader.ts";
import { SeriesStream, SeriesTable } from "../series-table.ts";
import { type ColumnSpec, column, type Quantity, type Unit } from "../vocabulary.ts";

/** Quantity, unit, label of the line, title; counts of VM are of the interval. */
type Place = readonly [quantity: Quantity, unit: Unit, label: string, title: string];

const PLACES: readonly Place[] = [
  ["memTotal", "MiB", "MEM", "memtotal"],
  ["swapTotal", "MiB", "MEM", "swaptotal"],
  ["free", "MiB", "MEM", "memfree"],
  ["buffers", "MiB", "MEM", "buffers"],
  ["cached", "MiB", "MEM", "cached"],
  ["x-shmem", "MiB", "MEM", "memshared"],
  ["x-swap-free", "MiB", "MEM", "swapfree"],
  ["x-swap-cached", "MiB", "MEM", "swapcached"],
  ["lruActive", "MiB", "MEM", "active"],
  ["lruInactive", "MiB", "MEM", "inactive"],
  ["swapIn", "pages/s", "VM", "pswpin"],
  ["swapOut", "pages/s", "VM", "pswpout"],
  ["ioRead", "KiB/s", "VM", "pgpgin"],
  ["ioWrite", "KiB/s", "VM", "pgpgout"],
  ["majorFaults", "1", "VM", "pgmajfault"],
];
const COLUMNS: readonly ColumnSpec[] = [
  ...PLACES.map(([quantity, unit, label, title]) =>
    column(quantity, title, unit, label === "VM" ? { kind: "rate", aggregate: "mean" } : {}),
  ),
  column("swapUsed", "swaptotal - swapfree", "MiB", { how: "derived" }),
];
const indexOf = (quantity: Quantity): number => COLUMNS.findIndex((each) => each.quantity === quantity);
const SWAP_TOTAL = indexOf("swapTotal");
const SWAP_FREE = indexOf("x-swap-free");
const SWAP_USED = indexOf("swapUsed");
const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const SNAPSHOT = /^T\d{4,}$/;

/** The files of nmon for Linux. */
export const nmon: Format = {
  name: "nmon",
  title: "nmon",
  source: "nmon -f -s 5 -c 720",
  columns: COLUMNS,
  step: "-s, 1 s and more",
  stepSeconds: 60,
  gapSteps: 2,
  clock: "local",
  assumedZone: null,
  stamp: "instant",
  hold: "linear",
  memory: "measured",
  machines: "several",
  demands: [
    {
      name: "used",
      meaning:
        "what is neither free nor buffers nor cache nor the balloon's is anonymous, the kernel's share included, with what is swapped out",
      formulas: "anon = memory - free - buffers - cached - balloon + swapUsed, fileSet = buffers + cached",
    },
  ],
  quirks: [
    "lines may be sorted: what belongs together is told by the number of the snapshot, T0001, whose time a line ZZZZ has",
    "times are local without a zone: --tz; sizes are MiB with one decimal",
    "counters of VM are of the interval, and unknown in the first snapshot",
    "a size below 0 is one that the kernel does not have; files of AIX have other columns and are refused",
    "the host of AAA is the machine's id; what the balloon held counts as used: --balloon",
  ],
  detect,
  open: (files, context) => new SeriesStream(files, () => gather(files, context), complete),
};

function detect({ lines }: Head): Detection | null {
  const first = lines.find((line) => line.trim() !== "") ?? "";
  if (!/^AAA,\w+,/.test(first)) return null;
  return { confidence: 1, reason: 'its first line begins with "AAA,", as those of nmon do' };
}

function gather(files: readonly LogFile[], context: ReadContext): SeriesTable {
  const table = new SeriesTable(COLUMNS);
  const points = new Points();
  for (const file of files) new NmonFile(file, context, table, points).read();
  points.settle(table);
  return table;
}

/** Reads a file twice: once for host, times and titles, which may stand anywhere, once for the values. */
class NmonFile {
  readonly #file: LogFile;
  readonly #context: ReadContext;
  readonly #table: SeriesTable;
  readonly #points: Points;
  readonly #times = new Map<string, number>();
  readonly #titles = new Map<string, readonly string[]>();
  #host: string;

  constructor(file: LogFile, context: ReadContext, table: SeriesTable, points: Points) {
    this.#file = file;
    this.#context = context;
    this.#table = table;
    this.#points = points;
    this.#host = stemOf(file.baseName);
  }

  read(): void {
    const clock = this.#context.wallClock(null);
    let lastUs = Number.NEGATIVE_INFINITY;
    this.#each((fields, label) => {
      const { cursor } = fields;
      if (label === "AAA" && fields.text(1) === "host" && fields.text(2) !== "") this.#host = fields.text(2);
      else if (label === "ZZZZ") {
        const local = timeOf(fields.text(2), fields.text(3));
        if (Number.isNaN(local)) {
          throw fields.fault(
            2,
            `expected a time and a date such as "04:20:58,26-NOV-2026", found ${quote(fields.text(2))}`,
          );
        }
        lastUs = clock.toUtc(local, lastUs, cursor.place());
        this.#times.set(fields.text(1), lastUs);
      } else if (!SNAPSHOT.test(fields.text(1))) this.#titles.set(label, fields.texts());
    });
    const machine = this.#table.machine(this.#host);
    if (!this.#context.wants(machine.id, null)) return;
    const stamps = [...this.#times.values()].sort((a, b) => a - b);
    const before = new Map(stamps.map((us, i) => [us, stamps[i - 1] ?? Number.NaN]));
    this.#each((fields, label) => {
      if (label === "ZZZZ" || label === "AAA" || !SNAPSHOT.test(fields.text(1))) return;
      this.#readValues(fields, label, machine, before);
    });
  }

  #each(take: (fields: Fields, label: string) => void): void {
    const cursor = new LineCursor(this.#file, this.#context.report);
    const fields = new Fields(cursor);
    const look = (): void => {
      const label = /^(?:AAA|ZZZZ|MEM|VM)(?=,)/.exec(cursor.line)?.[0];
      if (label === undefined) {
        if (!/^[A-Z][A-Z0-9_]*,/.test(cursor.line))
          throw cursor.fault(0, "expected a line of nmon: a label and a comma");
        return;
      }
      fields.split(",");
      take(fields, label);
    };
    eachLine(this.#file, this.#context, look, cursor);
  }

  #readValues(fields: Fields, label: string, machine: Machine, before: ReadonlyMap<number, number>): void {
    const titles = this.#titles.get(label);
    if (titles === undefined) throw fields.fault(0, `a row of ${label} without a line of its titles`);
    if (label === "MEM" && !titles.includes("memtotal")) {
      throw fields.fault(0, "no memtotal in the titles of MEM: files of nmon for AIX can't be read");
    }
    const atUs = this.#times.get(fields.text(1));
    // Where the log was cut short, or a line is damaged, a snapshot has no time.
    if (atUs === undefined) {
      this.#context.report.warn(`${fields.text(1)} has no line ZZZZ with its time: left out`, fields.cursor.place());
      return;
    }
    const seconds = (atUs - (before.get(atUs) as number)) / SECOND_US;
    PLACES.forEach(([, , of, title], index) => {
      const place = titles.indexOf(title);
      if (of !== label || place === -1) return;
      if (place >= fields.count)
        throw fields.fault(fields.count, `${fields.count} fields, expected ${titles.length} as in the titles`);
      const value = fields.number(place, title);
      this.#points.add(
        machine,
        index,
        atUs,
        value < 0 ? Number.NaN : of === "VM" ? value / seconds : value,
        fields.cursor,
      );
    });
  }
}

/** Local microseconds of `04:20:58` and `26-NOV-2026`; NaN where they are none. */
function timeOf(time: string, date: string): number {
  const [, hour, minute, second] = /^(\d{2}):(\d{2}):(\d{2})$/.exec(time) ?? [];
  const [, day, month, year] = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(date) ?? [];
  const inYear = MONTHS.indexOf((month ?? "").toUpperCase()) + 1;
  return civilUs(Number(year), inYear, Number(day), Number(hour), Number(minute), Number(second));
}

function complete(values: Float64Array): void {
  values[SWAP_USED] = (values[SWAP_TOTAL] as number) - (values[SWAP_FREE] as number);
}
