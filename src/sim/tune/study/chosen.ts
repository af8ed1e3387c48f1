import { gainsOf } from "../improvement.ts";
import { bestIn, type FrontMember } from "../pareto.ts";
import type { Outcome, StudyHeader } from "../types.ts";

/** Trials of the front that are run in further worlds, at most: a large front must not cost more than the search did. */
export const MAX_JUDGED = 40;

/**
 * Numbers of the trials that a study's judgement runs: trial 0, then those of the front. Where that is in several worlds and
 * the front is large, `MAX_JUDGED` of it, evenly, with the best in each goal.
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

/** Trials behind the front that are run in further worlds, at most, where no trial of the front is an improvement there. */
export const MAX_NEXT = 10;

/**
 * Numbers of the trials that are judged where the front was judged and holds no improvement: those that gain most, of the
 * trials that keep all requirements and that the search found no worse than trial 0 in any goal and better in one. Of trials
 * with equal values, on the front or behind it, only the first is judged.
 * @param outcomes one a trial, as the search had them
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

/** Evenly spread over a list, in its order, with those that must be among them. */
export function someOf(list: readonly number[], count: number, always: readonly number[]): number[] {
  if (list.length <= count) return [...list];
  const chosen = new Set(always.filter((one) => list.includes(one)));
  for (let i = 0; i < count && chosen.size < count; i++) {
    chosen.add(list[Math.round((i * (list.length - 1)) / (count - 1))] as number);
  }
  return list.filter((one) => chosen.has(one));
}
