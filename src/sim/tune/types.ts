/** What tuning is about: which constants may move, what a trial is, and what a study keeps of it. */
import type { Params } from "../../engine/index.ts";
import type { WhatIf } from "../trace/what-if.ts";

/** The values that one constant may take. */
export interface Parameter {
  /** `ParamSpec.key` of the driver's parameter. */
  readonly key: string;
  /** `ParamSpec.name`: its name on the command line, such as `alloc-max`. */
  readonly flag: string;
  /** `range`: every whole number from `min` to `max`; `list`: one of `values`, ascending. */
  readonly kind: "range" | "list";
  readonly min: number;
  readonly max: number;
  /**
   * What samplers take as equally far: equal factors (1 to 2 as 1000 to 2000), or equal differences. Lists have steps
   * instead.
   */
  readonly scale: "logarithmic" | "linear";
  /** All values of a list; empty for a range. */
  readonly values: readonly number[];
}

/** One candidate: a value for each parameter, in their order. */
export type Point = readonly number[];

/** What is to become of one objective over all traces. Names are those of `OBJECTIVES`. */
export interface Goal {
  readonly objective: string;
  readonly direction: "minimize" | "maximize";
}

/** A bound that every run of a trial must keep for the trial to be feasible, such as `oom_kills == 0`. */
export interface Requirement {
  readonly objective: string;
  readonly relation: "<" | "<=" | "==" | ">=" | ">";
  /** In the objective's unit; where `of` is there, a factor. */
  readonly bound: number;
  /**
   * The bound is this factor of what trial 0 came to in the same run: on the same trace, with the same seed, in the
   * same world.
   */
  readonly of?: "reference";
  /** `tune` added it, because no `--require` was about kills. */
  readonly isAssumed?: true;
}

/** How the values of several traces (and seeds) become one. */
export type Aggregate =
  | { readonly kind: "mean" }
  /** The mean by the traces' weights. */
  | { readonly kind: "weights" }
  | { readonly kind: "worst" }
  /** Nearest rank, 0 < `q` <= 1. */
  | { readonly kind: "quantile"; readonly q: number };

/** A trace that a study runs. */
export interface StudyTrace {
  /** As the command line gave it. */
  readonly trace: string;
  readonly name: string;
  /** SHA-256 of the file's bytes: a study is not resumed on another content. */
  readonly sha256: string;
  readonly weight: number;
  /** `tune`: the sampler sees it; `holdout`: only the judgement at the end does. */
  readonly role: "tune" | "holdout";
  /** Whether anything in its run depends on the seed. */
  readonly isRandom: boolean;
  /** Text of the machine file that the trace names, as it was when the study was made; absent: the trace names none. */
  readonly machine?: string;
  /** Width of its samples in seconds, where it was measured more coarsely than once a second; else null. */
  readonly sampleSeconds: number | null;
}

/**
 * First line of a study's journal: everything that the trials depend on. Holds no time, no path of a machine, no worker
 * count.
 */
export interface StudyHeader {
  readonly format: "balloon-sim/study";
  readonly version: 1;
  /** Version of the program that made it: another one may run differently, and does not resume it. */
  readonly program: string;
  readonly seed: string;
  readonly sampler: string;
  /** Name of the driver that is tuned; absent: `vmmemctl`, the only one that there was when studies named none. */
  readonly driver?: string | undefined;
  readonly parameters: readonly Parameter[];
  /** All constants; those that do not move are used as they are here. */
  readonly base: Params;
  /**
   * The rates of trial 0, which every candidate is compared with: the driver's, or those of `--rates`; never of
   * `--set`.
   */
  readonly reference: Params;
  readonly goals: readonly Goal[];
  readonly requirements: readonly Requirement[];
  /**
   * `--allow-kills` was given, or the study is older than that option: no requirement is about kills, and none was
   * assumed.
   */
  readonly allowsKills?: true;
  readonly aggregate: Aggregate;
  readonly traces: readonly StudyTrace[];
  /** What is changed about each of the traces. */
  readonly whatIf: WhatIf;
  /** Seeds that each random trace is run with. */
  readonly seeds: readonly string[];
  /** Trials that are asked for together: the sampler learns results after this many, with any number of workers. */
  readonly batch: number;
  /**
   * How many batches may be under way at a time: batch n is proposed when the results of batches up to n - `ahead` are
   * known. Absent: 1, so each batch waits for the slowest trial of the one before it.
   */
  readonly ahead?: number;
  /** Successive halving: after how many traces how much of a batch goes on; empty where every trial runs every trace. */
  readonly rungs: readonly { readonly traces: number; readonly keep: number }[];
  /** Names of the objectives that each run's `values` hold, in their order. */
  readonly objectives: readonly string[];
  /** Worlds that each trial is run in: 1 to this. Studies that were made before there were worlds have one. */
  readonly worlds: number;
  /** Worlds that the judgement runs what was found in; 1: only the traces held out, as they are written. */
  readonly judgedWorlds: number;
}

/** One run of a trial. */
export interface TrialRun {
  /** Index into the header's traces, and into its seeds. */
  readonly trace: number;
  readonly seed: number;
  /** Number of its world; absent: 1. */
  readonly world?: number;
  /** One value for each of the header's objectives. */
  readonly values: readonly number[];
}

/** A line of the journal: a trial that is over. */
export interface Trial {
  /** 0 is the header's `reference`; samplers proposed the others. */
  readonly trial: number;
  /** Of trial 0, the reference's values of the parameters, which may lie outside of their ranges. */
  readonly point: Point;
  /** `complete`: ran on every tuning trace; `dropped`: halving ended it; `failed`: a run failed, `error` says how. */
  readonly state: "complete" | "dropped" | "failed";
  readonly error?: string;
  readonly runs: readonly TrialRun[];
}

/** A line of the journal behind the trials: how chosen trials did on traces that the sampler never saw. */
export interface Judgement {
  readonly judged: number;
  /** Why a run failed, where one did: `runs` then are those before it. */
  readonly error?: string;
  readonly runs: readonly TrialRun[];
}

/** What a sampler learns of a trial. `values` are aggregated, one a goal, negated where the goal is to maximise. */
export interface Outcome {
  readonly point: Point;
  readonly values: readonly number[];
  /** By how much requirements are missed in all, 0 where all are kept: smaller is nearer to feasible. */
  readonly violation: number;
  /** False where the trial was dropped early or failed: `values` then are those of what it ran, or empty. */
  readonly isComplete: boolean;
}

/**
 * Proposes candidates. Deterministic: the same seed and the same outcomes in the same order give the same points, which
 * holds after `tell` has been fed from a journal as well.
 */
export interface Sampler {
  /** The next `count` points, valid rates all of them; fewer where there are no more (a grid ends). */
  ask(count: number): Point[];
  /** The results of the oldest batch that it has not been told of, in the order of its points. Other batches may be under way. */
  tell(outcomes: readonly Outcome[]): void;
}
