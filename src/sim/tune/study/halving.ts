import { rankOutcomes } from "../domination.ts";
import type { Scoring } from "../scoring.ts";
import type { StudyHeader, Trial } from "../types.ts";
import { type Candidate, placesOf, runCandidates, trialOf, tuningTraces, worldsFrom } from "./candidates.ts";
import type { Evaluator } from "./evaluator.ts";

/**
 * Rungs of successive halving: the number of traces grows by a factor from rung to rung, and one in `factor` candidates
 * continues. The last rung, with all traces, is not listed.
 * @param traces number of tuning traces
 * @param factor 2 or more
 */
export function rungsOf(traces: number, factor: number): { traces: number; keep: number }[] {
  const rungs: { traces: number; keep: number }[] = [];
  for (let count = Math.ceil(traces / factor); count < traces; count = Math.ceil(count / factor)) {
    rungs.unshift({ traces: count, keep: 1 / factor });
    if (count === 1) break;
  }
  return rungs;
}

/**
 * Executes a batch by successive halving: all candidates run on the first traces, the better ones of them on the next,
 * and so on; the others are trials with the runs up to then.
 * @returns the trials of the batch, in the order of the candidates
 */
export async function halve(
  candidates: readonly Candidate[],
  scoring: Scoring,
  context: { readonly header: StudyHeader; readonly evaluator: Evaluator },
): Promise<Trial[]> {
  const { header } = context;
  const traces = tuningTraces(header);
  let alive = candidates;
  let ran = 0;
  for (const rung of [...header.rungs, { traces: traces.length, keep: 1 }]) {
    const places = placesOf(header, traces.slice(ran, rung.traces), worldsFrom(1, header.worlds));
    await runCandidates(alive, places, context);
    ran = rung.traces;
    alive = best(alive, rung.keep, scoring, traces.slice(0, ran));
  }
  const complete = new Set(alive);
  return candidates.map((candidate) => trialOf(candidate, !complete.has(candidate)));
}

/** The better part of some candidates by their runs so far, in their order; without failed ones. */
function best(
  candidates: readonly Candidate[],
  keep: number,
  scoring: Scoring,
  traces: readonly number[],
): readonly Candidate[] {
  const sound = candidates.filter(({ error }) => error === null);
  const count = Math.min(sound.length, Math.ceil(candidates.length * keep));
  const outcomes = sound.map((candidate) => scoring.outcome(trialOf(candidate), traces));
  const chosen = new Set(rankOutcomes(outcomes).slice(0, count));
  return sound.filter((_, i) => chosen.has(i));
}
