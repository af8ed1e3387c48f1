import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadTraces } from "../../../../src/sim/cli/tune/study-traces.ts";
import { oneChangeRemarks } from "../../../../src/sim/cli/tune/trace-remarks.ts";
import { AS_IT_IS } from "../../../../src/sim/trace/what-if.ts";
import { scratchDirectory } from "../../../support/processes/command.ts";

const directory = scratchDirectory();
const GOALS = [{ objective: "stall_full" }, { objective: "time_to_target" }];
let files = 0;

/** What is said of a trace with this target. */
function remarksOf(target: unknown, goals = GOALS, guest: object = {}, kind = "imported"): string[] {
  const path = join(directory, `trace-${files++}.json`);
  const trace = {
    format: "balloon-sim/trace",
    version: 1,
    duration: 100,
    origin: { kind },
    guest: { memory: "1GiB", ...guest },
    host: { target },
  };
  writeFileSync(path, JSON.stringify(trace));
  return oneChangeRemarks(loadTraces([path], AS_IT_IS), goals).map((line) => line.slice(directory.length + 1));
}

test("a study warns that time to target depends on one event where an imported trace's target changes once", () => {
  const remark = /^trace-\d+\.json: its target changes once only, so time_to_target depends on one event there/;
  expect(remarksOf("300MiB")).toEqual([expect.stringMatching(remark)]);
  expect(
    remarksOf([
      [0, 0],
      [50, "300MiB"],
    ]),
  ).toEqual([expect.stringMatching(remark)]);
});

test("a study warns that time to target is 0 where a trace's target never jumps", () => {
  const line = [
    [0, 0],
    [50, "300MiB"],
  ];
  for (const kind of ["imported", "synthetic"]) {
    expect(remarksOf({ points: line, hold: "linear" }, GOALS, {}, kind)).toEqual([
      expect.stringMatching(/never jumps, so time_to_target is 0 there for all constants/),
    ]);
  }
});

test("a study does not warn of other traces", () => {
  expect(
    remarksOf([
      [0, "300MiB"],
      [50, 0],
    ]),
  ).toEqual([]);
  expect(
    remarksOf({
      points: [
        [0, "300MiB"],
        [10, 0],
      ],
      repeat: 20,
    }),
  ).toEqual([]);
  expect(remarksOf("300MiB", GOALS, { balloon: "300MiB" })).toEqual([]);
  expect(remarksOf("300MiB", [{ objective: "stall_full" }])).toEqual([]);
  expect(remarksOf("300MiB", GOALS, {}, "synthetic")).toEqual([]);
});
