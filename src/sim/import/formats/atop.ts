import { SECOND_US } from "../clock/civil.ts";
import { Fields } from "../fields.ts";
import { LineCursor } from "../lines.ts";
import type { LogFile } from "../log-file.ts";
import { eachLine, Points } from "../points.ts";
import type { Detection, Format, Head, Machine, ReadContext, Sample } from "../reader.ts";
import { SeriesStream, SeriesTable } from "../series-table.ts";
import { type ColumnSpec, column, type Quantity } from "../vocabulary.ts";
import { USED_DEMAND } from "./linux-demands.ts";

/** Quantity, label of the line, field in it, and whether it is a count per interval. */
type Place = readonly [quantity: Quantity, label: string, field: number, name: string, isCount?: true];

const PLACES: readonly Place[] = [
  ["memTotal", "MEM", 7, "physical memory"],
  ["free", "MEM", 8, "free"],
  ["cached", "MEM", 9, "page cache"],
  ["buffers", "MEM", 10, "buffer cache"],
  ["slab", "MEM", 11, "slab"],
  ["dirty", "MEM", 12, "dirty"],
  ["x-reclaimable-slab", "MEM", 13, "reclaimable slab"],
  ["balloonSize", "MEM", 14, "vmware balloon"],
  ["x-shmem", "MEM", 15, "shared memory"],
  ["swapTotal", "SWP", 7, "swap size"],
  ["x-swap-free", "SWP", 8, "free swap"],
  ["commit", "SWP", 10, "committed space"],
  ["x-scanned", "PAG", 7, "page scans", true],
  ["swapIn", "PAG", 10, "swapins", true],
  ["swapOut", "PAG", 11, "swapouts", true],
];
const COLUMNS: readonly ColumnSpec[] = [
  ...PLACES.map(([quantity, label, , name, isCount]) =>
    column(quantity, `${name} of ${label}`, isCount ? "KiB/s" : "KiB", isCount && { kind: "rate", aggregate: "mean" }),
  ),
  column("swapUsed", "swap size - free swap", "KiB", { how: "derived" }),
];
const indexOf = (quantity: Quantity): number => COLUMNS.findIndex((each) => each.quantity === quantity);
const SWAP_TOTAL = indexOf("swapTotal");
const SWAP_FREE = indexOf("x-swap-free");
const SWAP_USED = indexOf("swapUsed");
const BALLOON = indexOf("balloonSize");
/** Label, host, seconds since 1970, date, time, interval, size of a page. */
const LINE = /^(?:MEM|SWP|PAG) \S+ \d{9,10} \d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2} \d+ \d+(?: |$)/;
const LEAST_FIELDS: Readonly<Record<string, number>> = { MEM: 12, SWP: 9, PAG: 12 };

/** atop's machine-readable output. */
export const atop: Format = {
  name: "atop",
  title: "atop -P",
  source: "atop -r FILE -P MEM,SWP,PAG > log.txt",
  columns: COLUMNS,
  step: "10 min, or atop's interval",
  stepSeconds: 600,
  gapSteps: 2,
  clock: "epoch",
  assumedZone: null,
  stamp: "instant",
  hold: "linear",
  memory: "measured",
  machines: "several",
  demands: [
    {
      name: "cache",
      meaning:
        "page cache, buffers and reclaimable slab, without shared memory, are files; all other memory that is " +
        "neither free nor the balloon's is anonymous, including the kernel's and memory in swap",
      formulas:
        "anon = memory - free - cached - buffers - x-reclaimable-slab + x-shmem + swapUsed - balloon, fileSet = cached + buffers + x-reclaimable-slab - x-shmem",
    },
    USED_DEMAND,
  ],
  quirks: [
    "sizes are in pages, whose size is in each line; counts belong to the interval",
    "values after RESET are counted since the machine started: their rates are unknown, their sizes are valid",
    "the balloon's size is VMware's; some versions do not find it and print 0: a log with only zeros does not " +
      "contain it (--balloon)",
    "labels other than MEM, SWP and PAG are not read; each host is a machine",
  ],
  detect,
  open: (files, context) => new SeriesStream(files, () => gather(files, context), complete),
};

function detect({ lines }: Head): Detection | null {
  const line = lines.findIndex((each) => LINE.test(each));
  if (line === -1 || !/^(?:RESET|SEP|[A-Z]{3} \S+ \d{9,10} )/.test(lines.find((each) => each.trim() !== "") ?? ""))
    return null;
  return { confidence: 1, reason: `line ${line + 1} has a label, a host, a time and an interval, as atop -P prints` };
}

function gather(files: readonly LogFile[], context: ReadContext): SeriesTable {
  const table = new SeriesTable(COLUMNS);
  const points = new Points();
  const balloons: { machine: Machine; atUs: number; value: number; cursor: LineCursor }[] = [];
  const ballooned = new Set<Machine>();
  for (const file of files) {
    const cursor = new LineCursor(file, context.report);
    const fields = new Fields(cursor);
    let isSinceBoot = false;
    const take = (): void => {
      const { line } = cursor;
      if (line === "RESET" || line === "SEP") {
        isSinceBoot = line === "RESET";
        return;
      }
      if (!/^[A-Za-z]{3,4} /.test(line)) throw cursor.fault(0, "expected a line of atop -P: a label, a host, a time");
      fields.splitBlanks();
      const label = fields.text(0);
      const least = LEAST_FIELDS[label];
      if (least === undefined) return;
      if (fields.count < least) throw fields.fault(fields.count, `${fields.count} fields, expected ${least} or more`);
      const atUs = fields.number(2, "seconds since 1970") * SECOND_US;
      const interval = fields.number(5, "the interval");
      const kib = fields.number(6, "the size of a page") / 1024;
      if (!(atUs >= 0 && interval >= 0 && kib > 0))
        throw fields.fault(2, "expected a time, an interval and the size of a page");
      const machine = table.machine(fields.text(1));
      if (!context.wants(machine.id, null)) return;
      PLACES.forEach(([, of, field, name, isCount], index) => {
        if (of !== label || field >= fields.count || (isCount && (isSinceBoot || interval === 0))) return;
        const value = (fields.number(field, name) * kib) / (isCount ? interval : 1);
        if (index !== BALLOON) points.add(machine, index, atUs, value, cursor);
        else {
          if (value > 0) ballooned.add(machine);
          balloons.push({ machine, atUs, value, cursor });
        }
      });
    };
    eachLine(file, context, take, cursor);
  }
  for (const { machine, atUs, value, cursor } of balloons) {
    if (ballooned.has(machine)) points.add(machine, BALLOON, atUs, value, cursor);
  }
  points.settle(table);
  return table;
}

function complete({ values }: Sample): void {
  values[SWAP_USED] = (values[SWAP_TOTAL] as number) - (values[SWAP_FREE] as number);
}
