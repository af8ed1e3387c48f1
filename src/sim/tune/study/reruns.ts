import { medianOf } from "../../../common/statistics.ts";
import type { Params } from "../../../engine/index.ts";
import { objectivesOf, subjectKindOf } from "../objectives.ts";
import { Scoring } from "../scoring.ts";
import { realDifference } from "../spread.ts";
import type { Requirement, StudyHeader, StudyTrace, TrialRun } from "../types.ts";
import { candidateOf, holdoutTraces, placesOf, runCandidates, tuningTraces, worldsFrom } from "./candidates.ts";
import type { Evaluator } from "./evaluator.ts";

/** The traces of a study: tuning traces, or held-out ones. */
export type Role = StudyTrace["role"];

/** The results of rates that were run again. */
export interface Rerun {
  readonly rates: Params;
  readonly runs: readonly TrialRun[];
  /** The error of a failed run; null without one. */
  readonly error: string | null;
}

/** The standing of rates against the reference, over the same traces, seeds and worlds. */
export interface Standing {
  /** Objectives of goals in which they are significantly worse, and significantly better (`realDifference`). */
  readonly worse: readonly string[];
  readonly better: readonly string[];
  /** Requirements with a violation larger than the reference's, and those with a really smaller one or none. */
  readonly missed: readonly Requirement[];
  readonly mended: readonly Requirement[];
}

/**
 * The worlds in which rates are run again on the tuning traces. They follow the worlds of the search and of judging, so
 * the choice can't depend on chance in them. If it is one world, it is world 1: the traces as written.
 */
export function freshWorlds({ worlds, judgedWorlds }: StudyHeader, count: number): number[] {
  return worldsFrom(count === 1 ? 1 : worlds + (judgedWorlds === 1 ? 0 : judgedWorlds) + 1, count);
}

/**
 * Runs constants again on the traces of a study, in several worlds, and compares them with the study's reference. No
 * run is executed twice.
 */
export class Reruns {
  /** The study's header, with the objectives that this program measures. */
  readonly header: StudyHeader;
  readonly #evaluator: Evaluator;
  /** The held-out traces had no part in the choice, so their worlds are the first ones. */
  readonly #worlds: Readonly<Record<Role, readonly number[]>>;
  readonly #onRun: () => void;
  readonly #known = new Map<string, Rerun>();
  readonly #indices: Readonly<Record<Role, readonly number[]>>;

  /**
   * @param evaluator for the header's traces and seeds
   * @param worlds number of worlds of each run: `freshWorlds` for the tuning traces
   * @param onRun called when rates have been run on the traces of a role
   */
  constructor(header: StudyHeader, evaluator: Evaluator, worlds: number, onRun: () => void = () => {}) {
    this.header = { ...header, objectives: objectivesOf(subjectKindOf(header)).map(({ name }) => name) };
    this.#evaluator = evaluator;
    this.#worlds = { tune: freshWorlds(header, worlds), holdout: worldsFrom(1, worlds) };
    this.#onRun = onRun;
    this.#indices = { tune: tuningTraces(header), holdout: holdoutTraces(header) };
  }

  /** Whether the study has traces of a role. */
  has(role: Role): boolean {
    return this.#indices[role].length > 0;
  }

  /** Runs each of some rates on all traces of a role, in the order of the rates. */
  run(rates: readonly Params[], role: Role): Promise<Rerun[]> {
    return this.#run(rates, role, this.#worlds[role]);
  }

  /** Runs the reference as in the search, in world 1: to check whether this program still has the study's results. */
  async referenceAsSearched(): Promise<Rerun> {
    const [reference] = await this.#run([this.header.reference], "tune", worldsFrom(1, 1));
    return reference as Rerun;
  }

  async #run(rates: readonly Params[], role: Role, worlds: readonly number[]): Promise<Rerun[]> {
    const keys = rates.map((one) => `${role} ${worlds.join()} ${Object.values(one).join()}`);
    const missing = keys.flatMap((key, i) => (this.#known.has(key) || keys.indexOf(key) < i ? [] : [i]));
    const candidates = missing.map((i) => candidateOf(i, [], rates[i] as Params));
    const { header } = this;
    const places = placesOf(header, this.#indices[role], worlds);
    await runCandidates(
      candidates,
      places,
      { header, evaluator: this.#evaluator },
      ({ trial, rates: own, runs, error }) => {
        this.#known.set(keys[trial] as string, { rates: own, runs, error });
        this.#onRun();
      },
    );
    return keys.map((key) => this.#known.get(key) as Rerun);
  }

  /** An objective's values, one per world, each aggregated over the traces of a role by the rules of the study. */
  byWorld({ runs }: Rerun, role: Role, objective: string): number[] {
    const index = this.header.objectives.indexOf(objective);
    const scoring = new Scoring({ ...this.header, requirements: [] });
    return scoring.valuesByWorld(runs, this.#indices[role]).map((values) => values[index] as number);
  }

  /** The number of runs that miss a requirement, and the number of all runs. */
  misses(
    requirement: Requirement,
    own: Rerun,
    reference: Rerun,
    role: Role,
  ): { readonly missed: number; readonly runs: number } {
    const scoring = this.#scoringOf(requirement, reference);
    const counted = own.runs.filter(({ trace }) => this.#indices[role].includes(trace));
    const missed = counted.filter((run) => scoring.violation([run], [run.trace]) > 0).length;
    return { missed, runs: counted.length };
  }

  /**
   * The standing of rates against the reference on the traces of a role; both must have been run there without an
   * error.
   */
  standing(own: Rerun, reference: Rerun, role: Role): Standing {
    const worse: string[] = [];
    const better: string[] = [];
    for (const { objective, direction } of this.header.goals) {
      const values = [own, reference].map((one) => this.byWorld(one, role, objective)) as [number[], number[]];
      const difference = realDifference(...values) * (direction === "minimize" ? 1 : -1);
      if (difference > 0) worse.push(objective);
      if (difference < 0) better.push(objective);
    }
    const missed: Requirement[] = [];
    const mended: Requirement[] = [];
    for (const requirement of this.header.requirements) {
      const [mine, theirs] = [own, reference].map((one) => this.#violations(requirement, one, reference, role)) as [
        number[],
        number[],
      ];
      const difference = sumOf(mine) - sumOf(theirs);
      if (difference > 0) missed.push(requirement);
      const isKept = mine.every((one) => one === 0);
      if (difference < 0 && (isKept || realDifference(mine, theirs) < 0)) mended.push(requirement);
    }
    return { worse, better, missed, mended };
  }

  /**
   * The fraction of a gain that rates lose, in the goal with the largest loss: the deterioration from the tuned rates,
   * divided by the difference between those and the reference, as medians over the worlds; 0 if the difference is
   * within the spread of the worlds. Infinity if a run fails, a requirement has a larger violation, or the standing
   * against the reference in a goal is worse than that of the tuned rates.
   */
  lossOf(own: Rerun, tuned: Rerun, reference: Rerun): number {
    if (own.error !== null) return Number.POSITIVE_INFINITY;
    for (const requirement of this.header.requirements) {
      const [missed, before] = [own, tuned].map((one) => this.#violation(requirement, one, reference, "tune"));
      if ((missed as number) > (before as number)) return Number.POSITIVE_INFINITY;
    }
    let most = 0;
    for (const { objective, direction } of this.header.goals) {
      const sign = direction === "minimize" ? 1 : -1;
      const [mine, theirs, references] = [own, tuned, reference].map((one) => this.byWorld(one, "tune", objective)) as [
        number[],
        number[],
        number[],
      ];
      if (sign * realDifference(mine, references) > sign * realDifference(theirs, references))
        return Number.POSITIVE_INFINITY;
      if (sign * realDifference(mine, theirs) <= 0) continue;
      const lost = sign * (medianOf(mine) - medianOf(theirs));
      const gained = Math.abs(medianOf(references) - medianOf(theirs));
      if (lost > 0) most = Math.max(most, gained === 0 ? Number.POSITIVE_INFINITY : lost / gained);
    }
    return most;
  }

  #violation(requirement: Requirement, own: Rerun, reference: Rerun, role: Role): number {
    return this.#scoringOf(requirement, reference).violation(own.runs, this.#indices[role]);
  }

  /** One value per world. */
  #violations(requirement: Requirement, own: Rerun, reference: Rerun, role: Role): number[] {
    const scoring = this.#scoringOf(requirement, reference);
    return this.#worlds[role].map((number) =>
      scoring.violation(
        own.runs.filter(({ world = 1 }) => world === number),
        this.#indices[role],
      ),
    );
  }

  #scoringOf(requirement: Requirement, reference: Rerun): Scoring {
    return new Scoring({ ...this.header, requirements: [requirement] }, reference.runs);
  }
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
