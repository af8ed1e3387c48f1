import { OBJECTIVES } from "../measures/objectives.ts";

const NAMES = OBJECTIVES.map(({ name }) => name);

/**
 * Whether a value of an objective is a lower bound: the mean time to target, if a change of the target was not reached, which
 * counts with the time that was left for it.
 * @param values of a run or of several, by the names of `objectives`
 */
export const isLowerBound = (name: string, values: readonly number[], objectives: readonly string[] = NAMES): boolean =>
  name === "time_to_target" && (values[objectives.indexOf("unreached")] ?? 0) > 0;

/** The value as text, marked as a lower bound if it is one. */
export const withBound = (text: string, isBound: boolean): string => (isBound ? `${LOWER_BOUND} ${text}` : text);

/** Mark of a lower bound, and a line that explains it. */
const LOWER_BOUND = ">";
export const LOWER_BOUND_LEGEND =
  "> a target was not reached: its change counts with the time until the next change or the end";
