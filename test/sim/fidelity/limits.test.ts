import { expect, test } from "vitest";
import { CURVE_IDS, CURVES } from "../../../src/sim/fidelity/curves.ts";
import { recordedScenarios } from "../../support/pages/fidelity-page.ts";

/** The mean of the two middle ones of an even number of values. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[sorted.length / 2 - 1] as number) + (sorted[sorted.length / 2] as number)) / 2;
}

test("a curve's usual noise is the median of its noise over the 26 recorded scenarios", () => {
  const scenarios = recordedScenarios();
  expect(scenarios.length).toBe(26);
  for (const id of CURVE_IDS) {
    const noises = scenarios.flatMap(({ curves }) => curves.filter(({ kind }) => kind.id === id));
    expect(noises.every(({ isNoiseUsual }) => !isNoiseUsual)).toBe(true);
    expect(CURVES.get(id)?.usualNoise, id).toBeCloseTo(median(noises.map(({ noise }) => noise)), 4);
  }
});
