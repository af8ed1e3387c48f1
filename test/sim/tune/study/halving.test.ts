import { describe, expect, test } from "vitest";
import { DEFAULT_RATES } from "../../../../src/engine/index.ts";
import { Scoring } from "../../../../src/sim/tune/scoring.ts";
import { candidateOf } from "../../../../src/sim/tune/study/candidates.ts";
import type { Evaluator } from "../../../../src/sim/tune/study/evaluator.ts";
import { halve, rungsOf } from "../../../../src/sim/tune/study/halving.ts";
import { FakeEvaluator, fakeHeader, fakeTrace } from "../../../support/fakes/fake-study.ts";

test.each([
  [2, 2, [1]],
  [3, 2, [1, 2]],
  [8, 2, [1, 2, 4]],
  [9, 3, [1, 3]],
  [10, 3, [1, 2, 4]],
  [4, 100, [1]],
  [1, 2, []],
])("%d traces by halving %d are run in rungs of %j, and all", (traces, factor, counts) => {
  expect(rungsOf(traces, factor)).toEqual(counts.map((count) => ({ traces: count, keep: 1 / factor })));
});

describe("a batch", () => {
  const traces = ["a", "b", "c", "d"].map((name) => fakeTrace(name));
  const goals = [{ objective: "time_to_target", direction: "minimize" }] as const;
  const header = fakeHeader({ traces, goals, rungs: rungsOf(4, 2) });
  /** The larger, the better. */
  const rates = [1024, 512, 8192, 2048, 65_536, 768, 16_384, 4096];
  const batch = () =>
    rates.map((allocMax, i) => candidateOf(i + 1, [allocMax, 0], { ...DEFAULT_RATES, allocMax, slowCycles: 0 }));

  test("lets the better half of the candidates go on to the next rung, and a quarter to the end", async () => {
    const evaluator = new FakeEvaluator();
    const trials = await halve(batch(), new Scoring(header), { header, evaluator });
    expect(trials.map(({ trial, state, runs }) => [trial, state, runs.length])).toEqual([
      [1, "dropped", 1],
      [2, "dropped", 1],
      [3, "dropped", 2],
      [4, "dropped", 1],
      [5, "complete", 4],
      [6, "dropped", 1],
      [7, "complete", 4],
      [8, "dropped", 2],
    ]);
    expect(evaluator.tasks).toHaveLength(8 + 4 + 2 * 2);
  });

  test("rounds up how many go on", async () => {
    const five = batch().slice(0, 5);
    const two = fakeHeader({ traces: traces.slice(0, 2), goals, rungs: rungsOf(2, 2) });
    const trials = await halve(five, new Scoring(two), { header: two, evaluator: new FakeEvaluator() });
    expect(trials.flatMap(({ state, point }) => (state === "complete" ? [point[0]] : []))).toEqual([
      8192, 2048, 65_536,
    ]);
  });

  test("is judged at each rung by all traces that were run until then", async () => {
    // On the first trace the larger alloc-max is a little better, on the second one the smaller is so by far.
    const evaluator: Evaluator = {
      workers: 1,
      async run(tasks, deliver) {
        for (const { rates: one, trace } of tasks) {
          const time = trace === 0 ? -one.allocMax : trace === 1 ? 10 * one.allocMax : 0;
          deliver({ ok: true, values: header.objectives.map((name) => (name === "time_to_target" ? time : 0)) });
        }
      },
      async stop() {},
    };
    const trials = await halve(batch(), new Scoring(header), { header, evaluator });
    // The first trace keeps the four largest; both together the two smallest of these.
    expect(trials.flatMap(({ state, point }) => (state === "complete" ? [point[0]] : []))).toEqual([8192, 4096]);
  });

  test("gives the place of a candidate that fails to the next best", async () => {
    const evaluator = new FakeEvaluator(({ rates: one, trace }) => one.allocMax === 65_536 && trace === 0);
    const trials = await halve(batch(), new Scoring(header), { header, evaluator });
    expect(trials.flatMap(({ state, point }) => (state === "complete" ? [point[0]] : []))).toEqual([8192, 16_384]);
    expect(trials[4]).toMatchObject({ state: "failed", error: "a: DriverFault: it fell over", runs: [] });
  });
});
