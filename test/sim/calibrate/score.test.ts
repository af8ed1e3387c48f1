import { expect, test } from "vitest";
import { scoreOf, within } from "../../../src/sim/calibrate/score.ts";
import type { Scenario } from "../../../src/sim/fidelity/scenario.ts";

/** A scenario with these errors of its curves, each with the limit 0.1. */
const scenario = (errors: readonly number[], targets: readonly boolean[] = [], isOomWithin = true): Scenario =>
  ({
    curves: errors.map((error) => ({ error, limit: 0.1, isWithin: error <= 0.1 })),
    targets: targets.map((isWithin) => ({ isWithin })),
    oom: { isWithin: isOomWithin },
  }) as unknown as Scenario;

test("the score is the mean of ln(1 + error / limit) over the curves of all scenarios", () => {
  expect(scoreOf([scenario([0, 0])])).toBe(0);
  expect(scoreOf([scenario([0.1]), scenario([0.3])])).toBeCloseTo((Math.log(2) + Math.log(4)) / 2, 12);
});

test("the score does not saturate: a smaller error is better, however large it is", () => {
  expect(scoreOf([scenario([300])])).toBeGreaterThan(scoreOf([scenario([290])]) + 0.03);
});

test("a wrong time to a target, or a wrong result of OOM kills, costs as much as a curve that is off by 19 limits", () => {
  const one = scoreOf([scenario([1.9, 0])]);
  expect(scoreOf([scenario([0, 0], [true, false])])).toBeCloseTo(one, 12);
  expect(scoreOf([scenario([0, 0], [true], false)])).toBeCloseTo(one, 12);
});

test("counts what is within its limits", () => {
  const scenarios = [scenario([0, 0.2], [true, false]), scenario([0], [], false)];
  expect(within(scenarios)).toEqual({ curves: 2, ofCurves: 3, results: 2, ofResults: 4 });
});
