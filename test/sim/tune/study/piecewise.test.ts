import { expect, test } from "vitest";
import { DEFAULT_POLICY } from "../../../../src/engine/index.ts";
import { OBJECTIVES } from "../../../../src/sim/measures/objectives.ts";
import { encodeResults, type ResultMessage } from "../../../../src/sim/tune/study/messages.ts";
import { Piecewise } from "../../../../src/sim/tune/study/piecewise.ts";
import type { RunResult, RunTask } from "../../../../src/sim/tune/study/runner.ts";

const tasks = (from: number, count: number): RunTask[] =>
  Array.from({ length: count }, (_, i) => ({ rates: DEFAULT_POLICY.defaults, trace: 0, seed: 0, world: from + i }));

/** Answers each task with the number of its world. */
const answerTo = (piece: readonly RunTask[]): ResultMessage =>
  encodeResults(piece.map(({ world }) => ({ ok: true, values: OBJECTIVES.map(() => world) })));

/** A maker that answers when it is told to. */
function rig(most: number, size = 2) {
  const sent: { readonly worlds: number[]; answer(): void; fail(error: Error): void }[] = [];
  const limits = { most };
  const pieces = new Piecewise({
    most: () => limits.most,
    sizeOf: (left) => Math.min(size, left),
    make: (piece) =>
      new Promise((resolve, reject) => {
        sent.push({
          worlds: piece.map(({ world }) => world),
          answer: () => resolve(answerTo(piece)),
          fail: reject,
        });
      }),
  });
  const delivered: number[] = [];
  const deliver = (result: RunResult) => delivered.push(result.ok ? (result.values[0] as number) : Number.NaN);
  return { sent, limits, pieces, delivered, deliver, worlds: () => sent.map(({ worlds }) => worlds) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("results come in the order of the tasks, not of the answers, and only so many pieces are under way", async () => {
  const { sent, pieces, delivered, deliver, worlds } = rig(2);
  const done = pieces.run(tasks(1, 5), deliver, () => false);
  expect(worlds()).toEqual([
    [1, 2],
    [3, 4],
  ]);
  sent[1]?.answer();
  await turn();
  expect(worlds()).toEqual([[1, 2], [3, 4], [5]]);
  expect(delivered).toEqual([]);
  sent[2]?.answer();
  sent[0]?.answer();
  await done;
  expect(delivered).toEqual([1, 2, 3, 4, 5]);
});

test("the tasks of an earlier call are sent first, and more are sent where more may be", async () => {
  const { sent, limits, pieces, deliver, worlds } = rig(1);
  const first = pieces.run(tasks(1, 4), deliver, () => false);
  const second = pieces.run(tasks(11, 2), deliver, () => false);
  expect(worlds()).toEqual([[1, 2]]);
  limits.most = 3;
  pieces.send();
  expect(worlds()).toEqual([
    [1, 2],
    [3, 4],
    [11, 12],
  ]);
  for (const { answer } of sent) answer();
  await Promise.all([first, second]);
});

test("where the time is over, what was sent is all that there is", async () => {
  const { sent, pieces, delivered, deliver } = rig(1);
  let isOver = false;
  const done = pieces.run(tasks(1, 6), deliver, () => isOver);
  isOver = true;
  sent[0]?.answer();
  await done;
  expect(delivered).toEqual([1, 2]);
});

test("a failure ends every call, also one of which nothing was sent", async () => {
  const { sent, pieces, delivered, deliver } = rig(1);
  const first = pieces.run(tasks(1, 4), deliver, () => false);
  const second = pieces.run(tasks(11, 2), deliver, () => false);
  sent[0]?.fail(new Error("no memory"));
  await expect(first).rejects.toThrow("no memory");
  await expect(second).rejects.toThrow("no memory");
  await expect(pieces.run(tasks(21, 1), deliver, () => false)).rejects.toThrow("no memory");
  expect(sent.length).toBe(1);
  expect(delivered).toEqual([]);
});

test("a failure from outside ends a call that waits for nothing", async () => {
  const { pieces, deliver } = rig(0);
  const call = pieces.run(tasks(1, 4), deliver, () => false);
  pieces.fail(new Error("gone"));
  await expect(call).rejects.toThrow("gone");
});
