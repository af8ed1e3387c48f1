import { InputError } from "../../../common/errors.ts";
import { escapeUnsafe, quote } from "../../../common/quote.ts";
import { RATE_FIELDS } from "../../../engine/index.ts";
import { Space } from "../../tune/space.ts";
import { StudyAnalysis } from "../../tune/study/analysis.ts";
import { withOutput } from "../with-output.ts";
import { openStudy } from "./open-study.ts";

/** The work of `balloon-sim study best`. */
export async function bestOfStudy(
  path: string,
  { pick, output }: { readonly pick: string; readonly output?: string },
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

/** The number of the trial that is meant. @throws {InputError} */
function pickTrial({ knee, trials }: StudyAnalysis, pick: string, path: string): number {
  if (pick === "knee") {
    if (knee !== null) return knee;
    throw new InputError(
      `${escapeUnsafe(path)}: no trial keeps all requirements, so there is no knee: pick a trial by its number`,
    );
  }
  const number = Number(pick);
  if (!/^\d+$/.test(pick) || number >= trials.length) {
    throw new InputError(`--pick ${quote(pick)}: expected knee, or the number of a trial, 0 to ${trials.length - 1}`);
  }
  return number;
}
