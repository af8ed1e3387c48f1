import { describe, expect, test } from "vitest";
import { VMMEMCTL } from "../../../src/engine/index.ts";
import { growTree, mainEffects } from "../../../src/sim/tune/forest.ts";
import { importanceOf, importanceOfStudy } from "../../../src/sim/tune/importance.ts";
import { defaultSpace } from "../../../src/sim/tune/parse-space.ts";
import { createSampler } from "../../../src/sim/tune/samplers/index.ts";
import type { Outcome, Point } from "../../../src/sim/tune/types.ts";
import { outcome } from "../../support/generators/spaces.ts";

const space = defaultSpace(VMMEMCTL);
const { parameters } = space;
type Goal = (...units: number[]) => number;
const scoreOf = (goal: Goal, point: Point) => goal(...space.axes.map((axis, i) => axis.unitOf(point[i] as number)));

/** Trials of a goal that is a function of the parameters' scales. */
function study(sampler: string, goal: Goal, trials: number, batch = 100) {
  const chooser = createSampler(sampler, { space, seed: "1", batch });
  const outcomes: Outcome[] = [outcome(space.referencePoint, [0])];
  while (outcomes.length <= trials) {
    const told = chooser.ask(batch).map((point) => outcome(point, [scoreOf(goal, point)]));
    chooser.tell(told);
    outcomes.push(...told);
  }
  const goals = [{ objective: "stall_full", direction: "minimize" as const }];
  return { header: { parameters, goals, sampler, batch }, outcomes };
}
const importance = (...args: Parameters<typeof study>) => importanceOfStudy(study(...args))[0];

// Minimums and maximums are bound to each other; the constants chosen here, 0, 3, 7 and 8, to none.
describe.each(["sobol", "random", "nsga2"])("trials of %s", (sampler) => {
  test("constants that act by themselves share the variance as they should", () => {
    // Variances of 9 : 1.
    const found = importance(sampler, (...u) => 3 * (u[0] as number) + (u[7] as number), 600);
    const others = found?.shares.filter((_, i) => i !== 0 && i !== 7) as number[];
    expect(found?.shares[0]).toBeGreaterThan(0.75);
    expect(found?.shares[7]).toBeGreaterThan(0.04);
    expect(found?.shares[7]).toBeLessThan(0.14);
    expect(Math.max(...others)).toBeLessThan(0.01);
    expect(found?.fit).toBeGreaterThan(0.9);
    expect([found?.matters[0], found?.matters[7]]).toEqual([true, true]);
  });

  test("constants that act only together are left over", () => {
    const found = importance(sampler, (...u) => ((u[0] as number) - 0.5) * ((u[3] as number) - 0.5), 1200);
    expect(found?.together).toBeGreaterThan(0.85);
    expect(found?.shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1 - (found?.together as number), 9);
  });
});

test("constants without effect have less importance than those with one", () => {
  const found = importance("sobol", (...u) => (u[0] as number) * (u[3] as number), 500);
  expect(found?.matters).toEqual([true, false, false, true, false, false, false, false, false]);
});

test("an outlier does not decide the importance", () => {
  const goal: Goal = (...u) => (u[0] as number) + ((u[8] as number) > 0.99 ? 1e9 : 0);
  expect(importance("sobol", goal, 500)?.shares[0]).toBeGreaterThan(0.9);
});

test("noise gives a low fit, and no constant is called idle", () => {
  // A value that hangs on the last digits of the point only.
  const found = importance("sobol", (...u) => (u.reduce((a, b) => a + b, 0) * 1e6) % 1, 300);
  expect(found?.fit).toBeLessThan(0.2);
  // What has not been understood is not called idle.
  expect(found?.matters.every(Boolean)).toBe(true);
});

test("too few trials, or equal ones, have no importance", () => {
  expect(importanceOf(parameters, [], [])).toBeNull();
  const { outcomes } = study("sobol", (...u) => u[0] as number, 19, 19);
  const points = outcomes.slice(1).map(({ point }) => point);
  expect(
    importanceOf(
      parameters,
      points,
      points.map((point) => point[0] as number),
    ),
  ).toBeNull();
  const more = study("sobol", () => 7, 100);
  expect(importanceOfStudy(more)).toEqual([null]);
});

test("trial 0 and trials that are not complete do not count", () => {
  const whole = study("sobol", (...u) => u[0] as number, 200);
  const [reference, ...rest] = whole.outcomes as [Outcome, ...Outcome[]];
  const broken: Outcome = {
    point: reference.point,
    values: [],
    violation: Number.POSITIVE_INFINITY,
    isComplete: false,
  };
  const dropped: Outcome = { ...reference, values: [1e6], isComplete: false };
  const outcomes = [{ ...reference, values: [-1e6] }, ...rest, broken, dropped];
  expect(importanceOfStudy({ ...whole, outcomes })).toEqual(importanceOfStudy(whole));
});

test("a tree's analysis of variance is that of the function it stands for", () => {
  // f = 2 where x < 1/4, else 4 where y < 1/2, else 8: by hand.
  const leaf = (low: number[], high: number[], value: number) => ({
    low: Float64Array.from(low),
    high: Float64Array.from(high),
    value,
  });
  const leaves = [leaf([0, 0], [0.25, 1], 2), leaf([0.25, 0], [1, 0.5], 4), leaf([0.25, 0.5], [1, 1], 8)];
  const mean = 0.25 * 2 + 0.375 * 4 + 0.375 * 8;
  const { total, effects } = mainEffects(leaves, 2);
  expect(total).toBeCloseTo(0.25 * (2 - mean) ** 2 + 0.375 * (4 - mean) ** 2 + 0.375 * (8 - mean) ** 2, 12);
  expect(effects[0]).toBeCloseTo(0.25 * (2 - mean) ** 2 + 0.75 * (6 - mean) ** 2, 12);
  expect(effects[1]).toBeCloseTo(0.5 * (3.5 - mean) ** 2 + 0.5 * (6.5 - mean) ** 2, 12);
});

test("a tree's leaves fill the cube, and it predicts what they say", () => {
  const random = (() => {
    let state = 1;
    return () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
  })();
  const columns = [0, 1].map(() => Float64Array.from({ length: 200 }, random));
  const values = Array.from({ length: 200 }, (_, i) => Math.floor(4 * (columns[0]?.[i] as number)));
  const tree = growTree(columns, values, Int32Array.from(values.keys()), random);
  const volume = tree.leaves.reduce(
    (sum, { low, high }) => sum + high.reduce((v, end, i) => v * (end - (low[i] as number)), 1),
    0,
  );
  expect(volume).toBeCloseTo(1, 9);
  values.forEach((_, row) => {
    const inside = tree.leaves.filter(({ low, high }) =>
      columns.every((xs, i) => (xs[row] as number) >= (low[i] as number) && (xs[row] as number) < (high[i] as number)),
    );
    expect(inside.map(({ value }) => value)).toEqual([tree.predict(row)]);
  });
  expect(tree.gains[0]).toBeGreaterThan(20 * (tree.gains[1] as number));
});
