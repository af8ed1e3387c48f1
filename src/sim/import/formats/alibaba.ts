import { Fields } from "../fields.ts";
import type { LineCursor } from "../lines.ts";
import type { Detection, Format, Head, ReadContext, Sample } from "../reader.ts";
import { type FileReader, LineStream, type MachineTable } from "../streams.ts";
import { column } from "../vocabulary.ts";

const COLUMNS = [column("used", "mem_util_percent", "%")] as const;

/** Field numbers of a row: of `machine_usage`, and of `container_usage`, which has another id in front. */
interface Layout {
  readonly width: number;
  readonly time: number;
  readonly used: number;
}
const MACHINE_USAGE: Layout = { width: 9, time: 1, used: 3 };
const CONTAINER_USAGE: Layout = { width: 11, time: 2, used: 4 };

const MACHINE_ROW = /^m_\d+,\d+,-?\d*(?:\.\d*)?,-?\d*(?:\.\d*)?,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*$/;
const CONTAINER_ROW = /^c_\d+,m_\d+,\d+,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*$/;

/** Alibaba's cluster trace of 2018: what machines and containers used, in percent. */
export const alibaba: Format = {
  name: "alibaba",
  title: "Alibaba cluster-trace-v2018",
  source: "machine_usage.csv or container_usage.csv of Alibaba's cluster data",
  columns: COLUMNS,
  step: "10 s and more",
  stepSeconds: 10,
  gapSteps: 12,
  clock: "relative",
  assumedZone: null,
  stamp: "instant",
  hold: "step",
  memory: "given",
  machines: "several",
  demands: [
    {
      name: "used",
      meaning: "all used memory is anonymous: the log does not separate page cache",
      formulas: "anon = used",
    },
  ],
  quirks: [
    "memory is a whole percentage, including page cache, of a normalised RAM: --memory",
    "values below 0 or above 100 mean that the measurement failed: unknown",
    "steps are irregular multiples of 10 s, so only more than 12 usual steps are a gap",
    "rows are grouped by machine; seconds count from the beginning of the trace",
    "columns of processors, networks and disks are not read",
    "no header: detected from ids such as m_1932 and the number of fields",
  ],
  detect,
  open: (files, context) => new LineStream(files, context, (cursor, table) => new AlibabaFile(cursor, table, context)),
};

function detect({ lines }: Head): Detection | null {
  const [first = ""] = lines;
  if (MACHINE_ROW.test(first)) return { confidence: 1, reason: "its rows are 9 fields that begin with a machine's id" };
  if (CONTAINER_ROW.test(first)) {
    return { confidence: 1, reason: "its rows are 11 fields that begin with a container's id and a machine's" };
  }
  return null;
}

class AlibabaFile implements FileReader {
  readonly #cursor: LineCursor;
  readonly #table: MachineTable;
  readonly #context: ReadContext;
  readonly #fields: Fields;

  constructor(cursor: LineCursor, table: MachineTable, context: ReadContext) {
    this.#cursor = cursor;
    this.#table = table;
    this.#context = context;
    this.#fields = new Fields(cursor);
  }

  begin(): void {}

  read(sample: Sample): boolean {
    if (this.#cursor.line === "") return false;
    const fields = this.#fields;
    fields.split(",");
    const layout = fields.count === CONTAINER_USAGE.width ? CONTAINER_USAGE : MACHINE_USAGE;
    const id = fields.text(0);
    if (fields.count !== layout.width || !/^[mc]_\d+$/.test(id)) {
      throw this.#cursor.fault(0, "expected 9 fields that begin with m_ and a number, or 11 that begin with c_");
    }
    const machine = this.#table.of(id, COLUMNS);
    if (!this.#context.wants(id, null)) return false;
    const seconds = fields.number(layout.time, "the time");
    if (!(seconds >= 0)) throw fields.fault(layout.time, "a row without a time");
    sample.begin(machine, Math.round(seconds * 1e6));
    const percent = fields.number(layout.used, COLUMNS[0].field);
    if (percent >= 0 && percent <= 100) sample.values[0] = percent;
    return true;
  }
}
