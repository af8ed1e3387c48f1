import { quote } from "../../../common/quote.ts";
import type { Us } from "../../../common/units.ts";
import { civilUs, SECOND_US } from "../clock/civil.ts";
import { Fields } from "../fields.ts";
import { LineCursor } from "../lines.ts";
import type { LogFile } from "../log-file.ts";
import { missingFromRam } from "../moving-ram.ts";
import { machineOf } from "../names.ts";
import { eachLine, Points, timeGoesBack } from "../points.ts";
import type { Detection, Format, Head, Machine, ReadContext, Sample } from "../reader.ts";
import { SeriesStream, SeriesTable } from "../series-table.ts";
import { type ColumnSpec, column, type Quantity, type Unit } from "../vocabulary.ts";

/** Quantity, unit, label of the line, title; counts of VM are per interval. */
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
  missingFromRam("MiB"),
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
        "memory that is neither free nor buffers nor cache nor the balloon's is anonymous, including the kernel's " +
        "and memory in swap",
      formulas: "anon = memory - free - buffers - cached - balloon + swapUsed, fileSet = buffers + cached",
    },
  ],
  quirks: [
    "lines may be sorted: those of a snapshot have its number, T0001, and a line ZZZZ contains its time",
    "times are local without a zone: --tz; sizes are MiB with one decimal",
    "counters of VM belong to the interval, and are unknown in the first snapshot",
    "a size below 0 is missing in the kernel; files of AIX have other columns and are refused",
    "several recordings in one file, each with its lines AAA, are separated, of one or of several hosts",
    "the host of AAA is the machine's id; the balloon counts as used memory: --balloon",
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

/** One run of nmon: a file may have several, of one host or of more, one after the other. */
interface Recording {
  host: string;
  readonly times: Map<string, number>;
  readonly titles: Map<string, readonly string[]>;
  /** Time of its last snapshot so far. */
  lastUs: number;
}

/** The destination of a recording's values. */
interface Target {
  readonly machine: Machine;
  readonly recording: Recording;
  /** Time of the snapshot before, by the time of each. */
  readonly before: ReadonlyMap<number, number>;
}

/** Reads a file twice: once for hosts, times and titles, which may be anywhere in a recording, once for the values. */
class NmonFile {
  readonly #file: LogFile;
  readonly #context: ReadContext;
  readonly #table: SeriesTable;
  readonly #points: Points;
  readonly #recordings: Recording[] = [];

  constructor(file: LogFile, context: ReadContext, table: SeriesTable, points: Points) {
    this.#file = file;
    this.#context = context;
    this.#table = table;
    this.#points = points;
  }

  read(): void {
    const clock = this.#context.wallClock(null);
    this.#each((fields, label, index) => {
      const recording = this.#recording(index);
      if (label === "AAA" && fields.text(1) === "host" && fields.text(2) !== "") recording.host = fields.text(2);
      else if (label === "ZZZZ") {
        this.#noteTime(recording, fields, clock.toUtc(localOf(fields), recording.lastUs, fields.cursor.place()));
      } else if (!SNAPSHOT.test(fields.text(1))) recording.titles.set(label, fields.texts());
    });
    const targets = this.#recordings.map((recording) => this.#targetOf(recording));
    this.#each((fields, label, index) => {
      const target = targets[index];
      if (!target || label === "ZZZZ" || label === "AAA" || !SNAPSHOT.test(fields.text(1))) return;
      this.#readValues(fields, label, target);
    });
  }

  #recording(index: number): Recording {
    const lastUs = Number.NEGATIVE_INFINITY;
    this.#recordings[index] ??= { host: machineOf(this.#file), times: new Map(), titles: new Map(), lastUs };
    return this.#recordings[index];
  }

  #noteTime(recording: Recording, fields: Fields, atUs: number): void {
    const { times, lastUs } = recording;
    const snapshot = fields.text(1);
    if ((times.get(snapshot) ?? atUs) !== atUs) {
      throw fields.fault(1, `${snapshot} has two times: recordings that were sorted into one file can't be told apart`);
    }
    if (atUs < lastUs) throw timeGoesBack(fields.cursor.place(), lastUs - atUs);
    recording.lastUs = atUs;
    times.set(snapshot, atUs);
  }

  /** The destination of a recording's values; null if its machine is not wanted. */
  #targetOf(recording: Recording): Target | null {
    const machine = this.#table.machine(recording.host);
    if (!this.#context.wants(machine.id, null)) return null;
    const stamps = [...recording.times.values()];
    return { machine, recording, before: new Map(stamps.map((us, i) => [us, stamps[i - 1] ?? Number.NaN])) };
  }

  /** @param take is called with the fields of a line, its label, and the number of its recording */
  #each(take: (fields: Fields, label: string, recording: number) => void): void {
    const cursor = new LineCursor(this.#file, this.#context.report);
    const fields = new Fields(cursor);
    let recording = 0;
    // Lines that describe a machine come before its snapshots, sorted or not: one after a snapshot begins another
    // recording.
    let hasTime = false;
    const look = (): void => {
      const label = /^(?:AAA|ZZZZ|MEM|VM)(?=,)/.exec(cursor.line)?.[0];
      if (label === undefined) {
        if (!/^[A-Z][A-Z0-9_]*,/.test(cursor.line))
          throw cursor.fault(0, "expected a line of nmon: a label and a comma");
        return;
      }
      if (label === "AAA" && hasTime) {
        recording++;
        hasTime = false;
      }
      if (label === "ZZZZ") hasTime = true;
      fields.split(",");
      take(fields, label, recording);
    };
    eachLine(this.#file, this.#context, look, cursor);
  }

  #readValues(fields: Fields, label: string, { machine, recording, before }: Target): void {
    const titles = recording.titles.get(label);
    if (titles === undefined) throw fields.fault(0, `a row of ${label} without a line of its titles`);
    if (label === "MEM" && !titles.includes("memtotal")) {
      throw fields.fault(0, "no memtotal in the titles of MEM: files of nmon for AIX can't be read");
    }
    const atUs = recording.times.get(fields.text(1));
    // In a truncated log, or with a damaged line, a snapshot may have no time.
    if (atUs === undefined) {
      this.#context.report.warn(`${fields.text(1)} has no line ZZZZ with its time: omitted`, fields.cursor.place());
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

/** Local time of a line ZZZZ. */
function localOf(fields: Fields): Us {
  const local = timeOf(fields.text(2), fields.text(3));
  if (!Number.isNaN(local)) return local;
  throw fields.fault(2, `expected a time and a date such as "04:20:58,26-NOV-2026", found ${quote(fields.text(2))}`);
}

/** Local microseconds of `04:20:58` and `26-NOV-2026`; NaN for other texts. */
function timeOf(time: string, date: string): Us {
  const [, hour, minute, second] = /^(\d{2}):(\d{2}):(\d{2})$/.exec(time) ?? [];
  const [, day, month, year] = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(date) ?? [];
  const inYear = MONTHS.indexOf((month ?? "").toUpperCase()) + 1;
  return civilUs(Number(year), inYear, Number(day), Number(hour), Number(minute), Number(second));
}

function complete({ values }: Sample): void {
  values[SWAP_USED] = (values[SWAP_TOTAL] as number) - (values[SWAP_FREE] as number);
}
