import { medianOf } from "../../common/statistics.ts";
import { objectiveOf } from "./objectives.ts";
import type { Aggregate, Outcome, Requirement, StudyHeader, Trial, TrialRun } from "./types.ts";

/** Violation of `<` or `>` by a value equal to the bound. */
const STRICT_MISS = 1e-9;

/** An upper bound of a study's number of seeds. */
const MAX_SEEDS = 2 ** 16;

/** Violation of a bound relative to the reference, if the reference has no such run. */
const UNKNOWN_MISS = 1;

type Scored = Pick<StudyHeader, "objectives" | "goals" | "requirements" | "aggregate" | "traces">;

/**
 * Combines the runs of a trial: one value per objective, and whether requirements are kept.
 *
 * In each world, the study's aggregate combines the values of a trace's seeds (their mean for `weights`), then those of
 * the traces; of several worlds the median counts. Worst and quantiles count from the best value: q0.9 is the value
 * than which nine of ten values are no worse. A requirement is hard: with every aggregate, every single run has to keep
 * it, so every world. A bound relative to the reference is relative to the reference's value in the same run.
 */
export class Scoring {
  readonly #header: Scored;
  /** For each objective, 1 if smaller is better, -1 if larger is: by the goal, else by the objective. */
  readonly #signs: readonly number[];
  readonly #goals: readonly { readonly index: number; readonly sign: number }[];
  readonly #requirements: readonly { readonly index: number; readonly requirement: Requirement }[];
  readonly #tuned: readonly number[];
  /** Runs of the reference, by `#runKey`. */
  readonly #reference: ReadonlyMap<number, TrialRun>;

  /**
   * @param header the rules of scoring
   * @param reference runs of trial 0, for requirements relative to it
   */
  constructor(header: Scored, reference: readonly TrialRun[] = []) {
    const indexOf = (name: string): number => {
      const index = header.objectives.indexOf(name);
      if (index < 0) throw new RangeError(`the study does not measure ${name}`);
      return index;
    };
    this.#header = header;
    this.#signs = header.objectives.map((name) => {
      const goal = header.goals.find(({ objective }) => objective === name);
      if (goal !== undefined) return goal.direction === "minimize" ? 1 : -1;
      return objectiveOf(name)?.better === "more" ? -1 : 1;
    });
    this.#goals = header.goals.map(({ objective, direction }) => ({
      index: indexOf(objective),
      sign: direction === "minimize" ? 1 : -1,
    }));
    this.#requirements = header.requirements.map((requirement) => ({
      index: indexOf(requirement.objective),
      requirement,
    }));
    this.#tuned = header.traces.flatMap(({ role }, i) => (role === "tune" ? [i] : []));
    this.#reference = new Map(reference.map((run) => [this.#runKey(run), run]));
  }

  /** Equal for runs of the same trace with the same seed in the same world. */
  #runKey({ trace, seed, world = 1 }: TrialRun): number {
    return (world * MAX_SEEDS + seed) * this.#header.traces.length + trace;
  }

  /**
   * One value per objective of the header.
   * @param traces indices of the traces that count; the tuning traces by default. Traces without a run are omitted
   * @returns null if no run counts
   */
  values(runs: readonly TrialRun[], traces: readonly number[] = this.#tuned): number[] | null {
    const worlds = this.#worlds(runs, traces);
    return worlds.length === 0 ? null : this.#header.objectives.map((_, i) => this.#value(worlds, i));
  }

  /**
   * The values of the objectives for each world, in ascending order of their numbers: one list of values per world.
   * @returns an empty list if no run counts
   */
  valuesByWorld(runs: readonly TrialRun[], traces: readonly number[] = this.#tuned): number[][] {
    const worlds = this.#worlds(runs, traces);
    return worlds.map((groups) => this.#header.objectives.map((_, i) => this.#valueInWorld(groups, i)));
  }

  /** The outcome of a trial for samplers; `traces` as for `values`. */
  outcome(trial: Pick<Trial, "point" | "state" | "runs">, traces: readonly number[] = this.#tuned): Outcome {
    const worlds = this.#worlds(trial.runs, traces);
    const isEmpty = worlds.length === 0 || trial.state === "failed";
    return {
      point: trial.point,
      values: isEmpty ? [] : this.#goals.map(({ index, sign }) => sign * this.#value(worlds, index)),
      violation: isEmpty ? Number.POSITIVE_INFINITY : this.#violation(worlds.flat()),
      isComplete: trial.state === "complete",
    };
  }

  /**
   * The violation of requirements, 0 if all are kept: each miss divided by its bound in that run (at least 1), its mean
   * over the runs, summed over the requirements; `traces` as for `values`.
   */
  violation(runs: readonly TrialRun[], traces: readonly number[] = this.#tuned): number {
    return this.#violation(this.#groups(runs, traces));
  }

  /** The runs that count: by world, and in each by trace. */
  #worlds(runs: readonly TrialRun[], traces: readonly number[]): RunsOfTrace[][] {
    // Usually there is one world, and a study may have a hundred thousand trials.
    if (runs.every(({ world }) => world === undefined)) {
      const groups = this.#groups(runs, traces);
      return groups.length === 0 ? [] : [groups];
    }
    const byWorld = new Map<number, TrialRun[]>();
    for (const run of runs) {
      const { world = 1 } = run;
      const own = byWorld.get(world);
      if (own === undefined) byWorld.set(world, [run]);
      else own.push(run);
    }
    return [...byWorld.keys()]
      .sort((a, b) => a - b)
      .map((world) => this.#groups(byWorld.get(world) as TrialRun[], traces))
      .filter((groups) => groups.length > 0);
  }

  /** The runs that count, by trace. */
  #groups(runs: readonly TrialRun[], traces: readonly number[]): RunsOfTrace[] {
    const groups: RunsOfTrace[] = [];
    for (const trace of traces) {
      const own = runs.filter((run) => run.trace === trace);
      if (own.length > 0) groups.push({ runs: own, weight: this.#header.traces[trace]?.weight ?? 1 });
    }
    return groups;
  }

  #value(worlds: readonly (readonly RunsOfTrace[])[], objective: number): number {
    return medianOf(worlds.map((groups) => this.#valueInWorld(groups, objective)));
  }

  #valueInWorld(groups: readonly RunsOfTrace[], objective: number): number {
    const { aggregate } = this.#header;
    const sign = this.#signs[objective] as number;
    const ofSeeds: Aggregate = aggregate.kind === "weights" ? { kind: "mean" } : aggregate;
    const ofTraces = groups.map(({ runs }) =>
      combine(
        runs.map(({ values }) => values[objective] as number),
        ofSeeds,
        sign,
        [],
      ),
    );
    return combine(
      ofTraces,
      aggregate,
      sign,
      groups.map(({ weight }) => weight),
    );
  }

  #violation(groups: readonly RunsOfTrace[]): number {
    let sum = 0;
    for (const { index, requirement } of this.#requirements) {
      let missed = 0;
      let count = 0;
      for (const { runs } of groups) {
        for (const run of runs) missed += this.#miss(run, index, requirement);
        count += runs.length;
      }
      if (count > 0) sum += missed / count;
    }
    return sum;
  }

  /** The miss of a requirement by a run, divided by the bound. */
  #miss(run: TrialRun, index: number, { relation, bound, of }: Requirement): number {
    const value = run.values[index] as number;
    if (of === undefined) return miss(value, relation, bound) / Math.max(1, Math.abs(bound));
    const reference = this.#reference.get(this.#runKey(run));
    if (reference === undefined) return UNKNOWN_MISS;
    const relative = bound * (reference.values[index] as number);
    return miss(value, relation, relative) / Math.max(1, Math.abs(relative));
  }
}

interface RunsOfTrace {
  readonly runs: readonly TrialRun[];
  readonly weight: number;
}

/** Combines several values; `sign` is 1 if smaller is better. */
function combine(values: readonly number[], aggregate: Aggregate, sign: number, weights: readonly number[]): number {
  if (values.length === 1) return values[0] as number;
  if (aggregate.kind === "mean") return values.reduce((sum, value) => sum + value, 0) / values.length;
  if (aggregate.kind === "weights") {
    const sum = values.reduce((total, value, i) => total + value * (weights[i] as number), 0);
    return sum / weights.reduce((total, weight) => total + weight, 0);
  }
  const fromBest = values.toSorted((a, b) => sign * (a - b));
  const rank = aggregate.kind === "worst" ? values.length : Math.ceil(aggregate.q * values.length);
  return fromBest[Math.max(0, rank - 1)] as number;
}

/** The distance of a value from its bound: 0 if the requirement is kept. */
function miss(value: number, relation: Requirement["relation"], bound: number): number {
  const above = value - bound;
  if (relation === "==") return Math.abs(above);
  if (relation === "<=") return Math.max(0, above);
  if (relation === ">=") return Math.max(0, -above);
  if (relation === "<") return above < 0 ? 0 : above + STRICT_MISS;
  return above > 0 ? 0 : STRICT_MISS - above;
}
