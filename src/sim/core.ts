/**
 * The simulator without Node, for web pages and workers of browsers: a trace comes in as text, rows and figures come out. The
 * same trace and options give the same bytes as `balloon-sim run`.
 * @module balloon-sim/core
 */
import { seedOption } from "../common/cli/option-values.ts";
import { InputError } from "../common/errors.ts";
import { policyNamed } from "../common/policy-named.ts";
import { describe, safeJson } from "../common/quote.ts";
import { ratesOf } from "../common/rates.ts";
import { chooseColumns } from "./output/choose-columns.ts";
import { Recorder } from "./output/recorder.ts";
import { parseEvery } from "./output/row-choice.ts";
import { RowEncoder, type RowFormat } from "./output/row-format.ts";
import { Summarizer } from "./output/summary.ts";
import { summaryObject } from "./output/summary-figures.ts";
import { Simulation } from "./run/simulation.ts";
import { readTrace } from "./trace/read.ts";
import { observeAll } from "./view/observe-all.ts";

export { InputError, RunError } from "../common/errors.ts";
export type { RowFormat } from "./output/row-format.ts";
export { readTrace, validateText } from "./trace/read.ts";
export type * from "./trace/types.ts";

/** How a trace is run, and what its rows are. What is left out is as `balloon-sim run` has it without the option. */
export interface RunOptions {
  /** What messages and the summary call the trace, such as its file: else `trace`. */
  readonly name?: string;
  /** Name of the balloon driver: else `vmmemctl`. */
  readonly driver?: string;
  /** Values of some of the driver's parameters, by name (`alloc-max`) or key (`allocMax`): else its defaults. */
  readonly rates?: Readonly<Record<string, number>>;
  /** Seed of all that is random: else the trace's own. */
  readonly seed?: string;
  /** Number of the world, from 1: else 1, the trace as it is written. */
  readonly world?: number;
  /** Columns of the rows, separated by commas; `default` and `all` stand for groups: else `default`. */
  readonly columns?: string;
  /** How rows are written: else `csv`. */
  readonly format?: RowFormat;
  /** When there is a row: `change`, `cycle`, or a distance of time such as `5s`: else `change`. */
  readonly every?: string;
}

/** The figures of a run by their names; docs/summary.md says what each means, and in which unit. */
export type RunSummary = Readonly<Record<string, unknown>>;

/** What a run comes to. */
export interface RunResult {
  /** All rows, as one document in the format that was asked for. */
  readonly rows: string;
  readonly summary: RunSummary;
}

/** A run of a trace that its caller moves on: a page that does so in slices can draw and answer in between. */
export class TraceRun {
  readonly #simulation: Simulation;
  readonly #summarizer: Summarizer;
  #rows: string[] = [];

  /**
   * @param text the trace: one JSON document, or JSON lines
   * @throws {InputError} where the trace is damaged, saying line and column, or where an option can't be used
   */
  constructor(text: string, options: RunOptions = {}) {
    const name = options.name ?? "trace";
    const policy = policyNamed(options.driver, "driver");
    const given = options.rates === undefined ? null : { values: options.rates, place: () => "rates" };
    const rates = ratesOf(policy, given);
    const columns = chooseColumns(options.columns ?? "default", policy, "columns");
    const { choice, sampleUs } = parseEvery("every", options.every ?? "change");
    const world = worldNumber(options.world ?? 1);
    const source = readTrace(text, name);
    const seed = options.seed === undefined ? source.trace.seed : seedOption("seed", options.seed);
    const encoder = new RowEncoder(formatOf(options.format ?? "csv"), columns);
    const recorder = new Recorder(policy, columns, choice, encoder, (row) => this.#rows.push(row));
    this.#summarizer = new Summarizer({ trace: name, seed, whatIf: "" });
    this.#simulation = new Simulation(
      source,
      {
        policy,
        rates,
        seed,
        world,
        everyCycle: choice === "cycle",
        ...(sampleUs === null ? {} : { sampleEveryUs: sampleUs }),
      },
      observeAll([recorder, this.#summarizer]),
    );
  }

  /**
   * Runs for so many events: changes of the trace, cycles, and steps of kernel and workloads.
   * @returns false once the run is over
   * @throws {InputError} where a row of a trace in JSON lines is damaged
   */
  runFor(events: number): boolean {
    return this.#simulation.runFor(events);
  }

  /** How much of the run is done, 0 to 1; 0 where the trace does not say how long it is. */
  get progress(): number {
    return this.#simulation.progress;
  }

  /** The rows since the last call: all of these texts, one after the other, are the document. */
  takeRows(): string {
    const text = this.#rows.join("");
    this.#rows = [];
    return text;
  }

  /** The figures, once the run is over. */
  get summary(): RunSummary {
    return summaryObject(this.#summarizer.summary);
  }
}

/**
 * Runs a trace to its end.
 * @param text the trace: one JSON document, or JSON lines
 * @throws {InputError} where the trace is damaged, saying line and column, or where an option can't be used
 */
export function runTrace(text: string, options: RunOptions = {}): RunResult {
  const run = new TraceRun(text, options);
  while (run.runFor(Number.POSITIVE_INFINITY));
  return { rows: run.takeRows(), summary: run.summary };
}

/** The figures as `balloon-sim run --summary --format json` prints them. */
export const summaryText = (summary: RunSummary): string => `${safeJson(summary, 2)}\n`;

const FORMATS: readonly RowFormat[] = ["csv", "ndjson", "json"];

/** Callers without types may give anything. */
function formatOf(format: RowFormat): RowFormat {
  if (FORMATS.includes(format)) return format;
  throw new InputError(`format: expected ${FORMATS.join(", ")}, found ${describe(format)}`);
}

function worldNumber(world: number): number {
  if (Number.isSafeInteger(world) && world >= 1) return world;
  throw new InputError(`world: expected a whole number from 1 on, found ${describe(world)}`);
}
