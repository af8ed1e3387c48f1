import { print, warn } from "../../../common/cli/output.ts";
import { InputError, RunError } from "../../../common/errors.ts";
import { escapeUnsafe, quote } from "../../../common/quote.ts";
import type { Params } from "../../../engine/index.ts";
import { STDIN } from "../../trace/input.ts";
import { objectiveOf } from "../../tune/objectives.ts";
import { kneelessText } from "../../tune/pareto.ts";
import { StudyAnalysis } from "../../tune/study/analysis.ts";
import { locateTraces, placesOf } from "../../tune/study/locate-traces.ts";
import { type Choice, chooseTrial, recommend } from "../../tune/study/recommend.ts";
import { Reruns } from "../../tune/study/reruns.ts";
import { setupOf } from "../../tune/study/runner.ts";
import { spaceOf } from "../../tune/study/study-space.ts";
import type { StudyHeader } from "../../tune/types.ts";
import { driverNotes } from "../../tune/warnings.ts";
import { warnOfCaveats } from "../driver-caveats.ts";
import { argumentFiles, checkOutput, traceFiles } from "../input-files.ts";
import { withOutput } from "../with-output.ts";
import { type MeansOptions, withEvaluator } from "./evaluation.ts";
import { openStudy } from "./open-study.ts";
import { recommendationText, recommendationWarnings, standingText } from "./recommendation-text.ts";
import { resultText } from "./result-text.ts";
import { RunCount } from "./run-count.ts";

/** The options of `balloon-sim study best` as the command line gives them. */
export interface BestOptions extends MeansOptions {
  readonly pick?: string;
  readonly raw?: true;
  readonly output?: string;
  readonly worlds: number;
}

/** Executes `balloon-sim study best`. */
export async function bestOfStudy(path: string, options: BestOptions): Promise<void> {
  const { worlds } = options;
  const analysis = new StudyAnalysis(openStudy(path));
  const traces = analysis.header.traces.flatMap(({ trace }) => placesOf(trace, path === STDIN ? null : path));
  checkOutput(options.output, [...argumentFiles([path]), ...traceFiles(traces)]);
  const picked = options.pick === undefined ? null : pickTrial(analysis, options.pick, path);
  if (picked === null && analysis.pick === null) refusePick(analysis, path);
  const first = picked ?? (analysis.pick as number);
  // An output that can't be written is found before the runs are executed.
  await withOutput(options.output, async (sink) => {
    if (options.raw === true || first === 0) {
      sink.write(resultText(analysis.header, ratesOf(analysis, first)));
      return;
    }
    const { header } = analysis;
    checkObjectives(header, path);
    const setup = setupOf(header, locateTraces(header, path === STDIN ? null : path));
    const { choice, made } = await withEvaluator(setup, options, async (evaluator, note) => {
      const count = new RunCount(note);
      const reruns = new Reruns(header, evaluator, worlds, () => count.made());
      const onLeft = (runs: number) => count.left(runs);
      count.begin("choosing");
      const choice: Choice =
        picked === null
          ? await chooseTrial(analysis.improvements, (trial) => ratesOf(analysis, trial), reruns, onLeft)
          : { trial: picked, passedOver: [] };
      if (choice.trial === null) return { choice, made: null };
      count.begin("reverting");
      const made = await recommend(ratesOf(analysis, choice.trial), reruns, onLeft);
      return { choice, made: { ...made, reruns, worlds } };
    });
    for (const { trial, standing } of choice.passedOver) {
      warn(`balloon-sim: trial ${trial} is skipped: run again, it is ${standingText(standing)}`);
    }
    if (choice.trial === null || made === null) throw nothingHolds(choice, path, worlds);
    const text = recommendationText(analysis, choice.trial, made);
    const hasFile = options.output !== undefined && options.output !== STDIN;
    if (hasFile) print(text);
    else warn(text.trimEnd());
    for (const warning of recommendationWarnings(analysis, made)) warn(`balloon-sim: warning: ${warning}`);
    warnOfCaveats(driverNotes(header));
    sink.write(resultText(header, made.rates));
  });
}

function ratesOf({ header, trials }: StudyAnalysis, trial: number): Params {
  if (trial === 0) return header.reference;
  const space = spaceOf(header);
  return space.ratesOf((trials[trial] as (typeof trials)[number]).point);
}

/** Refuses a study of another version whose objectives this version does not measure. */
function checkObjectives({ goals, requirements, program }: StudyHeader, path: string): void {
  const unknown = [...goals, ...requirements].find(({ objective }) => objectiveOf(objective) === undefined);
  if (unknown === undefined) return;
  throw new InputError(
    `${escapeUnsafe(path)}: has the objective ${quote(unknown.objective)}, which this program does not measure: write the trial ` +
      `unchanged with --raw, or use balloon-sim ${escapeUnsafe(program)}`,
  );
}

function nothingHolds({ passedOver }: Choice, path: string, worlds: number): RunError {
  const where = worlds === 1 ? "again" : `again in ${worlds} further worlds`;
  const [one, none] = [
    "the trial that gained most does not stand",
    `of the ${passedOver.length} trials that gained most, none stands`,
  ];
  return new RunError(
    `${escapeUnsafe(path)}: nothing to recommend: ${passedOver.length === 1 ? one : none} when it is run ${where}; choose one ` +
      `with --pick: knee, ${PICKS}`,
  );
}

/**
 * The number of the picked trial.
 * @throws {InputError} if `pick` names none
 */
function pickTrial({ best, knee, front, standing, trials, header }: StudyAnalysis, pick: string, path: string): number {
  const none =
    front.length === 0
      ? "no trial keeps all requirements"
      : standing.length === 0
        ? "no trial that was judged stands in the worlds that judged it"
        : null;
  const isReference = (what: string) =>
    new InputError(
      `${escapeUnsafe(path)}: --pick ${quote(pick)}: ${what} is trial 0, the reference rates: --pick 0 writes them, or ` +
        BY_NUMBER,
    );
  if (pick === "knee") {
    if (knee === 0) throw isReference("the knee");
    if (knee !== null) return knee;
    const why =
      none === null ? `${kneelessText(standing, front)}: pick ${PICKS}` : `${none}, so there is no knee: ${BY_NUMBER}`;
    throw new InputError(`${escapeUnsafe(path)}: --pick knee: ${why}`);
  }
  const goal = header.goals.findIndex(({ objective }) => objective === pick);
  if (goal >= 0) {
    const trial = best[goal] ?? null;
    if (trial === 0) throw isReference("the best in it");
    if (trial !== null) return trial;
    throw new InputError(`${escapeUnsafe(path)}: --pick ${quote(pick)}: ${none}, so none is best: ${BY_NUMBER}`);
  }
  const number = Number(pick);
  if (!/^\d+$/.test(pick) || number >= trials.length) {
    const goals = header.goals.map(({ objective }) => escapeUnsafe(objective)).join(", ");
    throw new InputError(
      `--pick ${quote(pick)}: expected knee, a goal (${goals}), or the number of a trial, 0 to ${trials.length - 1}`,
    );
  }
  return number;
}

const BY_NUMBER = "pick a trial by its number";

/** The valid values of `--pick`. */
const PICKS = "a goal (its best trial), or the number of a trial (study show --all lists them)";

/** Reports why the study recommends no trial. */
function refusePick({ front, trials, header, isJudgedInWorlds }: StudyAnalysis, path: string): never {
  const why =
    trials[0]?.state === "failed"
      ? "trial 0 failed, so no trial can be compared with it"
      : front.length === 0
        ? "no trial keeps all requirements"
        : front.every(({ trial }) => trial === 0)
          ? "no trial is better than trial 0"
          : isJudgedInWorlds
            ? `no trial that was judged ${header.requirements.length > 0 ? "keeps the requirements and " : ""}is significantly better than trial 0 in a goal and ` +
              "worse in none in the worlds that judged it"
            : "every trial of the front is worse than trial 0 in a goal";
  throw new RunError(`${escapeUnsafe(path)}: nothing to recommend: ${why}; choose one with --pick: knee, ${PICKS}`);
}
