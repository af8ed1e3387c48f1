import { executeRuns } from "../cli/jobs/execute.ts";
import { createRequest } from "../cli/jobs/request.ts";
import type { RunSummary } from "../core.ts";
import type { Summary } from "../output/summary.ts";
import { summaryObject } from "../output/summary-figures.ts";
import {
  checkOptions,
  DRIVER_NAMES,
  type DriverOptions,
  given,
  listOf,
  timesOf,
  WHAT_IF_NAMES,
  type WhatIfChoice,
  type WorkOptions,
} from "./options.ts";

/** How `runTraces` runs traces. */
export interface RunTracesOptions extends DriverOptions, WhatIfChoice, WorkOptions {
  /** Seed of all random numbers; default: that of each trace. */
  readonly seed?: string;
  /** Number of worlds in which each trace is run, see docs/worlds.md; default 1, the traces as written. */
  readonly worlds?: number;
}

/** The result of a run, or why there is none. */
export interface RanTrace {
  /** The trace, as given. */
  readonly trace: string;
  /** Number of the world, from 1. */
  readonly world: number;
  /** The figures of docs/summary.md; null: the run failed. */
  readonly summary: RunSummary | null;
  /** Why the trace could not be run; null: it was. */
  readonly error: Error | null;
}

/**
 * Runs traces on all processors, as `balloon-sim run --summary` does.
 * @param traces files, or names of bundled traces
 * @returns the results in the order of the traces, and of their worlds
 * @throws {InputError} if an option is invalid, or the only trace
 */
export async function runTraces(traces: readonly string[], options: RunTracesOptions = {}): Promise<RanTrace[]> {
  checkOptions(options, RUN_OPTIONS, "runTraces");
  const { since: _, until: __, set, ...others } = options;
  const request = createRequest(traces, {
    ...given({ ...others, set: listOf(set) }),
    ...timesOf(options),
    every: "change",
    columns: "default",
    summary: true,
    format: "json",
    quiet: true,
  });
  const { runs, failed } = await executeRuns(request);
  const summaries = new Map(runs.map(({ job, result }) => [keyOf(job), result.summary as Summary]));
  const errors = new Map(failed.map(({ trace, error }) => [trace, error]));
  return request.jobs.map((job): RanTrace => {
    const summary = summaries.get(keyOf(job));
    return {
      trace: job.trace,
      world: job.world,
      summary: summary === undefined ? null : summaryObject(summary),
      error: summary === undefined ? (errors.get(job.trace) ?? null) : null,
    };
  });
}

const RUN_OPTIONS = [
  ...WHAT_IF_NAMES,
  ...DRIVER_NAMES,
  "seed",
  "worlds",
  "workers",
] as const satisfies readonly (keyof RunTracesOptions)[];

const keyOf = ({ traceColumn, world }: { readonly traceColumn: string; readonly world: number }): string =>
  `${world} ${traceColumn}`;
