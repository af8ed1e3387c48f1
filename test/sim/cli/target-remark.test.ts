import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { traceOf } from "../../support/in-process/curves.ts";
import { scratchDirectory, shell } from "../../support/processes/command.ts";

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

test("validate, show, run and its summary accept a target above the guest's RAM with the same remark", async () => {
  const file = traceFile("above.json", "3GiB");
  const validated = await callBalloonSim(["validate", file]);
  expect(validated.status).toBe(0);
  expect(validated.stdout).toContain(": ok\n");
  expect(validated.stderr).toContain(`warning: $.host.target: ${REMARK}\n`);
  expect((await callBalloonSim(["show", file])).stdout).toContain(`warning   ${REMARK}\n`);
  const summary = await callBalloonSim(["run", file, "--summary"]);
  expect(summary.stdout).toContain(`Note: T${REMARK.slice(1)}.\n`);
  expect(summary.stderr).toBe("");
  const line = `balloon-sim: warning: ${file}: ${REMARK}\n`;
  expect((await callBalloonSim(["run", file])).stderr).toBe(line);
  // A row of figures has no room for it.
  expect((await callBalloonSim(["run", file, "--summary", "--format", "csv"])).stderr).toBe(line);
  const text = readFileSync(file, "utf8");
  expect(await callBalloonSim(["validate", "-"], { input: text })).toEqual({
    status: 0,
    stdout: "-: ok\n",
    stderr: `-: warning: $.host.target: ${REMARK}\n`,
  });
  const piped = shell(`cat '${file}' | balloon-sim validate /dev/stdin`, scratchDirectory());
  expect(piped).toMatchObject({ status: 0, stdout: "/dev/stdin: ok\n" });
  expect(piped.stderr).toContain(REMARK);
});

test("run remarks on a target of --target above the guest's RAM, and names the option", async () => {
  const file = traceFile("asked.json", "1GiB");
  for (const args of [
    ["run", file],
    ["sweep", file, "--set", "alloc-max=4096,8192"],
  ]) {
    expect((await callBalloonSim([...args, "--target", "3GiB"])).stderr).toContain(
      `--target 3GiB: ${file}: ${REMARK}\n`,
    );
  }
});

test("run names three of many traces with such targets", async () => {
  const files = ["a", "b", "c", "d", "e"].map((name) => traceFile(`${name}.json`, "3GiB"));
  const lines = (await callBalloonSim(["run", ...files, "--every", "1m"])).stderr.trimEnd().split("\n");
  expect(lines).toEqual([
    ...files.slice(0, 3).map((file) => `balloon-sim: warning: ${file}: ${REMARK}`),
    "balloon-sim: warning: the same of 2 more traces",
  ]);
});

test("run has no remark on a target that is not above the guest's RAM", async () => {
  const file = traceFile("at.json", "2GiB");
  expect((await callBalloonSim(["validate", file])).stderr).toBe("");
  expect((await callBalloonSim(["show", file])).stdout).not.toContain("warning");
  expect((await callBalloonSim(["run", file])).stderr).toBe("");
});

test("a change at the very end does not count as missed", async () => {
  const { stdout } = await callBalloonSim(["run", traceFile("end.json", "1GiB"), "--summary", "--format", "json"]);
  const { changes, changes_reached, objectives, notes } = JSON.parse(stdout);
  expect([changes, changes_reached, objectives.unreached, objectives.give_back_time]).toEqual([1, 1, 0, 0]);
  expect(notes).toEqual([
    "The change of the target at 1m is not counted: the run ended before the driver could receive it.",
  ]);
});
