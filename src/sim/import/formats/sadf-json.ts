import { InputError } from "../../../common/errors.ts";
import type { JsonPath } from "../../../common/json.ts";
import type { Us } from "../../../common/units.ts";
import { civilUs } from "../clock/civil.ts";
import { isZone, type WallClock, zoneOfOffset } from "../clock/zone.ts";
import { JsonElement, JsonElements } from "../json-elements.ts";
import type { LogFile } from "../log-file.ts";
import { machineOf } from "../names.ts";
import type { Detection, Format, Head, Machine, ReadContext, Sample, SampleStream, SourceEvent } from "../reader.ts";
import { MachineTable } from "../streams.ts";
import { CPUS, complete, inUnit, JSON_PATHS, SYSSTAT_COLUMNS, SYSSTAT_QUIRKS } from "./sysstat-columns.ts";
import { SYSSTAT_FORMAT } from "./sysstat-format.ts";

/** sysstat's files as JSON of `sadf -j`: the best form, with dates, zones and all activities in one entry. */
export const sadfJson: Format = {
  name: "sadf-json",
  title: "sadf -j",
  source: "sadf -j /var/log/sysstat/saDD -- -r ALL -S -W -B -q MEM > log.json",
  ...SYSSTAT_FORMAT,
  clock: "zoned",
  quirks: [
    ...SYSSTAT_QUIRKS,
    "times are UTC unless sadf was run with -t or -T; then they are in the zone that the file names, or in that of " +
      "--tz",
  ],
  detect,
  open: (files, context) => new SadfStream(files, context),
};

function detect({ text }: Head): Detection | null {
  if (!/^\s*\{\s*"sysstat"\s*:\s*\{/.test(text)) return null;
  return { confidence: 1, reason: 'it is a JSON object "sysstat"' };
}

const DECIMAL_COMMA = /:\s*-?\d+,\d/;
const DECIMAL_COMMAS = /(:\s*-?\d+),(\d+)(?=\s*[,}])/g;

const HOST = ["sysstat", "hosts", null] as const;
/** The wanted elements of a document, in the order in which a host's entries have them. */
const PATHS = [
  [...HOST, "nodename"],
  [...HOST, "number-of-cpus"],
  [...HOST, "timezone"],
  [...HOST, "statistics", null],
  [...HOST, "restarts", null],
  [...HOST, "comments", null],
];
const [NODENAME, CPU_COUNT, TIMEZONE, STATISTICS, RESTARTS, COMMENTS] = [0, 1, 2, 3, 4, 5];

/** The time of an entry. */
interface Stamp {
  readonly date?: unknown;
  readonly time?: unknown;
  readonly utc?: unknown;
  readonly tz?: unknown;
}

/** Events that a file has after its statistics, at times inside of them. */
interface HostEvents {
  readonly list: SourceEvent[];
  next: number;
}

class SadfStream implements SampleStream {
  readonly #files: readonly LogFile[];
  readonly #context: ReadContext;
  readonly #table = new MachineTable();
  #fileIndex = 0;
  #bytesBefore = 0;
  #elements: JsonElements | null = null;
  #machine: Machine | null = null;
  #cpus = Number.NaN;
  #zone: string | null = null;
  #clock: WallClock | null = null;
  #lastUs = Number.NEGATIVE_INFINITY;
  /** Number of the current host of the file, from 0, and the events of each host. */
  #host = -1;
  #events: HostEvents[] = [];

  constructor(files: readonly LogFile[], context: ReadContext) {
    this.#files = files;
    this.#context = context;
  }

  get machines(): readonly Machine[] {
    return this.#table.list;
  }

  get bytesRead(): number {
    return this.#bytesBefore + (this.#elements?.bytesRead ?? 0);
  }

  next(sample: Sample): boolean {
    for (;;) {
      if (this.#elements === null && !this.#nextFile()) return false;
      const elements = this.#elements as JsonElements;
      for (let each = elements.next(); each !== null; each = elements.next()) {
        if (each.pathIndex === STATISTICS) {
          if (this.#readSample(each, sample)) return true;
        } else this.#readFact(each);
      }
      if (elements.isCutShort) {
        this.#context.report.warn("the log is incomplete: read up to its end", {
          file: elements.file.name,
          line: 1,
        });
      }
      this.#bytesBefore += elements.file.bytes;
      this.#elements = null;
    }
  }

  close(): void {
    this.#elements?.close();
    this.#elements = null;
    this.#fileIndex = this.#files.length;
  }

  #nextFile(): boolean {
    const file = this.#files[this.#fileIndex++];
    if (file === undefined) return false;
    this.#events = this.#eventsOf(file);
    this.#beginFile();
    this.#elements = new JsonElements(file, PATHS, "sequence");
    return true;
  }

  #beginFile(): void {
    this.#host = -1;
    this.#machine = null;
    this.#clock = null;
    this.#zone = null;
    this.#lastUs = Number.NEGATIVE_INFINITY;
  }

  /** Reads a host's name and other facts, which precede its statistics. */
  #readFact(element: JsonElement): void {
    const value = element.parse();
    if (element.pathIndex === NODENAME) {
      this.#host++;
      this.#cpus = Number.NaN;
      this.#zone = null;
      this.#clock = null;
      this.#lastUs = Number.NEGATIVE_INFINITY;
      const id = typeof value === "string" && value !== "" ? value : machineOf(element.file);
      this.#machine = this.#table.of(id, SYSSTAT_COLUMNS);
    } else if (element.pathIndex === CPU_COUNT && typeof value === "number") this.#cpus = value;
    else if (element.pathIndex === TIMEZONE && typeof value === "string" && value !== "") this.#zone = value;
  }

  #readSample(element: JsonElement, sample: Sample): boolean {
    const entry = this.#parse(element) as Record<string, unknown> | null;
    if (typeof entry !== "object" || entry === null) {
      if (entry !== undefined) this.#context.damaged(element.fault([], "expected an entry with a timestamp"));
      return false;
    }
    const { timestamp } = entry;
    // The counters of the first entry have no predecessor to compare with: sadf gives it no activities.
    if (timestamp === undefined && Object.keys(entry).length === 0) return false;
    const atUs = this.#timeOf(timestamp as Stamp | undefined, this.#lastUs, element);
    if (Number.isNaN(atUs)) {
      const message = 'expected a date and a time such as "2025-11-25" and "19:58:24"';
      this.#context.damaged(element.fault(["timestamp"], message));
      return false;
    }
    this.#machine ??= this.#table.of(machineOf(element.file), SYSSTAT_COLUMNS);
    sample.begin(this.#machine, atUs);
    for (let i = 0; i < JSON_PATHS.length; i++) {
      const path = JSON_PATHS[i] as JsonPath;
      let value: unknown = entry;
      for (const key of path) value = typeof value === "object" && value !== null ? (value as never)[key] : undefined;
      if (value === undefined || value === null) continue;
      if (typeof value !== "number" || !Number.isFinite(value)) {
        this.#context.damaged(element.fault(path, `expected ${path.at(-1)}, a number`));
        return false;
      }
      sample.values[i] = inUnit(i, value);
    }
    sample.values[CPUS] = this.#cpus;
    complete(sample.values);
    sample.place.file = element.file.name;
    sample.place.line = element.line;
    const events = this.#events[this.#host];
    for (; events !== undefined && events.next < events.list.length; events.next++) {
      const event = events.list[events.next] as SourceEvent;
      if (event.atUs > atUs) break;
      sample.events.push(event);
    }
    this.#lastUs = atUs;
    return true;
  }

  /**
   * The value of the element. Decimal commas, which sadf writes in some languages although JSON has none, are replaced.
   */
  #valueOf(element: JsonElement): unknown {
    const { file, pathIndex, text, line, column } = element;
    // In an object a key follows a number: a comma before digits is a decimal comma.
    const repaired = DECIMAL_COMMA.test(text) ? text.replace(DECIMAL_COMMAS, "$1.$2") : text;
    return new JsonElement(file, pathIndex, repaired, line, column).parse();
  }

  /** The entry; undefined if it is damaged and the user has chosen to skip damage. */
  #parse(element: JsonElement): unknown {
    try {
      return this.#valueOf(element);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#context.damaged(error);
      return undefined;
    }
  }

  /** Microseconds since 1970; NaN for an invalid time. */
  #timeOf(stamp: Stamp | undefined, lastUs: number, { file, line }: JsonElement): Us {
    const { date, time, utc, tz } = stamp ?? {};
    const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(String(date)) ?? [];
    const [, hour, minute, second] = /^(\d{2})[:-](\d{2})[:-](\d{2})$/.exec(String(time)) ?? [];
    const local = civilUs(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
    if (Number.isNaN(local)) return Number.NaN;
    const isUtc = utc === 1 || utc === true;
    const named = typeof tz === "string" ? tz : this.#zone;
    // An abbreviation such as CET is one of Intl's names, but does not determine a local clock's summer time.
    const isName = named?.includes("/") === true && isZone(named);
    this.#clock ??= this.#context.wallClock(
      isUtc ? "UTC" : isName ? named : zoneOfOffset(named ?? ""),
      isUtc ? undefined : (named ?? undefined),
    );
    return this.#clock.toUtc(local, lastUs, { file: file.name, line });
  }

  /** Restarts and comments, which follow the statistics. */
  #eventsOf(file: LogFile): HostEvents[] {
    const hosts: HostEvents[] = [];
    const elements = new JsonElements(file, PATHS, "sequence");
    this.#beginFile();
    for (let each = elements.next(); each !== null; each = elements.next()) {
      if (each.pathIndex === NODENAME) hosts.push({ list: [], next: 0 });
      if (each.pathIndex === TIMEZONE) this.#zone = null;
      if (each.pathIndex !== RESTARTS && each.pathIndex !== COMMENTS) continue;
      const value = each.parse() as { boot?: Stamp; comment?: Stamp & { com?: unknown } } | null;
      const stamp = each.pathIndex === RESTARTS ? value?.boot : (value?.comment ?? (value as Stamp | null));
      const atUs = this.#timeOf(stamp ?? undefined, Number.NEGATIVE_INFINITY, each);
      if (Number.isNaN(atUs)) continue;
      const text = (stamp as { com?: unknown } | undefined)?.com;
      hosts
        .at(-1)
        ?.list.push(
          each.pathIndex === RESTARTS
            ? { atUs, type: "restart", text: "the machine started anew" }
            : { atUs, type: "comment", text: typeof text === "string" ? text : "" },
        );
    }
    for (const { list } of hosts) list.sort((a, b) => a.atUs - b.atUs);
    return hosts;
  }
}
