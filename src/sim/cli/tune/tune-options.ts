import { version } from "../../../common/cli/command-line.ts";
import { InputError } from "../../../common/errors.ts";
import { quote, shorten } from "../../../common/quote.ts";
import type { Us } from "../../../common/units.ts";
import { DEFAULT_POLICY } from "../../../engine/index.ts";
import { parseAggregate, parseGoal, requirementsOf } from "../../tune/goal.ts";
import { objectivesOf, type SubjectKind } from "../../tune/objectives.ts";
import { type SamplerKind, samplerNamed } from "../../tune/samplers/index.ts";
import type { Space } from "../../tune/space.ts";
import { seedNames } from "../../tune/study/candidates.ts";
import { rungsOf } from "../../tune/study/halving.ts";
import { STUDY_FORMAT, STUDY_VERSION } from "../../tune/study/journal.ts";
import type { TraceText } from "../../tune/study/trace-text.ts";
import type { Aggregate, Goal, Requirement, StudyHeader } from "../../tune/types.ts";
import type { MeansOptions } from "./evaluation.ts";
import type { SubjectOptions, Subjects } from "./subject-request.ts";
import { kindOfSubjects, loadSubjects } from "./subjects.ts";

/** The options of `balloon-sim tune` as the command line gives them. */
export interface TuneOptions extends SubjectOptions, MeansOptions {
  readonly minimize?: string[];
  readonly maximize?: string[];
  readonly require?: string[];
  readonly allowKills?: true;
  readonly aggregate?: string;
  readonly weight?: string[];
  readonly trials?: number;
  /** Limit of the duration of the search, in microseconds of the wall clock. */
  readonly for?: Us;
  readonly sampler: string;
  readonly halving?: number;
  readonly ahead: number;
  readonly study?: string;
  readonly seed: string;
  readonly worlds: number;
  readonly judgeWorlds: number;
}

/** A checked command line: a study, and how much of it to execute now. */
export interface TuneRequest {
  readonly header: StudyHeader;
  /** Texts of the header's traces. */
  readonly texts: readonly TraceText[];
  /** Trials besides trial 0. */
  readonly trials: number;
  /** Limit of the duration of the search, in milliseconds of the wall clock. */
  readonly forMs: number;
  /** Remarks about the traces before the work begins, one sentence each. */
  readonly remarks: readonly string[];
}

const DEFAULT_TRIALS = 1000;

/**
 * Checks traces and options.
 * @throws {InputError}
 */
export function createTuneRequest(traces: readonly string[], options: TuneOptions): TuneRequest {
  if (traces.length === 0) {
    throw new InputError("tune: a trace is missing, such as: balloon-sim tune spike --minimize time_to_target");
  }
  const kind = kindOfSubjects([...traces, ...(options.holdout ?? [])]);
  const search = searchOf(traces, options, kind);
  const { goals, weights, rungs } = search;
  const request = { command: "tune", options, goals, weights, isCheapestFirst: rungs.length > 0 } as const;
  const subjects = loadSubjects(traces, kind, request);
  checkVaries(subjects.space);
  return {
    header: headerOf(search, options, subjects),
    texts: subjects.texts,
    trials: trialsOf(options),
    forMs: (options.for ?? Number.POSITIVE_INFINITY) / 1000,
    remarks: subjects.remarks,
  };
}

/** The search, as far as the options alone determine it, without knowing the driver. */
interface Search {
  readonly goals: readonly Goal[];
  readonly requirements: readonly Requirement[];
  /** Weights of traces, by name; others count as 1. */
  readonly weights: ReadonlyMap<string, number>;
  readonly aggregate: Aggregate;
  readonly sampler: SamplerKind;
  /** Rungs of successive halving; none without it. */
  readonly rungs: StudyHeader["rungs"];
}

function searchOf(traces: readonly string[], options: TuneOptions, kind: SubjectKind): Search {
  const goals = goalsOf(options, kind);
  const requirements = requirementsOf(options.require ?? [], options.allowKills === true, kind);
  const weights = weightsOf(options.weight ?? [], traces);
  const aggregate = aggregateOf(options.aggregate, weights.size > 0);
  const sampler = samplerNamed(options.sampler);
  const rungs = options.halving === undefined ? [] : rungsOf(traces.length, options.halving);
  if (options.halving !== undefined && rungs.length === 0) {
    throw new InputError(`--halving: drops candidates after the first of several ${kind}s, but there is only one`);
  }
  return { goals, requirements, weights, aggregate, sampler, rungs };
}

function checkVaries({ policy, parameters }: Space): void {
  if (parameters.length > 0) return;
  const example =
    policy === DEFAULT_POLICY
      ? "alloc-max=1024..16384"
      : `${policy.params[0]?.name ?? "host.POLICY.PARAMETER"}=LOW..HIGH`;
  throw new InputError(`tune: nothing to vary: give at least one constant a range, such as --set ${example}`);
}

function headerOf(
  { goals, requirements, aggregate, sampler, rungs }: Search,
  { seed, seeds, worlds, judgeWorlds, allowKills, ahead }: TuneOptions,
  { kind, space, host, traces, whatIf }: Subjects,
): StudyHeader {
  return {
    format: STUDY_FORMAT,
    version: STUDY_VERSION,
    program: version(),
    seed,
    sampler: sampler.name,
    // A study of the first driver names no driver: its format is older than the choice of drivers.
    ...(host !== undefined || space.policy === DEFAULT_POLICY ? {} : { driver: space.policy.name }),
    ...(host === undefined ? {} : { host }),
    parameters: space.parameters,
    base: space.base,
    reference: space.reference,
    goals,
    requirements,
    ...(allowKills === true ? { allowsKills: true } : {}),
    aggregate,
    traces,
    whatIf,
    seeds: seedNames(seeds),
    batch: sampler.batch,
    ...(ahead === 1 ? {} : { ahead }),
    rungs,
    objectives: objectivesOf(kind).map(({ name }) => name),
    worlds,
    judgedWorlds: judgeWorlds,
  };
}

/** Goals: first those to minimize, then those to maximize, in the order of the command line. */
function goalsOf({ minimize = [], maximize = [] }: TuneOptions, kind: SubjectKind): Goal[] {
  const goals = [
    ...minimize.map((text) => parseGoal("minimize", text, kind)),
    ...maximize.map((text) => parseGoal("maximize", text, kind)),
  ];
  if (goals.length === 0) {
    const examples = kind === "host" ? ["worst_lost_time", "host_swap_traffic"] : ["time_to_target", "stall_full"];
    throw new InputError(`tune: a goal is missing, such as ${examples.map((name) => `--minimize ${name}`).join(" ")}`);
  }
  goals.forEach(({ direction, objective }, i) => {
    if (goals.findIndex((goal) => goal.objective === objective) < i) {
      throw new InputError(`--${direction} ${objective}: is already a goal: leave one out`);
    }
  });
  return goals;
}

function aggregateOf(text: string | undefined, hasWeights: boolean): Aggregate {
  const aggregate = text === undefined ? ({ kind: hasWeights ? "weights" : "mean" } as const) : parseAggregate(text);
  if (hasWeights && aggregate.kind !== "weights") {
    throw new InputError(`--weight: needs --aggregate weights, found --aggregate ${text}`);
  }
  return aggregate;
}

function trialsOf({ trials, for: time, sampler }: TuneOptions): number {
  if (trials !== undefined) return trials;
  // A grid ends by itself.
  return time === undefined && sampler !== "grid" ? DEFAULT_TRIALS : Number.POSITIVE_INFINITY;
}

/**
 * The weights of `--weight TRACE=W`, by trace.
 * @throws {InputError} if one is not a weight of a tuning trace
 */
function weightsOf(options: readonly string[], tuned: readonly string[]): Map<string, number> {
  const weights = new Map<string, number>();
  for (const option of options) {
    const shown = `--weight ${shorten(option)}`;
    const equals = option.lastIndexOf("=");
    if (equals < 1) throw new InputError(`${shown}: expected TRACE=WEIGHT, such as spike=2`);
    const trace = option.slice(0, equals);
    if (!tuned.includes(trace)) throw new InputError(`${shown}: ${quote(trace)} is not a tuning trace`);
    const text = option.slice(equals + 1);
    const weight = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || weight <= 0 || weight > 1e9) {
      throw new InputError(`${shown}: expected a weight above 0, such as 2 or 0.5, found ${quote(text)}`);
    }
    weights.set(trace, weight);
  }
  return weights;
}
