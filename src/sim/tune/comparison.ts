import type { Objective } from "../measures/objectives.ts";
import { medianOf, realDifference } from "./spread.ts";

/** How one set of rates does on one trace against the set that it is compared with: medians over the worlds. */
export interface Difference {
  /** Index of the trace. */
  readonly trace: number;
  readonly value: number;
  readonly reference: number;
  /** By how much it is better, as a part of the larger of the two: 1 at most, negative where it is worse. */
  readonly gain: number;
}

/** How rates do against others in one objective, over the same traces. */
export interface ObjectiveComparison {
  /** Traces on which they are really better, and worse (`realDifference`). */
  readonly wins: number;
  readonly losses: number;
  /** Where they win, and lose, most; null where they never do. */
  readonly best: Difference | null;
  readonly worst: Difference | null;
}

/**
 * Compares two sets of rates in one objective.
 * @param values of the rates, for each trace one a world
 * @param references of those that they are compared with, on the same traces and in the same worlds
 */
export function compareObjective(
  { better }: Pick<Objective, "better">,
  values: readonly (readonly number[])[],
  references: readonly (readonly number[])[],
): ObjectiveComparison {
  let wins = 0;
  let losses = 0;
  let best: Difference | null = null;
  let worst: Difference | null = null;
  values.forEach((own, trace) => {
    const others = references[trace] as readonly number[];
    if (realDifference(own, others) === 0) return;
    const [value, reference] = [medianOf(own), medianOf(others)];
    const gain = gainOf(better, value, reference);
    const difference: Difference = { trace, value, reference, gain };
    if (gain > 0) {
      wins++;
      if (best === null || gain > best.gain) best = difference;
    } else if (gain < 0) {
      losses++;
      if (worst === null || gain < worst.gain) worst = difference;
    }
  });
  return { wins, losses, best, worst };
}

/** By how much a value is better than another, as a part of the larger of the two: -1 to 1 where neither is negative. */
export function gainOf(better: Objective["better"], value: number, reference: number): number {
  if (value === reference) return 0;
  const difference = (value - reference) / Math.max(Math.abs(value), Math.abs(reference));
  return better === "less" ? -difference : difference;
}
