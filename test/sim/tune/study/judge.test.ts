import { expect, test } from "vitest";
import { MAX_JUDGED, someOf, trialsToJudge } from "../../../../src/sim/tune/study/chosen.ts";
import { judge, judgedPlaces } from "../../../../src/sim/tune/study/judge.ts";
import { StudyLog } from "../../../../src/sim/tune/study/study-log.ts";
import { FakeEvaluator, fakeHeader, fakeTrace, makeStudy } from "../../../support/fakes/fake-study.ts";

const traces = [fakeTrace("a"), fakeTrace("b"), fakeTrace("c", "holdout")];

test("a judgement runs the front in worlds that the search has not used, and on the held-out traces in the first ones", () => {
  const places = judgedPlaces(fakeHeader({ traces, worlds: 2, judgedWorlds: 3 }));
  const worldsOf = (trace: number) => places.filter((place) => place.trace === trace).map(({ world }) => world);
  expect([0, 1, 2].map(worldsOf)).toEqual([
    [3, 4, 5],
    [3, 4, 5],
    [1, 2, 3],
  ]);
});

test("a judgement in one world runs only the held-out traces, as they are written", () => {
  expect(judgedPlaces(fakeHeader({ traces, judgedWorlds: 1 }))).toEqual([{ trace: 2, seed: 0, world: 1 }]);
  expect(judgedPlaces(fakeHeader({ traces: traces.slice(0, 2), judgedWorlds: 1 }))).toEqual([]);
});

test("every seed of a random trace is run in every world", () => {
  const header = fakeHeader({ traces: [fakeTrace("a", "tune", true)], seeds: ["1", "2"], judgedWorlds: 2 });
  expect(judgedPlaces(header)).toEqual([
    { trace: 0, seed: 0, world: 2 },
    { trace: 0, seed: 0, world: 3 },
    { trace: 0, seed: 1, world: 2 },
    { trace: 0, seed: 1, world: 3 },
  ]);
});

test("a search in several worlds runs every trial in each, and its judgement keeps the number of each run's world", async () => {
  const log = StudyLog.inMemory(fakeHeader({ traces, worlds: 3, judgedWorlds: 2, batch: 4 }));
  await makeStudy(log, { trials: 4 });
  for (const { runs } of log.trials) {
    expect(runs.map(({ trace, world = 1 }) => [trace, world])).toEqual(
      [0, 1].flatMap((trace) => [1, 2, 3].map((world) => [trace, world])),
    );
  }
  expect(log.judgements[0]?.runs.map(({ trace, world = 1 }) => [trace, world])).toEqual([
    ...[0, 1].flatMap((trace) => [4, 5].map((world) => [trace, world])),
    [2, 1],
    [2, 2],
  ]);
});

test("a judgement of a large front costs no more than the search, and includes the ends of the front", async () => {
  const front = Array.from({ length: 500 }, (_, i) => ({ trial: 500 - i, values: [i, -i] }));
  const { goals } = fakeHeader();
  const chosen = trialsToJudge(front, { goals, judgedWorlds: 5 });
  expect(chosen[0]).toBe(0);
  expect(chosen.length).toBe(1 + MAX_JUDGED);
  expect(chosen).toEqual(expect.arrayContaining([1, 500]));
  // In the front's order, with about equal distances.
  const gaps = chosen.slice(2).map((trial, i) => (chosen[i + 1] as number) - trial);
  expect(Math.min(...gaps)).toBeGreaterThan(5);
  expect(Math.max(...gaps)).toBeLessThan(30);
  expect(trialsToJudge(front, { goals, judgedWorlds: 1 })).toHaveLength(501);
  expect(trialsToJudge(front.slice(0, 3), { goals, judgedWorlds: 5 })).toEqual([0, 500, 499, 498]);
  expect(someOf([5, 6, 7, 8, 9], 3, [8])).toEqual([5, 7, 8]);
});

test("a judgement reports progress, and keeps existing runs", async () => {
  const log = StudyLog.inMemory(fakeHeader({ traces, judgedWorlds: 2, batch: 4 }));
  await makeStudy(log, { trials: 4 });
  log.dropJudgements();
  const parts: number[] = [];
  const evaluator = new FakeEvaluator();
  await judge(log, [0, 2], evaluator, (part) => parts.push(part));
  await judge(log, [0, 2, 3, 4], evaluator, (part) => parts.push(part));
  expect(parts).toEqual([0, 0.5, 1, 0, 0.5, 1]);
  // Two tuned traces and one held out, in two worlds each.
  expect(evaluator.tasks).toHaveLength(4 * 6);
});
