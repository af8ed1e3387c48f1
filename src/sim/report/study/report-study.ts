import { escapeUnsafe } from "../../../common/quote.ts";
import { runLabels } from "../../output/run-labels.ts";
import { type Importance, importanceOfStudy } from "../../tune/importance.ts";
import { objectiveOf, unitOfObjective } from "../../tune/objectives.ts";
import { Scoring } from "../../tune/scoring.ts";
import { StudyAnalysis } from "../../tune/study/analysis.ts";
import type { TrialRun } from "../../tune/types.ts";
import type { TrialState } from "../model.ts";
import type { ReportedStudy } from "../read-contents.ts";

/** A goal of a study. */
export interface ReportedGoal {
  readonly name: string;
  readonly unit: string;
  readonly better: "less" | "more";
  /** Index into the header's objectives. */
  readonly index: number;
}

/** The results of a study for all parts of a report. */
export class ReportStudy {
  readonly file: string;
  readonly analysis: StudyAnalysis;
  readonly goals: readonly ReportedGoal[];
  /** The trial that is shown first. */
  readonly shown: number;
  /** A label for each trace of the header. */
  readonly traceLabels: readonly string[];
  readonly #scoring: Scoring;
  readonly #judged: ReadonlyMap<number, readonly TrialRun[]>;
  #importance: (Importance | null)[] | null = null;

  constructor(study: ReportedStudy) {
    const { header, judgements } = study;
    this.file = study.file;
    this.analysis = new StudyAnalysis(study);
    this.traceLabels = runLabels(header.traces).map(escapeUnsafe);
    this.#scoring = new Scoring(header);
    this.#judged = new Map(judgements.map(({ judged, runs }) => [judged, runs]));
    this.goals = header.goals.map(({ objective }) => ({
      name: objective,
      unit: unitOf(objective),
      better: this.betterOf(objective),
      index: header.objectives.indexOf(objective),
    }));
    this.shown = this.analysis.shown.trial;
  }

  /** Trials that were judged on the held-out traces, in ascending order. */
  get judged(): number[] {
    return [...this.#judged.keys()].sort((a, b) => a - b);
  }

  /** For each goal the importance of the constants. */
  get importance(): readonly (Importance | null)[] {
    this.#importance ??= importanceOfStudy(this.analysis);
    return this.#importance;
  }

  /** A trial's values on one trace, a tuning trace or a held-out one; null if it did not run on it. */
  onTrace(trial: number, trace: number): readonly number[] | null {
    const { trials, header } = this.analysis;
    const isHeldOut = header.traces[trace]?.role === "holdout";
    const runs = isHeldOut ? this.#judged.get(trial) : trials[trial]?.runs;
    return this.#scoring.values(runs ?? [], [trace]);
  }

  /** The state of a trial. */
  stateOf(trial: number): TrialState {
    return stateOf(this.analysis, trial);
  }

  /** The study's direction of an objective; the better direction if it is no goal. */
  betterOf(name: string): "less" | "more" {
    const goal = this.analysis.header.goals.find(({ objective }) => objective === name);
    if (goal !== undefined) return goal.direction === "minimize" ? "less" : "more";
    return objectiveOf(name)?.better ?? "less";
  }
}

/** The state of a trial. */
export function stateOf({ trials, outcomes }: StudyAnalysis, trial: number): TrialState {
  const state = trials[trial]?.state;
  if (state !== "complete") return state === "dropped" ? "dropped" : "failed";
  return outcomes[trial]?.violation === 0 ? "feasible" : "infeasible";
}

/** The unit of an objective. */
export const unitOf = unitOfObjective;
