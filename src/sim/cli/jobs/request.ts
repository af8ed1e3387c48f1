import { basename, join } from "node:path";
import { InputError } from "../../../common/errors.ts";
import { isDirectoryPath } from "../../../common/files/output-directory.ts";
import { quote } from "../../../common/quote.ts";
import { ratesOf } from "../../../common/rates.ts";
import type { Us } from "../../../common/units.ts";
import { chooseColumns } from "../../output/choose-columns.ts";
import { parseEvery } from "../../output/row-choice.ts";
import type { RowFormat } from "../../output/row-format.ts";
import { traceColumn } from "../../output/run-labels.ts";
import type { QueueTarget } from "../../queue/address.ts";
import { STDIN } from "../../trace/input.ts";
import { chooseByDriver, driversIn } from "../driver-of-traces.ts";
import { givenDriver } from "../given-driver.ts";
import type { QueueOptions } from "../queue-options.ts";
import { readOnceAmong } from "../read-once.ts";
import type { Shard } from "../shards/shard.ts";
import { parseWhatIf, type WhatIfOptions } from "../what-if-options.ts";
import type { Job } from "./job.ts";
import { processors } from "./processors.ts";

/** The options of `balloon-sim run` as the command line gives them. */
export interface RunOptions extends WhatIfOptions, QueueOptions {
  readonly output?: string;
  readonly driver?: string;
  readonly rates?: string;
  readonly set?: string[];
  readonly seed?: string;
  readonly worlds?: number;
  readonly shard?: Shard;
  readonly every: string;
  readonly columns: string;
  readonly format?: OutputFormat;
  readonly summary?: true;
  readonly all?: true;
  /** Figure by which many runs are sorted. */
  readonly sort?: string;
  /** Conditions that need attention. */
  readonly warn?: string[];
  readonly quiet?: true;
  readonly verify?: true;
  readonly plot?: true | string;
  readonly causes?: string;
  readonly workers?: number;
  readonly checkpoint?: string;
  /** When a checkpoint is made, in microseconds of the run. */
  readonly at?: number;
  readonly resume?: string;
}

/** Format of rows and summaries. */
export type OutputFormat = RowFormat | "parquet";

/** Destination of the rows: standard output, one file, or one file per run. */
export type RowsTarget =
  | { readonly kind: "stdout" }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "files"; readonly directory: string; readonly paths: readonly string[] };

/** A checked command line: the runs to execute, and the destinations of their results. */
export interface RunRequest {
  readonly jobs: readonly Job[];
  /** Null: no rows are written. */
  readonly rowsTarget: RowsTarget | null;
  /** Null: no summary is printed. */
  readonly summaryFormat: "table" | OutputFormat | null;
  /** Whether the rows become Parquet files. */
  readonly isParquet: boolean;
  /** The SVG file to draw into; null: none. */
  readonly svgPath: string | null;
  /** The file for the causes of a run's stalls; null: none. */
  readonly causesPath: string | null;
  /** The file for the checkpoint of a run that is suspended; null: the run is not suspended. */
  readonly checkpointPath: string | null;
  readonly isQuiet: boolean;
  readonly isVerified: boolean;
  /** Number of worlds in which each trace runs, one job each in order; null: --worlds was not given. */
  readonly worlds: number | null;
  readonly threads: number;
  /** The queue whose workers execute the runs; null: this machine does. */
  readonly queueTarget: QueueTarget | null;
}

/**
 * Checks traces and options, as far as possible without running.
 * @param paths where the traces are, if they are copies
 * @throws {InputError}
 */
export function createRequest(
  traces: readonly string[],
  options: RunOptions,
  paths: readonly string[] = traces,
): RunRequest {
  const suspendAtUs = parseSuspendTime(traces, options);
  const svgPath = typeof options.plot === "string" ? options.plot : null;
  checkPlot(svgPath, traces);
  checkCauses(traces, options);
  if (traces.length === 0) throw new InputError("run: a trace is missing, such as: balloon-sim run spike");
  checkReadOnce(paths, options);
  checkQueue(traces, options);

  checkTriage(options);
  const printsRows = !options.summary && options.plot !== true;
  const format = options.format ?? "csv";
  const rowsTarget = targetOf(traces, options.output, format, printsRows);
  const isParquet = format === "parquet";
  if (isParquet && suspendAtUs !== null) {
    throw new InputError("--checkpoint: can't be combined with --format parquet: a Parquet file can't be continued");
  }
  const rowFormat = isParquet ? ({ format: "csv", isBare: true } as const) : { format };
  const isShared = traces.length > 1 && rowsTarget?.kind !== "files";
  const { choice, sampleUs } = parseEvery("--every", options.every);
  const given = givenDriver(options);
  const drivers = driversIn(given.name, traces, paths);
  const { driver, columns, rates } = chooseByDriver(given.name, drivers, (policy) => ({
    driver: policy.name,
    columns: chooseColumns(options.columns, policy).map((column) => column.name),
    rates: ratesOf(policy, given.rates, options.set),
  }));
  const { seed = null, worlds = null } = options;
  const whatIf = parseWhatIf(options);

  const traceNames = traceColumn(traces);
  const count = worlds ?? 1;
  const jobs = Array.from({ length: traces.length * count }, (_, run): Job => {
    const i = Math.floor(run / count);
    const trace = traces[i] as string;
    const begun = drivers.begun.get(i);
    const world = (run % count) + 1;
    const placement = {
      isNamed: isShared,
      world: worlds === null ? null : world,
      // A suspended run does not end its document; the resumed run does.
      last: suspendAtUs === null,
    };
    return {
      trace,
      ...(begun === undefined ? {} : { begun }),
      traceColumn: traceNames[i] as string,
      driver,
      driverBy: given.by,
      rates,
      seed,
      world,
      whatIf,
      rows: rowsTarget === null ? null : { columns, ...rowFormat, choice, sampleUs, placement },
      wantsSummary: options.summary === true,
      // The tables of CSV and Parquet have no columns for them.
      wantsChanges: options.format !== "csv" && options.format !== "parquet",
      // Only world 1: the curves of several worlds would cover each other.
      wantsPlot: options.plot !== undefined && world === 1,
      ...(options.causes === undefined ? {} : { wantsCauses: true }),
      state: null,
      suspendAtUs,
    };
  });
  return {
    jobs,
    rowsTarget,
    isParquet,
    summaryFormat: options.summary ? (options.format ?? "table") : null,
    svgPath,
    causesPath: options.causes ?? null,
    checkpointPath: options.checkpoint ?? null,
    isQuiet: options.quiet === true,
    isVerified: options.verify === true,
    worlds,
    threads: Math.min(jobs.length, options.workers ?? processors()),
    queueTarget: options.queueTarget ?? null,
  };
}

/**
 * Time at which the run is to be suspended, in microseconds; null: never. Also checks the options of checkpoints.
 * @throws {InputError}
 */
export function parseSuspendTime(traces: readonly string[], options: RunOptions): Us | null {
  if (options.checkpoint === undefined) {
    if (options.at !== undefined) throw new InputError("--at: only with --checkpoint");
    if (options.resume === undefined) return null;
  }
  for (const [option, given] of [
    ["--summary", options.summary],
    ["--plot", options.plot],
    ["--causes", options.causes],
    ["--verify", options.verify],
    ["--worlds", options.worlds],
  ] as const) {
    const what = options.resume === undefined ? "--checkpoint" : "--resume";
    if (given !== undefined) throw new InputError(`${what}: can't be combined with ${option}, which needs a whole run`);
  }
  if (traces.length > 1)
    throw new InputError(`run: a checkpoint is the state of one run, but ${traces.length} traces are given`);
  const once = readOnceAmong(traces);
  if (once !== null) throw new InputError(`run: ${once} can't be resumed: give the trace as a file`);
  if (options.checkpoint === undefined) return null;
  if (options.at === undefined) throw new InputError("--checkpoint: expected --at TIME, the time of the checkpoint");
  return options.at;
}

/** @throws {InputError} if options of the table of many runs are given without it */
function checkTriage(options: RunOptions): void {
  for (const option of ["all", "sort", "warn"] as const) {
    if (options[option] === undefined) continue;
    if (!options.summary) throw new InputError(`--${option}: only with --summary`);
    // All is what these formats have in any case.
    if (option === "all" || options.format === undefined) continue;
    throw new InputError(
      `--${option}: is for the table of --summary; with --format ${options.format} all figures of all runs are printed, in the order given`,
    );
  }
}

function checkPlot(svgPath: string | null, traces: readonly string[]): void {
  if (svgPath === null) return;
  if (!/\.svg$/i.test(svgPath)) {
    throw new InputError(
      `--plot ${quote(svgPath)}: expected a file name that ends in .svg; to draw in the terminal, put --plot last`,
    );
  }
  if (traces.length > 1) throw new InputError(`--plot ${svgPath}: draws one trace, but ${traces.length} are given`);
}

/** @throws {InputError} if there is not exactly one run whose causes can go to a file */
function checkCauses(traces: readonly string[], { causes, worlds }: RunOptions): void {
  if (causes === undefined) return;
  if (causes === "-")
    throw new InputError("--causes -: expected a file, because standard output is for the other results");
  if (traces.length > 1) {
    throw new InputError(`--causes ${quote(causes)}: records one run, but ${traces.length} traces are given`);
  }
  if ((worlds ?? 1) > 1) throw new InputError(`--causes ${quote(causes)}: records one run: leave out --worlds`);
}

/**
 * Checks the options of rows that the user has given.
 * @throws {InputError} if there is one, and no rows are written
 */
export function checkRowOptions({ every, columns, format, summary, plot, output }: RunOptions): void {
  if (output !== undefined || (!summary && plot !== true)) return;
  const option =
    every !== "change"
      ? "--every"
      : columns !== "default"
        ? "--columns"
        : format !== undefined && !summary
          ? "--format"
          : null;
  if (option === null) return;
  const why = summary ? "--summary" : "--plot";
  throw new InputError(`${option}: with ${why}, no rows are written: to write them, give -o FILE`);
}

/** Options whose results workers of a queue do not return. */
const NOT_ON_QUEUE = ["plot", "causes", "checkpoint", "at", "resume"] as const;

/** @throws {InputError} if the runs can't go to the queue that the options name */
export function checkQueue(traces: readonly string[], options: RunOptions): void {
  if ((options.queueTarget ?? null) === null) return;
  const option = NOT_ON_QUEUE.find((name) => options[name] !== undefined);
  if (option !== undefined) throw new InputError(`--queue: can't be combined with --${option}`);
  const once = readOnceAmong(traces);
  if (once !== null) throw new InputError(`--queue: expected trace files, not ${once}`);
}

function checkReadOnce(traces: readonly string[], { worlds, verify }: RunOptions): void {
  const isStdinTwice = traces.filter((trace) => trace === STDIN).length > 1;
  if (isStdinTwice) throw new InputError("run: standard input (-) can be read only once");
  if (worlds === undefined && !verify) return;
  const once = readOnceAmong(traces);
  if (once === null) return;
  const why =
    worlds === undefined ? "--verify: reads the trace twice" : "--worlds: reads the trace once for each world";
  throw new InputError(`${why}; ${once} can be read only once: use a file`);
}

/** The destination of the rows. */
export function targetOf(
  traces: readonly string[],
  output: string | undefined,
  format: OutputFormat,
  printsRows: boolean,
): RowsTarget | null {
  if (output === "-" || (output === undefined && printsRows)) return { kind: "stdout" };
  if (output === undefined) return null;
  if (!isDirectoryPath(output, "-o")) {
    return { kind: "file", path: output };
  }
  const paths = traces.map((trace) => join(output, `${runName(trace)}.${format}`));
  paths.forEach((path, i) => {
    const other = paths.indexOf(path);
    if (other !== i) {
      throw new InputError(`-o ${output}: both ${traces[other]} and ${traces[i]} would be written to ${path}`);
    }
  });
  return { kind: "files", directory: output, paths };
}

/** Name of a run's file: that of its trace, without folder and extension. */
const runName = (trace: string): string => (trace === STDIN ? "stdin" : basename(trace).replace(/\.jsonl?$/i, ""));
