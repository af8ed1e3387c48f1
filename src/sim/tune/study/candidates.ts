import type { Rates } from "../../../engine/index.ts";
import type { Point, StudyHeader, Trial, TrialRun } from "../types.ts";
import type { Evaluator } from "./evaluator.ts";
import type { RunTask } from "./runner.ts";

/** A trial that is on its way. */
export interface Candidate {
  /** The number of the trial that it becomes. */
  readonly trial: number;
  readonly point: Point;
  readonly rates: Rates;
  readonly runs: TrialRun[];
  /** What the first run that failed says; null: none has. */
  error: string | null;
}

export const candidateOf = (trial: number, point: Point, rates: Rates): Candidate => ({
  trial,
  point,
  rates,
  runs: [],
  error: null,
});

/**
 * Runs candidates over some of the study's traces, each with every seed that makes a difference.
 * @param traces indices into the header's traces
 * @param done gets each candidate when its runs are over, in their order
 * @param isOver asked before further runs are begun; where it says so, the last candidates may be left out
 */
export async function runCandidates(
  candidates: readonly Candidate[],
  traces: readonly number[],
  { header, evaluator }: { readonly header: StudyHeader; readonly evaluator: Evaluator },
  done: (candidate: Candidate) => void = () => {},
  isOver: () => boolean = () => false,
): Promise<void> {
  const runs = traces.flatMap((trace) => {
    const seeds = header.traces[trace]?.isRandom ? header.seeds.length : 1;
    return Array.from({ length: seeds }, (_, seed) => ({ trace, seed }));
  });
  if (runs.length === 0) return candidates.forEach(done);
  const tasks = candidates.flatMap(({ rates }) => runs.map((run): RunTask => ({ rates, ...run })));
  let next = 0;
  await evaluator.run(
    tasks,
    (result) => {
      const candidate = candidates[Math.floor(next / runs.length)] as Candidate;
      const { trace, seed } = runs[next % runs.length] as (typeof runs)[number];
      if (result.ok) candidate.runs.push({ trace, seed, values: result.values });
      else candidate.error ??= `${header.traces[trace]?.trace}: ${result.error}`;
      next++;
      if (next % runs.length === 0) done(candidate);
    },
    isOver,
  );
}

/** What a candidate has become. */
export function trialOf({ trial, point, runs, error }: Candidate, isDropped = false): Trial {
  if (error !== null) return { trial, point, state: "failed", error, runs };
  return { trial, point, state: isDropped ? "dropped" : "complete", runs };
}

/** Indices of the traces that trials run, in the header's order. */
export const tuningTraces = (header: StudyHeader): number[] =>
  header.traces.flatMap(({ role }, i) => (role === "tune" ? [i] : []));

/** Indices of the traces that only the judgement sees. */
export const holdoutTraces = (header: StudyHeader): number[] =>
  header.traces.flatMap(({ role }, i) => (role === "holdout" ? [i] : []));
