import { type Gain, gainsOf } from "../improvement.ts";
import { bestIn, type FrontMember, kneeOf, ParetoFront } from "../pareto.ts";
import { Scoring } from "../scoring.ts";
import { type Relation, relationOf, type Spread, signOf, spreadOf } from "../spread.ts";
import type { Judgement, Outcome, StudyHeader, Trial, TrialRun } from "../types.ts";
import { holdoutTraces, tuningTraces } from "./candidates.ts";
import { nextToJudge, trialsToJudge } from "./chosen.ts";

/** The present state of a study. */
export interface StudyState {
  readonly header: StudyHeader;
  readonly trials: readonly Trial[];
  readonly judgements: readonly Judgement[];
}

/**
 * The trial that represents a study, with the reason: the one that `study best` takes; else the knee; else the trial of
 * the front with the largest sum of gains over the reference; if no trial keeps all requirements, the one with the
 * smallest violation; else the reference itself.
 */
export interface ShownTrial {
  readonly trial: number;
  readonly as: "pick" | "knee" | "gain" | "nearest" | "reference";
}

/** Why a judged trial does not stand in other worlds. */
export type Fall = { readonly kind: "dominated"; readonly by: number } | { readonly kind: "misses" | "failed" };

/** Traces for a trial's values: the tuning traces, or the held-out ones. */
export type Where = "tuned" | "held";

/** The results of a study's trials. Values are in the order of the header's objectives. */
export class StudyAnalysis {
  readonly header: StudyHeader;
  readonly trials: readonly Trial[];
  /** One per trial. */
  readonly outcomes: readonly Outcome[];
  /** Trials that no other one dominates, in the order of the first goal. */
  readonly front: readonly FrontMember[];
  /** Whether the front has been judged in several worlds, completely. */
  readonly isJudgedInWorlds: boolean;
  /** Dominated trials that are judged, too, because no trial of the front proved to be an improvement. */
  readonly next: readonly number[];
  /**
   * Numbers of the trials to judge, as far as the present judgements determine them: trial 0, the front, and `next`.
   */
  readonly toJudge: readonly number[];
  /**
   * The standing trials. If the front was judged in several worlds: of all judged trials, including trial 0, those that
   * keep all requirements in each of these worlds, and that no other one dominates there (significantly worse in no goal and
   * significantly better in one); values are medians of these worlds. Else the whole front.
   */
  readonly standing: readonly FrontMember[];
  /**
   * The best standing trial in each goal; trial 0 if it keeps all requirements and the other one is significantly worse in the
   * goal; null if none stands. Labels and `--pick GOAL` use it.
   */
  readonly best: readonly (number | null)[];
  /** The trial at the knee of the standing trials, possibly trial 0; null if they have no knee. */
  readonly knee: number | null;
  /**
   * Standing trials that are worse than trial 0 in no goal, the largest gain first; in several worlds only real
   * differences count, and at least one of them must be an improvement.
   */
  readonly improvements: readonly Gain[];
  /** The trial that represents the study in pictures and tables. */
  readonly shown: ShownTrial;
  readonly #scoring: Scoring;
  readonly #judgements: ReadonlyMap<number, Judgement>;
  /** Judged trials that do not stand, with the reasons. */
  readonly #falls = new Map<number, Fall>();

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
    const first = trialsToJudge(this.front, header);
    this.isJudgedInWorlds =
      header.judgedWorlds > 1 && this.#judgements.get(0)?.error === undefined && this.#areJudged(first);
    let found = this.#found(this.isJudgedInWorlds ? this.#standing(first) : this.front);
    const isMoreWanted = this.isJudgedInWorlds && found.improvements.length === 0;
    const next = isMoreWanted ? nextToJudge(this.outcomes, this.front) : [];
    this.toJudge = [...first, ...next];
    const isNextJudged = next.length > 0 && this.#areJudged(next);
    if (isNextJudged) found = this.#found(this.#standing(this.toJudge));
    this.next = isNextJudged ? next : [];
    const { standing, gains, improvements } = found;
    this.standing = standing;
    this.improvements = improvements;
    this.best = header.goals.map((_, goal) => this.#bestIn(goal));
    this.knee = kneeOf(standing)?.trial ?? null;
    this.shown = this.#shown(gains);
  }

  #areJudged(trials: readonly number[]): boolean {
    return trials.every((trial) => this.#judgements.has(trial));
  }

  /** Whether all trials to judge have been judged; true if there are none. */
  get isJudged(): boolean {
    const { header } = this;
    return (header.judgedWorlds === 1 && holdoutTraces(header).length === 0) || this.#areJudged(this.toJudge);
  }

  /** The comparison of the standing trials with trial 0. */
  #found(standing: readonly FrontMember[]) {
    const gains = gainsOf(standing, this.#referenceOutcome ?? undefined);
    const improvements = gains.filter(({ trial, isNoWorse }) => {
      if (!this.isJudgedInWorlds) return isNoWorse;
      const signs = this.#losses(trial, 0);
      return signs.every((sign) => sign <= 0) && signs.some((sign) => sign < 0);
    });
    return { standing, gains, improvements };
  }

  /** The outcome of trial 0 where the standing trials were compared; null if it failed, or is missing. */
  get #referenceOutcome(): Outcome | null {
    return this.isJudgedInWorlds ? this.#judgedOutcome(0) : (this.outcomes[0] ?? null);
  }

  #bestIn(goal: number): number | null {
    const best = bestIn(this.standing, goal)?.trial ?? null;
    return best !== null && this.#referenceOutcome?.violation === 0 && this.isWorse(best, goal) ? 0 : best;
  }

  /** Whether a trial is significantly worse than trial 0 in a goal; with one world only, whether it is worse at all. */
  isWorse(trial: number, goal: number): boolean {
    if (this.isJudgedInWorlds) return (this.#losses(trial, 0)[goal] as number) > 0;
    const [own, reference] = [this.outcomes[trial], this.outcomes[0]];
    return reference?.isComplete === true && (own?.values[goal] as number) > (reference.values[goal] as number);
  }

  /** Labels of a trial: `best stall_full`, `default pick`, `knee`. */
  labelsOf(trial: number): string[] {
    const best = this.header.goals.flatMap(({ objective }, goal) => {
      if (this.best[goal] !== trial) return [];
      return [`best ${objective}${this.isWorse(trial, goal) ? " that keeps the requirements" : ""}`];
    });
    return [...best, ...(trial === this.pick ? ["default pick"] : []), ...(trial === this.knee ? ["knee"] : [])];
  }

  /** The standing trials; stores why the others do not stand. */
  #standing(chosen: readonly number[]): FrontMember[] {
    this.#falls.clear();
    const candidates: FrontMember[] = [];
    for (const trial of chosen) {
      const outcome = this.#judgedOutcome(trial);
      if (outcome === null) this.#falls.set(trial, { kind: "failed" });
      else if (outcome.violation > 0) this.#falls.set(trial, { kind: "misses" });
      else candidates.push({ trial, values: outcome.values });
    }
    const standing = candidates.filter(({ trial }) => {
      const better = candidates.find((other) => {
        const signs = this.#losses(other.trial, trial);
        return signs.every((sign) => sign <= 0) && signs.some((sign) => sign < 0);
      });
      if (better !== undefined) this.#falls.set(trial, { kind: "dominated", by: better.trial });
      return better === undefined;
    });
    return standing.sort((a, b) => {
      const goal = a.values.findIndex((value, i) => value !== b.values[i]);
      return goal < 0 ? a.trial - b.trial : (a.values[goal] as number) - (b.values[goal] as number);
    });
  }

  /** The outcome of a trial in the worlds that judged it, on the tuning traces; null if it failed. */
  #judgedOutcome(trial: number): Outcome | null {
    const judgement = this.#judgements.get(trial);
    if (judgement === undefined || judgement.error !== undefined) return null;
    const { point } = this.trials[trial] as Trial;
    return this.#scoring.outcome({ point, state: "complete", runs: judgement.runs });
  }

  /** For each goal whether a trial is significantly worse (1) or better (-1) than another in the worlds that judged both. */
  #losses(trial: number, other: number): number[] {
    const differences = this.differences(trial, "tuned", other);
    return this.header.goals.map(({ objective, direction }) => {
      const difference = differences?.[this.header.objectives.indexOf(objective)] ?? 0;
      return direction === "minimize" ? difference : 0 - difference;
    });
  }

  /** Why a trial does not stand in the worlds that judged it; null if it stands, or was not judged. */
  fallOf(trial: number): Fall | null {
    return this.#falls.get(trial) ?? null;
  }

  /**
   * The spreads of a trial over worlds, one per objective: over the worlds that judged it, else over those of the
   * search; null for one world only.
   */
  spreads(trial: number, where: Where): readonly Spread[] | null {
    const worlds = this.#worlds(trial, where);
    if (worlds.length < 2) return null;
    return this.header.objectives.map((_, i) => spreadOf(worlds.map((values) => values[i] as number)));
  }

  /**
   * For each objective whether a trial is really larger (1) or smaller (-1) than another in the same worlds, or neither
   * (0); null if both were not run in the same worlds, or in one world only.
   */
  differences(trial: number, where: Where, other = 0): (-1 | 0 | 1)[] | null {
    return this.relations(trial, where, other)?.map(signOf) ?? null;
  }

  /** For each objective the relation of a trial to another in the same worlds; null as for `differences`. */
  relations(trial: number, where: Where, other = 0): Relation[] | null {
    const [own, others] = [this.#worlds(trial, where), this.#worlds(other, where)];
    if (own.length < 2 || own.length !== others.length) return null;
    return this.header.objectives.map((_, i) =>
      relationOf(
        own.map((values) => values[i] as number),
        others.map((values) => values[i] as number),
      ),
    );
  }

  /** A trial's values by world. */
  #worlds(trial: number, where: Where): number[][] {
    const judgement = this.#judgements.get(trial);
    if (where === "held") {
      if (judgement === undefined || judgement.error !== undefined) return [];
      return this.#scoring.valuesByWorld(judgement.runs, holdoutTraces(this.header));
    }
    if (!this.isJudgedInWorlds) return this.#scoring.valuesByWorld(this.trials[trial]?.runs ?? []);
    if (judgement === undefined || judgement.error !== undefined) return [];
    return this.#scoring.valuesByWorld(judgement.runs, tuningTraces(this.header));
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

  /** The trial that `study best` takes by default, unless running it again shows a deterioration; null: none. */
  get pick(): number | null {
    return this.improvements[0]?.trial ?? null;
  }

  /** A trial's values on the tuning traces; null if it failed in its first run. */
  values(trial: number): readonly number[] | null {
    return this.#scoring.values(this.trials[trial]?.runs ?? []);
  }

  /** Its values on the held-out traces; null if it was not judged, or failed there. */
  judged(trial: number): readonly number[] | null {
    const judgement = this.#judgements.get(trial);
    if (judgement === undefined || judgement.error !== undefined) return null;
    return this.#scoring.values(judgement.runs, holdoutTraces(this.header));
  }

  /** Whether it misses a requirement on the held-out traces; null if it was not judged, or failed there. */
  missesWhereJudged(trial: number): boolean | null {
    const judgement = this.#judgements.get(trial);
    if (judgement === undefined || judgement.error !== undefined) return null;
    return this.#scoring.violation(judgement.runs, holdoutTraces(this.header)) > 0;
  }

  /** The error of a trial on the held-out traces; null without one. */
  judgementError(trial: number): string | null {
    return this.#judgements.get(trial)?.error ?? null;
  }

  /**
   * The variation of a trial's values between seeds: their standard deviation, each seed aggregated by itself; null if
   * nothing is random, there is one seed only, or the trial is not complete.
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

  /** The complete trial with the smallest violation of requirements; null if none is complete. */
  get nearest(): number | null {
    let nearest: number | null = null;
    this.outcomes.forEach(({ isComplete, violation }, trial) => {
      const least = nearest === null ? Number.POSITIVE_INFINITY : (this.outcomes[nearest]?.violation as number);
      if (isComplete && violation < least) nearest = trial;
    });
    return nearest;
  }
}

/** Standard deviation of a sample. */
function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (values.length - 1));
}
