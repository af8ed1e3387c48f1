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
 * The places of judging: the held-out traces, and the tuning traces in worlds that the search did not use, which
 * reveals trials that are good in the worlds of the search only.
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
 * Runs trials in the places of judging, and adds the judgements to the log. Existing judgements of the same trials are
 * kept.
 * @param chosen numbers of trials, in the order of the judgements
 * @param onJudged called before the first and after each, with the completed fraction of those that were not judged
 * before
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
 * Judges the result of a study: trial 0 and the front, and, if no trial of the front is an improvement in the worlds
 * that judge it, the next best trials. The choice depends on the trials and the judgements only, so it is the same for
 * any number of workers and after any interruption.
 * @param onJudged called before the first and after each of a round, with the completed fraction of the round and the
 * number of the round, from 0: the next best trials are a round of their own
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
