import type { FrontMember } from "./pareto.ts";
import type { Outcome } from "./types.ts";

/** A trial of the front against the reference. */
export interface Gain {
  readonly trial: number;
  /** What it gains on the reference, summed over the goals, each as a part of the goal's extent on the front; negative: it loses. */
  readonly gain: number;
  /** Whether it is worse than the reference in no goal. Trials of the front keep all requirements. */
  readonly isNoWorse: boolean;
}

/**
 * The trials of a front against the reference, the largest gain first; of equals, the first trial.
 * @param reference the outcome of trial 0; there is no comparing with one that failed or is not there
 * @returns nothing of trial 0 itself
 */
export function gainsOf(front: readonly FrontMember[], reference: Outcome | undefined): Gain[] {
  if (reference === undefined || !reference.isComplete || reference.values.length === 0) return [];
  const extents = reference.values.map((_, goal) => {
    const values = front.map((member) => member.values[goal] as number);
    return (
      values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) -
      values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
    );
  });
  return front
    .filter(({ trial }) => trial !== 0)
    .map(({ trial, values }): Gain => {
      const gained = values.map((value, goal) => (reference.values[goal] as number) - value);
      // Where all of the front is equal, none of it gains more than another.
      const gain = gained.reduce((sum, one, goal) => {
        const extent = extents[goal] as number;
        return extent === 0 ? sum : sum + one / extent;
      }, 0);
      return { trial, gain, isNoWorse: gained.every((one) => one >= 0) };
    })
    .sort((a, b) => b.gain - a.gain || a.trial - b.trial);
}
