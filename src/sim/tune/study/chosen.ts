import { gainsOf } from "../improvement.ts";
import { bestIn, type FrontMember } from "../pareto.ts";
import type { Outcome, StudyHeader } from "../types.ts";

/**
 * Maximum number of trials of the front that are judged in further worlds: judging a large front must not cost more
 * than the search.
 */
export const MAX_JUDGED = 40;

/**
 * Numbers of the trials to judge: trial 0, then those of the front. In several worlds, of a front with more than
 * `MAX_JUDGED` trials that many are judged, evenly distributed, including the best in each goal.
 */
export function trialsToJudge(
  front: readonly FrontMember[],
  header: Pick<StudyHeader, "goals" | "judgedWorlds">,
): number[] {
  const others = front.flatMap(({ trial }) => (trial === 0 ? [] : [trial]));
  if (header.judgedWorlds === 1) return [0, ...others];
  const best = header.goals.flatMap((_, goal) => bestIn(front, goal)?.trial ?? []);
  return [0, ...someOf(others, MAX_JUDGED, best)];
}

/** Maximum number of dominated trials that are judged, if no trial of the front is an improvement. */
export const MAX_NEXT = 10;

/**
 * Numbers of the trials to judge if the judged front has no improvement: those with the largest gains, of the trials
 * that keep all requirements and that in the search were no worse than trial 0 in any goal and better in one. Of trials
 * with equal values, on the front or dominated, only the first is judged.
 * @param outcomes of the search, one per trial
 */
export function nextToJudge(outcomes: readonly Outcome[], front: readonly FrontMember[]): number[] {
  const [reference] = outcomes;
  const known = new Set(front.map(({ values }) => values.join()));
  const others = outcomes.flatMap(({ values, isComplete, violation }, trial): FrontMember[] => {
    if (!isComplete || violation > 0 || values.some((value, goal) => value > (reference?.values[goal] as number)))
      return [];
    if (trial === 0 || known.has(values.join())) return [];
    known.add(values.join());
    return [{ trial, values }];
  });
  return gainsOf(others, reference)
    .filter(({ gain }) => gain > 0)
    .slice(0, MAX_NEXT)
    .map(({ trial }) => trial);
}

/** Items evenly distributed over a list, in its order, including those of `always`. */
export function someOf(list: readonly number[], count: number, always: readonly number[]): number[] {
  if (list.length <= count) return [...list];
  const chosen = new Set(always.filter((one) => list.includes(one)));
  for (let i = 0; i < count && chosen.size < count; i++) {
    chosen.add(list[Math.round((i * (list.length - 1)) / (count - 1))] as number);
  }
  return list.filter((one) => chosen.has(one));
}
