import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { balloonSim, scratchDirectory } from "../../support/command.ts";
import { traceOf } from "../../support/curves.ts";

const REMARK = "the target goes up to 3GiB, more than the guest's RAM of 2GiB: no balloon can get there";

/** A trace with a target that changes at second 10 and when the run is over. */
function traceFile(name: string, target: string): string {
  const file = join(scratchDirectory(), name);
  const points = [
    [0, 0],
    [10, target],
    [60, 0],
  ];
  writeFileSync(file, traceOf(60, { guest: { memory: "2GiB" }, host: { target: points } }));
  return file;
}

test("a target above the guest's RAM is good, and remarked on by validate, show and the summary", () => {
  const file = traceFile("above.json", "3GiB");
  const validated = balloonSim(["validate", file]);
  expect(validated.status).toBe(0);
  expect(validated.stdout).toContain(": ok\n");
  expect(validated.stderr).toContain(`warning: $.host.target: ${REMARK}\n`);
  expect(balloonSim(["show", file]).stdout).toContain(`warning   ${REMARK}\n`);
  expect(balloonSim(["run", file, "--summary"]).stdout).toContain(
    "The host asked for up to 3GiB of a guest that has 2GiB",
  );
});

test("one that is not above it is not", () => {
  const file = traceFile("at.json", "2GiB");
  expect(balloonSim(["validate", file]).stderr).toBe("");
  expect(balloonSim(["show", file]).stdout).not.toContain("warning");
});

test("a change at the very end is no change that was missed", () => {
  const { stdout } = balloonSim(["run", traceFile("end.json", "1GiB"), "--summary", "--format", "json"]);
  const { changes, changes_reached, objectives, notes } = JSON.parse(stdout);
  expect([changes, changes_reached, objectives.unreached, objectives.give_back_time]).toEqual([1, 1, 0, 0]);
  expect(notes).toEqual([
    "The change of the target at 1m is not among those counted: the run ended before the driver could hear of it.",
  ]);
});
