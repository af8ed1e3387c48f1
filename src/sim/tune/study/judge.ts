import { Space } from "../space.ts";
import type { Judgement, Trial } from "../types.ts";
import { candidateOf, holdoutTraces, placesOf, runCandidates } from "./candidates.ts";
import type { Evaluator } from "./evaluator.ts";
import type { StudyLog } from "./study-log.ts";

/**
 * Runs trials on the traces that the sampler never saw, and adds the judgements to the log. Those that it holds of the same
 * trials already are kept.
 * @param chosen numbers of trials, in the order of the judgements
 */
export async function judge(log: StudyLog, chosen: readonly number[], evaluator: Evaluator): Promise<void> {
  const { header } = log;
  const traces = holdoutTraces(header);
  if (traces.length === 0) return;
  if (log.judgements.some(({ judged }, i) => judged !== chosen[i])) log.dropJudgements();
  const space = new Space(header.parameters, header.base, header.reference);
  const candidates = chosen.slice(log.judgements.length).map((number) => {
    const { point } = log.trials[number] as Trial;
    return candidateOf(number, point, number === 0 ? header.reference : space.ratesOf(point));
  });
  await runCandidates(
    candidates,
    placesOf(header, traces, [1]),
    { header, evaluator },
    ({ trial: judged, runs, error }) => {
      const judgement: Judgement = error === null ? { judged, runs } : { judged, error, runs };
      log.addJudgement(judgement);
    },
  );
}
