import fc from "fast-check";
import { expect, test } from "vitest";
import { rowAt } from "../../../src/sim/report/page/row-at.ts";

test("the row at a time is the last one that is not later, or the first", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { minLength: 1 }), fc.integer({ min: -1, max: 21 }), (numbers, time) => {
      const times = numbers.toSorted((a, b) => a - b);
      expect(rowAt(times, time)).toBe(
        Math.max(
          0,
          times.findLastIndex((one) => one <= time),
        ),
      );
    }),
  );
  expect(rowAt([], 1)).toBe(0);
});
