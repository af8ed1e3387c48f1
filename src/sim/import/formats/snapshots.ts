import { SPLIT_BY_ZONE } from "../../../common/record/fields.ts";
import { PAGE_BYTES } from "../../../common/units.ts";
import { parseDecimal } from "../fields.ts";
import type { LineCursor } from "../lines.ts";
import { type MomentReader, MomentStream } from "../moments.ts";
import { machineOf } from "../names.ts";
import type { Detection, Format, Head, Machine } from "../reader.ts";
import type { MachineTable } from "../streams.ts";
import { KERNEL_COLUMNS, KERNEL_DEMANDS, KernelFigures } from "./kernel-figures.ts";

/** Files of /proc and debugfs, collected by a script again and again, with a time before each snapshot. */
export const snapshots: Format = {
  name: "snapshots",
  title: "snapshots of /proc",
  source:
    'while sleep 1; do echo "### $(date +%s.%N)"; cat /proc/meminfo /proc/vmstat /proc/pressure/memory /sys/kernel/debug/vmmemctl; done',
  columns: KERNEL_COLUMNS,
  step: "the script's",
  stepSeconds: null,
  gapSteps: 2,
  clock: "zoned",
  assumedZone: null,
  stamp: "instant",
  hold: "linear",
  memory: "measured",
  machines: "one",
  options: ["interval", "date-order"],
  demands: KERNEL_DEMANDS,
  quirks: [
    "a snapshot begins with a time: a line ### with the seconds since 1970, or the output of date in any of its " +
      "usual forms; the time may also follow each snapshot, or begin each line; without times, --interval; " +
      "other lines with ### may name the file that follows",
    "meminfo, vmstat, pressure/memory and the balloon driver's vmmemctl are recognized by their lines",
    "in vmmemctl, target is the balloon's target, not the counter of that name, in the layout of any version",
    "a last snapshot without fields that the others have is incomplete and omitted",
    "pages are assumed to have 4 KiB",
    "the file's name is the machine's id",
  ],
  detect,
  open: (files, context) => new MomentStream(files, context, (cursor, table) => new Snapshot(cursor, table)),
};

const BEGIN = /^###\s+\d+(?:\.\d+)?\s*$/;
/** The first line of meminfo. */
const FIRST = /^MemTotal: +\d+ kB$/;
/** Maximum number of lines before the first of meminfo: a time, output of a script. */
const MOST_BEFORE = 10;
const SECTION = /^###\s+[A-Za-z/][\w/.-]*\s*$/;

function detect({ lines }: Head): Detection | null {
  const first = lines.findIndex((line) => BEGIN.test(line));
  if (first === -1) return detectMeminfo(lines);
  if (lines.slice(0, first).some((line) => line !== "")) return null;
  // A truncated last line is no evidence.
  const isKnown = lines.slice(first + 1, -1).some((line) => figureOf(line) !== null);
  if (!isKnown) return null;
  return { confidence: 1, reason: `it begins with "### " and a time, and has lines of the kernel's files behind it` };
}

function detectMeminfo(lines: readonly string[]): Detection | null {
  const meminfo = lines.findIndex((line) => /(?:^|\s)MemTotal: +\d+ kB$/.test(line));
  if (meminfo !== -1 && meminfo < MOST_BEFORE && lines.some((line) => /\bMemFree: +\d+ kB$/.test(line))) {
    return { confidence: 0.95, reason: `line ${meminfo + 1} is the first of /proc/meminfo` };
  }
  return null;
}

/** A number of a snapshot. */
interface Figure {
  readonly file: string;
  readonly field: string;
  /** Position of the digits in the line. */
  readonly start: number;
  readonly end: number;
}

const MEMINFO = /^([A-Z]\w*(?:\(\w+\))?): +(\d+)(?: kB)?$/d;
const VMSTAT = /^([a-z]\w*) (\d+)$/d;
const PRESSURE = /^(some|full) avg10=[\d.]+ avg60=[\d.]+ avg300=[\d.]+ total=(\d+)$/d;
/** The driver's sizes and rates; Linux 5.x omits the unit and has blanks before the colon. */
const VMMEMCTL = /^(\w+) *: +(\d+)(?: pages(?:\/sec)?)?$/d;
/** Other lines of the driver: counters with their failures, flags. */
const VMMEMCTL_OTHER = /^[\w -]+(?:\(\w+\))? *: +(?:\d+ \( *\d+ failed\)|0x[0-9a-f]+|[yn])$/;
const VMMEMCTL_SPLIT = /^\w+ *\(\w+\): +\d+$/;

/** The number of a line, with the file that has such lines; null for another line. */
function figureOf(line: string): Figure | null {
  for (const [file, shape] of [
    ["vmstat", VMSTAT],
    ["meminfo", MEMINFO],
    ["pressure/memory", PRESSURE],
    ["vmmemctl", VMMEMCTL],
  ] as const) {
    const match = shape.exec(line);
    if (match?.indices === undefined) continue;
    const [start, end] = match.indices[2] as [number, number];
    const name = match[1] as string;
    const field = file === "vmstat" ? (SPLIT_BY_ZONE.exec(name)?.[1] ?? name) : name;
    return { file, field, start, end };
  }
  return null;
}

const isOther = (line: string): boolean =>
  line === "" || SECTION.test(line) || VMMEMCTL_OTHER.test(line) || VMMEMCTL_SPLIT.test(line);

/** The numbers of a snapshot. */
class Snapshot implements MomentReader {
  readonly machine: Machine;
  readonly expected = "a line of meminfo, vmstat, pressure/memory or vmmemctl";
  readonly #figures = new KernelFigures();

  constructor(cursor: LineCursor, table: MachineTable) {
    this.machine = table.of(machineOf(cursor.file), KERNEL_COLUMNS);
  }

  get known(): number {
    return this.#figures.known;
  }

  begins(line: string): boolean {
    return FIRST.test(line);
  }

  read(line: string): boolean {
    const figure = figureOf(line);
    if (figure === null) return isOther(line);
    const place = KernelFigures.placeOf(figure.file, figure.field);
    if (place !== -1) this.#figures.add(place, parseDecimal(line, figure.start, figure.end));
    return true;
  }

  write(values: Float64Array): void {
    this.#figures.write(values, PAGE_BYTES);
    this.#figures.clear();
  }

  faultColumn(line: string): number {
    return faultColumn(line);
  }
}

/** The column at which a line stops being valid: after its name, if it begins with one. */
function faultColumn(line: string): number {
  const value = /^(?:###\s+|[A-Za-z][\w()]*\s*:?\s+)/.exec(line);
  return value === null || value[0].length >= line.length ? 0 : value[0].length;
}
