import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { orderOfDates } from "../clock/date-order.ts";
import { parseTimeLine, StampClock } from "../clock/stamp.ts";
import { Fields } from "../fields.ts";
import { LineCursor } from "../lines.ts";
import type { LogFile } from "../log-file.ts";
import { missingFromRam } from "../moving-ram.ts";
import { machineOf } from "../names.ts";
import { eachLine, Points, timeGoesBack } from "../points.ts";
import type { Detection, Format, Head, ReadContext, Sample } from "../reader.ts";
import { SeriesStream, SeriesTable } from "../series-table.ts";
import { type ColumnSpec, column, type Quantity, type Unit } from "../vocabulary.ts";
import { AVAILABLE_DEMAND, FREE_DEMAND, KERNEL_DEMAND, USED_DEMAND } from "./linux-demands.ts";

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
/** Other names of the same metrics. */
const ALIASES: Readonly<Record<string, string>> = {
  "mem.vmstat.pswpin": "swap.pagesin",
  "mem.vmstat.pswpout": "swap.pagesout",
};
const COLUMNS: readonly ColumnSpec[] = [
  ...GAUGES.map(([quantity, unit, name]) => column(quantity, name, unit)),
  ...RATES.map(([quantity, unit, name]) => column(quantity, name, unit, { kind: "rate", aggregate: "mean" })),
  column("swapUsed", "mem.util.swapTotal - mem.util.swapFree", "KiB", { how: "derived" }),
  missingFromRam("KiB"),
];
const BY_NAME: ReadonlyMap<string, number> = new Map(COLUMNS.map(({ field }, index) => [field, index]));
const indexOf = (quantity: Quantity): number => COLUMNS.findIndex((each) => each.quantity === quantity);
const SWAP_TOTAL = indexOf("swapTotal");
const SWAP_FREE = indexOf("x-swap-free");
const SWAP_USED = indexOf("swapUsed");
/** KiB per unit of the log. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ["KiB", 1],
  ["MiB", 1024],
  ["GiB", 1024 ** 2],
]);
/** The time of a row; with blanks between fields, date and time are two fields. */
const TIME_FIELD = /^([^,;\t|]*?\d:\d[^,;\t| ]*)/;
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
  options: ["unit", "date-order"],
  demands: [KERNEL_DEMAND, USED_DEMAND, AVAILABLE_DEMAND, FREE_DEMAND],
  quirks: [
    "times are local without a zone (--tz), or seconds since 1970 with -f %s",
    "counters are shown as rates per second, which are missing in the first row: if it has them, they are raw values " +
      "(-r), and omitted",
    "sizes are KiB unless -b is given, which is not marked: --unit KiB, MiB or GiB",
    "an empty field is unknown",
    "the balloon counts as used memory: --balloon; the file's name is the machine's id",
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
  const unit = UNITS.get(context.unit ?? "KiB");
  if (unit === undefined) {
    throw new InputError(`--unit ${quote(context.unit ?? "")}: expected one of ${[...UNITS.keys()].join(", ")}`);
  }
  const order = orderOfDates(files, context, (line) => parseTimeLine(TIME_FIELD.exec(line)?.[1] ?? ""));
  for (const file of files) {
    const cursor = new LineCursor(file, context.report);
    const fields = new Fields(cursor);
    const clock = new StampClock(context, order);
    const machine = table.machine(machineOf(file));
    let separator = ",";
    let columns: readonly number[] = [];
    let lastUs = Number.NEGATIVE_INFINITY;
    /** Counters that are no rates in this file; null before its first row. */
    let raw: Set<number> | null = null;
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
      // With blanks between fields, date and time are two fields.
      const extra = separator === " " && fields.count === columns.length + 1 ? 1 : 0;
      if (fields.count !== columns.length + extra) {
        const message = `${fields.count} fields, expected ${columns.length} as in the header`;
        throw fields.fault(Math.min(fields.count, columns.length), message);
      }
      const text = extra === 0 ? fields.text(0) : `${fields.text(0)} ${fields.text(1)}`;
      const stamp = parseTimeLine(text);
      if (stamp === null) throw fields.fault(0, `expected a time such as "2026-11-26 04:21:21", found ${quote(text)}`);
      const atUs = clock.at(stamp, cursor.place());
      if (atUs < lastUs) throw timeGoesBack(cursor.place(), lastUs - atUs);
      lastUs = atUs;
      const isFirst = raw === null;
      raw ??= new Set();
      for (const [i, index] of columns.entries()) {
        if (index === -1) continue;
        const { kind, field, unit: columnUnit } = COLUMNS[index] as ColumnSpec;
        const text = fields.text(i + extra);
        const value = text === "N/A" ? Number.NaN : fields.number(i + extra, field);
        if (isFirst && kind === "rate" && !Number.isNaN(value)) {
          raw.add(index);
          context.report.warn(
            `${field} has a value in the first row, so it is not a rate (-r): omitted`,
            cursor.place(),
          );
        }
        if (!raw.has(index)) points.add(machine, index, atUs, columnUnit === "KiB" ? value * unit : value, cursor);
      }
    };
    eachLine(file, context, take, cursor);
  }
  points.settle(table);
  return table;
}

/** Names of a header: names of instances may contain blanks. */
const namesOf = (header: string, separator: string): string[] =>
  separator === " "
    ? (header.match(/"[^"]*"|[^ "]+/g) ?? []).map((name) => name.replaceAll('"', ""))
    : header.split(separator).map((name) => name.replaceAll('"', "").trim());

function complete({ values }: Sample): void {
  values[SWAP_USED] = (values[SWAP_TOTAL] as number) - (values[SWAP_FREE] as number);
}
