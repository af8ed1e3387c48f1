import { Fields } from "../fields.ts";
import type { LineCursor } from "../lines.ts";
import { NamedColumns, numberOfFile } from "../named-columns.ts";
import type { Detection, Format, Head, Machine, Sample } from "../reader.ts";
import { type FileReader, LineStream, type MachineTable } from "../streams.ts";
import { column } from "../vocabulary.ts";
import { ActiveQuantum } from "./active-quantum.ts";

const MEAN = { aggregate: "mean", windowSeconds: 300 } as const;
const RATE = { ...MEAN, kind: "rate" } as const;

const COLUMNS = [
  column("cpus", "CPU cores", "1"),
  column("granted", "Memory capacity provisioned [KB]", "KiB", MEAN),
  column("active", "Memory usage [KB]", "KiB", MEAN),
  column("ioRead", "Disk read throughput [KB/s]", "KiB/s", RATE),
  column("ioWrite", "Disk write throughput [KB/s]", "KiB/s", RATE),
] as const;
const GRANTED = 1;
const ACTIVE = 2;

const TIME_FIELD = "Timestamp [ms]";
/** A larger stamp is in milliseconds, as the header says; in seconds it would be after the year 5000. */
const LEAST_MILLISECONDS = 1e11;

/**
 * The archive's Bitbrains logs: one file per VM, means of five minutes that vCenter computed from 20-second samples.
 */
export const bitbrains: Format = {
  name: "bitbrains",
  title: "Bitbrains GWA-T-12",
  source: "The Grid Workloads Archive, fastStorage and rnd: one file a VM and month",
  columns: COLUMNS,
  step: "300 s",
  stepSeconds: 300,
  gapSteps: 2,
  clock: "epoch",
  assumedZone: null,
  stamp: "end",
  hold: "step",
  memory: "inferred",
  machines: "one",
  demands: [
    {
      name: "cache",
      meaning: "active memory is anonymous and the working set; all other granted memory is page cache",
      formulas: "anon = active, fileSet = granted - active",
    },
    {
      name: "anon",
      meaning: "all granted memory is anonymous; active memory is the working set",
      formulas: "anon = granted, workingSet = active",
    },
    {
      name: "active",
      meaning: "active memory is anonymous; there is no other demand",
      formulas: "anon = active",
    },
  ],
  quirks: [
    "time stamps are seconds although the header says [ms], as their size shows",
    "capacity is the memory granted by the host so far, not the VM's RAM, which is inferred from the steps of active " +
      "memory",
    "a row of zeros is a VM that is off; a capacity of 0 in another row is unknown",
    "active memory is a sampled estimate and may exceed the granted memory while a VM boots",
    "some files contain every time stamp twice (--duplicates)",
    "columns of processors and networks are not read, except the number of cores",
    "the file's number is the VM's id; a VM's files of several months are one log",
  ],
  detect,
  open: (files, context) => new LineStream(files, context, (cursor, table) => new BitbrainsFile(cursor, table)),
  memoryFinder: () => new ActiveQuantum(GRANTED, ACTIVE),
};

function detect({ lines }: Head): Detection | null {
  const header = lines[0] ?? "";
  if (!header.startsWith(TIME_FIELD) || !header.includes(COLUMNS[GRANTED].field)) return null;
  if (!header.includes(";")) return null;
  return { confidence: 1, reason: `its header has "${TIME_FIELD}" and "${COLUMNS[GRANTED].field}" between semicolons` };
}

class BitbrainsFile implements FileReader {
  readonly #cursor: LineCursor;
  readonly #fields: Fields;
  readonly #machine: Machine;
  #columns: NamedColumns | null = null;

  constructor(cursor: LineCursor, table: MachineTable) {
    this.#cursor = cursor;
    this.#fields = new Fields(cursor);
    this.#machine = table.of(numberOfFile(cursor.file.baseName), COLUMNS);
  }

  begin(): void {
    this.#cursor.advance();
    this.#fields.split(";");
    this.#columns = new NamedColumns(this.#fields, TIME_FIELD, COLUMNS, [COLUMNS[GRANTED], COLUMNS[ACTIVE]]);
  }

  read(sample: Sample): boolean {
    const fields = this.#fields;
    const columns = this.#columns as NamedColumns;
    if (this.#cursor.line === "") return false;
    fields.split(";");
    columns.checkWidth();
    const stamp = fields.number(columns.time, "the time");
    if (!(stamp >= 0)) throw fields.fault(columns.time, "a row without a time");
    sample.begin(this.#machine, Math.round(stamp * (stamp < LEAST_MILLISECONDS ? 1e6 : 1e3)));
    columns.read(sample);
    const { values } = sample;
    if (values[GRANTED] === 0) {
      sample.isOff = columns.isAllZero();
      values[GRANTED] = Number.NaN;
      if (values[ACTIVE] === 0) values[ACTIVE] = Number.NaN;
    }
    return true;
  }
}
