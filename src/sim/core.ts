/**
 * The simulator without Node, for web pages and browser workers: input is the text of a trace, output are rows and
 * figures. The same trace and options give the same bytes as `balloon-sim run`.
 * @module balloon-sim/core
 */
import { seedOption } from "../common/cli/option-values.ts";
import { InputError } from "../common/errors.ts";
import { policyNamed } from "../common/policy-named.ts";
import { describe, safeJson } from "../common/quote.ts";
import { ratesOf } from "../common/rates.ts";
import { CauseRecorder, type CauseRecording } from "./causes/index.ts";
import { chooseColumns } from "./output/choose-columns.ts";
import type { Column } from "./output/columns.ts";
import { Recorder } from "./output/recorder.ts";
import { LOOK_US, parseEvery } from "./output/row-choice.ts";
import { RowEncoder, type RowFormat, type RowWriter } from "./output/row-format.ts";
import { Summarizer } from "./output/summary.ts";
import { summaryObject } from "./output/summary-figures.ts";
import { Simulation } from "./run/simulation.ts";
import type { Archive } from "./state/archive.ts";
import { readTrace } from "./trace/read.ts";
import { observeAll } from "./view/observe-all.ts";
import type { Observer } from "./view/types.ts";

export { InputError, RunError } from "../common/errors.ts";
export {
  type CauseRecord,
  type CauseRecording,
  type Episode,
  type EpisodeText,
  episodeAt,
  episodesOf,
  episodeText,
} from "./causes/index.ts";
export type { RowFormat } from "./output/row-format.ts";
export type * from "./trace/public-types.ts";
export { readTrace, validateText } from "./trace/read.ts";
export type { Observer, RunView } from "./view/types.ts";

/** Options of a run and of its rows. Defaults are those of `balloon-sim run`. */
export interface RunOptions {
  /** Name of the trace in messages and in the summary, such as its file; default `trace`. */
  readonly name?: string;
  /** Name of the balloon driver; default: the one that the trace names, or `vmmemctl`. */
  readonly driver?: string;
  /**
   * Values of some of the driver's parameters, by name (`alloc-max`) or key (`allocMax`); others have their defaults.
   */
  readonly rates?: Readonly<Record<string, number>>;
  /** Seed of all random numbers; default: the trace's. */
  readonly seed?: string;
  /** Number of the world, from 1; default 1, the trace as written. */
  readonly world?: number;
  /** Columns of the rows, separated by commas; `default` and `all` are groups; default `default`. */
  readonly columns?: string;
  /** Format of the rows; default `csv`. */
  readonly format?: RowFormat;
  /** Choice of the rows: `change`, `cycle`, or an interval such as `5s`; default `change`. */
  readonly every?: string;
  /**
   * Receives each row as numbers, in the order of the columns: times in microseconds, pages, counts; `format` is then unused, and
   * no text is made, which is several times faster. The array is valid during the call.
   */
  readonly onRow?: (values: Float64Array) => void;
  /** Whether rows are made; default true. Without them a run is faster, and its summary is that of a run with `--summary`. */
  readonly hasRows?: boolean;
  /** A further observer of the run. */
  readonly observer?: Observer;
  /** Whether `TraceRun.causes` records why the run stalls; the rows are the same. Default: no. */
  readonly causes?: boolean;
}

/** The figures of a run by name; docs/summary.md defines their meanings and units. */
export type RunSummary = Readonly<Record<string, unknown>>;

/** The results of a run. */
export interface RunResult {
  /** All rows, as one document in the format of the options. */
  readonly rows: string;
  /** Counters and objectives of the whole run. */
  readonly summary: RunSummary;
}

/** A run of a trace that its caller advances: between slices of a run, a page can draw and respond to its user. */
export class TraceRun {
  readonly #simulation: Simulation;
  readonly #summarizer: Summarizer;
  readonly #causes: CauseRecorder | null;
  #rows: string[] = [];
  /** The columns of its rows. */
  readonly columns: readonly Pick<Column, "name" | "unit" | "kind" | "meaning">[];

  /**
   * @param text the trace: one JSON document, or JSON lines
   * @throws {InputError} if the trace is invalid, with line and column, or if an option is invalid
   */
  constructor(text: string, options: RunOptions = {}) {
    const name = options.name ?? "trace";
    const source = readTrace(text, name);
    const policy = policyNamed(options.driver ?? source.trace.guest.driver ?? undefined, "driver");
    const given = options.rates === undefined ? null : { values: options.rates, place: () => "rates" };
    const rates = ratesOf(policy, given);
    const columns = chooseColumns(options.columns ?? "default", policy, "columns");
    const { choice, sampleUs } = parseEvery("every", options.every ?? "change");
    const world = worldNumber(options.world ?? 1);
    const seed = options.seed === undefined ? source.trace.seed : seedOption("seed", options.seed);
    const { onRow, hasRows = true, observer = {} } = options;
    const looks = hasRows && policy.isInterrupted === true && choice === "change";
    const everyUs = sampleUs ?? (looks ? LOOK_US : null);
    const encoder =
      onRow === undefined ? new RowEncoder(formatOf(options.format ?? "csv"), columns) : new NumberRows(onRow);
    const recorder = new Recorder(policy, columns, choice, encoder, (row) => {
      if (row !== "") this.#rows.push(row);
    });
    this.columns = columns;
    this.#summarizer = new Summarizer({ trace: name, seed, whatIf: "" });
    this.#causes = options.causes === true ? new CauseRecorder() : null;
    this.#simulation = new Simulation(
      source,
      {
        policy,
        rates,
        seed,
        world,
        everyCycle: choice === "cycle",
        ...(everyUs === null ? {} : { sampleEveryUs: everyUs }),
        ...(this.#causes === null ? {} : { causes: this.#causes }),
      },
      observeAll([...(hasRows ? [recorder] : []), this.#summarizer, observer]),
    );
  }

  /**
   * Runs up to `events` events: changes of the trace, cycles, and steps of kernel and workloads.
   * @returns false once the run is over
   * @throws {InputError} if a row of a trace in JSON lines is invalid
   */
  runFor(events: number): boolean {
    return this.#simulation.runFor(events);
  }

  /** The fraction of the run that is done, 0 to 1; 0 if the trace does not state its length. */
  get progress(): number {
    return this.#simulation.progress;
  }

  /** The rows since the last call: the concatenation of all these texts is the document. */
  takeRows(): string {
    const text = this.#rows.join("");
    this.#rows = [];
    return text;
  }

  /**
   * Why the run has stalled until now: `episodesOf` makes episodes of it, `episodeText` words of each.
   * @throws {RangeError} without the option `causes`
   */
  get causes(): CauseRecording {
    if (this.#causes === null) throw new RangeError("the run has no option causes");
    return this.#causes.soFar();
  }

  /** The figures. Throws before the run is over. */
  get summary(): RunSummary {
    return summaryObject(this.#summarizer.summary);
  }
}

/**
 * Runs a trace to its end.
 * @param text the trace: one JSON document, or JSON lines
 * @throws {InputError} if the trace is invalid, with line and column, or if an option is invalid
 */
export function runTrace(text: string, options: RunOptions = {}): RunResult {
  const run = new TraceRun(text, options);
  while (run.runFor(Number.POSITIVE_INFINITY));
  return { rows: run.takeRows(), summary: run.summary };
}

/** The figures in the format of `balloon-sim run --summary --format json`. */
export const summaryText = (summary: RunSummary): string => `${safeJson(summary, 2)}\n`;

/** Passes rows on as numbers. */
class NumberRows implements RowWriter {
  readonly #onRow: (values: Float64Array) => void;
  rows = 0;

  constructor(onRow: (values: Float64Array) => void) {
    this.#onRow = onRow;
  }

  row(values: Float64Array): string {
    this.rows++;
    this.#onRow(values);
    return "";
  }

  end(): string {
    return "";
  }

  archive(a: Archive): void {
    this.rows = a.number(this.rows);
  }
}

const FORMATS: readonly RowFormat[] = ["csv", "ndjson", "json"];

/** Callers without types may pass any value. */
function formatOf(format: RowFormat): RowFormat {
  if (FORMATS.includes(format)) return format;
  throw new InputError(`format: expected ${FORMATS.join(", ")}, found ${describe(format)}`);
}

function worldNumber(world: number): number {
  if (Number.isSafeInteger(world) && world >= 1) return world;
  throw new InputError(`world: expected a whole number from 1 on, found ${describe(world)}`);
}
