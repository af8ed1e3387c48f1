import { describe, expect, test } from "vitest";
import { VMMEMCTL } from "../../../../src/engine/index.ts";
import { ParetoFront } from "../../../../src/sim/tune/pareto.ts";
import { defaultSpace } from "../../../../src/sim/tune/parse-space.ts";
import { createSampler, samplerNamed } from "../../../../src/sim/tune/samplers/index.ts";
import type { Outcome, Point } from "../../../../src/sim/tune/types.ts";
import { outcome } from "../../../support/generators/spaces.ts";

const space = defaultSpace(VMMEMCTL);
const unitsOf = (point: Point) => space.axes.map((axis, i) => axis.unitOf(point[i] as number));

/** Where a value lies between the lowest and the highest of its parameter, on its scale. */
const heightsOf = (point: Point) =>
  space.axes.map((axis, i) => {
    const lowest = axis.unitOf(axis.parameter.min);
    return (axis.unitOf(point[i] as number) - lowest) / (axis.unitOf(axis.parameter.max) - lowest);
  });

/** The problem ZDT1 (Zitzler, Deb, Thiele 2000) on the parameters' scales: its front is f2 = 1 - sqrt(f1), 0 <= f1 <= 1. */
function zdt1(point: Point): Outcome {
  const [first, ...others] = heightsOf(point) as [number, ...number[]];
  const g = 1 + (9 * others.reduce((sum, height) => sum + height, 0)) / others.length;
  return outcome(point, [first, g * (1 - Math.sqrt(first / g))]);
}

/** A bowl around the driver's own rates, with a requirement that forbids half of the space. */
function bowl(point: Point): Outcome {
  const best = unitsOf(space.referencePoint);
  const units = unitsOf(point);
  const distance = units.reduce((sum, unit, i) => sum + (unit - (best[i] as number)) * (unit - (best[i] as number)), 0);
  return outcome(point, [Math.sqrt(distance)], Math.max(0, (units[1] as number) - (best[1] as number) - 0.05));
}

function search(name: string, problem: (point: Point) => Outcome, trials: number, seed: string): ParetoFront {
  const { batch } = samplerNamed(name);
  const sampler = createSampler(name, { space, seed, batch });
  const front = new ParetoFront();
  for (let trial = 0; trial < trials; ) {
    const outcomes = sampler.ask(Math.min(batch, trials - trial)).map(problem);
    for (const result of outcomes) front.add(trial++, result);
    sampler.tell(outcomes);
  }
  return front;
}

/** The area between a front of two goals and the point (1, 2). */
function hypervolume({ members }: ParetoFront): number {
  let area = 0;
  let above = 2;
  for (const { values } of members) {
    const [x, y] = values as [number, number];
    if (x >= 1 || y >= above) continue;
    area += (1 - x) * (above - y);
    above = y;
  }
  return area;
}

/** That of the true front: 2 less the integral of 1 - sqrt(x). */
const BEST = 2 - 1 / 3;
const SEEDS = ["1", "2", "3"];
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const volumes = (name: string, trials: number) =>
  mean(SEEDS.map((seed) => hypervolume(search(name, zdt1, trials, seed))));
const lows = (name: string, trials: number) =>
  mean(SEEDS.map((seed) => search(name, bowl, trials, seed).members[0]?.values[0] ?? Number.POSITIVE_INFINITY));

describe("two goals", () => {
  test("NSGA-II comes near the true front, where random search does not", () => {
    const found = volumes("nsga2", 3000);
    expect(found).toBeGreaterThan(0.97 * BEST);
    expect(volumes("random", 3000)).toBeLessThan(0.5 * found);
  });

  test("TPE is ahead of random search with ten times its trials", () => {
    expect(volumes("tpe", 200)).toBeGreaterThan(volumes("random", 2000));
  });
});

describe("one goal, half of the space forbidden", () => {
  test("TPE is ahead of random search with five times its trials", () => {
    expect(lows("tpe", 150)).toBeLessThan(lows("random", 750));
  });

  test("NSGA-II is ahead of random search with five times its trials", () => {
    expect(lows("nsga2", 1000)).toBeLessThan(lows("random", 5000));
  });
});
