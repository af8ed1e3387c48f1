import { describe, expect, test } from "vitest";
import { frontLine, notesOf } from "../../../../src/sim/cli/tune/front-table.ts";
import { OBJECTIVES } from "../../../../src/sim/measures/objectives.ts";
import { StudyAnalysis } from "../../../../src/sim/tune/study/analysis.ts";
import type { Judgement, StudyHeader, Trial, TrialRun } from "../../../../src/sim/tune/types.ts";
import { fakeHeader, fakeTrace } from "../../../support/fakes/fake-study.ts";

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
  expect(analysis.pick).toBe(2);
  expect(analysis.shown).toEqual({ trial: 2, as: "pick" });
  expect(trials.map((one) => time(analysis.values(one.trial)))).toEqual([20, 2, 4, 50, 0, undefined]);
  expect([0, 1, 2].map((one) => time(analysis.judged(one)))).toEqual([70, undefined, undefined]);
  expect([0, 1, 2].map((one) => analysis.judgementError(one))).toEqual([null, null, "c: it fell over"]);
  expect(analysis.noise(0)).toBeNull();
});

describe("the trial that stands for a study", () => {
  const study = (values: readonly (readonly [number, number])[], requirements: StudyHeader["requirements"] = []) =>
    new StudyAnalysis({
      header: { ...header, requirements },
      trials: values.map(([a, b], i) => trial(i, [run(0, 0, a, b), run(1, 0, a, b)])),
      judgements: [],
    });

  test("is not the knee where that is far worse than the reference: the best that is worse in no goal", () => {
    // As logs of two virtual machines had it: five milliseconds less stall for nine times the time to target.
    const analysis = study([
      [244.5, 0.02],
      [2304, 0.004],
      [210, 0.019],
      [1900, 0.0041],
      [205, 0.009],
      [230, 0.0089],
    ]);
    expect(analysis.front.map((member) => member.trial)).toEqual([4, 5, 3, 1]);
    expect(analysis.improvements.map((one) => one.trial)).toEqual([5, 4]);
    expect(analysis.knee).toBe(3);
    expect(analysis.pick).toBe(5);
    expect(analysis.shown).toEqual({ trial: 5, as: "pick" });
  });

  test("is the knee where each trial of the front is worse than the reference in a goal", () => {
    const analysis = study([
      [0, 100],
      [40, 40],
      [100, 0],
    ]);
    expect([analysis.pick, analysis.shown]).toEqual([null, { trial: 1, as: "knee" }]);
  });

  test("is the one that gains most in sum where the front does not bend", () => {
    const analysis = study([
      [0, 100],
      [60, 50],
      [100, 0],
    ]);
    expect([analysis.knee, analysis.pick, analysis.shown]).toEqual([null, null, { trial: 2, as: "gain" }]);
  });

  test("is the reference where no other trial is on the front", () => {
    const analysis = study([
      [0, 0],
      [1, 1],
    ]);
    expect([analysis.front.length, analysis.pick, analysis.shown]).toEqual([1, null, { trial: 0, as: "reference" }]);
  });

  test("keeps the requirements, which the reference may miss", () => {
    const bound = { objective: "stall_full", relation: "<=", bound: 5 } as const;
    const values = [
      [37.5, 9],
      [75.5, 4],
    ] as const;
    expect(study(values, [bound]).pick).toBeNull();
    expect(study([...values, [37, 4.5]], [bound]).pick).toBe(2);
    const half = { objective: "stall_full", relation: "<=", bound: 0.5, of: "reference" } as const;
    expect(study([...values, [37, 4.5], [30, 4.6]], [half]).front.map((member) => member.trial)).toEqual([2, 1]);
  });
});

test("a requirement may be missed in a run of the judgement", () => {
  const bound = { objective: "stall_full", relation: "<=", bound: 1, of: "reference" } as const;
  const runs = [run(0, 0, 5, 5), run(1, 0, 5, 5)];
  const analysis = new StudyAnalysis({
    header: { ...header, requirements: [bound] },
    trials: [0, 1, 2].map((i) => trial(i, runs)),
    judgements: [
      { judged: 0, runs: [run(2, 0, 0, 3)] },
      { judged: 1, runs: [run(2, 0, 0, 3.1)] },
    ],
  });
  expect([0, 1, 2].map((one) => analysis.missesWhereJudged(one))).toEqual([false, true, null]);
});

test("where no trial keeps the requirements, the one that misses it least is nearest", () => {
  const bound = { objective: "time_to_target", relation: "<=", bound: 1 } as const;
  const trials = [9, 5, 7].map((value, i) => trial(i, [run(0, 0, value), run(1, 0, value)]));
  trials.push(trial(3, [run(0, 0, 2)], "dropped"));
  const analysis = new StudyAnalysis({
    header: { ...header, requirements: [bound] },
    trials,
    judgements: [],
  });
  expect([analysis.front, analysis.knee, analysis.nearest]).toEqual([[], null, 1]);
  expect(analysis.shown).toEqual({ trial: 1, as: "nearest" });
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

describe("what was judged in several worlds", () => {
  const judgedIn = (trial: number, times: readonly number[], stalls: readonly number[], held = 0): Judgement => ({
    judged: trial,
    runs: [
      ...times.flatMap((value, i) =>
        [0, 1].map((trace): TrialRun => ({ ...run(trace, 0, value, stalls[i]), world: i + 2 })),
      ),
      ...times.map((value, i): TrialRun => ({ ...run(2, 0, value + held), ...(i === 0 ? {} : { world: i + 1 }) })),
    ],
  });
  const inWorlds = { ...header, judgedWorlds: 5 };
  const search = (number: number, value: number, stall: number) =>
    trial(number, [run(0, 0, value, stall), run(1, 0, value, stall)]);
  const LOTS = [4, 9, 5, 8, 6];
  const trials = [search(0, 50, 50), search(1, 10, 9), search(2, 11, 8), search(3, 12, 7), search(4, 30, 1)];
  const judgements = [
    judgedIn(0, [50, 51, 52, 51, 50], [9, 4, 8, 5, 6]),
    judgedIn(1, [10, 11, 12, 11, 10], LOTS),
    judgedIn(2, [20, 21, 22, 21, 20], LOTS),
    judgedIn(3, [10, 12, 11, 11, 10], [6, 5, 9, 4, 8]),
    judgedIn(4, [60, 61, 62, 61, 60], [1, 1.1, 1, 1.2, 1]),
  ];
  const analysis = new StudyAnalysis({ header: inWorlds, trials, judgements });

  test("stands where no other trial is significantly better there and nowhere worse", () => {
    expect(analysis.front.map((one) => one.trial)).toEqual([1, 2, 3, 4]);
    expect(analysis.isJudgedInWorlds).toBe(true);
    expect(analysis.standing).toEqual([
      { trial: 1, values: [11, 6] },
      { trial: 3, values: [11, 6] },
      { trial: 4, values: [61, 1] },
    ]);
    expect(analysis.fallOf(2)).toEqual({ kind: "dominated", by: 1 });
    expect(analysis.fallOf(1)).toBeNull();
  });

  test("improves on trial 0 where something is significantly better and nothing significantly worse", () => {
    expect(analysis.improvements.map((one) => one.trial)).toEqual([1, 3]);
    expect(analysis.differences(1, "tuned")?.[TIME]).toBe(-1);
    expect(analysis.differences(1, "tuned")?.[STALL]).toBe(0);
    expect(analysis.differences(4, "tuned")?.[TIME]).toBe(1);
  });

  test("has a spread on the tuning traces, and on the held-out traces", () => {
    expect(analysis.spreads(1, "tuned")?.[STALL]).toEqual({ median: 6, lowest: 4, highest: 9 });
    expect(analysis.spreads(1, "held")?.[TIME]).toEqual({ median: 11, lowest: 10, highest: 12 });
    expect(time(analysis.judged(1))).toBe(11);
    // What the search saw is as it was.
    expect(time(analysis.values(1))).toBe(10);
  });

  test("has to meet the requirements in each world", () => {
    const bound = { objective: "stall_full", relation: "<=", bound: 9 } as const;
    const bad = judgedIn(1, [10, 11, 12, 11, 10], [1, 1, 9.5, 1, 1]);
    const strict = new StudyAnalysis({
      header: { ...inWorlds, requirements: [bound] },
      trials,
      judgements: judgements.map((one) => (one.judged === 1 ? bad : one)),
    });
    expect(strict.front.map((one) => one.trial)).toContain(1);
    expect(strict.fallOf(1)).toEqual({ kind: "misses" });
    expect(strict.standing.map((one) => one.trial)).not.toContain(1);
  });

  test("has trial 0 on the front again where all better trials of the search miss a requirement there", () => {
    const bound = { objective: "stall_full", relation: "<=", bound: 9 } as const;
    const strict = new StudyAnalysis({
      header: { ...inWorlds, requirements: [bound] },
      trials: [search(0, 50, 8), search(1, 10, 7), search(2, 60, 1)],
      judgements: [
        judgedIn(0, [50, 51, 52, 51, 50], [8, 8, 8, 8, 8]),
        judgedIn(
          1,
          [10, 11, 12, 11, 10],
          LOTS.map((stall) => stall + 1),
        ),
        judgedIn(2, [60, 61, 62, 61, 60], [1, 1, 1, 1, 1]),
      ],
    });
    expect(strict.front.map((one) => one.trial)).toEqual([1, 2]);
    expect(strict.standing.map((one) => one.trial)).toEqual([0, 2]);
    expect(strict.best).toEqual([0, 2]);
    expect(notesOf(0, strict)).toEqual(["the reference rates", "best time_to_target"]);
    expect(notesOf(2, strict)).toEqual(["best stall_full"]);
    expect(frontLine(strict)).toContain("2 trials that no other dominates; 1 stands in 5 other worlds");
  });

  test("calls no trial the best in a goal in which it is significantly worse than trial 0, which another one dominates", () => {
    // Trial 1 dominates trial 0, trial 2 dominates trial 1, and trial 0 is significantly better than trial 2 in time: significance is not transitive.
    const apart = [0, 3, -3, 3, -3];
    const shifted = (by: number) => apart.map((one) => 50 + by + one * (by === 1 ? 1 : 0));
    const some = new StudyAnalysis({
      header: inWorlds,
      trials: [search(0, 50, 50), search(1, 49, 9), search(2, 51, 8)],
      judgements: [
        judgedIn(0, shifted(0), [50, 50, 50, 50, 50]),
        judgedIn(1, shifted(1), [9, 9, 9, 9, 9]),
        judgedIn(2, shifted(2), [8, 8, 8, 8, 8]),
      ],
    });
    expect([0, 1, 2].map((one) => some.fallOf(one))).toEqual([
      { kind: "dominated", by: 1 },
      { kind: "dominated", by: 2 },
      null,
    ]);
    expect(some.best).toEqual([0, 2]);
    expect(notesOf(2, some)).toEqual(["best stall_full"]);
  });

  test("says where the best in a goal is that only because trial 0 misses what is required", () => {
    const bound = { objective: "stall_full", relation: "<=", bound: 9 } as const;
    const strict = new StudyAnalysis({
      header: { ...inWorlds, requirements: [bound] },
      trials: [search(0, 50, 10), search(1, 60, 5)],
      judgements: [
        judgedIn(0, [50, 51, 52, 51, 50], [10, 10, 10, 10, 10]),
        judgedIn(1, [60, 61, 62, 61, 60], [5, 5, 5, 5, 5]),
      ],
    });
    expect(strict.best).toEqual([1, 1]);
    expect(notesOf(1, strict)).toEqual(["best time_to_target that keeps the requirements", "best stall_full"]);
  });

  describe("where no trial of the front is an improvement, the next best are judged as well", () => {
    const oneGoal = { ...inWorlds, goals: inWorlds.goals.slice(0, 1) };
    // Trials 2 to 14 gain less and less, trial 3 as much as trial 2; trial 15 is worse than trial 0.
    const times = [50, 10, 11, 11, ...Array.from({ length: 11 }, (_, i) => 12 + i), 51];
    const searched = times.map((value, i) => search(i, value, 0));
    const zeros = [0, 0, 0, 0, 0];
    const steady = (trial: number, value: number) =>
      judgedIn(
        trial,
        [0, 1, 2, 1, 0].map((one) => value + one),
        zeros,
      );
    const NEXT = [2, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    test("ten of them, those that gain most in the search, one of equal ones", () => {
      const analysis = new StudyAnalysis({
        header: oneGoal,
        trials: searched,
        judgements: [steady(0, 50), steady(1, 60)],
      });
      expect([analysis.front.map((one) => one.trial), analysis.pick]).toEqual([[1], null]);
      expect(analysis.toJudge).toEqual([0, 1, ...NEXT]);
      expect([analysis.isJudgedInWorlds, analysis.isJudged, analysis.next]).toEqual([true, false, []]);
      expect(analysis.standing.map((one) => one.trial)).toEqual([0]);
      expect(notesOf(0, analysis)).toEqual(["the reference rates", "best time_to_target"]);
    });

    test("of which study best takes one that stands", () => {
      const judgements = [
        steady(0, 50),
        steady(1, 60),
        ...NEXT.map((one) => steady(one, one === 4 || one === 6 ? 20 : 55)),
      ];
      const analysis = new StudyAnalysis({ header: oneGoal, trials: searched, judgements });
      expect([analysis.isJudged, analysis.next]).toEqual([true, NEXT]);
      expect(analysis.standing.map((one) => one.trial)).toEqual([4, 6]);
      expect(analysis.improvements.map((one) => one.trial)).toEqual([4, 6]);
      expect(analysis.fallOf(1)).toEqual({ kind: "dominated", by: 0 });
      expect(analysis.shown).toEqual({ trial: 4, as: "pick" });
      expect(notesOf(4, analysis)).toEqual(["best time_to_target", "default pick", "dominated in the search"]);
      expect(frontLine(analysis)).toBe(
        "1 trial that no other one dominates; 0 stand in 5 other worlds; of the 10 next best, judged as well: 2; " +
          "2 are significantly better than trial 0 in a goal, and worse in no goal",
      );
    });

    test("none where a trial of the front is one", () => {
      const analysis = new StudyAnalysis({
        header: oneGoal,
        trials: searched,
        judgements: [steady(0, 50), steady(1, 20)],
      });
      expect([analysis.toJudge, analysis.isJudged, analysis.pick]).toEqual([[0, 1], true, 1]);
    });

    test("with several goals those that were worse than trial 0 in none of them", () => {
      const analysis = new StudyAnalysis({
        header: inWorlds,
        trials: [
          search(0, 50, 9),
          search(1, 10, 60),
          search(2, 60, 1),
          search(3, 20, 9),
          search(4, 21, 8.5),
          search(5, 22, 9.5),
        ],
        judgements: [],
      });
      expect(analysis.front.map((one) => one.trial)).toEqual([1, 3, 4, 2]);
      const fallen = new StudyAnalysis({
        ...analysis,
        trials: [...analysis.trials, search(6, 30, 8.75), search(7, 49, 9.1), search(8, 50, 9)],
        judgements: [0, 1, 3, 4, 2].map((one) => steady(one, one === 0 ? 50 : 60)),
      });
      expect(fallen.toJudge).toEqual([0, 1, 3, 4, 2, 6]);
    });
  });

  test("counts only when all of it is there", () => {
    const partly = new StudyAnalysis({ header: inWorlds, trials, judgements: judgements.slice(0, 3) });
    expect(partly.isJudgedInWorlds).toBe(false);
    expect(partly.standing).toEqual(partly.front);
    expect(partly.spreads(1, "tuned")).toBeNull();
  });

  test("that failed there does not stand", () => {
    const failed: Judgement = { judged: 4, error: "c: it fell over", runs: [] };
    const some = new StudyAnalysis({
      header: inWorlds,
      trials,
      judgements: judgements.map((one) => (one.judged === 4 ? failed : one)),
    });
    expect(some.fallOf(4)).toEqual({ kind: "failed" });
    expect(some.spreads(4, "tuned")).toBeNull();
  });
});

test("a search in several worlds goes by the median of what a trial is in each", () => {
  const runs = [10, 90, 30].map(
    (value, i): TrialRun => ({ ...run(0, 0, value), ...(i === 0 ? {} : { world: i + 1 }) }),
  );
  const analysis = new StudyAnalysis({ header: { ...header, worlds: 3 }, trials: [trial(0, runs)], judgements: [] });
  expect(time(analysis.values(0))).toBe(30);
  expect(analysis.spreads(0, "tuned")?.[TIME]).toEqual({ median: 30, lowest: 10, highest: 90 });
});
