import { medianOf } from "../../common/statistics.ts";

/** A value over several worlds (`World`): its median, and the lowest and the highest. */
export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** @param values one per world, at least one */
export const spreadOf = (values: readonly number[]): Spread => ({
  median: medianOf(values),
  lowest: Math.min(...values),
  highest: Math.max(...values),
});

/** Two-sided 1 % points of Student's t distribution for 1 to 30 degrees of freedom, rounded up. */
const STUDENT = [
  63.66, 9.93, 5.85, 4.61, 4.04, 3.71, 3.5, 3.36, 3.25, 3.17, 3.11, 3.06, 3.02, 2.98, 2.95, 2.93, 2.9, 2.88, 2.87, 2.85,
  2.84, 2.82, 2.81, 2.8, 2.79, 2.78, 2.78, 2.77, 2.76, 2.75,
];

/**
 * Whether values are really larger (1) or smaller (-1) than others, or do not differ by more than worlds do (0).
 *
 * Both are paired by world. The mean of the differences counts if it is larger than its standard error times the 1 %
 * point of Student's t (for 5 worlds 4.61, for more than 31 that of 31). From 5 worlds on, a difference also counts
 * where all values are on one side of all references, which the mean may miss if one world is far from the others: 5
 * and 5 values of the same distribution do so in one case of 126. Together, hardly more than one comparison in a
 * hundred finds a difference by chance. A difference that is the same in all worlds counts, however small; so does any
 * difference in a single world, whose spread is not known. For a value that can only be one of two, three worlds agree
 * by chance in one case of 32, five in one of 512.
 *
 * @param values one per world
 * @param references in the same worlds
 */
export function realDifference(values: readonly number[], references: readonly number[]): -1 | 0 | 1 {
  const worlds = values.length;
  const differences = values.map((value, i) => value - (references[i] as number));
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / worlds;
  if (worlds > 1) {
    const squares = differences.reduce((sum, difference) => sum + (difference - mean) * (difference - mean), 0);
    const error = Math.sqrt(squares / (worlds - 1) / worlds);
    const bound = error * (STUDENT[Math.min(worlds - 1, STUDENT.length) - 1] as number);
    if (Math.abs(mean) <= bound && !areApart(values, references)) return 0;
  }
  return mean > 0 ? 1 : mean < 0 ? -1 : 0;
}

/**
 * The relation of values to others in the same worlds: `=` equal in each world; `~` no real difference: it is within
 * the spread of the worlds; `<` really smaller, `>` really larger (`realDifference`).
 */
export type Relation = "=" | "~" | "<" | ">";

/** The meaning of the mark `~` in a table. */
export const WITHIN_SPREAD_LEGEND = "~ no significant difference: within the variation between worlds";

/**
 * The relation of values to others; all marks of tables are based on it.
 * @param values one per world
 * @param references in the same worlds
 */
export function relationOf(values: readonly number[], references: readonly number[]): Relation {
  const sign = realDifference(values, references);
  if (sign !== 0) return sign < 0 ? "<" : ">";
  return values.every((value, i) => value === references[i]) ? "=" : "~";
}

/** The mark of a relation that is no real difference; null for a real difference. */
export const markOf = (relation: Relation): "=" | "~" | null =>
  relation === "=" || relation === "~" ? relation : null;

/** The sign of a real difference; 0 for none. */
export const signOf = (relation: Relation): -1 | 0 | 1 => (relation === "<" ? -1 : relation === ">" ? 1 : 0);

/** Minimum number of worlds in which values that do not overlap count as different. */
const APART_WORLDS = 5;

/** Whether all values are on one side of all references. */
function areApart(values: readonly number[], references: readonly number[]): boolean {
  if (values.length < APART_WORLDS) return false;
  return Math.min(...values) > Math.max(...references) || Math.max(...values) < Math.min(...references);
}
