import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { geometric, randomStream } from "../../../src/sim/random/stream.ts";

describe("randomStream", () => {
  it("gives each component a stream of its own, the same for the same seed", () => {
    const draws = (seed: string, component: string) => Array.from({ length: 5 }, randomStream(seed, component));
    expect(draws("1", "host")).toEqual(draws("1", "host"));
    expect(draws("1", "host")).not.toEqual(draws("2", "host"));
    expect(draws("1", "host")).not.toEqual(draws("1", "unseed"));
    // Known draws: a trace means the same in every version.
    expect(draws("seed", "host").map((draw) => draw.toFixed(12))).toMatchInlineSnapshot(`
      [
        "0.927361254580",
        "0.252711122390",
        "0.838983308990",
        "0.967452375451",
        "0.439776074607",
      ]
    `);
  });
});

/** Upper 0.1 % point of the chi-square distribution, by degrees of freedom (Wilson and Hilferty's approximation). */
function chiSquareLimit(freedom: number): number {
  const k = 2 / (9 * freedom);
  return freedom * (1 - k + 3.0902 * Math.sqrt(k)) ** 3;
}

describe("geometric", () => {
  it.each([0.5, 0.25, 0.03])("is distributed as it should be, for p = %d", (p) => {
    const draws = 20_000;
    const random = randomStream("chi-square", String(p));
    // Bins that each expect at least ten draws; the last one takes the rest.
    const bins: { until: number; expected: number; seen: number }[] = [];
    for (let from = 0, left = 1; left * draws > 20; ) {
      let until = from;
      let mass = 0;
      while (mass * draws < 10) mass += p * (1 - p) ** until++;
      bins.push({ until, expected: mass * draws, seen: 0 });
      left -= mass;
      from = until;
    }
    const last = bins.at(-1) as (typeof bins)[number];
    last.expected += draws - bins.reduce((sum, bin) => sum + bin.expected, 0);
    last.until = Number.POSITIVE_INFINITY;
    for (let i = 0; i < draws; i++) {
      const drawn = geometric(p, random);
      (bins.find((bin) => drawn < bin.until) as (typeof bins)[number]).seen++;
    }
    const chiSquare = bins.reduce((sum, { expected, seen }) => sum + (seen - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(chiSquareLimit(bins.length - 1));
  });

  it("is the number of failures that one uniform draw stands for", () => {
    const uniform = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const probability = fc.double({ min: 1e-4, max: 1, noNaN: true });
    fc.assert(
      fc.property(uniform, probability, (draw, p) => {
        const trials = geometric(p, () => draw);
        // (1 - p)^trials >= u > (1 - p)^(trials + 1), but for rounding.
        const u = 1 - draw;
        expect((1 - p) ** trials).toBeGreaterThanOrEqual(u * (1 - 1e-9));
        expect((1 - p) ** (trials + 1)).toBeLessThanOrEqual(u * (1 + 1e-9));
      }),
      { numRuns: 2000 },
    );
  });

  it("never fails when success is certain, and ends when it is all but impossible", () => {
    expect(geometric(1, () => 0.999)).toBe(0);
    expect(geometric(1e-300, () => 0.5)).toBe(2 ** 31 - 1);
    expect(geometric(0.5, () => 0)).toBe(0);
  });
});
