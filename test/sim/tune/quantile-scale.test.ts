import fc from "fast-check";
import { expect, test } from "vitest";
import { quantileScale } from "../../../src/sim/tune/quantile-scale.ts";

test("a value's place is the part of all values below it, equal ones counting half", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 60, size: "max" }), (values) => {
      const scale = quantileScale(values);
      for (const value of values) {
        const less = values.filter((other) => other < value).length;
        const equal = values.filter((other) => other === value).length;
        expect(scale(value)).toBeCloseTo((less + equal / 2) / values.length, 12);
      }
    }),
  );
});

test("values in between have a place in between, others are at the ends", () => {
  const scale = quantileScale([10, 20, 20, 40]);
  // 10 is at 1/8, 20 at 1/2, 40 at 7/8.
  expect([5, 10, 15, 20, 30, 40, 41].map(scale)).toEqual([0, 0.125, 0.3125, 0.5, 0.6875, 0.875, 1]);
});
