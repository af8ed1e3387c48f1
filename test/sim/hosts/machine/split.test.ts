import fc from "fast-check";
import { expect, test } from "vitest";
import { split } from "../../../../src/sim/hosts/machine/split.ts";

test("parts are whole, none is larger than its weight, and they add up", () => {
  fc.assert(
    fc.property(fc.nat(1e9), fc.array(fc.integer({ min: -5, max: 1e7 }), { maxLength: 30 }), (total, weights) => {
      const parts = split(total, weights);
      const sum = weights.reduce((all, weight) => all + Math.max(0, weight), 0);
      expect(parts.reduce((all, part) => all + part, 0)).toBe(Math.min(total, sum));
      parts.forEach((part, i) => {
        expect(Number.isInteger(part) && part >= 0 && part <= Math.max(0, weights[i] as number)).toBe(true);
      });
    }),
  );
});

test("parts are in proportion to the weights, to a page", () => {
  expect(split(10, [1000, 3000])).toEqual([2, 8]);
  expect(split(100, [1000, 3000])).toEqual([25, 75]);
});
