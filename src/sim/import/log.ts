/** The import of a log: a survey of the log, a plan for each machine, and a second pass that writes the traces. */
import { InputError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import type { Origin } from "../trace/types.ts";
import type { ZoneChoice } from "./clock/zone.ts";
import { Converter, rowShape } from "./convert.ts";
import { type Detected, detectFormat } from "./detect.ts";
import { orderByTime } from "./file-order.ts";
import { type Header, headerOf } from "./header.ts";
import { tellOfJoin } from "./host-view.ts";
import type { LogFile } from "./log-file.ts";
import { checkWanted, machineList } from "./machine-choice.ts";
import { tellApart } from "./names.ts";
import { type ImportOptions, type MachinePlan, planMachine } from "./plan.ts";
import { warnOfCoarseness, warnOfUnit } from "./plan-warnings.ts";
import { checkOptions, LogContext, type LogOptions } from "./read-context.ts";
import { type Format, type Machine, Sample } from "./reader.ts";
import { Report } from "./report.ts";
import type { RowShape } from "./rows.ts";
import { type MachineSurvey, surveyLog } from "./survey.ts";
import type { TraceWriter } from "./write.ts";

/** Called with the progress, 0 to 1. */
export type Pace = (done: number) => Promise<void>;

/** A trace to write. */
export interface PlannedTrace {
  readonly plan: MachinePlan;
  readonly header: Header;
  readonly shape: RowShape;
}

/** Sees the samples of a log while its traces are written. */
export interface SampleWatcher {
  /** Ids of machines of which no trace is written. */
  readonly machines: readonly string[];
  see(sample: Sample): void;
}

/** A log after its survey. */
export class Log {
  readonly format: Format;
  /** Machines with samples, in order of appearance; only wanted ones. */
  readonly machines: readonly MachineSurvey[];
  /** Remarks about the log. */
  readonly report = new Report();
  readonly #detected: Detected;
  readonly #files: readonly LogFile[];
  readonly #options: LogOptions;
  readonly #zone: ZoneChoice | null;

  private constructor(
    files: readonly LogFile[],
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
   * @param formats that they may have
   * @param adapt changes the format of the log, such as by joining a host's log
   * @throws {InputError} if it can't be read, is damaged, or contains no wanted machine
   */
  static async survey(
    files: readonly LogFile[],
    formats: readonly Format[],
    options: LogOptions,
    pace: Pace,
    adapt: (format: Format) => Format = (format) => format,
  ): Promise<Log> {
    checkOptions(options);
    tellApart(files);
    const found = detectFormat(files, formats, options.from ?? null);
    const detected = { ...found, format: adapt(found.format) };
    const { format } = detected;
    const ordered = orderByTime(files, format, options);
    const bytes = ordered.reduce((sum, file) => sum + file.bytes, 0);
    const context = new LogContext(format, options, new Report());
    const stream = format.open(ordered, context);
    try {
      const isTheirs = ({ isHost }: Machine): boolean => isHost === true && context.host !== null;
      const wants = (machine: Machine): boolean => isTheirs(machine) || context.wants(machine.id, machine.name);
      const machines = await surveyLog(format, stream, wants, (read) => pace(read / bytes));
      const shown = escapeUnsafe((files[0] as LogFile).name);
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

  /** Name of the log for messages about all of it. */
  get shownName(): string {
    return escapeUnsafe((this.#files[0] as LogFile).name);
  }

  /**
   * Plans the traces of machines.
   * @param version of this program
   * @throws {InputError} if neither the log nor an option gives a necessary value
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
    if (options.hostView !== undefined) tellOfJoin(options.hostView, plan.durationUs, this.report);
    warnOfCoarseness(plan, this.report);
    warnOfUnit(plan, this.format, this.#options.unit, this.report);
    const shape = rowShape(plan, this.format);
    const header = headerOf(plan, this.format, shape, {
      files: [...this.#filesOf(survey), ...(options.hostView?.files ?? []).map(originFile)],
      zone: this.#zone,
      importer: { name: "balloon-sim", version },
      reason: this.#detected.reason,
      isOfHost: options.isOfHost === true,
    });
    return { plan, shape, header };
  }

  #filesOf(survey: MachineSurvey): Origin["files"] {
    return this.#files.filter(({ name }) => survey.files.includes(name)).map(originFile);
  }

  /**
   * Reads the log again and writes the traces.
   * @param traces of machines of this log, each with its writer
   * @param watcher sees all samples of these machines, and of others, before they are converted
   * @throws {InputError} if samples have the same time and the user wants an error for that
   */
  async write(
    traces: readonly (PlannedTrace & { readonly writer: TraceWriter })[],
    pace: Pace,
    watcher: SampleWatcher | null = null,
  ): Promise<void> {
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
    const wanted = new Set([...traces.map(({ plan }) => plan.survey.machine.id), ...(watcher?.machines ?? [])]);
    const take = (sample: Sample): void => {
      watcher?.see(sample);
      converters[sample.machine.index]?.push(sample);
    };
    await this.read(this.report, wanted, take, pace);
    for (const converter of converters) converter?.end();
    for (const { writer } of traces) writer.end();
  }

  /** Reads the samples of the machines with these ids once more; what the reading has to say goes into the report. */
  async read(report: Report, wanted: ReadonlySet<string>, take: (sample: Sample) => void, pace: Pace): Promise<void> {
    const bytes = this.#files.reduce((sum, file) => sum + file.bytes, 0);
    const stream = this.format.open(this.#files, new LogContext(this.format, this.#options, report, wanted));
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
}

const originFile = (file: LogFile): Origin["files"][number] => ({
  name: file.baseName,
  sha256: file.sha256(),
  bytes: file.bytes,
});
