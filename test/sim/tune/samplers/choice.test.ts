import { expect, test } from "vitest";
import { VMMEMCTL } from "../../../../src/engine/index.ts";
import { parseSpace } from "../../../../src/sim/tune/parse-space.ts";
import { createSampler } from "../../../../src/sim/tune/samplers/index.ts";
import type { Point } from "../../../../src/sim/tune/types.ts";
import { outcome } from "../../../support/generators/spaces.ts";

const seeds = Array.from({ length: 20 }, (_, i) => String(i));
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

test("NSGA-II takes as parent the better one of two that are drawn", () => {
  const space = parseSpace(VMMEMCTL, [
    "nosleep-alloc-max=64..65536",
    "alloc-max=64..65536",
    "free-max=64..65536",
    "free-inc=1..999",
  ]);
  const unitOf = ([value]: Point): number => space.axes[0]?.unitOf(value as number) as number;
  // Ranks go up with the first constant. The survivors lie evenly in its lower half: the better of two lies at 1/6, the worse
  // at 1/3. One of four children has it mutated.
  const children = seeds.flatMap((seed) => {
    const sampler = createSampler("nsga2", { space, seed, batch: 32 });
    for (let batch = 0; batch < 2; batch++) {
      sampler.tell(sampler.ask(32).map((point) => outcome(point, [unitOf(point)])));
    }
    return sampler.ask(32).map(unitOf);
  });
  expect(mean(children)).toBeLessThan(1 / 4);
});

test("TPE keeps away from candidates that are out in the same batch, even near good ones", () => {
  const space = parseSpace(VMMEMCTL, ["alloc-max=64..65536"]);
  const unitOf = ([value]: Point): number => space.axes[0]?.unitOf(value as number) as number;
  const distances = Array.from({ length: 100 }, (_, i) => String(i)).flatMap((seed) => {
    const sampler = createSampler("tpe", { space, seed, batch: 8 });
    sampler.tell(sampler.ask(2).map((point) => outcome(point, [Math.abs(unitOf(point) - 0.5)])));
    // Fourteen more points of a Sobol sequence, which nothing is known of, and one that is chosen.
    const points = sampler.ask(15).map(unitOf);
    const chosen = points[14] as number;
    return [Math.min(...points.slice(0, 14).map((out) => Math.abs(out - chosen)))];
  });
  expect(mean(distances)).toBeGreaterThan(0.017);
});
