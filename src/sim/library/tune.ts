import { warn } from "../../common/cli/output.ts";
import { ratesByName } from "../../common/rates.ts";
import { TUNE_DEFAULTS } from "../cli/tune/tune-defaults.ts";
import { createTuneRequest } from "../cli/tune/tune-options.ts";
import { makeStudy } from "../cli/tune/tune-traces.ts";
import { StudyAnalysis } from "../tune/study/analysis.ts";
import { StudyLog } from "../tune/study/study-log.ts";
import { policyOf, spaceOf } from "../tune/study/study-space.ts";
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

/** What `tune` searches for. At least one of `minimize` and `maximize` is needed. */
export interface TuneSearch extends DriverOptions, WhatIfChoice, WorkOptions {
  /** Names of objectives (docs/objectives.md). */
  readonly minimize?: readonly string[];
  /** Names of objectives of which more is better. */
  readonly maximize?: readonly string[];
  /** What every run must keep, such as `oom_kills == 0` or `stall_full <= 1.1 * reference`. */
  readonly require?: readonly string[];
  /** Traces that judge the result and that the search does not see. */
  readonly holdout?: readonly string[];
  /** Number of candidates; default 1000. */
  readonly trials?: number;
  /** `nsga2`, the default, `tpe`, `sobol`, `random` or `grid` (docs/samplers.md). */
  readonly sampler?: string;
  /** Seed of the search; default `1`. */
  readonly seed?: string;
  /** Number of worlds of each trial, default 1; and of the judgement, default 5 (docs/worlds.md). */
  readonly worlds?: number;
  /** Number of worlds of the judgement; default 5. */
  readonly judgeWorlds?: number;
}

/** A candidate of a search. */
export interface TuneTrial {
  /** Its number; 0 is the reference, the constants that the driver has. */
  readonly trial: number;
  /** Constants by name, such as `alloc-max`; of hosts also parameters of their policy. */
  readonly rates: Readonly<Record<string, number>>;
  /** Objectives over the traces, by name; null: a run failed, or it was dropped early. */
  readonly values: Readonly<Record<string, number>> | null;
}

/** What a search has found. */
export interface TuneResult {
  /** The driver whose constants were searched. */
  readonly driver: string;
  /** All candidates, by their numbers. */
  readonly trials: readonly TuneTrial[];
  /** Numbers of the trials that no other one dominates. */
  readonly front: readonly number[];
  /** Those of the judged ones that stand in other worlds, too. */
  readonly standing: readonly number[];
  /** The trial to take: better than the reference in a goal and worse in none, in the judging worlds; null: there is none. */
  readonly pick: number | null;
}

/**
 * Searches for better constants, as `balloon-sim tune` does, without a file. Remarks about the traces go to standard error.
 * @param traces files, or names of bundled traces; or hosts
 * @throws {InputError} if a trace or an option can't be used
 */
export async function tune(traces: readonly string[], search: TuneSearch): Promise<TuneResult> {
  checkOptions(search, TUNE_OPTIONS, "tune");
  const { since: _, until: __, set, minimize, maximize, require, holdout, ...others } = search;
  const options = {
    ...TUNE_DEFAULTS,
    ...given({
      ...others,
      set: listOf(set),
      minimize: listOf(minimize),
      maximize: listOf(maximize),
      require: listOf(require),
      holdout: listOf(holdout),
    }),
    ...timesOf(search),
    quiet: true as const,
  };
  const request = createTuneRequest(traces, options);
  const log = StudyLog.inMemory(request.header);
  try {
    for (const line of request.remarks) warn(`balloon-sim: ${line}`);
    await makeStudy(log, request, options);
    return resultOf(new StudyAnalysis(log));
  } finally {
    log.close();
  }
}

function resultOf(analysis: StudyAnalysis): TuneResult {
  const { header, trials, front, standing, pick } = analysis;
  const policy = policyOf(header);
  const space = spaceOf(header);
  return {
    driver: policy.name,
    trials: trials.map(({ trial, point }) => {
      const values = analysis.values(trial);
      return {
        trial,
        rates: ratesByName(policy.params, trial === 0 ? header.reference : space.ratesOf(point)),
        values:
          values === null ? null : Object.fromEntries(header.objectives.map((name, i) => [name, values[i] as number])),
      };
    }),
    front: front.map(({ trial }) => trial),
    standing: standing.map(({ trial }) => trial),
    pick,
  };
}

const TUNE_OPTIONS = [
  ...DRIVER_NAMES,
  ...WHAT_IF_NAMES,
  "workers",
  "minimize",
  "maximize",
  "require",
  "holdout",
  "trials",
  "sampler",
  "seed",
  "worlds",
  "judgeWorlds",
] as const satisfies readonly (keyof TuneSearch)[];
