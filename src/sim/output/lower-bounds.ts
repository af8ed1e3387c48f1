import { OBJECTIVES } from "../measures/objectives.ts";

const NAMES = OBJECTIVES.map(({ name }) => name);

/**
 * Whether a value of an objective is a lower bound: the mean time to target, if a change of the target was not reached, which
 * counts with the time that was left for it.
 * @param values of a run or of several, by the names of `objectives`
 */
export const isLowerBound = (name: string, values: readonly number[], objectives: readonly string[] = NAMES): boolean =>
  name === "time_to_target" && (values[objectives.indexOf("unreached")] ?? 0) > 0;
