import { expect, test } from "vitest";
import { Piecewise } from "../../../src/sim/threads/piecewise.ts";

const tasks = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

/** A maker that answers each task with its number, when the test says so. */
function rig(most: number, size = 2) {
  const sent: { readonly piece: readonly number[]; answer(): void; fail(error: Error): void }[] = [];
  const limits = { most };
  const pieces = new Piecewise<number, number>({
    most: () => limits.most,
    sizeOf: (left) => Math.min(size, left),
    make: (piece) =>
      new Promise((resolve, reject) => {
        sent.push({ piece, answer: () => resolve(piece), fail: reject });
      }),
  });
  const delivered: number[] = [];
  const deliver = (result: number) => delivered.push(result);
  return { sent, limits, pieces, delivered, deliver, sentTasks: () => sent.map(({ piece }) => piece) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("Piecewise delivers results in the order of the tasks, not of the answers, and limits the pieces under way", async () => {
  const { sent, pieces, delivered, deliver, sentTasks } = rig(2);
  const done = pieces.run(tasks(1, 5), deliver, () => false);
  expect(sentTasks()).toEqual([
    [1, 2],
    [3, 4],
  ]);
  sent[1]?.answer();
  await turn();
  expect(sentTasks()).toEqual([[1, 2], [3, 4], [5]]);
  expect(delivered).toEqual([]);
  sent[2]?.answer();
  sent[0]?.answer();
  await done;
  expect(delivered).toEqual([1, 2, 3, 4, 5]);
});

test("Piecewise sends the tasks of an earlier call first, and more pieces when its limit grows", async () => {
  const { sent, limits, pieces, deliver, sentTasks } = rig(1);
  const first = pieces.run(tasks(1, 4), deliver, () => false);
  const second = pieces.run(tasks(11, 2), deliver, () => false);
  expect(sentTasks()).toEqual([[1, 2]]);
  limits.most = 3;
  pieces.send();
  expect(sentTasks()).toEqual([
    [1, 2],
    [3, 4],
    [11, 12],
  ]);
  for (const { answer } of sent) answer();
  await Promise.all([first, second]);
});

test("Piecewise delivers only the pieces that were sent before the time was over", async () => {
  const { sent, pieces, delivered, deliver } = rig(1);
  let isOver = false;
  const done = pieces.run(tasks(1, 6), deliver, () => isOver);
  isOver = true;
  sent[0]?.answer();
  await done;
  expect(delivered).toEqual([1, 2]);
});

test("a piece that fails ends every call, also a call without a piece under way", async () => {
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

test("fail() ends a call that waits for nothing", async () => {
  const { pieces, deliver } = rig(0);
  const call = pieces.run(tasks(1, 4), deliver, () => false);
  pieces.fail(new Error("gone"));
  await expect(call).rejects.toThrow("gone");
});
