import { quote } from "../../../common/quote.ts";
import { parseTimeLine, StampClock } from "../clock/stamp.ts";
import { Fields } from "../fields.ts";
import { LineCursor } from "../lines.ts";
import type { LogFile } from "../log-file.ts";
import { stemOf } from "../names.ts";
import { eachLine, Points } from "../points.ts";
import type { Detection, Format, Head, ReadContext } from "../reader.ts";
import { SeriesStream, SeriesTable } from "../series-table.ts";
import { type ColumnSpec, column, type Quantity, type Unit } from "../vocabulary.ts";

type Metric = readonly [quantity: Quantity, unit: Unit, name: string];

const GAUGES: readonly Metric[] = [
  ["memTotal", "KiB", "mem.physmem"],
  ["swapTotal", "KiB", "mem.util.swapTotal"],
  ["free", "KiB", "mem.util.free"],
  ["available", "KiB", "mem.util.available"],
  ["buffers", "KiB", "mem.util.bufmem"],
  ["cached", "KiB", "mem.util.cached"],
  ["anon", "KiB", "mem.util.anonpages"],
  ["x-shmem", "KiB", "mem.util.shmem"],
  ["x-reclaimable-slab", "KiB", "mem.util.slabReclaimable"],
  ["slab", "KiB", "mem.util.slab"],
  ["x-swap-cached", "KiB", "mem.util.swapCached"],
  ["x-swap-free", "KiB", "mem.util.swapFree"],
  ["lruActive", "KiB", "mem.util.active"],
  ["lruInactive", "KiB", "mem.util.inactive"],
  ["dirty", "KiB", "mem.util.dirty"],
  ["commit", "KiB", "mem.util.committed_AS"],
];
const RATES: readonly Metric[] = [
  ["swapIn", "pages/s", "swap.pagesin"],
  ["swapOut", "pages/s", "swap.pagesout"],
  ["ioRead", "KiB/s", "mem.vmstat.pgpgin"],
  ["ioWrite", "KiB/s", "mem.vmstat.pgpgout"],
  ["majorFaults", "1", "mem.vmstat.pgmajfault"],
];
/** Other names of the same. */
const ALIASES: Readonly<Record<string, string>> = {
  "mem.vmstat.pswpin": "swap.pagesin",
  "mem.vmstat.pswpout": "swap.pagesout",
};
const COLUMNS: readonly ColumnSpec[] = [
  ...GAUGES.map(([quantity, unit, name]) => column(quantity, name, unit)),
  ...RATES.map(([quantity, unit, name]) => column(quantity, name, unit, { kind: "rate", aggregate: "mean" })),
  column("swapUsed", "mem.util.swapTotal - mem.util.swapFree", "KiB", { how: "derived" }),
];
const BY_NAME: ReadonlyMap<string, number> = new Map(COLUMNS.map(({ field }, index) => [field, index]));
const indexOf = (quantity: Quantity): number => COLUMNS.findIndex((each) => each.quantity === quantity);
const SWAP_TOTAL = indexOf("swapTotal");
const SWAP_FREE = indexOf("x-swap-free");
const SWAP_USED = indexOf("swapUsed");
const HEADER = /^Time([,;\t| ])"[\w.]+/;

/** Performance Co-Pilot's metrics as CSV. */
export const pmrep: Format = {
  name: "pmrep",
  title: "pmrep -o csv",
  source:
    "pmrep -a ARCHIVE -o csv -f %s -t 1s mem.physmem mem.util.free mem.util.bufmem mem.util.cached mem.util.anonpages mem.util.shmem mem.util.slabReclaimable mem.util.swapCached mem.util.swapTotal mem.util.swapFree swap.pagesin swap.pagesout > log.csv",
  columns: COLUMNS,
  step: "-t, 1 s and more",
  stepSeconds: 1,
  gapSteps: 2,
  clock: "local",
  assumedZone: null,
  stamp: "instant",
  hold: "linear",
  memory: "measured",
  machines: "one",
  demands: [
    {
      name: "kernel",
      meaning:
        "anonymous and shared memory is wanted wherever it is, in RAM or swapped out; page cache and slab that can be reclaimed are files; all else that is not the balloon's is the kernel's",
      formulas:
        "anon = anon + x-shmem + swapUsed - x-swap-cached, fileSet = buffers + cached - x-shmem + x-reclaimable-slab, " +
        "kernelMemory = memory - free - anon - buffers - cached - x-swap-cached - x-reclaimable-slab - balloon",
    },
    {
      name: "used",
      meaning: "what is neither free nor cache nor the balloon's is anonymous, the kernel's share included",
      formulas: "anon = memory - free - buffers - cached - balloon, fileSet = buffers + cached",
    },
    {
      name: "available",
      meaning: "what the kernel could not give without swapping, and is not the balloon's, is anonymous",
      formulas: "anon = memory - available - balloon",
    },
    {
      name: "free",
      meaning: "what is not free, nor the balloon's, is anonymous, page cache included",
      formulas: "anon = memory - free - balloon",
    },
  ],
  quirks: [
    "times are local without a zone (--tz), or seconds since 1970 with -f %s",
    "counters are shown as rates per second, unless -r asks for raw values; sizes are KiB unless -b says otherwise, without a mark",
    "the first row has no rates; an empty field is unknown",
    "what the balloon held counts as used: --balloon; the file's name is the machine's id",
  ],
  detect,
  open: (files, context) => new SeriesStream(files, () => gather(files, context), complete),
};

function detect({ lines }: Head): Detection | null {
  const header = lines.find((line) => line.trim() !== "") ?? "";
  if (!HEADER.test(header)) return null;
  return { confidence: 1, reason: 'its header has "Time" and names of metrics, as pmrep prints' };
}

function gather(files: readonly LogFile[], context: ReadContext): SeriesTable {
  const table = new SeriesTable(COLUMNS);
  const points = new Points();
  for (const file of files) {
    const cursor = new LineCursor(file, context.report);
    const fields = new Fields(cursor);
    const clock = new StampClock(context);
    const machine = table.machine(stemOf(file.baseName));
    let separator = ",";
    let columns: readonly number[] = [];
    const take = (): void => {
      const header = HEADER.exec(cursor.line);
      if (header !== null) separator = header[1] as string;
      if (separator === " ") fields.split(separator);
      else fields.splitQuoted(separator);
      if (header !== null) {
        columns = namesOf(cursor.line, separator).map((name) => BY_NAME.get(ALIASES[name] ?? name) ?? -1);
        return;
      }
      if (columns.length === 0) throw cursor.fault(0, 'expected a header that begins with "Time"');
      // With blanks between fields, date and time are two of them.
      const extra = separator === " " && fields.count === columns.length + 1 ? 1 : 0;
      if (fields.count !== columns.length + extra) {
        const message = `${fields.count} fields, expected ${columns.length} as in the header`;
        throw fields.fault(Math.min(fields.count, columns.length), message);
      }
      const text = extra === 0 ? fields.text(0) : `${fields.text(0)} ${fields.text(1)}`;
      const stamp = parseTimeLine(text);
      if (stamp === null) throw fields.fault(0, `expected a time such as "2026-11-26 04:21:21", found ${quote(text)}`);
      const atUs = clock.at(stamp, cursor.place());
      columns.forEach((index, i) => {
        if (index === -1) return;
        const value =
          fields.text(i + extra) === "N/A"
            ? Number.NaN
            : fields.number(i + extra, (COLUMNS[index] as ColumnSpec).field);
        points.add(machine, index, atUs, value, cursor);
      });
    };
    eachLine(file, context, take, cursor);
  }
  points.settle(table);
  return table;
}

/** Names of a header: those of instances may hold blanks. */
const namesOf = (header: string, separator: string): string[] =>
  separator === " "
    ? (header.match(/"[^"]*"|[^ "]+/g) ?? []).map((name) => name.replaceAll('"', ""))
    : header.split(separator).map((name) => name.replaceAll('"', "").trim());

function complete(values: Float64Array): void {
  values[SWAP_USED] = (values[SWAP_TOTAL] as number) - (values[SWAP_FREE] as number);
}
