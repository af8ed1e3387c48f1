import { Fields } from "../fields.ts";
import type { LineCursor } from "../lines.ts";
import type { Detection, Format, Head, ReadContext, Sample } from "../reader.ts";
import { type FileReader, LineStream, type MachineTable } from "../streams.ts";
import { column } from "../vocabulary.ts";
import { MachineWindows } from "./machine-windows.ts";

const WINDOW_US = 300_000_000;
const MEAN = { aggregate: "mean", windowSeconds: 300, how: "derived" } as const;

/** Sums over the tasks of a machine. */
const COLUMNS = [
  column("used", "canonical memory usage", "fraction", MEAN),
  column("x-assigned", "assigned memory usage", "fraction", MEAN),
  column("x-unmapped-cache", "unmapped page cache", "fraction", MEAN),
  column("cached", "total page cache", "fraction", MEAN),
] as const;

/** Fields of `task_usage`, from 0. */
const START = 0;
const END = 1;
const MACHINE = 4;
const PLACES = [6, 7, 8, 9] as const;
const WIDTH = 20;

/** Google's cluster data of 2011: the usage of each task in windows of up to five minutes, summed by machine. */
export const google: Format = {
  name: "google",
  title: "Google ClusterData 2011",
  source: "task_usage/part-*-of-00500.csv of Google's cluster data (gunzip first)",
  columns: COLUMNS,
  step: "300 s",
  stepSeconds: 300,
  gapSteps: 2,
  clock: "relative",
  assumedZone: null,
  stamp: "start",
  hold: "step",
  memory: "given",
  machines: "several",
  demands: [
    {
      name: "used",
      meaning: "the memory of tasks is anonymous, except their page cache",
      formulas: "anon = used - cached, fileSet = cached",
    },
  ],
  quirks: [
    "rows belong to tasks: those of a machine are summed over windows of 300 s, weighted by the part of the window " +
      "that they span",
    "memory is a fraction of that of the largest machine: --memory is its RAM, which is assumed for each machine",
    "the last window is omitted: the next part of the data may have further rows of it",
    "an empty field adds nothing to its sum, with a remark",
    "microseconds count from 600 s before the first window; rows must be in the order of their starts",
    "columns of processors and disks, and each task's maximum, are not read",
    "ids of 64 bits are kept as texts",
    "no header: detected from 20 fields of the right kinds",
  ],
  detect,
  open(files, context) {
    const windows = new MachineWindows(WINDOW_US, PLACES.length);
    return new LineStream(files, context, (cursor, table) => new GoogleFile(cursor, table, context, windows));
  },
};

function detect({ lines }: Head): Detection | null {
  const fields = (lines[0] ?? "").split(",");
  const isWhole = (place: number): boolean => /^\d+$/.test(fields[place] ?? "");
  const isFraction = (place: number): boolean =>
    /^(?:0?\.\d+|[01](?:\.\d+)?|\d\.\d+e-\d+|)$/.test(fields[place] ?? "-");
  if (fields.length !== WIDTH || ![START, END, 2, 3, MACHINE].every(isWhole) || !PLACES.every(isFraction)) return null;
  if (Number(fields[END]) <= Number(fields[START])) return null;
  return { confidence: 0.8, reason: "its rows are 20 fields: two times, ids, and fractions of memory" };
}

class GoogleFile implements FileReader {
  readonly #cursor: LineCursor;
  readonly #table: MachineTable;
  readonly #context: ReadContext;
  readonly #windows: MachineWindows;
  readonly #fields: Fields;
  readonly #values = new Float64Array(PLACES.length);

  constructor(cursor: LineCursor, table: MachineTable, context: ReadContext, windows: MachineWindows) {
    this.#cursor = cursor;
    this.#table = table;
    this.#context = context;
    this.#windows = windows;
    this.#fields = new Fields(cursor);
  }

  begin(): void {}

  get hasMore(): boolean {
    return this.#windows.hasComplete;
  }

  read(sample: Sample): boolean {
    if (this.#windows.take(sample)) return true;
    if (this.#cursor.line === "") return false;
    const fields = this.#fields;
    fields.split(",");
    if (fields.count !== WIDTH) {
      throw fields.fault(Math.min(fields.count, WIDTH), `${fields.count} fields, expected ${WIDTH}`);
    }
    const startUs = fields.number(START, "the start of a window");
    const endUs = fields.number(END, "the end of a window");
    if (!(endUs > startUs && startUs > 0 && endUs - startUs <= WINDOW_US)) {
      throw fields.fault(START, "expected a window of at most 300 s, in microseconds");
    }
    const id = fields.text(MACHINE);
    if (id === "") throw fields.fault(MACHINE, "a row without a machine");
    const machine = this.#table.of(id, COLUMNS);
    if (!this.#windows.isAfterLast(startUs)) throw fields.fault(START, "rows have to be in the order of their starts");
    if (!this.#context.wants(id, null)) return this.#goOn(startUs, sample);
    PLACES.forEach((place, i) => {
      const value = fields.number(place, (COLUMNS[i] as (typeof COLUMNS)[number]).field);
      if (Number.isNaN(value))
        this.#context.report.warn("empty fields: not counted in the sums of their machines", this.#cursor.place());
      this.#values[i] = value;
    });
    this.#windows.add(machine, startUs, endUs, this.#values);
    return this.#goOn(startUs, sample);
  }

  /** Rows are in the order of their starts, so windows before the current one's are complete. */
  #goOn(startUs: number, sample: Sample): boolean {
    this.#windows.completeBefore(startUs);
    return this.#windows.take(sample);
  }
}
