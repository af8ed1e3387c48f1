import type { Us } from "../../../common/units.ts";
import { civilUs, digitsAt } from "../clock/civil.ts";
import type { WallClock } from "../clock/zone.ts";
import { type DecimalMark, Fields } from "../fields.ts";
import type { LineCursor } from "../lines.ts";
import { NamedColumns, numberOfFile } from "../named-columns.ts";
import type { Detection, Format, Head, Machine, ReadContext, Sample } from "../reader.ts";
import { type FileReader, LineStream, type MachineTable } from "../streams.ts";
import { column } from "../vocabulary.ts";

const MEAN = { aggregate: "mean", windowSeconds: 300 } as const;
const RATE = { ...MEAN, kind: "rate" } as const;

const COLUMNS = [
  column("cpus", "CPU cores", "1"),
  column("memTotal", "Memory capacity provisioned [KB]", "KiB"),
  column("active", "Memory usage [KB]", "KiB", MEAN),
  column("ioRead", "Disk read throughput [KB/s]", "KiB/s", RATE),
  column("ioWrite", "Disk write throughput [KB/s]", "KiB/s", RATE),
] as const;
const MEMORY = 1;
const ACTIVE = 2;

const TIME_FIELD = "Timestamp";
/** A field that the header of Bitbrains' logs, otherwise similar, does not have. */
const OWN_FIELD = "Memory usage [%]";
const SEPARATORS = [",", ";", "\t"] as const;

/** The archive's Materna logs: one file per VM, means of five minutes, in German notation. */
export const materna: Format = {
  name: "materna",
  title: "Materna GWA-T-13",
  source: "The Grid Workloads Archive, Materna-Trace-1 to -3: one file a VM",
  columns: COLUMNS,
  step: "300 s",
  stepSeconds: 300,
  gapSteps: 2,
  clock: "local",
  assumedZone: "Europe/Berlin",
  stamp: "end",
  hold: "step",
  memory: "measured",
  machines: "one",
  demands: [
    {
      name: "active",
      meaning: "active memory is anonymous; the log does not contain the VM's other memory",
      formulas: "anon = active",
    },
  ],
  quirks: [
    "times are local without a zone: the company's, Europe/Berlin, unless --tz is given",
    "decimal commas inside quotes; copies separate fields by comma, semicolon or tab, which is detected from the " +
      "header",
    "an empty field is unknown; a capacity of 0 is a VM that is off",
    "columns of processors, networks and disk sizes are not read, except the number of cores",
    "the file's number is the VM's id",
  ],
  detect,
  open: (files, context) => new LineStream(files, context, (cursor, table) => new MaternaFile(cursor, table, context)),
};

function detect({ lines }: Head): Detection | null {
  const header = (lines[0] ?? "").replace(/"/g, "");
  const names = header.split(separatorOf(header));
  if (names[0] !== TIME_FIELD || !names.includes(OWN_FIELD) || !names.includes(COLUMNS[MEMORY].field)) return null;
  return { confidence: 1, reason: `its header has "${TIME_FIELD}", "${COLUMNS[MEMORY].field}" and "${OWN_FIELD}"` };
}

/** The separator of a header's fields: no name in it contains one of these characters. */
function separatorOf(header: string): string {
  return SEPARATORS.find((separator) => header.includes(separator)) ?? ",";
}

class MaternaFile implements FileReader {
  readonly #cursor: LineCursor;
  readonly #machine: Machine;
  readonly #clock: WallClock;
  #fields: Fields;
  #separator = ",";
  #columns: NamedColumns | null = null;
  #lastUs = Number.NEGATIVE_INFINITY;

  constructor(cursor: LineCursor, table: MachineTable, context: ReadContext) {
    this.#cursor = cursor;
    this.#machine = table.of(numberOfFile(cursor.file.baseName), COLUMNS);
    this.#clock = context.wallClock(null);
    this.#fields = new Fields(cursor);
  }

  begin(): void {
    this.#cursor.advance();
    this.#separator = separatorOf(this.#cursor.line);
    // If a comma separates unquoted fields, their numbers have no decimal comma.
    const isQuoted = this.#cursor.line.includes('"');
    const mark: DecimalMark = this.#separator === "," && !isQuoted ? "." : ",";
    this.#fields = new Fields(this.#cursor, mark);
    this.#fields.splitQuoted(this.#separator);
    this.#columns = new NamedColumns(this.#fields, TIME_FIELD, COLUMNS, [COLUMNS[MEMORY], COLUMNS[ACTIVE]]);
  }

  read(sample: Sample): boolean {
    if (this.#cursor.line === "") return false;
    const fields = this.#fields;
    const columns = this.#columns as NamedColumns;
    fields.splitQuoted(this.#separator);
    columns.checkWidth();
    const local = timeOf(fields.text(columns.time));
    if (Number.isNaN(local)) {
      throw fields.fault(columns.time, 'expected a time such as "05.11.2015 00:00:01"');
    }
    this.#lastUs = this.#clock.toUtc(local, this.#lastUs, this.#cursor.place());
    sample.begin(this.#machine, this.#lastUs);
    columns.read(sample);
    if (sample.values[MEMORY] === 0) {
      sample.isOff = true;
      sample.values.fill(Number.NaN);
    }
    return true;
  }
}

/** Local microseconds of a time such as "05.11.2015 00:00:01"; NaN for another text. */
function timeOf(text: string): Us {
  if (text.length !== 19 || !text.startsWith(".", 2) || !text.startsWith(".", 5) || text.charAt(10) !== " ")
    return Number.NaN;
  if (text.charAt(13) !== ":" || text.charAt(16) !== ":") return Number.NaN;
  const part = (at: number, count = 2): number => digitsAt(text, at, count);
  return civilUs(part(6, 4), part(3), part(0), part(11), part(14), part(17));
}
