import { expect, test } from "vitest";
import type { HostExport, HostRequest } from "../../../src/sim/explore/hosts/protocol.ts";
import { Errands, FileErrands } from "../../../src/sim/explore/page/errands.ts";
import { hostFileOf } from "../../../src/sim/explore/page/hosts/host-files.ts";
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

test("files of hosts have the names of the hosts that were shown when they were asked for", () => {
  const happened: unknown[] = [];
  let lastId = 0;
  const errands = new FileErrands<HostExport, HostRequest>(
    { newId: () => ++lastId, send: () => {} },
    { made: (file, text) => happened.push([file.name, text]), failed: (message) => happened.push(message) },
  );
  const ask = (what: HostExport, host: string) =>
    errands.makeFile(what, hostFileOf(what, { host }), { host, policy: null, sets: [] });
  ask("file", "hosts/office");
  ask("rows", "dir/mine.json");
  ask("rows", "hosts/noisy-neighbour");
  errands.take({ kind: "failed", id: 3, message: "no memory" });
  errands.take({ kind: "exported", id: 2, text: "of mine" });
  errands.take({ kind: "exported", id: 1, text: "of office" });
  expect(errands.take({ kind: "failed", id: 1, message: "again" })).toBe(false);
  expect(happened).toEqual([
    "noisy-neighbour.csv: no memory",
    ["mine.csv", "of mine"],
    ["office-edited.json", "of office"],
  ]);
});
