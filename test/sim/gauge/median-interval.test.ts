import { describe, expect, it } from "vitest";
import { medianInterval } from "../../../src/sim/gauge/median-interval.ts";
import { randomStream } from "../../../src/sim/random/stream.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe("the interval of a median", () => {
  it.each([
    // Coverage is 1 - 2 P(B < k) for B binomial with n values and p = 1/2.
    [1, { median: 1, low: 1, high: 1, coverage: 0 }],
    [3, { median: 2, low: 1, high: 3, coverage: 1 - 2 / 8 }],
    [4, { median: 2.5, low: 1, high: 4, coverage: 1 - 2 / 16 }],
    [5, { median: 3, low: 1, high: 5, coverage: 1 - 2 / 32 }],
    [8, { median: 4.5, low: 2, high: 7, coverage: 1 - (2 * 9) / 256 }],
    [20, { median: 10.5, low: 6, high: 15, coverage: 1 - (2 * 21_700) / 2 ** 20 }],
  ])("of %i values", (count, expected) => {
    expect(medianInterval(upTo(count).reverse())).toEqual({ ...expected, count });
  });

  it("may be wider", () => {
    expect(medianInterval(upTo(20), 0.99)).toMatchObject({ low: 4, high: 17 });
  });

  it("has its coverage for the most values that a measurement has", () => {
    const { low, high, coverage } = medianInterval(upTo(1000));
    // The normal approximation: 500.5 ± (1.645 √1000 / 2 + 0.5).
    expect([low, high]).toEqual([474, 527]);
    expect(coverage).toBeGreaterThanOrEqual(0.9);
    expect(coverage).toBeLessThan(0.91);
  });

  it("contains the true median of a skewed distribution as often as it says", () => {
    const random = randomStream("gauge", "median");
    let inside = 0;
    for (let trial = 0; trial < 1000; trial++) {
      // 1 / u has the median 2, and no mean.
      const { low, high } = medianInterval(Array.from({ length: 15 }, () => 1 / random()));
      if (low <= 2 && 2 <= high) inside++;
    }
    // 96.5 % for 15 values, give or take three standard deviations.
    expect(Math.abs(inside / 1000 - 0.965)).toBeLessThan(0.018);
  });

  it("needs values", () => {
    expect(() => medianInterval([])).toThrow(RangeError);
  });
});
