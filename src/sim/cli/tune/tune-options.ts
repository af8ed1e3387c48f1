import { version } from "../../../common/cli/command-line.ts";
import { periodOption, seedOption, wholeNumberOption } from "../../../common/cli/option-values.ts";
import { InputError } from "../../../common/errors.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import { DEFAULT_POLICY } from "../../../engine/index.ts";
import { OBJECTIVES } from "../../measures/objectives.ts";
import { parseAggregate, parseGoal, requirementsOf } from "../../tune/goal.ts";
import { defaultSpace, parseSpace } from "../../tune/parse-space.ts";
import { samplerNamed } from "../../tune/samplers/index.ts";
import { rungsOf } from "../../tune/study/halving.ts";
import { STUDY_FORMAT, STUDY_VERSION } from "../../tune/study/journal.ts";
import type { TraceText } from "../../tune/study/trace-text.ts";
import type { Aggregate, Goal, StudyHeader } from "../../tune/types.ts";
import { parseWhatIf, type WhatIfOptions } from "../what-if-options.ts";
import { parseSeeds, parseTrials, parseWorkers, parseWorlds } from "./numbers.ts";
import { cheapestFirst, loadTraces, oneChangeRemarks, parseWeights, studyTraces } from "./study-traces.ts";

/** The options of `balloon-sim tune` as the command line gives them. */
export interface TuneOptions extends WhatIfOptions {
  readonly minimize?: string[];
  readonly maximize?: string[];
  readonly require?: string[];
  readonly allowKills?: true;
  readonly aggregate?: string;
  readonly weight?: string[];
  readonly holdout?: string[];
  readonly set?: string[];
  readonly driver?: string;
  readonly rates?: string;
  readonly trials?: string;
  readonly for?: string;
  readonly sampler: string;
  readonly halving?: string;
  readonly study?: string;
  readonly seed: string;
  readonly seeds?: string;
  readonly worlds: string;
  readonly judgeWorlds: string;
  readonly workers?: string;
  readonly quiet?: true;
}

/** A checked command line: a study, and how much of it is to be made now. */
export interface TuneRequest {
  readonly header: StudyHeader;
  /** Texts of the header's traces. */
  readonly texts: readonly TraceText[];
  /** Trials besides trial 0. */
  readonly trials: number;
  /** How long it may take, in milliseconds of the wall clock. */
  readonly forMs: number;
  readonly workers: number;
  /** What has to be known of the traces before the work begins, one sentence each. */
  readonly remarks: readonly string[];
}

const DEFAULT_TRIALS = 1000;
const MAX_HALVING = 100;

/**
 * Checks traces and options.
 * @throws {InputError}
 */
export function createTuneRequest(traces: readonly string[], options: TuneOptions): TuneRequest {
  if (traces.length === 0) {
    throw new InputError("tune: a trace is missing, such as: balloon-sim tune spike --minimize time_to_target");
  }
  const goals = goalsOf(options);
  const requirements = requirementsOf(options.require ?? [], options.allowKills === true);
  const weights = parseWeights(options.weight ?? [], traces);
  const aggregate = aggregateOf(options.aggregate, weights.size > 0);
  const sampler = samplerNamed(options.sampler);
  const policy = policyNamed(options.driver, "--driver");
  const space =
    options.set === undefined ? defaultSpace(policy, options.rates) : parseSpace(policy, options.set, options.rates);
  if (space.parameters.length === 0) {
    throw new InputError(
      "tune: nothing to vary: give at least one constant a range, such as --set alloc-max=1024..16384",
    );
  }
  const seeds = parseSeeds(options.seeds);
  const workers = parseWorkers(options.workers);
  const forMs = options.for === undefined ? Number.POSITIVE_INFINITY : periodOption("--for", options.for) / 1000;
  const trials = trialsOf(options);
  const factor = options.halving === undefined ? null : wholeNumberOption("--halving", options.halving, MAX_HALVING, 2);

  const whatIf = parseWhatIf(options);
  const given = loadTraces(traces, whatIf, options.holdout);
  const loaded = factor === null ? given : cheapestFirst(given, policy, space.reference);
  const rungs = factor === null ? [] : rungsOf(traces.length, factor);
  if (factor !== null && rungs.length === 0) {
    throw new InputError("--halving: drops candidates after the first of several traces, but there is one only");
  }
  const header: StudyHeader = {
    format: STUDY_FORMAT,
    version: STUDY_VERSION,
    program: version(),
    seed: seedOption("--seed", options.seed),
    sampler: sampler.name,
    // Studies of the first driver name none, as those did that were made before there were others.
    ...(policy === DEFAULT_POLICY ? {} : { driver: policy.name }),
    parameters: space.parameters,
    base: space.base,
    reference: space.reference,
    goals,
    requirements,
    ...(options.allowKills === true ? { allowsKills: true } : {}),
    aggregate,
    traces: studyTraces(loaded, weights),
    whatIf,
    seeds,
    batch: sampler.batch,
    rungs,
    objectives: OBJECTIVES.map(({ name }) => name),
    worlds: parseWorlds("--worlds", options.worlds),
    judgedWorlds: parseWorlds("--judge-worlds", options.judgeWorlds),
  };
  const texts = loaded.map(({ text }) => text);
  return { header, texts, trials, forMs, workers, remarks: oneChangeRemarks(loaded, goals) };
}

/** Goals: those to minimise before those to maximise, each as the command line has them. */
function goalsOf({ minimize = [], maximize = [] }: TuneOptions): Goal[] {
  const goals = [
    ...minimize.map((text) => parseGoal("minimize", text)),
    ...maximize.map((text) => parseGoal("maximize", text)),
  ];
  if (goals.length === 0) {
    throw new InputError("tune: a goal is missing, such as --minimize time_to_target --minimize stall_full");
  }
  goals.forEach(({ direction, objective }, i) => {
    if (goals.findIndex((goal) => goal.objective === objective) < i) {
      throw new InputError(`--${direction} ${objective}: is a goal already: leave one out`);
    }
  });
  return goals;
}

function aggregateOf(text: string | undefined, hasWeights: boolean): Aggregate {
  const aggregate = text === undefined ? ({ kind: hasWeights ? "weights" : "mean" } as const) : parseAggregate(text);
  if (hasWeights && aggregate.kind !== "weights") {
    throw new InputError(`--weight: counts only with --aggregate weights, found --aggregate ${text}`);
  }
  return aggregate;
}

function trialsOf({ trials, for: time, sampler }: TuneOptions): number {
  if (trials !== undefined) return parseTrials(trials);
  // A grid has an end of its own.
  return time === undefined && sampler !== "grid" ? DEFAULT_TRIALS : Number.POSITIVE_INFINITY;
}
