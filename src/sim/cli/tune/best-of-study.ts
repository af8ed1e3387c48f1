import { InputError, RunError } from "../../../common/errors.ts";
import { escapeUnsafe, quote } from "../../../common/quote.ts";
import { RATE_FIELDS } from "../../../engine/index.ts";
import { bestIn, kneelessText } from "../../tune/pareto.ts";
import { Space } from "../../tune/space.ts";
import { StudyAnalysis } from "../../tune/study/analysis.ts";
import { withOutput } from "../with-output.ts";
import { openStudy } from "./open-study.ts";

/** The work of `balloon-sim study best`. */
export async function bestOfStudy(
  path: string,
  { pick, output }: { readonly pick?: string; readonly output?: string },
): Promise<void> {
  const analysis = new StudyAnalysis(openStudy(path));
  const { header, trials } = analysis;
  const number = pickTrial(analysis, pick, path);
  const { point } = trials[number] as (typeof trials)[number];
  const space = new Space(header.parameters, header.base, header.reference);
  const rates = number === 0 ? header.reference : space.ratesOf(point);
  const object = Object.fromEntries(RATE_FIELDS.map(({ key, flag }) => [flag, rates[key]]));
  await withOutput(output, async (sink) => sink.write(`${JSON.stringify(object, null, 2)}\n`));
}

/**
 * The number of the trial that is meant.
 * @throws {InputError} where it is none
 * @throws {RunError} where none is named and every one is worse than trial 0 in a goal
 */
function pickTrial(analysis: StudyAnalysis, pick: string | undefined, path: string): number {
  const { knee, front, trials, header } = analysis;
  if (pick === undefined) return analysis.pick ?? refusePick(analysis, path);
  if (pick === "knee") {
    if (knee !== null) return knee;
    const why = front.length === 0 ? "no trial keeps all requirements, so there is no front" : kneelessText(front);
    throw new InputError(`${escapeUnsafe(path)}: --pick knee: ${why}: pick ${PICKS}`);
  }
  const goal = header.goals.findIndex(({ objective }) => objective === pick);
  if (goal >= 0) {
    const best = bestIn(front, goal);
    if (best !== undefined) return best.trial;
    throw new InputError(
      `${escapeUnsafe(path)}: --pick ${quote(pick)}: no trial keeps all requirements, so none is best: pick a trial by its number`,
    );
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

/** What may stand behind `--pick`. */
const PICKS = "a goal whose best trial is meant, or the number of a trial (study show --all lists them)";

/** Says why the study recommends no trial. */
function refusePick({ front, trials }: StudyAnalysis, path: string): never {
  const why =
    trials[0]?.state === "failed"
      ? "trial 0 failed, so no trial can be compared with it"
      : front.length === 0
        ? "no trial keeps all requirements"
        : front.every(({ trial }) => trial === 0)
          ? "no trial is better than trial 0"
          : "every trial of the front is worse than trial 0 in a goal";
  throw new RunError(`${escapeUnsafe(path)}: nothing to recommend: ${why}; say which one with --pick: knee, ${PICKS}`);
}
