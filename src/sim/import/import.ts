/** The import as a whole: a log is surveyed, its machines are planned, and their traces are written in a second pass. */
import { periodOption } from "../../common/cli/option-values.ts";
import { InputError } from "../../common/errors.ts";
import type { InputFile } from "../../common/files/input-file.ts";
import { didYouMean } from "../../common/nearest.ts";
import { escapeUnsafe, quote, shorten } from "../../common/quote.ts";
import { isCoarse } from "../trace/coarse.ts";
import type { Origin } from "../trace/types.ts";
import { parseZone, WallClock, type ZoneChoice } from "./clock/zone.ts";
import { Converter, rowShape } from "./convert.ts";
import { type Detected, detectFormat } from "./detect.ts";
import { type Header, headerOf } from "./header.ts";
import { checkJoin, HostGatherer, type HostView, joinedFormat, tellOfJoin } from "./host-view.ts";
import { tellApart } from "./names.ts";
import { type ImportOptions, type MachinePlan, planMachine } from "./plan.ts";
import { type Format, type Machine, type ReadContext, Sample } from "./reader.ts";
import { Report } from "./report.ts";
import type { RowShape } from "./rows.ts";
import { factOf, type MachineSurvey, surveyLog } from "./survey.ts";
import { pagesPerUnit } from "./vocabulary.ts";
import type { TraceWriter } from "./write.ts";

/** What the user says of how a log is to be read. */
export interface LogOptions {
  /** Name of the format; absent: detected. */
  readonly from?: string;
  /** Zone of local times in the log. */
  readonly tz?: string;
  /** Machines that are wanted, by name or id; absent: all. */
  readonly vm?: readonly string[];
  /** The option that named them, for messages; absent: `--vm`. */
  readonly vmOption?: string;
  /** What to do about damaged records: `error` (the default) or `skip`. */
  readonly damaged?: string;
  /** Unit of a log that does not say it. */
  readonly unit?: string;
  /** Time between samples that have no times. */
  readonly interval?: string;
  /** Order of day and month in dates that leave it open: `day-first` or `month-first`. */
  readonly dateOrder?: string;
}

/** Learns how much of the work is done, from 0 to 1. */
export type Pace = (done: number) => Promise<void>;

/** A trace that is about to be written. */
export interface PlannedTrace {
  readonly plan: MachinePlan;
  readonly header: Header;
  readonly shape: RowShape;
}

/** Amounts that are parts of a guest's RAM, and no small ones together: a kernel fills with cache what is not used. */
const PARTS_OF_RAM = ["free", "buffers", "cached", "lruActive", "lruInactive"] as const;
/** Less of the RAM than this is not believed. */
const LEAST_PART = 0.01;

/** Machines that an error message lists. */
const MAX_LISTED = 12;

/** A log whose machines are known. */
export class Log {
  readonly format: Format;
  /** Machines with samples, in order of appearance; of those that are wanted only. */
  readonly machines: readonly MachineSurvey[];
  /** What there is to say besides the traces. */
  readonly report = new Report();
  readonly #detected: Detected;
  readonly #files: readonly InputFile[];
  readonly #options: LogOptions;
  readonly #zone: ZoneChoice | null;

  private constructor(
    files: readonly InputFile[],
    detected: Detected,
    options: LogOptions,
    machines: readonly MachineSurvey[],
    zone: ZoneChoice | null,
  ) {
    this.format = detected.format;
    this.machines = machines;
    this.#detected = detected;
    this.#files = files;
    this.#options = options;
    this.#zone = zone;
  }

  /**
   * Surveys a log.
   * @param files of one format, in any order
   * @param host what is joined to it
   * @throws {InputError} where it can't be read, is damaged, or holds nothing that is wanted
   */
  static async survey(
    files: readonly InputFile[],
    options: LogOptions,
    pace: Pace,
    host: HostView | null = null,
  ): Promise<Log> {
    checkOptions(options);
    tellApart(files);
    const found = detectFormat(files, options.from ?? null);
    const detected = host === null ? found : { ...found, format: joinedFormat(found.format, host) };
    const { format } = detected;
    const ordered = orderByTime(files, format, options);
    const bytes = ordered.reduce((sum, file) => sum + file.bytes, 0);
    const context = new Context(format, options, new Report());
    const stream = format.open(ordered, context);
    try {
      const wants = ({ id, name }: Machine): boolean => context.wants(id, name);
      const machines = await surveyLog(format, stream, wants, (read) => pace(read / bytes));
      const shown = escapeUnsafe((files[0] as InputFile).name);
      checkWanted(options.vm ?? [], stream.machines, shown, options.vmOption ?? "--vm");
      if (machines.length === 0) {
        const others =
          stream.machines.length === 0 ? "" : ` (--vm reads what it is not about: ${machineList(stream.machines)})`;
        throw new InputError(`${shown}: no samples in this ${format.title} log${others}`);
      }
      return new Log(ordered, detected, options, machines, context.zone);
    } finally {
      stream.close();
    }
  }

  /**
   * Surveys a host's log and keeps what it says of the VM that a guest's log is of.
   * @param guest the guest's log
   * @param vm name of the VM; null: that of the guest, or the only one
   * @param offsetUs what is added to the host's times
   * @throws {InputError} where it can't be read, knows no such VM or nothing of its balloon, or can't be joined
   */
  static async joinable(
    files: readonly InputFile[],
    guest: Log,
    options: LogOptions & { readonly vm?: readonly string[] },
    offsetUs: number,
  ): Promise<HostView> {
    const noPace = async (): Promise<void> => {};
    const log = await Log.survey(files, options, noPace);
    const own = guest.machines[0] as MachineSurvey;
    const survey = vmOf(log, own.machine);
    const gatherer = new HostGatherer(survey.machine);
    await log.#read(new Report(), new Set([survey.machine.id]), (sample) => gatherer.add(sample, offsetUs), noPace);
    const { columns, atUs, values } = gatherer;
    if (
      !columns.some(({ quantity }, i) => quantity.startsWith("balloon") && values[i]?.some((v) => !Number.isNaN(v)))
    ) {
      throw new InputError(`--host-log ${log.shownName}: knows nothing of the balloon of ${quote(survey.machine.id)}`);
    }
    const memory = factOf(survey, "memTotal");
    const perUnit = memory === null ? null : pagesPerUnit(memory.column.unit, Number.NaN);
    const host: HostView = {
      shown: log.shownName,
      baseName: (files[0] as InputFile).baseName,
      files,
      vm: survey.machine.name ?? survey.machine.id,
      memory:
        memory === null || perUnit === null
          ? survey.found
          : { pages: Math.round(memory.max * perUnit), evidence: `${memory.column.field} of ${log.shownName}` },
      columns,
      atUs,
      values,
      holdUs: log.format.gapSteps * (survey.stepUs ?? (log.format.stepSeconds ?? 1) * 1e6),
    };
    checkJoin(host, own, guest.shownName, guest.format.clock === "relative");
    return host;
  }

  /** Name of the log for messages about all of it. */
  get shownName(): string {
    return escapeUnsafe((this.#files[0] as InputFile).name);
  }

  /**
   * Decides what the traces of machines will be.
   * @param version of this program
   * @throws {InputError} where neither the log nor an option gives a value that is needed
   */
  plan(machines: readonly MachineSurvey[], options: ImportOptions, version: string): PlannedTrace[] {
    const traces: PlannedTrace[] = [];
    const refused: InputError[] = [];
    for (const survey of machines) {
      try {
        traces.push(this.#planOne(survey, options, version));
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        refused.push(error);
      }
    }
    const [first] = refused;
    if (first === undefined) return traces;
    const others = machines.length - traces.length - 1;
    throw others > 0 ? new InputError(`${first.message} (and ${others} other machines of this log)`) : first;
  }

  #planOne(survey: MachineSurvey, options: ImportOptions, version: string): PlannedTrace {
    const plan = planMachine(survey, this.format, options, this.shownName, this.report, this.#options.interval);
    if (options.host !== undefined) tellOfJoin(options.host, plan.durationUs, this.report);
    this.#warnOfCoarseness(plan);
    this.#warnOfUnit(plan);
    const shape = rowShape(plan, this.format);
    const header = headerOf(plan, this.format, shape, {
      files: [...this.#filesOf(survey), ...(options.host?.files ?? []).map(originFile)],
      zone: this.#zone,
      importer: { name: "balloon-sim", version },
      reason: this.#detected.reason,
    });
    return { plan, shape, header };
  }

  #filesOf(survey: MachineSurvey): Origin["files"] {
    return this.#files.filter(({ name }) => survey.files.includes(name)).map(originFile);
  }

  /**
   * Reads the log once more and writes the traces.
   * @param traces of machines of this log, each with where it goes
   * @throws {InputError} where samples have the same time and the user wants to know
   */
  async write(traces: readonly (PlannedTrace & { readonly writer: TraceWriter })[], pace: Pace): Promise<void> {
    const converters: Converter[] = [];
    for (const { plan, writer } of traces) {
      const { id } = plan.survey.machine;
      const index = this.machines.findIndex(({ machine }) => machine.id === id);
      converters[(this.machines[index] as MachineSurvey).machine.index] = new Converter(
        plan,
        this.format,
        writer,
        this.report,
      );
    }
    const wanted = new Set(traces.map(({ plan }) => plan.survey.machine.id));
    await this.#read(this.report, wanted, (sample) => converters[sample.machine.index]?.push(sample), pace);
    for (const converter of converters) converter?.end();
    for (const { writer } of traces) writer.end();
  }

  /** Reads the samples of the machines with these ids once more. */
  async #read(report: Report, wanted: ReadonlySet<string>, take: (sample: Sample) => void, pace: Pace): Promise<void> {
    const bytes = this.#files.reduce((sum, file) => sum + file.bytes, 0);
    const stream = this.format.open(this.#files, new Context(this.format, this.#options, report, wanted));
    try {
      const sample = new Sample();
      for (let count = 0; stream.next(sample); count++) {
        if (wanted.has(sample.machine.id)) take(sample);
        if ((count & 0x3ff) === 0) await pace(stream.bytesRead / bytes);
      }
    } finally {
      stream.close();
    }
  }

  /** A size that the user gives, and the unit of a log that does not say it, have to fit each other. */
  #warnOfUnit({ memory, survey }: MachinePlan): void {
    const { unit } = this.#options;
    if (memory.how !== "given") return;
    const amounts = PARTS_OF_RAM.flatMap((quantity) => {
      const index = survey.machine.columns.findIndex((column) => column.quantity === quantity);
      const perUnit = pagesPerUnit(survey.machine.columns[index]?.unit ?? "1", memory.pages);
      const range = survey.ranges[index];
      return perUnit === null || !range ? [] : [{ index, pages: range.max * perUnit }];
    });
    const part = amounts.reduce((sum, { pages }) => sum + pages, 0) / memory.pages;
    if (amounts.length < 2 || !(part < LEAST_PART)) return;
    const fields = amounts.map(({ index }) => survey.machine.columns[index]?.field).join(" + ");
    const isUnsaid = unit === undefined && this.format.options?.includes("unit") === true;
    const advice = isUnsaid ? "if the log is in MiB, as with -S M: --unit MiB" : "are the size and the unit right?";
    const percent = Math.round(part * 10_000) / 100;
    this.report.warn(`${survey.machine.id}: ${fields} are ${percent} % of ${memory.evidence} at most: ${advice}`);
  }

  #warnOfCoarseness({ stepUs }: MachinePlan): void {
    if (!isCoarse(stepUs / 1e6)) return;
    this.report.warn(
      `one sample every ${stepUs / 1e6} s, but the driver acts every second: what happened in between is not in the log, and a run of the trace says so`,
    );
  }
}

/** What readers ask for, answered by what the user said. */
class Context implements ReadContext {
  readonly report: Report;
  readonly unit: string | null;
  readonly intervalUs: number | null;
  readonly dateOrder: "day-first" | "month-first" | null;
  /** Zone of the log's times, once it is known; null where they count from some beginning. */
  zone: ZoneChoice | null;
  readonly #format: Format;
  readonly #options: LogOptions;
  readonly #wanted: ReadonlySet<string> | null;
  /** What the log has said of its zone so far: an abbreviation, and how far it is from UTC; null for nothing. */
  #said: string | null = null;
  #known: string | null = null;

  /** @param wanted ids of machines; null: those that the options name */
  constructor(format: Format, options: LogOptions, report: Report, wanted: ReadonlySet<string> | null = null) {
    this.#format = format;
    this.#options = options;
    this.report = report;
    this.#wanted = wanted;
    this.zone = format.clock === "epoch" ? { name: "UTC", source: "file" } : null;
    this.unit = options.unit ?? null;
    this.intervalUs = options.interval === undefined ? null : periodOption("--interval", options.interval);
    this.dateOrder = (options.dateOrder as "day-first" | "month-first" | undefined) ?? null;
    const given = { unit: options.unit, interval: options.interval, "date-order": options.dateOrder };
    for (const name of ["unit", "interval", "date-order"] as const) {
      if (given[name] !== undefined && !format.options?.includes(name)) {
        report.warn(`--${name}: nothing that a ${format.title} log needs: not used`);
      }
    }
    if (options.tz !== undefined && (format.clock === "epoch" || format.clock === "relative")) {
      report.warn("--tz: the times of this log are not those of a clock on a wall: not used");
    }
  }

  wants(id: string, name: string | null): boolean {
    if (this.#wanted !== null) return this.#wanted.has(id);
    const { vm } = this.#options;
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
   * Abbreviations do not say how far they are apart: where one follows another, as when summer time begins, the user
   * has to.
   */
  #checkSame(fileZone: string | null, said?: string): void {
    const before = this.#said ?? (fileZone === null ? this.#known : null);
    const now = fileZone ?? said;
    if (now === undefined) return;
    if (before !== null && before !== now) {
      throw new InputError(
        `the log says ${quote(before)} and ${quote(said ?? now)} for its zone, as logs do where summer time begins or ends: name the zone with --tz, such as --tz Europe/Berlin`,
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
        ? "the log does not say which zone its times are in"
        : `the log says ${quote(said)} for its zone, which may be one of several`;
    this.report.warn(`${why}: taken for ${name} (--tz names another)`);
    return { name, source: "assumed" };
  }
}

const originFile = (file: InputFile): Origin["files"][number] => ({
  name: file.baseName,
  sha256: file.sha256(),
  bytes: file.bytes,
});

/** The VM of a host's log that a guest's log is of: the only one, or that of its name. */
function vmOf({ machines, shownName }: Log, guest: Machine): MachineSurvey {
  const [only] = machines;
  if (only !== undefined && machines.length === 1) return only;
  const names = [guest.id, guest.name];
  const same = machines.filter(({ machine }) => names.includes(machine.id) || names.includes(machine.name ?? ""));
  if (same.length === 1) return same[0] as MachineSurvey;
  throw new InputError(
    `--host-log ${shownName}: which of its VMs is ${quote(guest.id)}? Name it with --host-vm (it holds ${machineList(machines.map(({ machine }) => machine))})`,
  );
}

function checkOptions({ tz, damaged, interval, dateOrder }: LogOptions): void {
  if (dateOrder !== undefined && dateOrder !== "day-first" && dateOrder !== "month-first") {
    throw new InputError(`--date-order ${quote(dateOrder)}: expected day-first or month-first`);
  }
  if (interval !== undefined) periodOption("--interval", interval);
  if (tz !== undefined) parseZone(tz);
  if (damaged !== undefined && damaged !== "error" && damaged !== "skip") {
    throw new InputError(`--damaged ${quote(damaged)}: expected error or skip`);
  }
}

/** Files in the order of their first samples, so that those of one machine follow each other. */
function orderByTime(files: readonly InputFile[], format: Format, options: LogOptions): readonly InputFile[] {
  if (files.length === 1) return files;
  const begins = files.map((file) => {
    const stream = format.open([file], new Context(format, options, new Report()));
    const sample = new Sample();
    try {
      return stream.next(sample) ? sample.atUs : Number.POSITIVE_INFINITY;
    } finally {
      stream.close();
    }
  });
  return files
    .map((file, i) => ({ file, begin: begins[i] as number }))
    .sort((a, b) => (a.begin === b.begin ? 0 : a.begin - b.begin))
    .map(({ file }) => file);
}

function checkWanted(
  wanted: readonly string[],
  machines: readonly { readonly id: string; readonly name: string | null }[],
  shown: string,
  option: string,
): void {
  for (const each of wanted) {
    if (machines.some(({ id, name }) => each === id || each === name)) continue;
    const names = machines.flatMap(({ id, name }) => (name === null || name === id ? [id] : [name, id]));
    throw new InputError(
      `${option} ${quote(each)}: ${shown} holds no machine of that name or id${didYouMean(each, names)} (it holds ${machineList(machines)})`,
    );
  }
}

/** Machines of a log as a message lists them. */
export function machineList(machines: readonly { readonly id: string; readonly name: string | null }[]): string {
  if (machines.length === 0) return "none";
  const names = machines
    .slice(0, MAX_LISTED)
    .map(({ id, name }) => (name === null || name === id ? shorten(id) : `${shorten(name)} (${shorten(id)})`));
  const more = machines.length > MAX_LISTED ? ` and ${machines.length - MAX_LISTED} more` : "";
  return `${names.join(", ")}${more}`;
}
