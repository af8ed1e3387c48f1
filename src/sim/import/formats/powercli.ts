import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { placeText } from "../../../common/text-lines.ts";
import type { Us } from "../../../common/units.ts";
import { type CultureTime, parseCultureTime } from "../clock/culture-time.ts";
import { type DateOrder, OrderProof } from "../clock/date-order.ts";
import type { WallClock } from "../clock/zone.ts";
import { Fields, parseDecimal } from "../fields.ts";
import { LineCursor } from "../lines.ts";
import type { LogFile } from "../log-file.ts";
import { machineOf } from "../names.ts";
import type { Detection, Format, Head, Machine, ReadContext } from "../reader.ts";
import { NamedPoints, SeriesStream, SeriesTable } from "../series-table.ts";
import {
  columnOfCounter,
  HostUsageRam,
  inUnit,
  notePower,
  UsageRam,
  VCENTER_COLUMNS,
  VCENTER_DEMANDS,
} from "./vcenter-counters.ts";

const SEPARATORS = [",", ";", "\t"] as const;
const REQUIRED = ["Value", "Timestamp", "MetricId"] as const;
/** PowerCLI prints percents as such. */
const PER_PERCENT = 1;
/** KiB per unit, of sizes and rates. */
const KIB: Readonly<Record<string, number>> = { B: 1 / 1024, KB: 1, MB: 1024, GB: 1024 ** 2, TB: 1024 ** 3 };
/** Prefixes of the ids of VMs and of hosts. */
const VM = "VirtualMachine-";
const HOST = "HostSystem-";

/** The output of `Get-Stat | Export-Csv` of VMware PowerCLI: a row for each value of each counter. */
export const powercli: Format = {
  name: "powercli",
  title: "PowerCLI Get-Stat",
  source:
    "Get-Stat -Entity (Get-VM) -Realtime -Stat mem.active.average,mem.granted.average,mem.usage.average,mem.swapped.average,mem.vmmemctl.average,mem.vmmemctltarget.average | Export-Csv log.csv -NoTypeInformation -Encoding UTF8",
  columns: VCENTER_COLUMNS,
  step: "20 s of the last hour; 300 s and more of the history",
  stepSeconds: 20,
  gapSteps: 2,
  clock: "local",
  assumedZone: null,
  stamp: "end",
  hold: "step",
  memory: "inferred",
  machines: "several",
  options: ["date-order"],
  demands: VCENTER_DEMANDS,
  quirks: [
    "a row is one value of one counter of one VM: rows may be in any order, usually newest first",
    "times are those of the PC that wrote the file, in the shape of its culture, without a zone: --tz",
    "day and month are distinguished by the whole log: by numbers above 12, else by the order in which the dates are " +
      "closer together; if this fails, the usual order is assumed, with a remark (--date-order)",
    "decimal commas and points; commas, semicolons or tabs between fields; UTF-8 or UTF-16; the line #TYPE of Windows PowerShell",
    "columns are found by name: Value, Timestamp and MetricId are required, Entity and EntityId identify VMs, Unit " +
      "is used",
    "values of an instance belong to a part of a machine and are not read; nor are counters of processors, disks and " +
      "networks",
    "the RAM is not a counter: inferred from mem.usage, which is mem.active as a fraction of it, if the log has both",
    "hosts, clusters and pools are machines too, read if --vm names them",
    "-1 is a missing value of vCenter",
  ],
  detect,
  open: (files, context) => new SeriesStream(files, () => new Gatherer(context).gather(files), notePower),
  memoryFinder: ({ isHost }) => (isHost === true ? new HostUsageRam() : new UsageRam()),
};

const isType = (line: string): boolean => /^"?#TYPE\b/.test(line);
const separatorOf = (header: string): string => SEPARATORS.find((separator) => header.includes(separator)) ?? ",";
const namesOf = (header: string): string[] =>
  header.split(separatorOf(header)).map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
const isHeader = (line: string): boolean => {
  if (!line.includes("MetricId")) return false;
  const names = namesOf(line);
  return REQUIRED.every((name) => names.includes(name));
};

function detect({ lines }: Head): Detection | null {
  const header = lines.find((line) => line.trim() !== "" && !isType(line)) ?? "";
  if (!isHeader(header)) return null;
  return { confidence: 1, reason: 'its header has "Value", "Timestamp" and "MetricId", as statistics of PowerCLI do' };
}

/** Fields of the columns that are read; -1 for a missing one. */
interface Places {
  readonly width: number;
  readonly value: number;
  readonly time: number;
  readonly metric: number;
  readonly unit: number;
  readonly entity: number;
  readonly entityId: number;
  readonly interval: number;
  readonly instance: number;
}

/** Values of one counter of one machine in a file, in the order of its rows. */
interface Run {
  readonly machine: Machine;
  readonly column: number;
  readonly file: LogFile;
  readonly line: number;
  /** Whether its rows have ids of machines; names need not be unique. */
  readonly hasIds: boolean;
  readonly times: CultureTime[];
  readonly values: number[];
}

/** Reads all files of a log: once for the order of the dates, once for the values. */
class Gatherer {
  readonly #context: ReadContext;
  readonly #table = new SeriesTable(VCENTER_COLUMNS);
  readonly #order = new OrderProof();
  #times = 0;
  #usualMonthFirst = 0;
  #clock: WallClock | null = null;
  readonly #runs = new Map<string, Run>();
  /** Ids of machines by id and name of their entity. */
  readonly #ids = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #intervals = new Set<string>();

  constructor(context: ReadContext) {
    this.#context = context;
  }

  gather(files: readonly LogFile[]): SeriesTable {
    for (const file of files) this.#readFile(file);
    this.#remarkOnIntervals();
    const { dateOrder } = this.#context;
    const proven = this.#order.result() ?? dateOrder;
    const isGuess = proven === null && this.#order.hasOpen;
    const usual = this.#usualMonthFirst * 2 > this.#times ? "month-first" : "day-first";
    const order = proven ?? usual;
    const [first] = this.#runs.values();
    if (isGuess && first !== undefined) {
      this.#context.report.warn(
        `the order of day and month is ambiguous: dates are read as ${order === "month-first" ? "month/day/year" : "day/month/year"} (--date-order sets it)`,
        { file: first.file.name, line: first.line },
      );
    }
    for (const run of this.#runs.values()) this.#addSeries(run, order);
    return this.#table;
  }

  #readFile(file: LogFile): void {
    const cursor = new LineCursor(file, this.#context.report);
    const fields = new Fields(cursor);
    let separator = ",";
    let places: Places | null = null;
    while (cursor.advance()) {
      const { line } = cursor;
      if (line.trim() === "" || isType(line)) continue;
      try {
        // A truncated last row may end in a part of a field.
        if (!cursor.isTerminated && !line.endsWith('"')) throw cursor.fault(0, "a row without an end");
        if (isHeader(line)) {
          separator = separatorOf(line);
          fields.splitQuoted(separator);
          places = placesOf(fields.texts());
        } else if (places === null) {
          throw cursor.fault(0, 'expected a header with "Value", "Timestamp" and "MetricId"');
        } else {
          fields.splitQuoted(separator);
          this.#readRow(fields, places);
        }
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        if (cursor.isTerminated) this.#context.damaged(error);
        else this.#context.report.warn("the last line is incomplete: omitted", cursor.place());
      }
    }
  }

  #readRow(fields: Fields, places: Places): void {
    if (fields.count !== places.width) {
      const message = `${fields.count} fields, expected ${places.width} as in the header`;
      throw fields.fault(Math.min(fields.count, places.width), message);
    }
    const text = (place: number): string => (place === -1 ? "" : fields.text(place).replaceAll('""', '"'));
    const column = columnOfCounter(text(places.metric));
    if (column === -1 || text(places.instance) !== "") return;
    const machine = this.#machineOf(text(places.entityId), text(places.entity), fields);
    if (machine === null) return;
    const time = parseCultureTime(text(places.time));
    if (time === null) {
      throw fields.fault(
        places.time,
        `expected a time such as "26.11.2026 16:19:20" or "11/26/2026 4:19:20 PM", found ${quote(text(places.time))}`,
      );
    }
    const value = this.#valueOf(fields, places, column);
    const interval = text(places.interval);
    if (interval !== "") this.#intervals.add(interval);
    this.#order.observe(time);
    this.#times++;
    if (time.isMonthFirstUsual) this.#usualMonthFirst++;
    const run = this.#runOf(machine, column, places, fields.cursor);
    run.times.push(time);
    run.values.push(value);
  }

  #valueOf(fields: Fields, { value, unit, metric }: Places, column: number): number {
    const text = fields.text(value);
    if (text === "") return Number.NaN;
    const number = parseDecimal(text, 0, text.length, text.includes(",") ? "," : ".");
    const counter = fields.text(metric);
    if (Number.isNaN(number)) throw fields.fault(value, `expected ${counter}, a number, found ${quote(text)}`);
    const columnUnit = VCENTER_COLUMNS[column]?.unit ?? "";
    const said = unit === -1 ? "" : fields.text(unit);
    if (!columnUnit.startsWith("KiB") || said === "") return inUnit(column, number, PER_PERCENT);
    const factor =
      KIB[
        said
          .replace(/ps$|\/s$/i, "")
          .replace(/^kilobytes$/i, "KB")
          .toUpperCase()
      ];
    if (factor === undefined)
      throw fields.fault(unit, `expected the unit of ${counter}, such as KB, found ${quote(said)}`);
    return inUnit(column, number * factor, PER_PERCENT);
  }

  /** The machine of a row; null for an unwanted one. */
  #machineOf(entityId: string, entity: string, { cursor }: Fields): Machine | null {
    const isVm = entityId === "" || entityId.startsWith(VM);
    const id = this.#idOf(isVm ? entityId.slice(VM.length) : entityId, entity, machineOf(cursor.file));
    const name = entity === "" ? null : entity;
    const isHost = entityId.startsWith(HOST);
    // Hosts are read with their VMs.
    const isTheirs = isHost && this.#context.host !== null;
    if (!isVm && !isTheirs && !this.#context.names(id) && !(name !== null && this.#context.names(name))) return null;
    const machine = this.#table.machine(id, name, VCENTER_COLUMNS, isHost);
    return isTheirs || this.#context.wants(id, name) ? machine : null;
  }

  /** vCenter's id of a machine, with its name if two vCenters gave the same id to machines of different names. */
  #idOf(entityId: string, entity: string, stem: string): string {
    const key = `${entityId}\n${entity}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const plain = entityId !== "" ? entityId : entity !== "" ? entity : stem;
    const id = this.#taken.has(plain) ? `${plain} ${entity}` : plain;
    this.#ids.set(key, id);
    this.#taken.add(id);
    return id;
  }

  #runOf(machine: Machine, column: number, { entityId }: Places, cursor: LineCursor): Run {
    const key = `${machine.index} ${column} ${cursor.file.name}`;
    let run = this.#runs.get(key);
    if (run === undefined) {
      const hasIds = entityId !== -1;
      run = { machine, column, file: cursor.file, line: cursor.lineNumber, hasIds, times: [], values: [] };
      this.#runs.set(key, run);
    }
    return run;
  }

  #addSeries({ machine, column, file, line, hasIds, times, values }: Run, order: DateOrder): void {
    const locals = times.map((time) => (order === "month-first" ? time.monthFirstUs : time.dayFirstUs));
    // In order of time, so that the order of the rows decides about an hour that occurs twice.
    const back = locals.filter((us, i) => us < (locals[i - 1] ?? us)).length;
    const isNewestFirst = back * 2 >= locals.length;
    if (!hasIds && this.#intervals.size < 2 && new NamedPoints().contradicts(locals, values)) {
      throw new InputError(
        `${placeText({ file: file.name, line })}: two values of ${VCENTER_COLUMNS[column]?.field} of ${quote(machine.id)} at the same time; machines may share a name, and no column has ids: export Entity and EntityId, too`,
      );
    }
    const at = Float64Array.from(locals);
    let lastUs = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < at.length; k++) {
      const i = isNewestFirst ? at.length - 1 - k : k;
      lastUs = this.#instantOf(times[i] as CultureTime, locals[i] as number, lastUs, { file: file.name, line });
      at[i] = lastUs;
    }
    this.#table.add(machine, { column, times: at, values: Float64Array.from(values), file, line });
  }

  #instantOf({ offsetUs }: CultureTime, localUs: number, lastUs: number, place: { file: string; line: number }): Us {
    if (Number.isNaN(localUs)) {
      throw new InputError(`${place.file}: has dates with the day first and dates with the month first`);
    }
    this.#clock ??= this.#context.wallClock(offsetUs === null ? null : "UTC");
    if (offsetUs !== null) return localUs - offsetUs;
    return this.#clock.toUtc(localUs, lastUs, place);
  }

  #remarkOnIntervals(): void {
    if (this.#intervals.size < 2) return;
    const list = [...this.#intervals].sort((a, b) => Number(a) - Number(b)).join(", ");
    this.#context.report.warn(
      `values are means over intervals of different lengths (IntervalSecs ${list}): -IntervalSecs exports one length`,
    );
  }
}

function placesOf(names: readonly string[]): Places {
  const at = (name: string): number => names.indexOf(name);
  return {
    width: names.length,
    value: at("Value"),
    time: at("Timestamp"),
    metric: at("MetricId"),
    unit: at("Unit"),
    entity: at("Entity"),
    entityId: at("EntityId"),
    interval: at("IntervalSecs"),
    instance: at("Instance"),
  };
}
