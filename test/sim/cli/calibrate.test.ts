import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseMachine } from "../../../src/sim/trace/machines.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { balloonSim, ROOT, scratchDirectory } from "../../support/processes/command.ts";
import { slow } from "../../support/setup/slow.ts";

const RUNS = "test/sim/fidelity/runs";
const STATIC = `${RUNS}/static-swap.1.csv`;
const VM = "test/sim/fidelity/vm/seed-nothp-static.csv";
const scratch = scratchDirectory();
const calibrate = (...args: string[]) => callBalloonSim(["calibrate", ...args]);

test("calibrate prints the costs, and writes a machine that other commands take", slow(2), async () => {
  const machine = join(scratch, "my box.json");
  const { status, stdout, stderr } = await calibrate(STATIC, "-o", machine);
  expect([status, stderr]).toEqual([0, ""]);
  await expect(stdout).toMatchFileSnapshot("golden/calibrate.txt");
  await expect(readFileSync(machine, "utf8").replace(/"balloon-sim \S+"/, '"balloon-sim VERSION"')).toMatchFileSnapshot(
    "golden/calibrate-machine.json",
  );

  const again = join(scratch, "again.json");
  const threads = await calibrate(STATIC, "-o", again, "--workers", "3");
  expect(threads.stdout).toBe(stdout);
  expect(readFileSync(again, "utf8").replace('"again"', '"my-box"')).toBe(readFileSync(machine, "utf8"));

  const fidelity = await callBalloonSim(["fidelity", STATIC, "--machine", machine]);
  expect([fidelity.status, fidelity.stderr]).toEqual([0, ""]);
  const ran = await callBalloonSim(["run", "spike", "--machine", machine, "--until", "20s", "--summary"]);
  expect([ran.status, ran.stderr]).toEqual([0, ""]);
  const next = await balloonSim(["calibrate", `${RUNS}/plenty.1.csv`, "--base", machine, "-o", "-"]);
  expect(parseMachine(next.stdout, "stdout").provenance?.base).toBe("my-box");
  expect(next.stderr).toContain("No cost is identifiable from these runs");
  expect(next.stderr).toContain("Assumed, as in my-box: 100 timer ticks a second, 1 processor");
});

test("calibrate says if the model describes the runs badly, and which of their settings it does not know", async () => {
  const machine = join(scratch, "vm.json");
  const frozen = join(scratch, "frozen.csv");
  writeFileSync(frozen, readFileSync(VM, "utf8").replace("text=1", "text=1 freeze=5@20"));
  const { status, stdout } = await calibrate(frozen, "-o", machine);
  expect(status).toBe(0);
  // The base has one processor, the recorded machine two.
  expect(parseMachine(readFileSync(machine, "utf8"), machine).cpus).toBe(2);
  expect(stdout).toMatch(
    /^The model describes these runs badly \(\d of 8 curves\): the costs make up for what it lacks/m,
  );
  expect(stdout).toContain("Not in the model, so that the costs compensate for it: freeze=5@20 (the machine");
});

describe("calibrate refuses", () => {
  test.each<[string, string[], string]>([
    ["no run", [], "calibrate: a recorded run is missing, such as: balloon-sim calibrate run.csv"],
    [
      "runs of two machines",
      [STATIC, VM],
      `${VM}: is of another machine (VM lab, Linux 6.1.0-56-cloud-amd64) than ${STATIC} (kernel lab, Linux 6.1.192): calibrate each machine with its own runs`,
    ],
    ["a file that is no run", ["package.json"], "package.json:1: this is not a recorded run: expected"],
    ["an unknown base", [STATIC, "--base", "labb"], '--base labb: there is no machine "labb": expected'],
    ["an output that is an input", [STATIC, "-o", STATIC], `-o ${STATIC}: is the same file as ${STATIC}`],
  ])("%s", async (_, args, message) => {
    const { status, stdout, stderr } = await calibrate(...args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr.startsWith(`balloon-sim: ${message}`), stderr).toBe(true);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  test("a recording that is given twice, also as a copy", async () => {
    const copy = join(scratch, "copy.csv");
    copyFileSync(join(ROOT, STATIC), copy);
    const { status, stderr } = await calibrate(STATIC, copy);
    expect([status, stderr]).toEqual([
      2,
      `balloon-sim: ${copy}: is the same recording as ${STATIC}: give each one once\n`,
    ]);
  });

  test("a base that is no machine", async () => {
    const file = join(scratch, "rates.json");
    writeFileSync(file, '{"alloc-max": 4096}');
    const { status, stderr } = await calibrate(STATIC, "--base", file);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^balloon-sim: --base \S+rates\.json:1:1: \$: this is no machine: [^\n]*\n$/);
  });
});
