import { safeJson } from "../../../common/quote.ts";
import { csvLines } from "../../output/csv.ts";
import { StudyAnalysis } from "../../tune/study/analysis.ts";
import { argumentFiles, checkOutput } from "../input-files.ts";
import { withOutput } from "../with-output.ts";
import { openStudy } from "./open-study.ts";

/** The work of `balloon-sim study export`. */
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

/** A row a trial: constants, objectives over the traces that were tuned on, and over those that were held out. */
function* recordsOf(analysis: StudyAnalysis): Generator<string> {
  const { header, trials, outcomes } = analysis;
  const front = new Set(analysis.front.map(({ trial }) => trial));
  const hasHoldout = header.traces.some(({ role }) => role === "holdout");
  const { objectives } = header;
  yield csvLines([
    [
      "trial",
      "state",
      "feasible",
      "front",
      ...header.parameters.map(({ flag }) => flag),
      ...objectives,
      ...(hasHoldout ? objectives.map((name) => `judged_${name}`) : []),
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
        ...point,
        ...(analysis.values(trial) ?? objectives.map(() => "")),
        ...(hasHoldout ? (analysis.judged(trial) ?? objectives.map(() => "")) : []),
        error ?? "",
      ],
    ]);
  }
}

const yesOrNo = (value: boolean): string => (value ? "yes" : "no");

/**
 * One JSON document: the study's header, its front, the trial at its knee and the one that `study best` takes, and all trials
 * with their runs and what these come to.
 */
function* jsonLines(analysis: StudyAnalysis): Generator<string> {
  const { header, trials, front, knee, pick } = analysis;
  yield `{\n"header": ${safeJson(header)},\n"front": ${JSON.stringify(front.map(({ trial }) => trial))},\n`;
  yield `"knee": ${knee},\n"pick": ${pick},\n"trials": [\n`;
  for (const one of trials) {
    const { trial } = one;
    const values = named(header.objectives, analysis.values(trial));
    const judged = named(header.objectives, analysis.judged(trial));
    const end = trial === trials.length - 1 ? "\n" : ",\n";
    yield `${safeJson({ ...one, values, judged })}${end}`;
  }
  yield "]\n}\n";
}

/** Values by the names of their objectives; null where there are none. */
const named = (names: readonly string[], values: readonly number[] | null): Record<string, number> | null =>
  values === null ? null : Object.fromEntries(names.map((name, i) => [name, values[i] as number]));
