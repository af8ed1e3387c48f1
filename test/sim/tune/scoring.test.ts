import { describe, expect, test } from "vitest";
import { Scoring } from "../../../src/sim/tune/scoring.ts";
import type { Aggregate, Goal, Requirement, StudyTrace, TrialRun } from "../../../src/sim/tune/types.ts";

const OBJECTIVES = ["stall_full", "reclaimed_area", "oom_kills"];

const trace = (name: string, weight = 1, role: StudyTrace["role"] = "tune"): StudyTrace => ({
  trace: name,
  name,
  sha256: "",
  weight,
  role,
  isRandom: false,
  sampleSeconds: null,
});

const run = (index: number, values: readonly number[], seed = 0): TrialRun => ({ trace: index, seed, values });

function scoring(
  aggregate: Aggregate = { kind: "mean" },
  { goals = [], requirements = [] }: { goals?: Goal[]; requirements?: Requirement[] } = {},
  reference: readonly TrialRun[] = [],
) {
  const traces = [trace("a"), trace("b", 3), trace("c"), trace("held", 1, "holdout")];
  return new Scoring({ objectives: OBJECTIVES, goals, requirements, aggregate, traces }, reference);
}

const RUNS = [run(0, [1, 100, 0]), run(1, [5, 200, 0]), run(2, [3, 600, 3]), run(3, [1000, 1000, 1000])];

test.each([
  [{ kind: "mean" }, [3, 300, 1]],
  [{ kind: "weights" }, [(1 + 15 + 3) / 5, (100 + 600 + 600) / 5, 3 / 5]],
  // The worst stall is the longest, the worst area the least.
  [{ kind: "worst" }, [5, 100, 3]],
  [{ kind: "quantile", q: 0.5 }, [3, 200, 0]],
  [{ kind: "quantile", q: 0.67 }, [5, 100, 3]],
  [{ kind: "quantile", q: 0.01 }, [1, 600, 0]],
] as const)("%j over the traces that are tuned on", (aggregate, values) => {
  expect(scoring(aggregate).values(RUNS)).toEqual(values);
});

test("traces can be chosen, and those without a run do not count", () => {
  expect(scoring().values(RUNS, [3])).toEqual([1000, 1000, 1000]);
  expect(scoring().values(RUNS.slice(0, 2), [0, 1, 2])).toEqual([3, 150, 0]);
  expect(scoring().values([], [0])).toBeNull();
  expect(scoring().values(RUNS.slice(3))).toBeNull();
});

test("seeds of a trace become one value before the traces do", () => {
  const runs = [run(0, [1, 0, 0], 0), run(0, [3, 0, 0], 1), run(1, [10, 0, 0])];
  expect(scoring().values(runs)?.[0]).toBe(6);
  expect(scoring({ kind: "weights" }).values(runs)?.[0]).toBe((2 + 30) / 4);
  expect(scoring({ kind: "worst" }).values(runs.slice(0, 2))?.[0]).toBe(3);
});

test("a goal says which direction is worse, independent of the objective", () => {
  const goals: Goal[] = [{ objective: "stall_full", direction: "maximize" }];
  expect(scoring({ kind: "worst" }, { goals }).values(RUNS)?.[0]).toBe(1);
});

test("outcomes have a value a goal, smaller is better", () => {
  const goals: Goal[] = [
    { objective: "reclaimed_area", direction: "maximize" },
    { objective: "stall_full", direction: "minimize" },
  ];
  const score = scoring({ kind: "mean" }, { goals });
  const point = [7];
  expect(score.outcome({ point, state: "complete", runs: RUNS })).toEqual({
    point,
    values: [-300, 3],
    violation: 0,
    isComplete: true,
  });
  expect(score.outcome({ point, state: "dropped", runs: RUNS.slice(0, 1) })).toMatchObject({
    values: [-100, 1],
    isComplete: false,
  });
  expect(score.outcome({ point, state: "failed", runs: RUNS.slice(0, 1) })).toEqual({
    point,
    values: [],
    violation: Number.POSITIVE_INFINITY,
    isComplete: false,
  });
});

test.each([
  [{ objective: "oom_kills", relation: "==", bound: 0 }, 1],
  [{ objective: "oom_kills", relation: "<=", bound: 3 }, 0],
  [{ objective: "stall_full", relation: "<=", bound: 2 }, (0 + 3 + 1) / 3 / 2],
  [{ objective: "reclaimed_area", relation: ">=", bound: 200 }, 100 / 3 / 200],
  [{ objective: "reclaimed_area", relation: ">", bound: 99 }, 0],
  [{ objective: "stall_full", relation: "<", bound: 6 }, 0],
] as const)("%j has to be kept in every run that is tuned on", (requirement, violation) => {
  expect(scoring({ kind: "mean" }, { requirements: [requirement] }).violation(RUNS)).toBeCloseTo(violation, 12);
});

test("a value at a strict bound misses it", () => {
  for (const relation of ["<", ">"] as const) {
    const requirements: Requirement[] = [{ objective: "stall_full", relation, bound: 5 }];
    expect(scoring({ kind: "mean" }, { requirements }).violation([run(0, [5, 0, 0])])).toBeGreaterThan(0);
  }
});

describe("a requirement that is relative to the reference", () => {
  const reference = [run(0, [4, 0, 0], 0), run(0, [10, 0, 0], 1), run(1, [0, 0, 2])];
  const violation = (requirement: Requirement, runs: readonly TrialRun[]) =>
    scoring({ kind: "mean" }, { requirements: [requirement] }, reference).violation(runs);
  const stall = { objective: "stall_full", relation: "<=", bound: 1, of: "reference" } as const;

  test("is held against the same trace with the same seed", () => {
    expect(violation(stall, reference)).toBe(0);
    expect(violation(stall, [run(0, [4, 0, 0], 0), run(0, [10, 0, 0], 1)])).toBe(0);
    // By their means, or over all seeds, this would keep it.
    expect(violation(stall, [run(0, [5, 0, 0], 0), run(0, [1, 0, 0], 1)])).toBeCloseTo((5 - 4) / 4 / 2, 12);
    expect(violation(stall, [run(1, [0.5, 0, 0])])).toBe(0.5);
    expect(violation({ ...stall, objective: "oom_kills" }, [run(1, [0, 0, 2])])).toBe(0);
    expect(violation({ ...stall, objective: "oom_kills" }, [run(1, [0, 0, 3])])).toBe(0.5);
  });

  test("may be a factor of it, in any relation", () => {
    const kept = (relation: Requirement["relation"], bound: number, value: number) =>
      violation({ ...stall, relation, bound }, [run(0, [value, 0, 0])]) === 0;
    expect([kept("<=", 1.5, 6), kept("<=", 1.5, 6.1)]).toEqual([true, false]);
    expect([kept("<", 1, 3.9), kept("<", 1, 4)]).toEqual([true, false]);
    expect([kept(">=", 2, 8), kept(">=", 2, 7.9)]).toEqual([true, false]);
    expect([kept(">", 0.5, 2.1), kept(">", 0.5, 2)]).toEqual([true, false]);
    expect([kept("==", 1, 4), kept("==", 1, 3.9)]).toEqual([true, false]);
  });

  test("is missed by a run that the reference does not have", () => {
    expect(violation(stall, [run(2, [0, 0, 0])])).toBe(1);
  });
});

test("misses of several requirements add up", () => {
  const requirements: Requirement[] = [
    { objective: "oom_kills", relation: "==", bound: 0 },
    { objective: "stall_full", relation: "<=", bound: 2 },
  ];
  expect(scoring({ kind: "mean" }, { requirements }).violation(RUNS)).toBeCloseTo(1 + 4 / 6, 12);
});

test("a requirement on an objective that the study does not measure is an error", () => {
  expect(() => scoring(undefined, { goals: [{ objective: "refaults", direction: "minimize" }] })).toThrow(/refaults/);
});

describe("in several worlds", () => {
  const inWorld = (world: number, values: readonly number[]): TrialRun => ({ ...run(0, values), world });
  const runs = [
    [1, 10, 0],
    [9, 40, 0],
    [3, 20, 2],
  ].map((values, i) => inWorld(i + 1, values));

  test("the median counts, of each objective by itself", () => {
    expect(scoring().values(runs)).toEqual([3, 20, 0]);
    expect(scoring().values(runs.slice(0, 2))).toEqual([5, 25, 0]);
    expect(scoring().valuesByWorld(runs)).toEqual(runs.map(({ values }) => values));
  });

  test("a requirement has to be kept in every world", () => {
    const requirements: Requirement[] = [{ objective: "oom_kills", relation: "==", bound: 0 }];
    const goals: Goal[] = [{ objective: "stall_full", direction: "minimize" }];
    const violationOf = (own: readonly TrialRun[]) =>
      scoring({ kind: "mean" }, { goals, requirements }).outcome({ point: [], state: "complete", runs: own }).violation;
    expect(violationOf(runs.slice(0, 2))).toBe(0);
    expect(violationOf(runs)).toBeCloseTo(2 / 3, 12);
  });

  test("a requirement that is relative to the reference is held against its run in the same world", () => {
    const requirement = { objective: "stall_full", relation: "<=", bound: 1, of: "reference" } as const;
    const relative = scoring({ kind: "mean" }, { requirements: [requirement] }, runs);
    expect(relative.violation([inWorld(2, [9, 0, 0])])).toBe(0);
    expect(relative.violation([inWorld(1, [9, 0, 0])])).toBe(8);
  });
});
