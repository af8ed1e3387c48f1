import { type Gain, gainsOf } from "../improvement.ts";
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

/**
 * A trial that stands for a study, and why it does: the one that `study best` takes; where there is none, the knee; else
 * the trial of the front that gains most on the reference in sum; where no trial keeps all requirements, the one that misses
 * them least; else the reference itself.
 */
export interface ShownTrial {
  readonly trial: number;
  readonly as: "pick" | "knee" | "gain" | "nearest" | "reference";
}

/** What a study's trials come to. Values are in the order of the header's objectives. */
export class StudyAnalysis {
  readonly header: StudyHeader;
  readonly trials: readonly Trial[];
  /** One a trial. */
  readonly outcomes: readonly Outcome[];
  /** Trials that no other one dominates, by the first goal. */
  readonly front: readonly FrontMember[];
  /** The trial at the knee of the front; null where the front does not bend. */
  readonly knee: number | null;
  /** Trials of the front that are worse than trial 0 in no goal, the largest gain first. */
  readonly improvements: readonly Gain[];
  /** The trial that stands for the study where one is shown. */
  readonly shown: ShownTrial;
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
    const gains = gainsOf(this.front, this.outcomes[0]);
    this.improvements = gains.filter(({ isNoWorse }) => isNoWorse);
    this.shown = this.#shown(gains);
  }

  #shown(gains: readonly Gain[]): ShownTrial {
    const [improvement] = this.improvements;
    if (improvement !== undefined) return { trial: improvement.trial, as: "pick" };
    if (this.knee !== null && this.knee !== 0) return { trial: this.knee, as: "knee" };
    const [gain] = gains;
    if (gain !== undefined) return { trial: gain.trial, as: "gain" };
    const { nearest } = this;
    return this.front.length > 0 || nearest === null || nearest === 0
      ? { trial: 0, as: "reference" }
      : { trial: nearest, as: "nearest" };
  }

  /** The trial that `study best` takes where none is named, unless it turns out worse when it is run again; null: none. */
  get pick(): number | null {
    return this.improvements[0]?.trial ?? null;
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

  /** Whether it misses a requirement on those that were held out; null where it was not judged, or failed there. */
  missesWhereJudged(trial: number): boolean | null {
    const judgement = this.#judgements.get(trial);
    if (judgement === undefined || judgement.error !== undefined) return null;
    return this.#scoring.violation(judgement.runs, holdoutTraces(this.header)) > 0;
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
