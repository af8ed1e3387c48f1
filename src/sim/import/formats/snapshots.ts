import { SPLIT_BY_ZONE } from "../../../common/record/fields.ts";
import { PAGE_BYTES } from "../../../common/units.ts";
import { parseDecimal } from "../fields.ts";
import { LineCursor } from "../lines.ts";
import type { LogFile } from "../log-file.ts";
import { stemOf } from "../names.ts";
import type { Detection, Format, Head, Machine, ReadContext, Sample, SampleStream } from "../reader.ts";
import { MachineTable } from "../streams.ts";
import { KERNEL_COLUMNS, KERNEL_DEMANDS, KernelFigures } from "./kernel-figures.ts";

/** What a script collects: the files of /proc and debugfs one after the other, again and again, with a time before each. */
export const snapshots: Format = {
  name: "snapshots",
  title: "snapshots of /proc",
  source:
    'while sleep 1; do echo "### $(date +%s.%N)"; cat /proc/meminfo /proc/vmstat /proc/pressure/memory /sys/kernel/debug/vmmemctl; done',
  columns: KERNEL_COLUMNS,
  step: "the script's",
  stepSeconds: null,
  gapSteps: 2,
  clock: "epoch",
  assumedZone: null,
  stamp: "instant",
  hold: "linear",
  memory: "measured",
  machines: "one",
  demands: KERNEL_DEMANDS,
  quirks: [
    "a snapshot begins with a line ### and the seconds since 1970; other lines with ### may name the file that follows",
    "meminfo, vmstat, pressure/memory and the balloon driver's vmmemctl are told apart by their lines",
    "of vmmemctl, target is what the driver wants, not the counter of that name, in the layout of any version",
    "a last snapshot that lacks what the others have was being written when the log was taken: left out",
    "pages are taken to have 4 KiB",
    "the file's name is the machine's id",
  ],
  detect,
  open: (files, context) => new SnapshotStream(files, context),
};

const BEGIN = /^###\s+(\d+(?:\.\d+)?)\s*$/;
const SECTION = /^###\s+[A-Za-z/][\w/.-]*\s*$/;

function detect({ lines }: Head): Detection | null {
  const first = lines.findIndex((line) => BEGIN.test(line));
  if (first === -1 || lines.slice(0, first).some((line) => line !== "")) return null;
  // A cut last line is no evidence of anything.
  const isKnown = lines.slice(first + 1, -1).some((line) => figureOf(line) !== null);
  if (!isKnown) return null;
  return { confidence: 1, reason: `it begins with "### " and a time, and has lines of the kernel's files behind it` };
}

/** A number of a snapshot. */
interface Figure {
  readonly file: string;
  readonly field: string;
  /** Where the digits are in the line. */
  readonly start: number;
  readonly end: number;
}

const MEMINFO = /^([A-Z]\w*(?:\(\w+\))?): +(\d+)(?: kB)?$/d;
const VMSTAT = /^([a-z]\w*) (\d+)$/d;
const PRESSURE = /^(some|full) avg10=[\d.]+ avg60=[\d.]+ avg300=[\d.]+ total=(\d+)$/d;
/** The driver's sizes and rates; Linux 5.x leaves the unit out and puts blanks before the colon. */
const VMMEMCTL = /^(\w+) *: +(\d+)(?: pages(?:\/sec)?)?$/d;
/** What else the driver prints: counters with their failures, flags. */
const VMMEMCTL_OTHER = /^[\w -]+(?:\(\w+\))? *: +(?:\d+ \( *\d+ failed\)|0x[0-9a-f]+|[yn])$/;
const VMMEMCTL_SPLIT = /^\w+ *\(\w+\): +\d+$/;

/** The number of a line, as the file has it that the line is from; null where it is none of those files'. */
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

/** A stream over snapshots: each ends where the next one begins. */
class SnapshotStream implements SampleStream {
  readonly #files: readonly LogFile[];
  readonly #context: ReadContext;
  readonly #table = new MachineTable();
  readonly #figures = new KernelFigures();
  #fileIndex = 0;
  #cursor: LineCursor | null = null;
  #bytesBefore = 0;
  #machine: Machine | null = null;
  /** Time of the snapshot that is being read, and where it begins; NaN before the first. */
  #atUs = Number.NaN;
  #line = 0;
  /** Numbers that the last snapshot had. */
  #usual = 0;

  constructor(files: readonly LogFile[], context: ReadContext) {
    this.#files = files;
    this.#context = context;
  }

  get machines(): readonly Machine[] {
    return this.#table.list;
  }

  get bytesRead(): number {
    return this.#bytesBefore + (this.#cursor?.bytesRead ?? 0);
  }

  next(sample: Sample): boolean {
    for (;;) {
      if (this.#cursor === null && !this.#nextFile()) return false;
      const cursor = this.#cursor as LineCursor;
      while (cursor.advance()) if (this.#readLine(cursor, sample)) return true;
      this.#bytesBefore += cursor.file.bytes;
      this.#cursor = null;
      if (this.#takeLast(sample, cursor)) return true;
    }
  }

  close(): void {
    this.#cursor?.close();
    this.#cursor = null;
    this.#fileIndex = this.#files.length;
  }

  #nextFile(): boolean {
    const file = this.#files[this.#fileIndex++];
    if (file === undefined) return false;
    this.#cursor = new LineCursor(file, this.#context.report);
    this.#machine = this.#table.of(stemOf(file.baseName), KERNEL_COLUMNS);
    this.#atUs = Number.NaN;
    this.#usual = 0;
    this.#figures.clear();
    return true;
  }

  /** Takes a line; true where it begins the next snapshot and the one before is now in `sample`. */
  #readLine(cursor: LineCursor, sample: Sample): boolean {
    const { line } = cursor;
    // What was being written may be the beginning of something else: of a longer number, say.
    if (!cursor.isTerminated) {
      this.#context.report.warn("the last line is cut short: left out", {
        file: cursor.file.name,
        line: cursor.lineNumber,
      });
      return false;
    }
    const time = BEGIN.exec(line)?.[1];
    if (time !== undefined) {
      const isDone = this.#take(sample, cursor);
      this.#atUs = Math.round(Number(time) * 1e6);
      this.#line = cursor.lineNumber;
      return isDone;
    }
    const figure = figureOf(line);
    if (figure === null) {
      if (!isOther(line)) this.#context.damaged(cursor.fault(faultColumn(line), FAULT));
    } else if (Number.isNaN(this.#atUs)) {
      this.#context.damaged(cursor.fault(0, 'a snapshot without a time: expected a line such as "### 1795389641.087"'));
    } else {
      const place = KernelFigures.placeOf(figure.file, figure.field);
      if (place !== -1) this.#figures.add(place, parseDecimal(line, figure.start, figure.end));
    }
    return false;
  }

  /** Puts the snapshot that has been read into `sample`; false where there is none. */
  #take(sample: Sample, cursor: LineCursor): boolean {
    if (Number.isNaN(this.#atUs)) return false;
    sample.begin(this.#machine as Machine, this.#atUs);
    sample.place.file = cursor.file.name;
    sample.place.line = this.#line;
    this.#usual = this.#figures.known;
    this.#figures.write(sample.values, PAGE_BYTES);
    this.#figures.clear();
    return true;
  }

  /** The last one of a file, unless it was being written. */
  #takeLast(sample: Sample, cursor: LineCursor): boolean {
    const { known } = this.#figures;
    if (known >= this.#usual && known > 0) return this.#take(sample, cursor);
    if (!Number.isNaN(this.#atUs)) {
      const place = { file: cursor.file.name, line: this.#line };
      this.#context.report.warn("the last snapshot was being written when the log was taken: left out", place);
    }
    return false;
  }
}

const FAULT = "expected a line of meminfo, vmstat, pressure/memory or vmmemctl, or ### and a time";

/** Where a line stops looking like one of theirs: at what follows its name, if it begins with one. */
function faultColumn(line: string): number {
  const value = /^(?:###\s+|[A-Za-z][\w()]*\s*:?\s+)/.exec(line);
  return value === null || value[0].length >= line.length ? 0 : value[0].length;
}
