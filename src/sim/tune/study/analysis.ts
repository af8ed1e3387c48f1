import { type FrontMember, kneeOf, ParetoFront } from "../pareto.ts";
import { Scoring } from "../scoring.ts";
import type { Judgement, Outcome, StudyHeader, Trial, TrialRun } from "../types.ts";
import { holdoutTraces } from "./candidates.ts";

/** A study as far as it has come. */
export interface StudyState {
  readonly header: StudyHeader;
  readonly trials: readonly Trial[];
  readonly judgements: readonly Judgement[];
}

/** What a study's trials come to. Values are in the order of the header's objectives. */
export class StudyAnalysis {
  readonly header: StudyHeader;
  readonly trials: readonly Trial[];
  /** One a trial. */
  readonly outcomes: readonly Outcome[];
  /** Trials that no other one dominates, by the first goal. */
  readonly front: readonly FrontMember[];
  /** The trial at the knee of the front; null where there is none. */
  readonly knee: number | null;
  readonly #scoring: Scoring;
  readonly #judgements: ReadonlyMap<number, Judgement>;

  constructor({ header, trials, judgements }: StudyState) {
    this.header = header;
    this.trials = trials;
    this.#judgements = new Map(judgements.map((judgement) => [judgement.judged, judgement]));
    this.#scoring = new Scoring(header, [...(trials[0]?.runs ?? []), ...(this.#judgements.get(0)?.runs ?? [])]);
    this.outcomes = trials.map((trial) => this.#scoring.outcome(trial));
    const front = new ParetoFront();
    this.outcomes.forEach((outcome, trial) => {
      front.add(trial, outcome);
    });
    this.front = front.members;
    this.knee = kneeOf(this.front)?.trial ?? null;
  }

  /** How a trial did on the traces that were tuned on; null where it failed at once. */
  values(trial: number): readonly number[] | null {
    return this.#scoring.values(this.trials[trial]?.runs ?? []);
  }

  /** How it did on those that were held out; null where it was not judged, or failed there. */
  judged(trial: number): readonly number[] | null {
    const judgement = this.#judgements.get(trial);
    if (judgement === undefined || judgement.error !== undefined) return null;
    return this.#scoring.values(judgement.runs, holdoutTraces(this.header));
  }

  /** Why a trial failed on the traces that were held out; null where it did not. */
  judgementError(trial: number): string | null {
    return this.#judgements.get(trial)?.error ?? null;
  }

  /**
   * How far the values of a trial vary from seed to seed: their standard deviation, each seed aggregated by itself; null
   * where nothing is random, there is one seed only, or the trial is not complete.
   */
  noise(trial: number): readonly number[] | null {
    const { traces, seeds } = this.header;
    if (seeds.length < 2 || !traces.some(({ role, isRandom }) => role === "tune" && isRandom)) return null;
    const { runs, state } = this.trials[trial] as Trial;
    if (state !== "complete") return null;
    const bySeed = seeds.flatMap((_, seed) => {
      const isOfSeed = (run: TrialRun) => run.seed === (traces[run.trace]?.isRandom ? seed : 0);
      return [this.#scoring.values(runs.filter(isOfSeed)) ?? []];
    });
    return this.header.objectives.map((_, i) => standardDeviation(bySeed.map((values) => values[i] ?? Number.NaN)));
  }

  /** The complete trial that misses the requirements least; null where none is complete. */
  get nearest(): number | null {
    let nearest: number | null = null;
    this.outcomes.forEach(({ isComplete, violation }, trial) => {
      const least = nearest === null ? Number.POSITIVE_INFINITY : (this.outcomes[nearest]?.violation as number);
      if (isComplete && violation < least) nearest = trial;
    });
    return nearest;
  }
}

/** Of a sample. */
function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (values.length - 1));
}
