import type { Params } from "../../../engine/index.ts";
import type { Point, StudyHeader, Trial, TrialRun } from "../types.ts";
import type { Evaluator } from "./evaluator.ts";
import type { RunTask } from "./runner.ts";

/** A trial that is on its way. */
export interface Candidate {
  /** The number of the trial that it becomes. */
  readonly trial: number;
  readonly point: Point;
  readonly rates: Params;
  readonly runs: TrialRun[];
  /** What the first run that failed says; null: none has. */
  error: string | null;
}

export const candidateOf = (trial: number, point: Point, rates: Params): Candidate => ({
  trial,
  point,
  rates,
  runs: [],
  error: null,
});

/** Where a candidate is run: indices of a trace and a seed, and the number of a world. */
export type Place = Omit<RunTask, "rates">;

/**
 * Places of some traces: each with every seed that makes a difference, in each of some worlds.
 * @param indices of the traces
 * @param worlds their numbers
 */
export function placesOf(
  { traces, seeds }: Pick<StudyHeader, "traces" | "seeds">,
  indices: readonly number[],
  worlds: readonly number[],
): Place[] {
  return indices.flatMap((trace) => {
    const count = traces[trace]?.isRandom ? seeds.length : 1;
    return Array.from({ length: count }, (_, seed) => worlds.map((world) => ({ trace, seed, world }))).flat();
  });
}

/** Names of so many seeds, "1" and up. */
export const seedNames = (count = 1): string[] => Array.from({ length: count }, (_, i) => String(i + 1));

/** So many numbers of worlds, in ascending order. */
export const worldsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => first + i);

/**
 * Runs candidates.
 * @param places each candidate is run in all of them
 * @param done gets each candidate when its runs are over, in their order
 * @param isOver asked before further runs are begun; where it says so, the last candidates may be left out
 */
export async function runCandidates(
  candidates: readonly Candidate[],
  places: readonly Place[],
  { header, evaluator }: { readonly header: StudyHeader; readonly evaluator: Evaluator },
  done: (candidate: Candidate) => void = () => {},
  isOver: () => boolean = () => false,
): Promise<void> {
  if (places.length === 0) return candidates.forEach(done);
  const tasks = candidates.flatMap(({ rates }) => places.map((place): RunTask => ({ rates, ...place })));
  let next = 0;
  await evaluator.run(
    tasks,
    (result) => {
      const candidate = candidates[Math.floor(next / places.length)] as Candidate;
      const { trace, seed, world } = places[next % places.length] as Place;
      if (result.ok) candidate.runs.push(runOf({ trace, seed, world }, result.values));
      else candidate.error ??= `${header.traces[trace]?.trace}: ${result.error}`;
      next++;
      if (next % places.length === 0) done(candidate);
    },
    isOver,
  );
}

/** A run as the journal has it: world 1 goes without saying. */
export const runOf = ({ trace, seed, world }: Place, values: readonly number[]): TrialRun =>
  world === 1 ? { trace, seed, values } : { trace, seed, world, values };

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
