import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runTrace } from "../../../src/sim/core.ts";
import { OBJECTIVES } from "../../../src/sim/measures/objectives.ts";
import type { Summary } from "../../../src/sim/output/summary.ts";
import { RANK_FIGURES, rankFigure, shortFigure } from "../../../src/sim/output/triage/figures.ts";
import { spreadIn } from "../../../src/sim/output/triage/spread.ts";
import {
  groupsOf,
  parseTriage,
  parseWarning,
  type TriageChoice,
  triage,
} from "../../../src/sim/output/triage/triage.ts";

/** A summary of which the ranking looks at these figures. */
function summaryWith(figures: { kills?: number; full?: number; area?: number; changes?: number; reached?: number }) {
  const { kills = 0, full = 0, area = 0, changes = 1, reached = changes } = figures;
  const values = { oom_kills: kills, stall_full: full, reclaimed_area: area, unreached: changes - reached };
  return {
    oomKills: kills,
    changes,
    changesReached: reached,
    largestInflation: null,
    isLoaded: true,
    objectives: OBJECTIVES.map(({ name }) => values[name as keyof typeof values] ?? 0),
  } as unknown as Summary;
}

/** A summary of which the largest inflation took a time, in seconds; null: it did not reach its target. */
const inflationOf = (s: number | null): Summary =>
  ({
    ...summaryWith({ changes: 1, reached: s === null ? 0 : 1 }),
    largestInflation: { timeToTargetUs: s === null ? null : s * 1e6 },
  }) as unknown as Summary;

const order = (cases: readonly (readonly Summary[])[], choice: TriageChoice) =>
  triage(cases, choice).map(({ index }) => index);

describe("the order of runs", () => {
  const choice = parseTriage(undefined, undefined);

  test("is by kills first, then by full stall, then by targets that were not reached", () => {
    const cases = [
      summaryWith({ full: 9 }),
      summaryWith({ kills: 1 }),
      summaryWith({ changes: 4, reached: 1 }),
      summaryWith({ full: 9, changes: 2, reached: 1 }),
      summaryWith({}),
    ].map((summary) => [summary]);
    expect(order(cases, choice)).toEqual([1, 3, 0, 2, 4]);
  });

  test("is by another figure if one is chosen, in the direction that is worse", () => {
    const cases = [3, 1, 2].map((area) => [summaryWith({ area })]);
    expect(order(cases, parseTriage("reclaimed_area", undefined))).toEqual([1, 2, 0]);
    const stalled = [3, 1, 2].map((full) => [summaryWith({ full })]);
    expect(order(stalled, parseTriage("stall_full", undefined))).toEqual([0, 2, 1]);
  });

  test("has runs without a value last, and equal ones as they were given", () => {
    const cases = [summaryWith({}), summaryWith({}), summaryWith({})].map((summary) => [summary]);
    const slow = { ...summaryWith({}), largestInflation: { timeToTargetUs: 5 } } as unknown as Summary;
    expect(order([...cases, [slow]], parseTriage("largest_inflation_time_to_target_s", undefined))).toEqual([
      3, 0, 1, 2,
    ]);
  });

  test("counts a target that was not reached as the slowest, in the median over worlds too", () => {
    const cases = [[inflationOf(5)], [inflationOf(null)], [inflationOf(7)], [summaryWith({})]];
    const bySlowest = parseTriage("largest_inflation_time_to_target_s", undefined);
    expect(order(cases, bySlowest)).toEqual([1, 2, 0, 3]);
    const worlds = (...all: (number | null)[]) => all.map(inflationOf);
    expect(order([worlds(9, 9, 9), worlds(1, null, null), worlds(null, 1, 2)], bySlowest)).toEqual([1, 0, 2]);
  });

  test("is by the median over worlds", () => {
    const worlds = (...all: number[]) => all.map((full) => summaryWith({ full }));
    expect(order([worlds(0, 1, 100), worlds(2, 2, 2)], choice)).toEqual([1, 0]);
  });
});

test("a condition is one of a trace if it holds in one of its worlds", () => {
  const choice = parseTriage(undefined, ["stall_full > 1s", "oom_kills > 0"]);
  const cases = [
    [summaryWith({ full: 1 }), summaryWith({ full: 1.5 })],
    [summaryWith({ full: 1 }), summaryWith({ full: 1 })],
    [summaryWith({}), summaryWith({ kills: 2, changes: 3, reached: 2 })],
  ];
  const ranked = triage(cases, choice);
  expect(Object.fromEntries(ranked.map(({ index, warned }) => [index, warned]))).toEqual({ 0: [0], 1: [], 2: [1] });
  expect(groupsOf(ranked, choice).map(({ title, cases }) => [title, cases.map(({ index }) => index)])).toEqual([
    ["with OOM kills", [2]],
    ["with stall_full > 1s", [0]],
    ["with oom_kills > 0", [2]],
    ["that missed a target", [2]],
  ]);
});

describe("a time to a target that was not reached", () => {
  const name = "largest_inflation_time_to_target_s";

  test("is longer than any, and a run without an inflation has none", () => {
    const choice = parseTriage(undefined, [`${name} > 1m`, `${name} < 1m`]);
    const cases = [[inflationOf(null)], [inflationOf(59)], [inflationOf(61)], [summaryWith({})]];
    const warned = triage(cases, choice).map(({ index, warned }) => [index, warned] as const);
    expect(new Map(warned)).toEqual(
      new Map([
        [0, [0]],
        [1, [1]],
        [2, [0]],
        [3, []],
      ]),
    );
  });

  test("is told beside the times of the worlds that reached it", () => {
    const figure = rankFigure(name);
    expect(spreadIn(figure, [5, null, 7, null].map(inflationOf))).toMatchObject({
      ...{ rank: Number.POSITIVE_INFINITY, median: 6, lowest: 5, highest: 7, none: 2, worlds: 4 },
    });
    expect(spreadIn(figure, [inflationOf(null)])).toMatchObject({ median: Number.NaN, none: 1 });
    expect(spreadIn(figure, [summaryWith({})]).rank).toBe(Number.NaN);
  });

  test("makes the mean time a lower bound", () => {
    const isBound = (...worlds: Summary[]) => spreadIn(rankFigure("time_to_target"), worlds).isBound;
    expect([isBound(inflationOf(5), inflationOf(6)), isBound(inflationOf(5), inflationOf(null))]).toEqual([
      false,
      true,
    ]);
  });
});

describe("conditions", () => {
  test("mean the same in any unit of the figure", () => {
    expect(parseWarning(" stall_full  >  1m ")).toEqual({
      figure: "stall_full",
      relation: ">",
      bound: 60,
      text: "stall_full > 1m",
    });
    expect(parseWarning("swap_out_pages>=1MiB").bound).toBe(256);
    expect(parseWarning("driver_cpu_share > 2%").bound).toBe(0.02);
    expect(parseWarning("inflation_mean_pages_per_s < 4MiB/s").bound).toBe(1024);
    expect(parseWarning("loaded = no")).toMatchObject({ relation: "==", bound: 0 });
    expect(parseWarning("reclaimed_area < 1000").bound).toBe(1000);
  });

  test.each([
    ["stall_ful > 1", /^--warn "stall_ful > 1": there is no figure "stall_ful"; did you mean "stall_full"\?/],
    [
      "stall_full",
      /^--warn "stall_full": expected a figure, <, <=, ==, >= or >, and a value, such as "stall_full > 1s"/,
    ],
    ["stall_full > 1GiB", /stall_full needs a time such as 10s or 2m/],
    ["name == steady", /there is no figure "name"/],
    ["loaded == 1", /loaded needs yes or no, found "1"/],
  ])("that can't be used: %s", (text, message) => {
    expect(() => parseWarning(text)).toThrow(message);
  });

  test("that are given twice, and a figure to sort by that is not there", () => {
    expect(() => parseTriage(undefined, ["oom_kills > 0", "oom_kills>0"])).toThrow(/is given twice: leave one out/);
    expect(() => parseTriage("stal_full", undefined)).toThrow(/^--sort: there is no figure "stal_full"; did you mean/);
  });

  test("any text is read or refused with one line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), (text) => {
        try {
          expect(parseWarning(parseWarning(text).text).text).toBe(parseWarning(text).text);
        } catch (error) {
          expect(error).toMatchObject({ name: "InputError" });
          expect((error as Error).message).toMatch(/^--warn ".*": .+$/);
        }
      }),
    );
  });
});

test("each figure has a name of its own, a value of a run, and a text", () => {
  const trace = {
    ...{ format: "balloon-sim/trace", version: 1, name: "t", description: "", duration: 20 },
    ...{
      guest: { memory: "1GiB" },
      workloads: [],
      host: {
        target: [
          [0, 0],
          [5, "100MiB"],
        ],
      },
    },
  };
  const { summary } = runTrace(JSON.stringify(trace));
  const objectives = summary.objectives as Record<string, number>;
  expect(new Set(RANK_FIGURES.map(({ name }) => name)).size).toBe(RANK_FIGURES.length);
  for (const { name } of RANK_FIGURES) {
    expect(rankFigure(name).name).toBe(name);
    expect(name in objectives || name in summary).toBe(true);
  }
  expect(shortFigure("pages", 524_288)).toBe("2GiB");
  expect(shortFigure("pages/s", 1024)).toBe("4MiB/s");
  expect(shortFigure("pages·s", 1024)).toBe("4MiB·s");
  expect(shortFigure("yes/no", 0)).toBe("no");
  expect(shortFigure("s", 72.5)).toBe("1m12.5s");
  expect(shortFigure("s", null)).toBe("-");
});
