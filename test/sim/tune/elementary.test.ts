import fc from "fast-check";
import { expect, test } from "vitest";
import { exp, ln } from "../../../src/sim/tune/elementary.ts";

/** How many doubles lie between two values, both finite and of one sign. */
function distance(a: number, b: number): number {
  const bits = new DataView(new ArrayBuffer(8));
  const place = (x: number) => {
    bits.setFloat64(0, Math.abs(x));
    return bits.getBigInt64(0);
  };
  return Number(place(a) - place(b));
}

const anyPositive = fc.double({ min: 5e-324, noNaN: true, noDefaultInfinity: true });

test("logarithms are within two units in the last place", () => {
  fc.assert(
    fc.property(fc.oneof(anyPositive, fc.double({ min: 0.5, max: 2, noNaN: true })), (x) => {
      expect(Math.abs(distance(ln(x), Math.log(x)))).toBeLessThanOrEqual(2);
    }),
    { numRuns: 5000 },
  );
});

test("exponentials are within two units in the last place", () => {
  const anywhere = fc.double({ min: -745, max: 709.7, noNaN: true });
  fc.assert(
    fc.property(fc.oneof(anywhere, fc.double({ min: -1, max: 1, noNaN: true })), (x) => {
      expect(Math.abs(distance(exp(x), Math.exp(x)))).toBeLessThanOrEqual(2);
    }),
    { numRuns: 5000 },
  );
});

// What samplers propose hangs on every bit: these are what the routines gave when they were written.
test.each([
  [ln, 3, 1.0986122886681096],
  [ln, 262144.5, 12.47665115742583],
  [ln, 1, 0],
  [ln, 0, Number.NEGATIVE_INFINITY],
  [ln, -1, Number.NaN],
  [ln, Number.NaN, Number.NaN],
  [ln, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [ln, 5e-324, -744.4400719213812],
  [exp, 0.3, 1.3498588075760032],
  [exp, -20.5, 1.2501528663867428e-9],
  [exp, 500.25, 1.8022480823881607e217],
  [exp, 0, 1],
  [exp, -800, 0],
  [exp, 800, Number.POSITIVE_INFINITY],
  [exp, Number.NaN, Number.NaN],
])("known values, to the last bit (%#)", (f, x, value) => {
  expect(f(x)).toBe(value);
});
