import { safeJson } from "../../../common/quote.ts";
import { csvLines } from "../../output/csv.ts";
import type { Spread } from "../../tune/spread.ts";
import { StudyAnalysis, type Where } from "../../tune/study/analysis.ts";
import { policyOf } from "../../tune/study/study-space.ts";
import { argumentFiles, checkOutput } from "../input-files.ts";
import { withOutput } from "../with-output.ts";
import { openStudy } from "./open-study.ts";

/** Executes `balloon-sim study export`. */
export async function exportStudy(
  path: string,
  { format, output }: { readonly format: "csv" | "json"; readonly output?: string },
): Promise<void> {
  checkOutput(output, argumentFiles([path]));
  const state = openStudy(path);
  const analysis = new StudyAnalysis(state);
  const lines = format === "csv" ? recordsOf(analysis) : jsonLines(analysis);
  await withOutput(output, async (sink) => {
    for (const line of lines) {
      sink.write(line);
      if (sink.isFull) await sink.flush();
    }
  });
}

/**
 * A row per trial: the driver, constants, objectives over the tuning traces, and over the held-out ones. If the study judges in
 * several worlds, the results there follow: whether the trial stands, and of each objective median, lowest and highest.
 */
function* recordsOf(analysis: StudyAnalysis): Generator<string> {
  const { header, trials, outcomes } = analysis;
  const front = new Set(analysis.front.map(({ trial }) => trial));
  const hasHoldout = header.traces.some(({ role }) => role === "holdout");
  const { objectives } = header;
  const hasWorlds = header.judgedWorlds > 1;
  const standing = new Set(analysis.standing.map(({ trial }) => trial));
  yield csvLines([
    [
      "trial",
      "state",
      "feasible",
      "front",
      "driver",
      ...header.parameters.map(({ flag }) => flag),
      ...objectives,
      ...(hasHoldout ? objectives.map((name) => `judged_${name}`) : []),
      ...(hasWorlds ? ["stands", ...objectives.flatMap((name) => spreadNames(`worlds_${name}`))] : []),
      ...(hasWorlds && hasHoldout ? objectives.flatMap((name) => spreadNames(`judged_${name}`).slice(1)) : []),
      "error",
    ],
  ]);
  for (const { trial, state, point, error } of trials) {
    const outcome = outcomes[trial] as (typeof outcomes)[number];
    yield csvLines([
      [
        trial,
        state,
        yesOrNo(outcome.isComplete && outcome.violation === 0),
        yesOrNo(front.has(trial)),
        policyOf(header).name,
        ...point,
        ...(analysis.values(trial) ?? objectives.map(() => "")),
        ...(hasHoldout ? (analysis.judged(trial) ?? objectives.map(() => "")) : []),
        ...(hasWorlds ? [standsText(analysis, standing, trial), ...spreadCells(analysis, trial, "tuned").flat()] : []),
        ...(hasWorlds && hasHoldout ? spreadCells(analysis, trial, "held").flatMap((cells) => cells.slice(1)) : []),
        error ?? "",
      ],
    ]);
  }
}

/** Names of columns: of the median, the lowest and the highest. */
const spreadNames = (name: string): string[] => [name, `${name}_lowest`, `${name}_highest`];

/**
 * Of each objective the median, the lowest and the highest value in the worlds that judged a trial; empty for a trial
 * that was not judged.
 */
function spreadCells(analysis: StudyAnalysis, trial: number, where: Where): (number | "")[][] {
  const spreads = judgedSpreads(analysis, trial, where);
  return analysis.header.objectives.map((_, i) => {
    const spread = spreads?.[i];
    return spread === undefined ? ["", "", ""] : [spread.median, spread.lowest, spread.highest];
  });
}

/** The results of a trial in the worlds that judged it; null for a trial that was not judged. */
const judgedSpreads = (analysis: StudyAnalysis, trial: number, where: Where): readonly Spread[] | null =>
  where === "tuned" && !analysis.isJudgedInWorlds ? null : analysis.spreads(trial, where);

/** Whether a trial stands in the other worlds; empty for a trial that was not judged in them. */
function standsText(analysis: StudyAnalysis, standing: ReadonlySet<number>, trial: number): string {
  if (judgedSpreads(analysis, trial, "tuned") === null && analysis.fallOf(trial) === null) return "";
  return yesOrNo(standing.has(trial));
}

const yesOrNo = (value: boolean): string => (value ? "yes" : "no");

/**
 * One JSON document: the driver, the study's header, its front, the judged trials that stand in other worlds, the trial at their
 * knee and the one that `study best` takes, and all trials with their runs and results.
 */
function* jsonLines(analysis: StudyAnalysis): Generator<string> {
  const { header, trials, front, standing, knee, pick } = analysis;
  const spreads = (trial: number, where: Where) => {
    const own = judgedSpreads(analysis, trial, where);
    return own === null ? null : named(header.objectives, own);
  };
  yield `{\n"driver": ${safeJson(policyOf(header).name)},\n"header": ${safeJson(header)},\n"front": ${JSON.stringify(front.map(({ trial }) => trial))},\n`;
  yield `"standing": ${JSON.stringify(standing.map(({ trial }) => trial))},\n`;
  yield `"knee": ${knee},\n"pick": ${pick},\n"trials": [\n`;
  for (const one of trials) {
    const { trial } = one;
    const values = named(header.objectives, analysis.values(trial));
    const judged = named(header.objectives, analysis.judged(trial));
    const end = trial === trials.length - 1 ? "\n" : ",\n";
    yield `${safeJson({ ...one, values, judged, ...(header.judgedWorlds > 1 ? { worlds: { tuned: spreads(trial, "tuned"), held: spreads(trial, "held") } } : {}) })}${end}`;
  }
  yield "]\n}\n";
}

/** Values by the names of their objectives; null where there are none. */
const named = <Value>(names: readonly string[], values: readonly Value[] | null): Record<string, Value> | null =>
  values === null ? null : Object.fromEntries(names.map((name, i) => [name, values[i] as Value]));
