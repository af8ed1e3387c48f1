import { describe, expect, test } from "vitest";
import { compareObjective, gainOf } from "../../../src/sim/tune/comparison.ts";

const LESS = { better: "less" } as const;
const MORE = { better: "more" } as const;

/** Values of traces that were run in one world. */
const inOneWorld = (...values: readonly number[]): number[][] => values.map((value) => [value]);

describe("the gain over a reference", () => {
  test.each([
    [LESS, 5, 10, 0.5],
    [LESS, 10, 5, -0.5],
    [MORE, 5, 10, -0.5],
    [MORE, 10, 5, 0.5],
    [LESS, 0, 7, 1],
    [LESS, 7, 0, -1],
    [LESS, 0, 0, 0],
  ])("where %j is better, of %d over %d", ({ better }, value, reference, gain) => {
    expect(gainOf(better, value, reference)).toBe(gain);
  });
});

test("traces are won and lost, most where the gain is largest", () => {
  expect(compareObjective(LESS, inOneWorld(5, 9, 3, 20, 11), inOneWorld(10, 10, 3, 10, 10))).toEqual({
    wins: 2,
    losses: 2,
    best: { trace: 0, value: 5, reference: 10, gain: 0.5 },
    worst: { trace: 3, value: 20, reference: 10, gain: -0.5 },
  });
});

test("of equal gains the first trace is named", () => {
  const { best, worst } = compareObjective(MORE, inOneWorld(4, 2, 1, 1), inOneWorld(2, 1, 2, 2));
  expect([best?.trace, worst?.trace]).toEqual([0, 2]);
});

test("where nothing differs nobody wins", () => {
  const values = inOneWorld(1, 2);
  expect(compareObjective(LESS, values, values)).toEqual({ wins: 0, losses: 0, best: null, worst: null });
});

test("a trace on which values differ by no more than worlds do is neither won nor lost; of the others medians count", () => {
  const noisy = [2.98, 2.51, 4.4, 4.46, 2.62];
  const alsoNoisy = [3.08, 3.33, 4.97, 2.75, 3.44];
  const long = [48.7, 49.8, 47.9, 45.9, 47.3];
  const short = [13.0, 13.6, 13.9, 13.4, 12.9];
  expect(compareObjective(LESS, [noisy, short], [alsoNoisy, long])).toMatchObject({
    wins: 1,
    losses: 0,
    best: { trace: 1, value: 13.4, reference: 47.9 },
    worst: null,
  });
  expect(compareObjective(MORE, [noisy, short], [alsoNoisy, long])).toMatchObject({ wins: 0, losses: 1 });
});
