import { periodOption } from "../../common/cli/option-values.ts";
import { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import { parseZone, WallClock, type ZoneChoice } from "./clock/zone.ts";
import type { Format, HostChoice, ReadContext } from "./reader.ts";
import type { Report } from "./report.ts";

/** The user's options for reading a log. */
export interface LogOptions {
  /** Name of the format; absent: detected. */
  readonly from?: string;
  /** Zone of local times in the log. */
  readonly tz?: string;
  /** Machines to read, by name or id; absent: all. */
  readonly vm?: readonly string[];
  /** Name of that option, for messages; absent: `--vm`. */
  readonly vmOption?: string;
  /** The host that is imported with its VMs; absent: machines are imported one by one. */
  readonly wholeHost?: HostChoice;
  /** Treatment of damaged records: `error` (the default) or `skip`. */
  readonly damaged?: string;
  /** Unit of a log without units. */
  readonly unit?: string;
  /** Time between samples of a log without times. */
  readonly interval?: string;
  /** Order of day and month in ambiguous dates: `day-first` or `month-first`. */
  readonly dateOrder?: string;
}

/** @throws {InputError} naming the first option whose value can't be read */
export function checkOptions({ tz, damaged, interval, dateOrder }: LogOptions): void {
  if (dateOrder !== undefined && dateOrder !== "day-first" && dateOrder !== "month-first") {
    throw new InputError(`--date-order ${quote(dateOrder)}: expected day-first or month-first`);
  }
  if (interval !== undefined) periodOption("--interval", interval);
  if (tz !== undefined) parseZone(tz);
  if (damaged !== undefined && damaged !== "error" && damaged !== "skip") {
    throw new InputError(`--damaged ${quote(damaged)}: expected error or skip`);
  }
}

/** `ReadContext` by the user's options. */
export class LogContext implements ReadContext {
  readonly report: Report;
  readonly unit: string | null;
  readonly intervalUs: number | null;
  readonly dateOrder: "day-first" | "month-first" | null;
  readonly host: HostChoice | null;
  /** Zone of the log's times, once it is known; null if they count from an arbitrary beginning. */
  zone: ZoneChoice | null;
  readonly #format: Format;
  readonly #options: LogOptions;
  readonly #wanted: ReadonlySet<string> | null;
  /** The log's descriptions of its zone so far: an abbreviation, and the offset from UTC; null for none. */
  #said: string | null = null;
  #known: string | null = null;

  /** @param wanted ids of machines; null: the machines of the options */
  constructor(format: Format, options: LogOptions, report: Report, wanted: ReadonlySet<string> | null = null) {
    this.#format = format;
    this.#options = options;
    this.report = report;
    this.#wanted = wanted;
    this.zone = format.clock === "epoch" ? { name: "UTC", source: "file" } : null;
    this.unit = options.unit ?? null;
    this.intervalUs = options.interval === undefined ? null : periodOption("--interval", options.interval);
    this.host = options.wholeHost ?? null;
    this.dateOrder = (options.dateOrder as "day-first" | "month-first" | undefined) ?? null;
    const given = { unit: options.unit, interval: options.interval, "date-order": options.dateOrder };
    for (const name of ["unit", "interval", "date-order"] as const) {
      if (given[name] !== undefined && !format.options?.includes(name)) {
        report.warn(`--${name}: has no meaning for a ${format.title} log: ignored`);
      }
    }
    if (options.tz !== undefined && (format.clock === "epoch" || format.clock === "relative")) {
      report.warn("--tz: this log has no local times: ignored");
    }
  }

  wants(id: string, name: string | null): boolean {
    if (this.#wanted !== null) return this.#wanted.has(id);
    const { vm } = this.#options;
    // The host comes with any of its VMs.
    if (this.host !== null && this.host.name !== null && (this.host.name === id || this.host.name === name))
      return true;
    return vm === undefined || vm.length === 0 || vm.some((wanted) => wanted === id || wanted === name);
  }

  names(id: string): boolean {
    return this.#wanted?.has(id) ?? this.#options.vm?.includes(id) ?? false;
  }

  wallClock(fileZone: string | null, said?: string): WallClock {
    this.zone = this.#chooseZone(fileZone, said);
    return new WallClock(this.zone, this.report);
  }

  damaged(fault: InputError): void {
    if (this.#options.damaged !== "skip") throw fault;
    this.report.damage(fault.message);
  }

  /**
   * Refuses a change of the zone's abbreviation, as at the beginning of summer time: abbreviations do not tell the
   * difference between zones, so the user has to name the zone.
   */
  #checkSame(fileZone: string | null, said?: string): void {
    const before = this.#said ?? (fileZone === null ? this.#known : null);
    const now = fileZone ?? said;
    if (now === undefined) return;
    if (before !== null && before !== now) {
      throw new InputError(
        `the log has the zones ${quote(before)} and ${quote(said ?? now)}, probably because summer time begins or ends: set the zone with --tz, such as --tz Europe/Berlin`,
      );
    }
    if (fileZone === null) this.#said = now;
    else this.#known = now;
  }

  #chooseZone(fileZone: string | null, said?: string): ZoneChoice {
    const { tz } = this.#options;
    if (tz !== undefined) return { name: parseZone(tz), source: "user" };
    this.#checkSame(fileZone, said);
    if (fileZone !== null) return { name: fileZone, source: "file" };
    const name = this.#format.assumedZone ?? "UTC";
    const why =
      said === undefined
        ? "the log does not state the zone of its times"
        : `the zone ${quote(said)} of the log is ambiguous`;
    this.report.warn(`${why}: ${name} is assumed (--tz sets another)`);
    return { name, source: "assumed" };
  }
}
