import { expect, test } from "vitest";
import { Errands } from "../../../src/sim/explore/page/errands.ts";
import { NO_EDITS, type RunRequest, type ToWorker } from "../../../src/sim/explore/protocol.ts";

const REQUEST: RunRequest = { trace: "a", driver: "vmmemctl", rates: {}, edits: NO_EDITS };

/** Errands whose worker does nothing, and what happens. */
function begin() {
  const sent: ToWorker[] = [];
  const happened: unknown[] = [];
  let lastId = 0;
  const worker = { newId: () => ++lastId, send: (message: ToWorker) => sent.push(message) };
  const errands = new Errands(worker, {
    made: (file, text) => happened.push([file.name, text]),
    walked: (lines) => happened.push(lines),
    failed: (message) => happened.push(message),
  });
  return { errands, sent, happened };
}

test("files have the names that they had when they were asked for, in any order of answers", () => {
  const { errands, happened } = begin();
  errands.makeFile("rows", { name: "a.csv", type: "text/csv" }, REQUEST);
  errands.makeFile("rows", { name: "b.csv", type: "text/csv" }, { ...REQUEST, trace: "b" });
  expect(errands.take({ kind: "exported", id: 2, text: "of b" })).toBe(true);
  expect(errands.take({ kind: "exported", id: 1, text: "of a" })).toBe(true);
  expect(happened).toEqual([
    ["b.csv", "of b"],
    ["a.csv", "of a"],
  ]);
});

test("a file or a walk that fails is told with its name, once; what fails otherwise is not one", () => {
  const { errands, happened } = begin();
  errands.makeFile("picture", { name: "a.svg", type: "image/svg+xml" }, REQUEST);
  errands.walk(REQUEST, "n");
  const failed = (id: number) => errands.take({ kind: "failed", id, message: "no memory" });
  expect([failed(1), failed(2), failed(2), failed(3)]).toEqual([true, true, false, false]);
  expect(happened).toEqual(["a.svg: no memory", "The events: no memory"]);
});
