import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { medianOf } from "../../../src/common/statistics.ts";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { ObjectiveMeter } from "../../../src/sim/measures/meter.ts";
import { OBJECTIVES } from "../../../src/sim/measures/objectives.ts";
import { type Random, randomStream } from "../../../src/sim/random/stream.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";
import { markOf, realDifference, relationOf, signOf, spreadOf } from "../../../src/sim/tune/spread.ts";

describe("the spread of a value", () => {
  test.each([
    [[3], { median: 3, lowest: 3, highest: 3 }],
    [[5, 1], { median: 3, lowest: 1, highest: 5 }],
    [[9, 1, 2], { median: 2, lowest: 1, highest: 9 }],
    [[10, 9, 1, 2], { median: 5.5, lowest: 1, highest: 10 }],
  ])("over %j", (values, spread) => {
    expect(spreadOf(values)).toEqual(spread);
  });

  test("has half of the values on each side of its median, in any order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 1, maxLength: 12 }), (values) => {
        const median = medianOf(values);
        expect(values.filter((value) => value < median).length).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((value) => value > median).length).toBeLessThanOrEqual(values.length / 2);
        expect(medianOf(values.toReversed())).toBe(median);
      }),
    );
  });
});

test.each([
  ["the same in each world", [1, 5, 9], [1, 5, 9], "=", "=", 0],
  ["within what the worlds differ by, though the medians are equal", [1, 5, 9], [9, 5, 1], "~", "~", 0],
  ["within what the worlds differ by", [1, 5, 9], [2, 4, 10], "~", "~", 0],
  ["really smaller", [1, 5, 9], [2, 6, 10], "<", null, -1],
  ["really larger", [2, 6, 10], [1, 5, 9], ">", null, 1],
  ["the same in one world", [3], [3], "=", "=", 0],
  ["larger in one world", [3.1], [3], ">", null, 1],
] as const)("values that are %s have one relation, mark and sign", (_, values, references, relation, mark, sign) => {
  expect(relationOf(values, references)).toBe(relation);
  expect([markOf(relation), signOf(relation)]).toEqual([mark, sign]);
});

describe("a difference", () => {
  test("of one world is the difference itself", () => {
    expect([realDifference([2], [1]), realDifference([1], [1]), realDifference([1], [1.5])]).toEqual([1, 0, -1]);
  });

  test("that is the same in all worlds is real, however small", () => {
    expect(realDifference([1, 2, 3, 4, 5], [0.5, 1.5, 2.5, 3.5, 4.5])).toBe(1);
    expect(realDifference([1, 2, 3], [1, 2, 3])).toBe(0);
  });

  test("is seen where each world by itself shows it, though the worlds differ by more", () => {
    const reference = [10, 20, 30, 40, 50];
    expect(realDifference([9, 19.1, 29.05, 39, 48.9], reference)).toBe(-1);
    // The same values, in another order: not the same worlds.
    expect(realDifference([19.1, 9, 39, 29.05, 48.9], reference)).toBe(0);
  });

  // The mean of 1, 2, 3, 4 and 5 is 3, its standard error the square root of 0.5: 4.24 of them. Of 2 to 6: 5.66.
  test("counts from 4.61 standard errors on, where there are five worlds", () => {
    const references = [0, 100, 200, 300, 400];
    const off = (differences: readonly number[]) => references.map((value, i) => value + (differences[i] as number));
    expect(realDifference(off([1, 2, 3, 4, 5]), references)).toBe(0);
    expect(realDifference(off([2, 3, 4, 5, 6]), references)).toBe(1);
    const at = 4.61 * Math.sqrt(0.5) - 3;
    expect(realDifference(off([1, 2, 3, 4, 5].map((x) => x + at - 1e-6)), references)).toBe(0);
    expect(realDifference(off([1, 2, 3, 4, 5].map((x) => x + at + 1e-6)), references)).toBe(1);
  });

  test("counts where five worlds lie apart from five, though one is so far out that the mean says nothing", () => {
    const low = [0.84, 0.81, 1.01, 0.9, 0.83];
    const high = [2.98, 3.24, 3.1, 3.3, 10.8];
    expect([realDifference(high, low), realDifference(low, high)]).toEqual([1, -1]);
    expect(realDifference(high, [...low.slice(0, 4), 2.99])).toBe(0);
    expect(realDifference(high.slice(1), low.slice(1))).toBe(0);
  });

  test("does not depend on the unit, and has another sign the other way round", () => {
    const list = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(list, list, (values, references) => {
        const difference = realDifference(values, references);
        // Not -0.
        expect(realDifference(references, values)).toBe(0 - difference);
        const scaled = (some: number[]) => some.map((value) => value * 1024);
        expect(realDifference(scaled(values), scaled(references))).toBe(difference);
      }),
    );
  });
});

/** The middle of twelve draws: nearly normal, with deviation 1. */
const normal = (random: Random): number => Array.from({ length: 12 }, random).reduce((a, b) => a + b, -6);

/** How worlds may differ: what one value of a noise is, of deviation about 1. */
const NOISES: readonly [string, (random: Random) => number][] = [
  ["normal", normal],
  ["evenly spread", (random) => random() * Math.sqrt(12)],
  ["one of two values", (random) => (random() < 0.5 ? 0 : 2)],
  ["with long tails", (random) => normal(random) * (random() < 0.1 ? 5 : 0.8)],
  ["lopsided", (random) => -3 * Math.sqrt(random())],
];

/** In how many of so many comparisons of two sets of worlds, of which one lies higher by `effect`, a difference is seen. */
function seen(noise: (random: Random) => number, worlds: number, effect: number, comparisons: number): number {
  const random = randomStream("spread", "noise");
  const draw = () => Array.from({ length: worlds }, () => noise(random));
  let count = 0;
  for (let i = 0; i < comparisons; i++) {
    const values = draw().map((value) => value + effect);
    if (realDifference(values, draw()) !== 0) count++;
  }
  return count / comparisons;
}

describe("where worlds differ by a noise that is", () => {
  test.each(NOISES)(
    "%s, hardly more than one comparison in a hundred of equal values sees a difference",
    (_, noise) => {
      for (const worlds of [5, 10, 40]) expect(seen(noise, worlds, 0, 20_000)).toBeLessThan(0.018);
    },
  );

  test("normal, so it is with two or three worlds", () => {
    for (const worlds of [2, 3]) expect(seen(normal, worlds, 0, 20_000)).toBeLessThan(0.014);
  });

  test.each(NOISES)("%s, five worlds nearly always see a difference of six deviations", (_, noise) => {
    expect(seen(noise, 5, 6, 2000)).toBeGreaterThan(0.75);
  });

  test("normal, ten worlds see half of what five do", () => {
    expect(seen(normal, 5, 4, 2000)).toBeGreaterThan(0.7);
    expect(seen(normal, 10, 2, 2000)).toBeGreaterThan(0.7);
  });

  // Two seeds draw different worlds of the same run: there is no difference between them, whatever the simulated guest does.
  test("the simulation's, equal rates hardly ever seem different", () => {
    const SETS = 24;
    const sets = Array.from({ length: SETS }, (_, seed) =>
      [2, 3, 4, 5, 6].map((world) => {
        const meter = new ObjectiveMeter();
        new Simulation(openTrace("spike"), { rates: DEFAULT_RATES, seed: String(seed), world }, meter).run();
        return meter.values;
      }),
    );
    let count = 0;
    let alarms = 0;
    OBJECTIVES.forEach((_, objective) => {
      const of = (set: number) => (sets[set] as (readonly number[])[]).map((values) => values[objective] as number);
      for (let a = 0; a < SETS; a++) {
        for (let b = 0; b < a; b++) {
          count++;
          if (realDifference(of(a), of(b)) !== 0) alarms++;
        }
      }
    });
    expect(alarms / count).toBeLessThan(0.02);
  });
});
