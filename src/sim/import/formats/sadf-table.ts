import { quote } from "../../../common/quote.ts";
import type { Us } from "../../../common/units.ts";
import { civilUs } from "../clock/civil.ts";
import { type SharedClocks, sharedClocks, zoneOfOffset } from "../clock/zone.ts";
import { Fields } from "../fields.ts";
import { type Lane, type LaneEvent, LaneStream, type ReportReader } from "../lanes.ts";
import type { LineCursor } from "../lines.ts";
import type { Detection, Format, Head, SourceEvent } from "../reader.ts";
import type { MachineTable } from "../streams.ts";
import {
  CPUS,
  columnOfTitle,
  complete,
  inUnit,
  noteDecimals,
  SYSSTAT_COLUMNS,
  SYSSTAT_QUIRKS,
  USED_PART,
} from "./sysstat-columns.ts";
import { SYSSTAT_FORMAT } from "./sysstat-format.ts";

const HEADER = "# hostname;interval;timestamp";
/** Number of fields before the values: host, interval and time. */
const LEAD = 3;

/** sysstat's files as tables of `sadf -d`: a block separated by semicolons for each activity. */
export const sadfTable: Format = {
  name: "sadf-table",
  title: "sadf -d",
  source: "sadf -d /var/log/sysstat/saDD -- -r ALL -S -W -B -q MEM > log.csv",
  ...SYSSTAT_FORMAT,
  clock: "zoned",
  quirks: [
    ...SYSSTAT_QUIRKS,
    "times are UTC if marked so, seconds since 1970 with -U, else local (--tz)",
    "decimals have a point, or a comma, depending on the locale",
    "one file may have several hosts, one after the other",
  ],
  detect,
  open(files, context) {
    const clocks = sharedClocks(context);
    return new LaneStream(files, context, (cursor, table) => new SadfTable(cursor, table, clocks));
  },
};

/** A restart of the machine, or a comment, which may precede the first header. */
const EVENT_ROW = /^[^;]+;-1;[^;]+;(?:LINUX-RESTART|COM )/;

function detect({ lines }: Head): Detection | null {
  const header = lines.find((line) => line !== "" && !EVENT_ROW.test(line)) ?? "";
  if (!header.startsWith(HEADER)) return null;
  return { confidence: 1, reason: `its header is "${HEADER}" and more` };
}

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})(?: (\S+))?$/;

class SadfTable implements ReportReader {
  readonly events: LaneEvent[] = [];
  readonly #cursor: LineCursor;
  readonly #table: MachineTable;
  readonly #clocks: SharedClocks;
  /** The line's fields, for either decimal mark. */
  readonly #withPoint: Fields;
  readonly #withComma: Fields;
  #fields: Fields;
  #header = "";
  /** Column of each value of a row; -1 for a value that is not about memory. */
  #columns: readonly number[] = [];
  #lastUs = Number.NEGATIVE_INFINITY;
  #cpus = Number.NaN;

  constructor(cursor: LineCursor, table: MachineTable, clocks: SharedClocks) {
    this.#cursor = cursor;
    this.#table = table;
    this.#clocks = clocks;
    this.#withPoint = new Fields(cursor);
    this.#withComma = new Fields(cursor, ",");
    this.#fields = this.#withPoint;
  }

  look(): Lane | null {
    const { line } = this.#cursor;
    if (line === "") return null;
    const fields = line.includes(",") ? this.#withComma : this.#withPoint;
    this.#fields = fields;
    if (line.startsWith("#")) {
      if (!line.startsWith(HEADER)) throw this.#cursor.fault(0, `expected a header that begins with ${quote(HEADER)}`);
      fields.split(";");
      this.#header = line;
      this.#lastUs = Number.NEGATIVE_INFINITY;
      this.#columns = fields.texts().slice(LEAD).map(columnOfTitle);
      return null;
    }
    fields.split(";");
    if (this.#header === "" && !EVENT_ROW.test(line)) {
      throw this.#cursor.fault(0, "a row before the header that describes it");
    }
    if (fields.count < LEAD)
      throw fields.fault(fields.count, `${fields.count} fields, expected host, interval and time`);
    const host = fields.text(0);
    if (host === "") throw fields.fault(0, "expected the name of a host");
    const machine = this.#table.of(host, SYSSTAT_COLUMNS);
    if (fields.text(1) === "-1") {
      const event = this.#eventOf(fields.text(LEAD));
      if (event !== null) this.events.push({ machine, event });
      return null;
    }
    return this.#columns.some((column) => column !== -1) ? { key: this.#header, machine } : null;
  }

  time(): Us {
    const fields = this.#fields;
    const text = fields.text(2);
    if (/^\d+$/.test(text)) this.#lastUs = Number(text) * 1e6;
    else {
      const [, year, month, day, hour, minute, second, zone] = DATE_TIME.exec(text) ?? [];
      const local = civilUs(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
      if (Number.isNaN(local)) {
        throw fields.fault(2, `expected a time such as "2025-11-25 19:58:24 UTC", found ${quote(text)}`);
      }
      const clock = this.#clocks(zone === undefined ? null : zoneOfOffset(zone), zone);
      this.#lastUs = clock.toUtc(local, this.#lastUs, this.#cursor.place());
    }
    return this.#lastUs;
  }

  read(values: Float64Array): void {
    const fields = this.#fields;
    const width = this.#columns.length + LEAD;
    if (fields.count !== width) {
      throw fields.fault(Math.min(fields.count, width), `${fields.count} fields, expected ${width} as in the header`);
    }
    this.#columns.forEach((column, i) => {
      if (column === -1) return;
      values[column] = inUnit(column, fields.number(LEAD + i, SYSSTAT_COLUMNS[column]?.field ?? ""));
      if (column === USED_PART) noteDecimals(values, column, fields.text(LEAD + i));
    });
    values[CPUS] = this.#cpus;
    complete(values);
  }

  /** A restart of the machine, or a comment, between two samples. */
  #eventOf(text: string): SourceEvent | null {
    const restart = /^LINUX-RESTART(?:\s+\((\d+) CPU\))?/.exec(text);
    if (restart !== null) {
      if (restart[1] !== undefined) this.#cpus = Number(restart[1]);
      return { atUs: this.time(), type: "restart", text: "the machine started anew" };
    }
    return text.startsWith("COM ") ? { atUs: this.time(), type: "comment", text: text.slice(4) } : null;
  }
}
