import { describe, expect, test } from "vitest";
import { OBJECTIVES } from "../../../../src/sim/objectives/index.ts";
import { StudyAnalysis } from "../../../../src/sim/tune/study/analysis.ts";
import type { Judgement, Trial, TrialRun } from "../../../../src/sim/tune/types.ts";
import { fakeHeader, fakeTrace } from "../../../support/fake-study.ts";

const TIME = OBJECTIVES.findIndex(({ name }) => name === "time_to_target");
const STALL = OBJECTIVES.findIndex(({ name }) => name === "stall_full");

const run = (trace: number, seed: number, time: number, stall = 0): TrialRun => ({
  trace,
  seed,
  values: OBJECTIVES.map((_, i) => (i === TIME ? time : i === STALL ? stall : 0)),
});

const trial = (number: number, runs: readonly TrialRun[], state: Trial["state"] = "complete"): Trial => ({
  trial: number,
  point: [1024 + number, 4],
  state,
  runs,
});

const header = fakeHeader({ traces: [fakeTrace("a"), fakeTrace("b"), fakeTrace("c", "holdout")] });
const time = (values: readonly number[] | null) => values?.[TIME];

test("the front, its knee, and what trials come to on the traces that count", () => {
  const judgements: Judgement[] = [
    { judged: 0, runs: [run(2, 0, 70)] },
    { judged: 2, error: "c: it fell over", runs: [] },
  ];
  const trials = [
    trial(0, [run(0, 0, 10, 10), run(1, 0, 30, 20)]),
    trial(1, [run(0, 0, 1, 30), run(1, 0, 3, 30)]),
    trial(2, [run(0, 0, 4, 4), run(1, 0, 4, 4)]),
    trial(3, [run(0, 0, 50, 1), run(1, 0, 50, 1)]),
    trial(4, [run(0, 0, 0, 0)], "dropped"),
    trial(5, [], "failed"),
  ];
  const analysis = new StudyAnalysis({ header, trials, judgements });
  expect(analysis.front.map((member) => member.trial)).toEqual([1, 2, 3]);
  expect(analysis.knee).toBe(2);
  expect(trials.map((one) => time(analysis.values(one.trial)))).toEqual([20, 2, 4, 50, 0, undefined]);
  expect([0, 1, 2].map((one) => time(analysis.judged(one)))).toEqual([70, undefined, undefined]);
  expect([0, 1, 2].map((one) => analysis.judgementError(one))).toEqual([null, null, "c: it fell over"]);
  expect(analysis.noise(0)).toBeNull();
});

test("where no trial keeps what is required, the one that misses it least is nearest", () => {
  const bound = { objective: "time_to_target", relation: "<=", bound: 1 } as const;
  const trials = [9, 5, 7].map((value, i) => trial(i, [run(0, 0, value), run(1, 0, value)]));
  trials.push(trial(3, [run(0, 0, 2)], "dropped"));
  const analysis = new StudyAnalysis({
    header: { ...header, requirements: [bound] },
    trials,
    judgements: [],
  });
  expect([analysis.front, analysis.knee, analysis.nearest]).toEqual([[], null, 1]);
});

describe("noise", () => {
  const random = { ...header, traces: [fakeTrace("a", "tune", true), fakeTrace("b")], seeds: ["1", "2", "3"] };

  test("is the standard deviation from seed to seed of what a trial comes to", () => {
    // The means over both traces are 2, 4 and 9 with the seeds; their mean is 5, their squares off it 9, 1 and 16.
    const runs = [run(0, 0, 1), run(0, 1, 5), run(0, 2, 15), run(1, 0, 3)];
    const analysis = new StudyAnalysis({ header: random, trials: [trial(0, runs)], judgements: [] });
    expect(time(analysis.noise(0))).toBeCloseTo(Math.sqrt((9 + 1 + 16) / 2), 12);
    expect(analysis.noise(0)?.[STALL]).toBe(0);
  });

  test("of a trial that failed is not known", () => {
    const analysis = new StudyAnalysis({ header: random, trials: [trial(0, [], "failed")], judgements: [] });
    expect(analysis.noise(0)).toBeNull();
  });

  test("is not known from one seed", () => {
    const analysis = new StudyAnalysis({
      header: { ...random, seeds: ["1"] },
      trials: [trial(0, [run(0, 0, 1), run(1, 0, 3)])],
      judgements: [],
    });
    expect(analysis.noise(0)).toBeNull();
  });
});
