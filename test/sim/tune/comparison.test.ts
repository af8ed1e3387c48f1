import { describe, expect, test } from "vitest";
import { DEFAULT_RATES, VMMEMCTL } from "../../../src/engine/index.ts";
import { type ComparedRates, changeOf, comparisonTable } from "../../../src/sim/cli/tune/format-comparison.ts";
import { OBJECTIVES } from "../../../src/sim/measures/objectives.ts";
import { compareObjective, gainOf } from "../../../src/sim/tune/comparison.ts";
import { type Relation, spreadOf } from "../../../src/sim/tune/spread.ts";

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

test("a comparison counts traces won and lost, and names that of the largest gain", () => {
  expect(compareObjective(LESS, inOneWorld(5, 9, 3, 20, 11), inOneWorld(10, 10, 3, 10, 10))).toEqual({
    wins: 2,
    losses: 2,
    best: { trace: 0, value: 5, reference: 10, gain: 0.5 },
    worst: { trace: 3, value: 20, reference: 10, gain: -0.5 },
  });
});

test("a comparison names the first trace of equal gains", () => {
  const { best, worst } = compareObjective(MORE, inOneWorld(4, 2, 1, 1), inOneWorld(2, 1, 2, 2));
  expect([best?.trace, worst?.trace]).toEqual([0, 2]);
});

test("a comparison without a difference has no winner", () => {
  const values = inOneWorld(1, 2);
  expect(compareObjective(LESS, values, values)).toEqual({ wins: 0, losses: 0, best: null, worst: null });
});

test("a trace with a difference within the noise of worlds is neither won nor lost; medians count for the others", () => {
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

test("compare marks a difference within the noise of worlds with ~, and prints a real one in per cent", () => {
  const trace = {
    trace: "a",
    name: "a",
    sha256: "",
    weight: 1,
    role: "tune",
    isRandom: false,
    sampleSeconds: null,
  } as const;
  /** Rates that have these values in the first two objectives, one a world, and 0 in all others. */
  const ratesOf = (
    name: string,
    values: readonly (readonly number[])[],
    relations: readonly Relation[],
  ): ComparedRates => {
    const spreads = OBJECTIVES.map((_, i) => spreadOf(values.map((own) => own[i] ?? 0)));
    return {
      name,
      driver: VMMEMCTL.name,
      rates: DEFAULT_RATES,
      params: VMMEMCTL.params,
      runs: values.map((own, i) => ({
        trace: 0,
        seed: 0,
        world: i + 1,
        values: OBJECTIVES.map((_, k) => own[k] ?? 0),
      })),
      spreads,
      byTrace: [spreads],
      relations: OBJECTIVES.map((_, i) => relations[i] ?? "="),
      against: name === "default" ? null : OBJECTIVES.map(() => ({ wins: 0, losses: 0, best: null, worst: null })),
    };
  };
  const before = ratesOf(
    "default",
    [
      [10, 10],
      [20, 10],
      [30, 10],
    ],
    [],
  );
  const after = ratesOf(
    "best.json",
    [
      [11, 15],
      [22, 15],
      [29, 15],
    ],
    ["~", ">"],
  );
  const comparison = {
    traces: [trace],
    whatIf: "",
    whatIfByTrace: [""],
    seeds: ["1"],
    worlds: 3,
    aggregate: "mean",
    rates: [before, after],
  };
  const rows = comparisonTable(comparison).split("\n");
  const row = (objective: number) => rows.find((line) => line.startsWith(OBJECTIVES[objective]?.name ?? "?"));
  expect(row(0)).toMatch(/22 \[11 \.\. 29\] \(~\)$/);
  expect(row(1)).toMatch(/15 \(\+50 %\)$/);
});

test.each([
  ["=", 5, 5, "="],
  ["~", 5, 5, "~"],
  ["~", 6, 5, "~"],
  [">", 6, 5, "+20 %"],
  ["<", 4, 5, "-20 %"],
  [">", 5, 5, "+0.00 %"],
  ["<", 5, 5, "-0.00 %"],
  [">", 3, 0, "+3"],
] as const)("a change that is %s, from %d to %d, is %s", (relation, value, reference, text) => {
  expect(changeOf(relation, value, reference)).toBe(text);
});
