import { policyOf } from "../../tune/study/study-space.ts";
import {
  type ConstantModel,
  type ObjectiveModel,
  type RangesModel,
  type StudyModel,
  TRIAL_STATES,
  type TracesModel,
} from "../model.ts";
import { pack, packRounded } from "../pack.ts";
import { type ReportStudy, unitOf } from "./report-study.ts";

/** Ratio of values above which an axis is logarithmic. */
const WIDE = 50;

/** The data of the page about the trials of a study. */
export function studyModel(study: ReportStudy): StudyModel {
  const { header, trials, front, knee, pick } = study.analysis;
  const values = trials.map((_, trial) => study.analysis.values(trial));
  const goals = study.goals.map(({ index }) => index);
  const others = [...header.objectives.keys()].filter((i) => !goals.includes(i));
  return {
    file: study.file,
    constants: header.parameters.map(({ key, flag, min, max, scale, values: choices }, i): ConstantModel => {
      const unit = policyOf(header).params.find((param) => param.key === key)?.unit ?? "";
      const packed = pack(trials.map(({ point }) => point[i] as number));
      return { name: flag, unit, min, max, choices, isLogarithmic: scale === "logarithmic" && min > 0, values: packed };
    }),
    objectives: [...goals, ...others].map((i): ObjectiveModel => {
      const name = header.objectives[i] as string;
      const own = values.map((all) => all?.[i] ?? Number.NaN);
      return {
        name,
        unit: unitOf(name),
        better: study.betterOf(name),
        isGoal: goals.includes(i),
        isLogarithmic: isWide(own),
        values: packRounded(own),
      };
    }),
    states: pack(trials.map((_, trial) => TRIAL_STATES.indexOf(study.stateOf(trial)))),
    front: front.map(({ trial }) => trial),
    knee,
    pick,
    shown: study.shown,
    byTrace: tracesModel(study),
    ranges: rangesModel(study, [...goals, ...others]),
  };
}

/** @param order of the objectives in the model */
function rangesModel({ analysis }: ReportStudy, order: readonly number[]): RangesModel | null {
  if (!analysis.isJudgedInWorlds) return null;
  const spreads = analysis.toJudge.flatMap((trial) => {
    const own = analysis.spreads(trial, "tuned");
    return own === null ? [] : [{ trial, own }];
  });
  const valuesOf = (end: "lowest" | "highest") =>
    order.map((i) => packRounded(spreads.map(({ own }) => own[i]?.[end] ?? Number.NaN)));
  return {
    worlds: analysis.header.judgedWorlds,
    trials: spreads.map(({ trial }) => trial),
    lowest: valuesOf("lowest"),
    highest: valuesOf("highest"),
  };
}

function tracesModel(study: ReportStudy): TracesModel {
  const { header, front } = study.analysis;
  const known = new Set([0, study.shown, ...front.map(({ trial }) => trial), ...study.judged]);
  const trials = [...known].sort((a, b) => a - b);
  const onTraces = trials.map((trial) => header.traces.map((_, trace) => study.onTrace(trial, trace)));
  return {
    trials,
    traces: study.traceLabels,
    values: study.goals.map(({ index }) => packRounded(onTraces.flat().map((values) => values?.[index] ?? Number.NaN))),
  };
}

function isWide(values: readonly number[]): boolean {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return least > 0 && most > WIDE * least;
}
