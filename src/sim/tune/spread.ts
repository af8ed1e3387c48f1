/** What a value is over several worlds (`World`): its median, and the lowest and the highest. */
export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** @param values one a world, at least one */
export const spreadOf = (values: readonly number[]): Spread => ({
  median: medianOf(values),
  lowest: Math.min(...values),
  highest: Math.max(...values),
});

/** The middle one of at least one value; of an even number the mean of both. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** Two-sided 1 % points of Student's t distribution for 1 to 30 degrees of freedom, rounded up. */
const STUDENT = [
  63.66, 9.93, 5.85, 4.61, 4.04, 3.71, 3.5, 3.36, 3.25, 3.17, 3.11, 3.06, 3.02, 2.98, 2.95, 2.93, 2.9, 2.88, 2.87, 2.85,
  2.84, 2.82, 2.81, 2.8, 2.79, 2.78, 2.78, 2.77, 2.76, 2.75,
];

/**
 * Whether values are really larger (1) or smaller (-1) than others, or differ by no more than worlds do (0).
 *
 * Both are paired by world. The mean of the differences counts where it is larger than its standard error times the 1 %
 * point of Student's t (for 5 worlds 4.61, for more than 31 that of 31). From 5 worlds on, a difference also counts where
 * all values lie on one side of all references, which the mean may miss where one world is far from the others: 5 and 5
 * values of the same distribution do so in one case of 126. Together, hardly more than one comparison in a hundred finds a
 * difference where there is none. A difference that is the same in all worlds counts however small it is; so does any
 * difference of one world, whose spread is not known. Where a value is always one of two, three worlds agree by chance in
 * one case of 32, five in one of 512.
 *
 * @param values one a world
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
 * How values stand to others in the same worlds: `=` the same in each world; `~` no real difference, what there is, is within
 * what the worlds differ by; `<` really smaller, `>` really larger (`realDifference`).
 */
export type Relation = "=" | "~" | "<" | ">";

/** What the mark `~` in a table means. */
export const WITHIN_SPREAD_LEGEND = "~ no difference: what there is, is within what the worlds differ by";

/**
 * How values stand to others; the one place that decides which marks tables have.
 * @param values one a world
 * @param references in the same worlds
 */
export function relationOf(values: readonly number[], references: readonly number[]): Relation {
  const sign = realDifference(values, references);
  if (sign !== 0) return sign < 0 ? "<" : ">";
  return values.every((value, i) => value === references[i]) ? "=" : "~";
}

/** The mark of a relation that is no real difference; null: there is one. */
export const markOf = (relation: Relation): "=" | "~" | null =>
  relation === "=" || relation === "~" ? relation : null;

/** The sign of a real difference; 0: there is none. */
export const signOf = (relation: Relation): -1 | 0 | 1 => (relation === "<" ? -1 : relation === ">" ? 1 : 0);

/** The least number of worlds in which values that do not overlap count as a difference. */
const APART_WORLDS = 5;

/** Whether all values lie on one side of all references. */
function areApart(values: readonly number[], references: readonly number[]): boolean {
  if (values.length < APART_WORLDS) return false;
  return Math.min(...values) > Math.max(...references) || Math.max(...values) < Math.min(...references);
}
