import fc from "fast-check";
import { expect, test } from "vitest";
import { randomStream } from "../../../../src/sim/random/stream.ts";
import { crossover, mutate } from "../../../../src/sim/tune/samplers/variation.ts";
import { anySpace } from "../../../support/generators/spaces.ts";

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const draws = fc.integer().map((seed) => randomStream(String(seed), "test"));

test("children stay within the bounds", () => {
  fc.assert(
    fc.property(unit, unit, draws, (a, b, random) => {
      const child = crossover(a, b, random);
      expect(child).toBeGreaterThanOrEqual(-1e-9);
      expect(child).toBeLessThanOrEqual(1 + 1e-9);
      if (a === b) expect(child).toBe(a);
    }),
    { numRuns: 5000 },
  );
});

test("children are as far from the middle of their parents as these are, more or less, and on either side", () => {
  const random = randomStream("1", "test");
  const children = Array.from({ length: 4000 }, () => crossover(0.4, 0.6, random));
  const spreads = children.map((child) => Math.abs(child - 0.5) / 0.1).sort((a, b) => a - b);
  // Half of them contract and half expand, as crossing over binary digits does.
  expect(spreads[2000]).toBeCloseTo(1, 1);
  expect(spreads[0]).toBeLessThan(0.75);
  expect(spreads.at(-1)).toBeGreaterThan(1.3);
  expect(children.filter((child) => child < 0.5).length / 4000).toBeCloseTo(0.5, 1);
});

test("a mutation changes the value, mostly to one nearby, within the bounds", () => {
  fc.assert(
    fc.property(anySpace, unit, draws, (space, place, random) => {
      for (const axis of space.axes) {
        const moved = mutate(axis, place, random);
        expect(moved).toBeGreaterThanOrEqual(-1e-9);
        expect(moved).toBeLessThanOrEqual(1 + 1e-9);
        expect(axis.valueOf(moved)).not.toBe(axis.valueOf(place));
      }
    }),
    { numRuns: 1000 },
  );
});
