import { lineAndColumn, locate, parseJson } from "../../../common/json.ts";
import { quote } from "../../../common/quote.ts";
import { RECORDING_FORMAT, RECORDING_VERSION } from "../../../common/record/recording.ts";
import { PAGE_BYTES } from "../../../common/units.ts";
import { isSeconds } from "../clock/civil.ts";
import type { LineCursor } from "../lines.ts";
import { machineOf } from "../names.ts";
import type { DaemonBalloon, Detection, Format, Head, Machine, ReadContext, Sample } from "../reader.ts";
import { type FileReader, LineStream, type MachineTable } from "../streams.ts";
import { DAEMON_COLUMNS, KERNEL_COLUMNS, KERNEL_DEMANDS, KernelFigures } from "./kernel-figures.ts";
import { RecordingTime } from "./recording-time.ts";

/** Recordings of `balloon-sim record` and `balloon-hw --record`. */
export const recording: Format = {
  name: "recording",
  title: "recording",
  source: "balloon-sim record -o FILE",
  columns: KERNEL_COLUMNS,
  step: "1 s, or --every",
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
    "a last line that is incomplete because the recording was killed is omitted, with a remark",
    "suspension is a gap; a change of the clock does not shift times, and is an event",
    "a recording that was continued is one log; a restart of the machine is an event",
    "the machine's name is its id",
    "the balloon's size is that of the driver, else that of the kernel, if it counts the pages of every driver " +
      "(Linux 5.4)",
    "a recording of balloon-hw has its floor and its limit of pressure, and its profile; the balloon's pages, which are anonymous " +
      "memory of the daemon, are not the workload's",
  ],
  detect,
  open: (files, context) =>
    new LineStream(files, context, (cursor, table) => new RecordingFile(cursor, table, context)),
};

function detect({ text }: Head): Detection | null {
  if (!text.startsWith(`{"format":"${RECORDING_FORMAT}"`)) return null;
  return { confidence: 1, reason: `it begins with the header of a ${RECORDING_FORMAT}` };
}

/** The layout of samples, by the header before them. */
interface Layout {
  readonly machine: Machine;
  readonly pageBytes: number;
  /** Index of each value among the figures; -1 for a value that no column needs. */
  readonly places: readonly number[];
  /** Index of the machine's uptime; -1 for none. */
  readonly uptimeAt: number;
}

class RecordingFile implements FileReader {
  readonly #cursor: LineCursor;
  readonly #table: MachineTable;
  readonly #context: ReadContext;
  readonly #figures = new KernelFigures();
  readonly #time = new RecordingTime();
  #layout: Layout | null = null;

  constructor(cursor: LineCursor, table: MachineTable, context: ReadContext) {
    this.#cursor = cursor;
    this.#table = table;
    this.#context = context;
  }

  begin(): void {}

  read(sample: Sample): boolean {
    const { line } = this.#cursor;
    if (line === "") return false;
    if (!line.endsWith("}") && line.startsWith("{")) {
      // The recorder that continued the file has ended the truncated line.
      this.#context.report.warn("the recording ended within this line: omitted", this.#cursor.place());
      return false;
    }
    if (line.startsWith('{"format":')) {
      this.#readHeader();
      return false;
    }
    if (this.#layout === null) throw this.#cursor.fault(0, "a sample before the header that describes it");
    this.#readSample(sample, this.#layout);
    return true;
  }

  #readHeader(): void {
    const value = this.#parse() as { version?: unknown; columns?: unknown; host?: unknown; balloon?: unknown };
    if (value.version !== RECORDING_VERSION) {
      throw this.#faultAt(["version"], `this program reads version ${RECORDING_VERSION} of recordings`);
    }
    if (!Array.isArray(value.columns)) throw this.#faultAt(["columns"], "expected a list of columns");
    const names = value.columns.map((each: unknown, i) => {
      const { file, field } = (each ?? {}) as Record<string, unknown>;
      if (typeof file !== "string" || typeof field !== "string") {
        throw this.#faultAt(["columns", i], "expected a column with file and field");
      }
      return { file, field };
    });
    const host = (value.host ?? {}) as Record<string, unknown>;
    const { name, pageBytes } = host;
    const id = typeof name === "string" && name !== "" ? name : machineOf(this.#cursor.file);
    const daemon = this.#daemonOf(value.balloon);
    this.#layout = {
      machine: this.#table.of(id, daemon === null ? KERNEL_COLUMNS : DAEMON_COLUMNS, daemon === null ? {} : { daemon }),
      pageBytes: typeof pageBytes === "number" && pageBytes > 0 ? pageBytes : PAGE_BYTES,
      places: names.map(({ file, field }) => KernelFigures.placeOf(file, field)),
      uptimeAt: names.findIndex(({ file }) => file === "uptime"),
    };
    this.#time.continue();
  }

  /** The balloon of the recorder; null if it has none. */
  #daemonOf(value: unknown): DaemonBalloon | null {
    if (value === undefined || value === null) return null;
    const { floorPages, psiLimit } = value as Record<string, unknown>;
    const isCount = (of: unknown): of is number => typeof of === "number" && Number.isFinite(of) && of >= 0;
    if (!isCount(floorPages)) throw this.#faultAt(["balloon", "floorPages"], "expected a number of pages");
    if (!isCount(psiLimit)) throw this.#faultAt(["balloon", "psiLimit"], "expected per cent");
    return { floor: floorPages, psiLimit };
  }

  #readSample(sample: Sample, { machine, pageBytes, places, uptimeAt }: Layout): void {
    const { t, m, v } = this.#parse() as { t?: unknown; m?: unknown; v?: unknown };
    if (!isSeconds(t)) throw this.#faultAt(["t"], "expected the time, a number of seconds");
    if (!isSeconds(m)) throw this.#faultAt(["m"], "expected a number of seconds");
    if (!Array.isArray(v)) throw this.#faultAt(["v"], "expected a list of values");
    if (v.length !== places.length) {
      throw this.#faultAt(["v"], `${v.length} values, expected ${places.length} as in the header`);
    }
    this.#figures.clear();
    for (let i = 0; i < places.length; i++) {
      const value: unknown = v[i];
      if (value === null) continue;
      if (!Number.isFinite(value)) throw this.#faultAt(["v", i], "expected a number or null");
      if ((places[i] as number) >= 0) this.#figures.add(places[i] as number, value as number);
    }
    const uptime: unknown = v[uptimeAt];
    const { atUs, events } = this.#time.at(t, m, typeof uptime === "number" ? uptime : null);
    sample.begin(machine, atUs);
    sample.events.push(...events);
    this.#figures.write(sample.values, pageBytes, machine.daemon !== undefined);
  }

  /** The line as an object. */
  #parse(): object {
    const { line } = this.#cursor;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      const result = parseJson(line);
      const { offset, message } = result.ok ? { offset: 0, message: "not valid JSON" } : result.fault;
      throw this.#cursor.fault(lineAndColumn(line, offset).column - 1, message);
    }
    if (typeof value === "object" && value !== null) return value;
    throw this.#cursor.fault(0, `expected a line of a recording, found ${quote(line)}`);
  }

  /** An error about a value of the line. */
  #faultAt(path: readonly (string | number)[], message: string) {
    const [offset = 0] = locate(this.#cursor.line, [{ path, at: "value" }]);
    return this.#cursor.fault(offset, message);
  }
}
