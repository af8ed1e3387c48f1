import fc from "fast-check";
import { expect, test } from "vitest";
import { inverse, multiply, times, transpose } from "../../../src/sim/calibrate/matrix.ts";

const entry = fc.integer({ min: -20, max: 20 });
/** A times its transpose, plus the identity: symmetric and positive definite. */
const definite = fc
  .integer({ min: 1, max: 5 })
  .chain((n) =>
    fc
      .array(fc.array(entry, { minLength: n, maxLength: n }), { minLength: n, maxLength: n })
      .map((a) => multiply(a, transpose(a)).map((row, i) => row.map((value, j) => value + (i === j ? 1 : 0)))),
  );

test("a matrix times its inverse is the identity", () => {
  fc.assert(
    fc.property(definite, (a) => {
      multiply(a, inverse(a)).forEach((row, i) => {
        row.forEach((value, j) => {
          expect(value).toBeCloseTo(i === j ? 1 : 0, 6);
        });
      });
    }),
  );
});

test("products have the rows of the first and the columns of the second", () => {
  expect(
    multiply(
      [[1, 2, 3]],
      [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
    ),
  ).toEqual([[4, 5]]);
  expect(
    times(
      [
        [1, 2],
        [3, 4],
      ],
      [1, -1],
    ),
  ).toEqual([-1, -1]);
});
