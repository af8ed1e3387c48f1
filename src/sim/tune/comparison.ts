import { medianOf } from "../../common/statistics.ts";
import type { Objective } from "../measures/objectives.ts";
import { realDifference } from "./spread.ts";

/** The values of one set of rates and of its reference on one trace: medians over the worlds. */
export interface Difference {
  /** Index of the trace. */
  readonly trace: number;
  readonly value: number;
  readonly reference: number;
  /** The improvement, as a fraction of the larger of the two values: at most 1, negative for a deterioration. */
  readonly gain: number;
}

/** The comparison of rates with reference rates in one objective, over the same traces. */
export interface ObjectiveComparison {
  /** Number of traces on which they are significantly better, and significantly worse (`realDifference`). */
  readonly wins: number;
  readonly losses: number;
  /** Their largest win and their largest loss; null if there is none. */
  readonly best: Difference | null;
  readonly worst: Difference | null;
}

/**
 * Compares two sets of rates in one objective.
 * @param values of the rates: for each trace one value per world
 * @param references of the reference rates, on the same traces and in the same worlds
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

/**
 * The improvement of a value over a reference, as a fraction of the larger of the two: -1 to 1 if neither is negative.
 */
export function gainOf(better: Objective["better"], value: number, reference: number): number {
  if (value === reference) return 0;
  const difference = (value - reference) / Math.max(Math.abs(value), Math.abs(reference));
  return better === "less" ? -difference : difference;
}
