/** The types of tuning: varying constants, trials, and the contents of a study. */
import type { Params } from "../../engine/index.ts";
import type { NumberParam } from "../hosts/params.ts";
import type { WhatIf } from "../trace/what-if.ts";

/** The possible values of one constant. */
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
   * The distances of samplers: equal factors (1 to 2 as 1000 to 2000), or equal differences. Lists have steps instead.
   */
  readonly scale: "logarithmic" | "linear";
  /** All values of a list; empty for a range. */
  readonly values: readonly number[];
  /** The values of a range are whole multiples of 1 / `perUnit`; absent: 1, whole numbers. */
  readonly perUnit?: number;
}

/** One candidate: a value for each parameter, in their order. */
export type Point = readonly number[];

/** A goal for one objective over all traces. Names are those of `objectivesOf`. */
export interface Goal {
  readonly objective: string;
  readonly direction: "minimize" | "maximize";
}

/** A bound that every run of a trial must keep for the trial to be feasible, such as `oom_kills == 0`. */
export interface Requirement {
  readonly objective: string;
  readonly relation: "<" | "<=" | "==" | ">=" | ">";
  /** In the objective's unit; a factor if `of` is set. */
  readonly bound: number;
  /**
   * The bound is this factor times the value of trial 0 in the same run: on the same trace, with the same seed, in the
   * same world.
   */
  readonly of?: "reference";
  /** Added by `tune`, because no `--require` is about kills. */
  readonly isAssumed?: true;
}

/** How values of several traces (and seeds) are combined. */
export type Aggregate =
  | { readonly kind: "mean" }
  /** The weighted mean. */
  | { readonly kind: "weights" }
  | { readonly kind: "worst" }
  /** Nearest rank, 0 < `q` <= 1. */
  | { readonly kind: "quantile"; readonly q: number };

/** A trace of a study. */
export interface StudyTrace {
  /** As on the command line. */
  readonly trace: string;
  readonly name: string;
  /** SHA-256 of the file's bytes: a study is not resumed with another content. */
  readonly sha256: string;
  readonly weight: number;
  /** `tune`: the search uses it; `holdout`: only judging does. */
  readonly role: "tune" | "holdout";
  /** Whether its runs depend on the seed. */
  readonly isRandom: boolean;
  /** Text of the machine file that the trace names, from the time when the study was made; absent: it names none. */
  readonly machine?: string;
  /** Interval of its samples in seconds, if it was measured less often than once a second; else null. */
  readonly sampleSeconds: number | null;
  /** A remark about rules of its host that have no effect on the driver (`ignoredRulesRemark`); absent: all have. */
  readonly ignoredRules?: string;
}

/** What a study of hosts varies. Plain data: a study is shown without its hosts and their policy. */
export interface HostTuning {
  /** The balloon driver: all VMs that have it get the same rates. Null: each VM keeps its own. */
  readonly driver: string | null;
  /** The policy of all hosts, with its parameters that are numbers. Null: each host keeps its own values. */
  readonly policy: { readonly name: string; readonly params: readonly NumberParam[] } | null;
  /** What `--policy` gives all hosts instead of their own policies; absent: not given. */
  readonly replaced?: string;
}

/**
 * First line of a study's journal: all inputs of the trials. Without times, absolute paths, and the number of workers.
 */
export interface StudyHeader {
  readonly format: "balloon-sim/study";
  readonly version: 1;
  /** Version of the program that made it: other versions may have other results, and do not resume it. */
  readonly program: string;
  readonly seed: string;
  readonly sampler: string;
  /** Name of the tuned driver; absent: `vmmemctl`, the only driver of older studies. */
  readonly driver?: string | undefined;
  /** For a study of hosts, whose `traces` are hosts; absent: a study of traces. */
  readonly host?: HostTuning | undefined;
  readonly parameters: readonly Parameter[];
  /** All constants; the values of those that do not vary are used. */
  readonly base: Params;
  /** The rates of trial 0, the reference of every candidate: the driver's, or those of `--rates`; never of `--set`. */
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
  /** Changes to each of the traces. */
  readonly whatIf: WhatIf;
  /** Seeds of each random trace's runs. */
  readonly seeds: readonly string[];
  /** Size of a batch: the sampler gets outcomes after this many trials, with any number of workers. */
  readonly batch: number;
  /**
   * Maximum number of pending batches: batch n is proposed when the results of the batches up to n - `ahead` are known.
   * Absent: 1, so each batch waits for the slowest trial of the previous one.
   */
  readonly ahead?: number;
  /** Successive halving: number of traces, and of candidates that continue after them; empty without halving. */
  readonly rungs: readonly { readonly traces: number; readonly keep: number }[];
  /** Names of the objectives of each run's `values`, in their order. */
  readonly objectives: readonly string[];
  /** Number of worlds of each trial's runs, from world 1 on. Older studies, without worlds, have one. */
  readonly worlds: number;
  /** Number of worlds of judging; 1: only the held-out traces, as written. */
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

/** A line of the journal: a completed trial. */
export interface Trial {
  /** 0 is the header's `reference`; samplers proposed the others. */
  readonly trial: number;
  /** For trial 0, the reference's values of the parameters, which may be outside of their ranges. */
  readonly point: Point;
  /** `complete`: ran on every tuning trace; `dropped`: ended by halving; `failed`: a run failed, with `error`. */
  readonly state: "complete" | "dropped" | "failed";
  readonly error?: string;
  readonly runs: readonly TrialRun[];
}

/** A line of the journal after the trials: the results of a trial in the places of judging. */
export interface Judgement {
  readonly judged: number;
  /** The error of a failed run; `runs` has those before it. */
  readonly error?: string;
  readonly runs: readonly TrialRun[];
}

/** A trial's outcome for samplers. `values` are aggregated, one per goal, negated for a goal to maximize. */
export interface Outcome {
  readonly point: Point;
  readonly values: readonly number[];
  /** Violation of all requirements, 0 if all are kept: smaller is nearer to feasible. */
  readonly violation: number;
  /** False if the trial was dropped early or failed: `values` then are those of its runs, or empty. */
  readonly isComplete: boolean;
}

/**
 * Proposes candidates. Deterministic: the same seed and the same outcomes in the same order give the same points, also
 * if `tell` is fed from a journal.
 */
export interface Sampler {
  /** The next `count` points, all with valid rates; fewer if there are no more (a grid ends). */
  ask(count: number): Point[];
  /** Passes the results of the oldest pending batch, in the order of its points. Other batches may be pending. */
  tell(outcomes: readonly Outcome[]): void;
}
