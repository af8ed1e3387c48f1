import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Runner } from "../../../src/sim/explore/page/runner.ts";
import { NO_EDITS, type RunRequest, type ToWorker } from "../../../src/sim/explore/protocol.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const request = (trace: string): RunRequest => ({ trace, driver: "vmmemctl", rates: {}, edits: NO_EDITS });

/** A runner whose worker does nothing, and what the worker is told. */
function begin() {
  const sent: ToWorker[] = [];
  let lastId = 0;
  const worker = { newId: () => ++lastId, send: (message: ToWorker) => sent.push(message) };
  const ignore = () => {};
  const runner = new Runner(worker, {
    shown: ignore,
    pinned: ignore,
    worlds: ignore,
    causes: ignore,
    failed: ignore,
    afterPaint: ignore,
    began: ignore,
  });
  const fail = () => runner.take({ kind: "failed", id: lastId, message: "no" });
  /** Answers a run: a part of it, or all. */
  const answer = (id: number, ms: number, objectives: number[] | null = [1]) => {
    const data = { names: [], columns: [], rows: 0 };
    runner.take({ kind: "curves", id, progress: objectives === null ? 0.5 : 1, data, objectives, notes: [], ms });
  };
  return { runner, sent, fail, answer, lastId: () => lastId };
}

test("what has failed is not tried again before something else is run", () => {
  const { runner, sent, fail } = begin();
  runner.run(request("a"));
  runner.pin(request("b"), false);
  for (let i = 0; i < 5; i++) {
    fail();
    vi.advanceTimersByTime(1000);
  }
  expect(sent.map(({ kind }) => kind)).toEqual(["run", "run"]);
  runner.run(request("c"));
  expect(sent.at(-1)).toMatchObject({ kind: "run", request: { trace: "c" } });
});

const traces = (sent: readonly ToWorker[]) =>
  sent.map((message) => ("request" in message ? message.request.trace : null));

test("a short run is finished before the next one, which is the latest that was asked for; a long one is replaced", () => {
  const { runner, sent, answer, lastId } = begin();
  runner.run(request("a"));
  runner.run(request("b"));
  runner.run(request("c"));
  expect(traces(sent)).toEqual(["a"]);
  answer(lastId(), 299);
  expect(traces(sent)).toEqual(["a", "c"]);
  answer(lastId(), 300);
  runner.run(request("d"));
  runner.run(request("e"));
  expect(traces(sent)).toEqual(["a", "c", "d", "e"]);
});

test("a run that turns out to be long is not finished first: what was asked for since, or is asked for then, replaces it", () => {
  const { runner, sent, answer, lastId } = begin();
  runner.run(request("short"));
  answer(lastId(), 10);
  runner.run(request("long"));
  runner.run(request("a"));
  expect(traces(sent)).toEqual(["short", "long"]);
  answer(lastId(), 250, null);
  expect(traces(sent)).toEqual(["short", "long", "a"]);
  answer(lastId(), 10);
  runner.run(request("long"));
  answer(lastId(), 250, null);
  runner.run(request("b"));
  expect(traces(sent)).toEqual(["short", "long", "a", "long", "b"]);
  // One that has begun anew is short again.
  runner.run(request("c"));
  expect(traces(sent)).toHaveLength(5);
});

test("when the hand rests there are curves of the pinned run, then causes, then worlds", () => {
  const { runner, sent, answer, lastId } = begin();
  runner.run(request("a"));
  runner.pin(request("b"), false);
  answer(lastId(), 10);
  expect(sent).toHaveLength(1);
  vi.advanceTimersByTime(1000);
  expect(sent.at(-1)).toMatchObject({ kind: "run", request: { trace: "b" } });
  answer(lastId(), 10);
  vi.advanceTimersByTime(1000);
  expect(sent.at(-1)).toMatchObject({ kind: "causes", request: { trace: "a" } });
  runner.take({ kind: "causes", id: lastId(), episodes: [], all: 0 });
  expect(sent.at(-1)).toMatchObject({ kind: "worlds", request: { trace: "a" } });
  runner.take({ kind: "worlds", id: lastId(), values: [[1]] });
  expect(sent.at(-1)).toMatchObject({ kind: "worlds", request: { trace: "b" } });
  runner.take({ kind: "worlds", id: lastId(), values: [[1]] });
  vi.advanceTimersByTime(1000);
  expect(sent).toHaveLength(5);
});
