import type { Judgement, StudyHeader, Trial } from "../types.ts";
import { StudyAnalysis } from "./analysis.ts";
import {
  candidateOf,
  holdoutTraces,
  type Place,
  placesOf,
  runCandidates,
  tuningTraces,
  worldsFrom,
} from "./candidates.ts";
import type { Evaluator } from "./evaluator.ts";
import type { StudyLog } from "./study-log.ts";
import { spaceOf } from "./study-space.ts";

/**
 * Where trials are judged: on the traces that the sampler never saw, and on the others in worlds that it never saw, so that
 * a trial which suits only the worlds of the search is found out.
 */
export function judgedPlaces(header: StudyHeader): Place[] {
  const { worlds, judgedWorlds } = header;
  const further = judgedWorlds === 1 ? [] : worldsFrom(worlds + 1, judgedWorlds);
  return [
    ...placesOf(header, tuningTraces(header), further),
    ...placesOf(header, holdoutTraces(header), worldsFrom(1, judgedWorlds)),
  ];
}

/**
 * Runs trials where the sampler never saw them, and adds the judgements to the log. Those that it holds of the same trials
 * already are kept.
 * @param chosen numbers of trials, in the order of the judgements
 * @param onJudged called before the first and after each, with the part of those not yet judged that is judged
 */
export async function judge(
  log: StudyLog,
  chosen: readonly number[],
  evaluator: Evaluator,
  onJudged: (part: number) => void = () => {},
): Promise<void> {
  const { header } = log;
  const places = judgedPlaces(header);
  if (places.length === 0) return;
  if (log.judgements.some(({ judged }, i) => judged !== chosen[i])) log.dropJudgements();
  const before = log.judgements.length;
  if (before === chosen.length) return;
  onJudged(0);
  const space = spaceOf(header);
  const candidates = chosen.slice(before).map((number) => {
    const { point } = log.trials[number] as Trial;
    return candidateOf(number, point, number === 0 ? header.reference : space.ratesOf(point));
  });
  await runCandidates(candidates, places, { header, evaluator }, ({ trial: judged, runs, error }) => {
    const judgement: Judgement = error === null ? { judged, runs } : { judged, error, runs };
    log.addJudgement(judgement);
    onJudged((log.judgements.length - before) / (chosen.length - before));
  });
}

/**
 * Judges what a study found: trial 0 and the front, and where no trial of the front is an improvement in the worlds that judge
 * it, the next best trials. Which these are follows from the trials and the judgements alone, so they are the same for any
 * number of workers and after any interruption.
 * @param onJudged called before the first and after each of a round, with the part of the round that is judged and the number of
 *   the round, from 0: the next best trials are a round of their own
 */
export async function judgeStudy(
  log: StudyLog,
  evaluator: Evaluator,
  onJudged: (part: number, round: number) => void = () => {},
): Promise<void> {
  let round = 0;
  let judged: readonly number[] = [];
  for (let { toJudge } = new StudyAnalysis(log); toJudge.length > judged.length; ) {
    await judge(log, toJudge, evaluator, (part) => onJudged(part, round));
    round++;
    judged = toJudge;
    ({ toJudge } = new StudyAnalysis(log));
  }
}
