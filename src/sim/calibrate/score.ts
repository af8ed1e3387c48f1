import type { RunComparison } from "../fidelity/compare.ts";
import { type Scenario, scenariosOf } from "../fidelity/scenario.ts";
import { ln } from "../tune/elementary.ts";

/** Share in the score of a wrong time to a target or a wrong result of OOM kills: as a curve that is off by 19 limits. */
const WRONG = ln(20);

/**
 * How far replays are from the recorded runs: the mean over the curves of ln(1 + error / limit); each wrong time to a
 * target, and each scenario with a wrong result of OOM kills, adds a fixed term. 0: equal. It does not saturate, so
 * that a search finds its way from costs that are far off; and a curve that the model can't reproduce counts little
 * more than one that is a few limits off.
 */
export function scoreOf(scenarios: readonly Scenario[]): number {
  let sum = 0;
  let curves = 0;
  for (const scenario of scenarios) {
    for (const { error, limit } of scenario.curves) sum += ln(1 + error / limit);
    curves += scenario.curves.length;
    const wrong = scenario.targets.filter(({ isWithin }) => !isWithin).length + (scenario.oom.isWithin ? 0 : 1);
    sum += wrong * WRONG;
  }
  return sum / Math.max(1, curves);
}

/** The score of compared runs. */
export const scoreOfRuns = (comparisons: readonly RunComparison[]): number => scoreOf(scenariosOf(comparisons));

/** Numbers of what is within its limits. */
export interface Within {
  readonly curves: number;
  readonly ofCurves: number;
  /** Times to a target, and results of OOM kills. */
  readonly results: number;
  readonly ofResults: number;
}

/** Counts the curves and results that are within their limits. */
export function within(scenarios: readonly Scenario[]): Within {
  const curves = scenarios.flatMap((scenario) => scenario.curves);
  const results = scenarios.flatMap(({ targets, oom }) => [...targets, oom]);
  const count = (of: readonly { readonly isWithin: boolean }[]) => of.filter(({ isWithin }) => isWithin).length;
  return { curves: count(curves), ofCurves: curves.length, results: count(results), ofResults: results.length };
}
