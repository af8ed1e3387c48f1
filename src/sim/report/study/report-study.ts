import { escapeUnsafe } from "../../../common/quote.ts";
import { OBJECTIVES } from "../../measures/objectives.ts";
import { runLabels } from "../../output/run-labels.ts";
import { type Importance, importanceOfStudy } from "../../tune/importance.ts";
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

/** What a report says of a study, worked out once for all its parts. */
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

  /** Trials that were judged on the traces held out, in ascending order. */
  get judged(): number[] {
    return [...this.#judged.keys()].sort((a, b) => a - b);
  }

  /** For each goal how much the constants matter. */
  get importance(): readonly (Importance | null)[] {
    this.#importance ??= importanceOfStudy(this.analysis);
    return this.#importance;
  }

  /** How a trial did on one trace, whether it was tuned on or held out; null where it did not run. */
  onTrace(trial: number, trace: number): readonly number[] | null {
    const { trials, header } = this.analysis;
    const isHeldOut = header.traces[trace]?.role === "holdout";
    const runs = isHeldOut ? this.#judged.get(trial) : trials[trial]?.runs;
    return this.#scoring.values(runs ?? [], [trace]);
  }

  /** What became of a trial. */
  stateOf(trial: number): TrialState {
    return stateOf(this.analysis, trial);
  }

  /** Which way the study wants an objective to go; where it is no goal of it, which way is better. */
  betterOf(name: string): "less" | "more" {
    const goal = this.analysis.header.goals.find(({ objective }) => objective === name);
    if (goal !== undefined) return goal.direction === "minimize" ? "less" : "more";
    return OBJECTIVES.find((objective) => objective.name === name)?.better ?? "less";
  }
}

/** What became of a trial. */
export function stateOf({ trials, outcomes }: StudyAnalysis, trial: number): TrialState {
  const state = trials[trial]?.state;
  if (state !== "complete") return state === "dropped" ? "dropped" : "failed";
  return outcomes[trial]?.violation === 0 ? "feasible" : "infeasible";
}

/** The unit of an objective. */
export const unitOf = (name: string): string => OBJECTIVES.find((objective) => objective.name === name)?.unit ?? "";
