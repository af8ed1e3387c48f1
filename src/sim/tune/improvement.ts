import type { FrontMember } from "./pareto.ts";
import type { Outcome } from "./types.ts";

/** A trial of the front compared with the reference. */
export interface Gain {
  readonly trial: number;
  /**
   * Its gain over the reference, summed over the goals, each as a fraction of the goal's extent on the front; negative
   * for a loss.
   */
  readonly gain: number;
  /** Whether it is worse than the reference in no goal. Trials of the front keep all requirements. */
  readonly isNoWorse: boolean;
}

/**
 * The gains of a front over the reference, the largest first; of equal gains, the first trial.
 * @param reference the outcome of trial 0; without it, or if it failed, there are no gains
 * @returns without trial 0 itself
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
      // If all of the front is equal in a goal, it adds nothing.
      const gain = gained.reduce((sum, one, goal) => {
        const extent = extents[goal] as number;
        return extent === 0 ? sum : sum + one / extent;
      }, 0);
      return { trial, gain, isNoWorse: gained.every((one) => one >= 0) };
    })
    .sort((a, b) => b.gain - a.gain || a.trial - b.trial);
}
