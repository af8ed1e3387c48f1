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
  return { runner, sent, fail };
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
