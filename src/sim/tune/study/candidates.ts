import type { Params } from "../../../engine/index.ts";
import type { Point, StudyHeader, Trial, TrialRun } from "../types.ts";
import type { Evaluator } from "./evaluator.ts";
import type { RunTask } from "./runner.ts";

/** A trial that is being executed. */
export interface Candidate {
  /** Number of the resulting trial. */
  readonly trial: number;
  readonly point: Point;
  readonly rates: Params;
  readonly runs: TrialRun[];
  /** The message of the first failed run; null without one. */
  error: string | null;
}

export const candidateOf = (trial: number, point: Point, rates: Params): Candidate => ({
  trial,
  point,
  rates,
  runs: [],
  error: null,
});

/** The place of a run: indices of a trace and a seed, and the number of a world. */
export type Place = Omit<RunTask, "rates">;

/**
 * Places of some traces: each with every seed that has an effect, in each of some worlds.
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

/** `count` numbers of worlds, in ascending order. */
export const worldsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => first + i);

/**
 * Executes the runs of candidates.
 * @param places of the runs of each candidate
 * @param done called for each candidate after its runs, in their order
 * @param isOver checked before further runs begin; if true, the last candidates may be omitted
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

/** A run in the notation of the journal, which omits world 1. */
export const runOf = ({ trace, seed, world }: Place, values: readonly number[]): TrialRun =>
  world === 1 ? { trace, seed, values } : { trace, seed, world, values };

/** The trial of a completed candidate. */
export function trialOf({ trial, point, runs, error }: Candidate, isDropped = false): Trial {
  if (error !== null) return { trial, point, state: "failed", error, runs };
  return { trial, point, state: isDropped ? "dropped" : "complete", runs };
}

/** Indices of the tuning traces, in the header's order. */
export const tuningTraces = (header: StudyHeader): number[] =>
  header.traces.flatMap(({ role }, i) => (role === "tune" ? [i] : []));

/** Indices of the held-out traces. */
export const holdoutTraces = (header: StudyHeader): number[] =>
  header.traces.flatMap(({ role }, i) => (role === "holdout" ? [i] : []));
