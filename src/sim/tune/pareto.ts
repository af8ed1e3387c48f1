import { covers } from "./domination.ts";
import type { Outcome } from "./types.ts";

/** A trial that no other one dominates. */
export interface FrontMember {
  readonly trial: number;
  /** One a goal; less is better. */
  readonly values: readonly number[];
}

/**
 * Collects the trials that no other one dominates, one by one: complete ones that keep all requirements. Of trials with
 * equal values it keeps the first.
 */
export class ParetoFront {
  #members: FrontMember[] = [];

  /** In ascending order of the first goal, equal ones by the next goals and by trial. */
  get members(): readonly FrontMember[] {
    return this.#members.toSorted((a, b) => {
      const goal = a.values.findIndex((value, i) => value !== b.values[i]);
      return goal < 0 ? a.trial - b.trial : (a.values[goal] as number) - (b.values[goal] as number);
    });
  }

  /** @returns whether the trial is on the front now */
  add(trial: number, { values, violation, isComplete }: Outcome): boolean {
    if (!isComplete || violation > 0 || values.length === 0) return false;
    const members = this.#members;
    const cover = members.findIndex((member) => covers(member.values, values));
    if (cover >= 0) {
      // What covers this trial will most likely cover the next one: it is looked at first.
      const [member] = members.splice(cover, 1);
      members.unshift(member as FrontMember);
      return false;
    }
    this.#members = members.filter((member) => !covers(values, member.values));
    this.#members.push({ trial, values });
    return true;
  }
}

/**
 * The knee of a front: each goal is scaled to 0 for the front's best value and 1 for its worst, and the least sum wins. With two
 * goals that is the point furthest from the line through both ends, on the good side. Of equals, the first trial.
 * @returns undefined where the front is empty
 */
export function kneeOf(front: readonly FrontMember[]): FrontMember | undefined {
  const goals = front[0]?.values.length ?? 0;
  const sums = front.map(() => 0);
  for (let goal = 0; goal < goals; goal++) {
    const values = front.map((member) => member.values[goal] as number);
    const best = values.reduce((a, b) => Math.min(a, b));
    const extent = values.reduce((a, b) => Math.max(a, b)) - best;
    for (let i = 0; extent > 0 && i < sums.length; i++) {
      sums[i] = (sums[i] as number) + ((values[i] as number) - best) / extent;
    }
  }
  let knee: number | undefined;
  front.forEach(({ trial }, i) => {
    if (knee === undefined) knee = i;
    const difference = (sums[i] as number) - (sums[knee] as number);
    if (difference < 0 || (difference === 0 && trial < (front[knee] as FrontMember).trial)) knee = i;
  });
  return knee === undefined ? undefined : front[knee];
}
