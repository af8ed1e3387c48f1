import { describe, expect, test } from "vitest";
import { compareObjective, gainOf } from "../../../src/sim/tune/comparison.ts";

const LESS = { better: "less" } as const;
const MORE = { better: "more" } as const;

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
  expect(compareObjective(LESS, [5, 9, 3, 20, 11], [10, 10, 3, 10, 10])).toEqual({
    wins: 2,
    losses: 2,
    best: { trace: 0, value: 5, reference: 10, gain: 0.5 },
    worst: { trace: 3, value: 20, reference: 10, gain: -0.5 },
  });
});

test("of equal gains the first trace is named", () => {
  const { best, worst } = compareObjective(MORE, [4, 2, 1, 1], [2, 1, 2, 2]);
  expect([best?.trace, worst?.trace]).toEqual([0, 2]);
});

test("where nothing differs nobody wins", () => {
  expect(compareObjective(LESS, [1, 2], [1, 2])).toEqual({ wins: 0, losses: 0, best: null, worst: null });
});
