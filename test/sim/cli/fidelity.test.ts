import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { ROOT, scratchDirectory, shell } from "../../support/processes/command.ts";

const RUNS = "test/sim/fidelity/runs";
const run = (name: string): string => `${RUNS}/${name}.csv`;
const scratch = scratchDirectory();
const fidelity = (...args: string[]) => callBalloonSim(["fidelity", ...args]);

describe("prints", () => {
  test.each([
    ["fidelity-one.txt", [run("refusals.1")]],
    ["fidelity-repetitions.txt", [run("cache.1"), run("cache.2"), run("cache.3")]],
    ["fidelity-many.txt", [run("refusals.1"), run("plenty.1"), run("plenty.2")]],
    ["fidelity-roles.txt", [run("cache.1"), run("refusals.1"), "--roles", `${RUNS}/scenarios.json`]],
    ["fidelity.csv", [run("refusals.1"), run("plenty.1"), "--format", "csv"]],
    ["fidelity.json", [run("plenty.1"), run("plenty.2"), "--format", "json"]],
    ["fidelity-plot.txt", [run("refusals.1"), "--plot"]],
  ])("%s", async (name, args) => {
    const { status, stdout, stderr } = await fidelity(...args);
    expect([status, stderr]).toEqual([0, ""]);
    await expect(stdout).toMatchFileSnapshot(`golden/${name}`);
  });
});

test("fidelity refuses a recording that is given twice, which would count as two repetitions", async () => {
  const copy = join(scratch, "copy.csv");
  writeFileSync(copy, readFileSync(join(ROOT, run("refusals.1"))));
  const { status, stdout, stderr } = await fidelity(run("refusals.1"), copy);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toBe(`balloon-sim: ${copy}: is the same recording as ${run("refusals.1")}: give each one once\n`);
});

test("fidelity reads standard input and pipes, and names a pipe's scenario by its path", async () => {
  const expected = (await fidelity(run("plenty.1"))).stdout;
  const input = readFileSync(join(ROOT, run("plenty.1")), "utf8");
  expect(await callBalloonSim(["fidelity", "-"], { input })).toEqual({
    status: 0,
    stdout: expected.replace(/^plenty:/, "stdin:"),
    stderr: "",
  });
  const piped = shell(`balloon-sim fidelity <(cat ${join(ROOT, run("plenty.1"))})`, scratch);
  expect(piped).toEqual({
    status: 0,
    stdout: expected.replace(/^plenty:/, /^[^:]*:/.exec(piped.stdout)?.[0] ?? ""),
    stderr: "",
  });
  expect(piped.stdout).toMatch(/^\/dev\/fd\/\d+: /);
  expect(await callBalloonSim(["fidelity", "-"], { input: "no run\n" })).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^balloon-sim: <stdin>:1: this is not a recorded run: /),
  });
  expect(await callBalloonSim(["fidelity", "-"], { input: "\n" })).toMatchObject({
    status: 2,
    stderr:
      "balloon-sim: <stdin>: is empty, expected a recorded run: a log of the kernel lab or the VM lab or a recording of balloon-hw (run --record): pipe its text into the command, or name a file instead of -\n",
  });
  expect(await callBalloonSim(["fidelity", "-", run("plenty.1")], { input: "no run\n" })).toMatchObject({
    status: 2,
    stdout: expected,
    stderr: expect.stringMatching(/^balloon-sim: <stdin>:1: this is not a recorded run: [^\n]*\nballoon-sim: 1 of 2 /),
  });
});

test("calibrate reads a pipe once, for the run and for its digest", () => {
  const runs = [run("plenty.1"), "test/sim/fidelity/vm/seed-nothp-static.csv"].map(
    (path) => `<(cat ${join(ROOT, path)})`,
  );
  const { status, stderr } = shell(`balloon-sim calibrate ${runs.join(" ")}`, scratch);
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^balloon-sim: \/dev\/fd\/\d+: is of another machine /)]);
});

test("fidelity names the settings of a lab that the memory model does not know", async () => {
  const recorded = readFileSync("test/sim/fidelity/vm/seed-nothp-static.csv", "utf8");
  const frozen = join(scratch, "frozen.csv");
  writeFileSync(frozen, recorded.replace("text=1", "text=1 freeze=5@20"));
  const setting = "freeze=5@20 (the machine stands still)";
  expect((await fidelity(frozen)).stdout).toContain(`\none run\nnot in the model: ${setting}\n`);
  const many = (await fidelity(frozen, run("plenty.1"))).stdout;
  expect(many).toMatch(/\nNot in the model: freeze=5@20 \(the machine stands still\), in frozen\.\n/);
  const [first, second] = JSON.parse((await fidelity(frozen, run("plenty.1"), "--format", "json")).stdout);
  expect([first.unmodelled, second.unmodelled]).toEqual([[setting], undefined]);
});

test("fidelity says that the costs of a run of the VM lab are those of another machine, and who has others", async () => {
  const vm = "test/sim/fidelity/vm/seed-nothp-static.csv";
  const note =
    "costs are those of the machine server, not of the VM lab: --machine FILE gives others, such as test/sim/fidelity/vm-runs/machine.json, or those that calibrate fits";
  expect((await fidelity(vm)).stdout.endsWith(`\nNote: ${note}\n`)).toBe(true);
  expect((await fidelity(vm, run("plenty.1"))).stdout.endsWith(`\nNote on seed-nothp-static: ${note}\n`)).toBe(true);
  const [first, second] = JSON.parse((await fidelity(vm, run("plenty.1"), "--format", "json")).stdout);
  expect([first.costs_note, second.costs_note]).toEqual([note, undefined]);
  expect((await fidelity(vm, "--machine", "lab")).stdout).not.toContain("Note");
});

describe("bad files among several", () => {
  const mainline = "test/sim/fidelity/vm/mainline-4k-swap.csv";
  const without = join(scratch, "none.csv");
  writeFileSync(without, readFileSync(join(ROOT, mainline), "utf8").replace("driver=mainline", "driver=none"));
  const line = `balloon-sim: ${without}:1: driver=none: can't be replayed: expected a driver that the simulation knows: seed (vmmemctl), mainline (vmw-balloon), virtio (virtio-balloon), balloon-hw (vmmemctl)\n`;

  test("are reported, and the others compared", async () => {
    const { status, stdout, stderr } = await fidelity(without, run("plenty.1"), "nowhere.csv");
    expect(status).toBe(2);
    expect(stderr).toBe(
      `${line}balloon-sim: nowhere.csv: no such file or directory\n` +
        "balloon-sim: 2 of 3 recorded runs could not be used: they are missing in the comparison\n",
    );
    expect(stdout).toBe((await fidelity(run("plenty.1"))).stdout);
  });

  test("are reported if all are bad", async () => {
    expect(await fidelity(without, "nowhere.csv")).toEqual({
      status: 2,
      stdout: "",
      stderr:
        `${line}balloon-sim: nowhere.csv: no such file or directory\n` +
        "balloon-sim: 2 of 2 recorded runs could not be used: nothing is left to compare\n",
    });
    expect((await fidelity(without)).stderr).toBe(line);
  });
});

test("fidelity names the figures that a recording's driver does not have", async () => {
  const names = "rate_alloc rate_free nosleep nosleep_fail sleep sleep_fail";
  const virtio = "test/sim/fidelity/driver-runs/virtio-plenty.1.csv";
  expect((await fidelity(virtio)).stdout).toContain(`\none run\nnot in the recording: ${names}\n`);
  const many = (await fidelity(virtio, run("plenty.1"))).stdout;
  expect(many).toContain(`\nNot in the recording: ${names}, in virtio-plenty.\n`);
  const [first, second] = JSON.parse((await fidelity(virtio, run("plenty.1"), "--format", "json")).stdout);
  expect([first.unrecorded, second.unrecorded]).toEqual([names.split(" "), undefined]);
});

test("a run of mainline's driver is replayed with its policy, and has no curve of a rate", async () => {
  const { status, stdout } = await fidelity("test/sim/fidelity/vm/mainline-4k-swap.csv");
  expect(status).not.toBe(2);
  expect(stdout).toContain("balloon");
  expect(stdout).not.toContain("sleeping rate");
});

describe("writes", () => {
  test("a picture of a scenario beside the table", async () => {
    const path = join(scratch, "cache.svg");
    const table = (await fidelity(run("cache.1"), run("cache.2"))).stdout;
    expect(await fidelity(run("cache.1"), run("cache.2"), "--plot", path)).toEqual({
      status: 0,
      stdout: table,
      stderr: "",
    });
    await expect(readFileSync(path, "utf8")).toMatchFileSnapshot("golden/fidelity.svg");
  });

  test("the trace of a run, which run accepts", async () => {
    const path = join(scratch, "refusals.json");
    expect(await fidelity(run("refusals.1"), "--trace-out", path)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(readFileSync(path, "utf8")).toContain("[1.16, 30000]");
    const { status, stdout } = await callBalloonSim(["run", path, "--columns", "time_s,target,size", "--every", "29s"]);
    expect([status, stdout.trimEnd().split("\n").at(-1)]).toEqual([0, "29.000000,40000,0"]);
  });
});

describe("one line and exit code 2 for", () => {
  writeFileSync(join(scratch, "bad.json"), '{\n  "fit": ["a"],\n  "tset": []\n}\n');
  test.each([
    [[], "the argument <run> is missing (see --help)"],
    [["nowhere.csv"], "nowhere.csv: no such file or directory"],
    [[RUNS], `${RUNS}: is a directory`],
    [["package.json"], "package.json:1: this is not a recorded run: expected a log of the kernel lab"],
    [[run("plenty.1"), "--plot", "x.png"], '--plot "x.png": expected a file name that ends in .svg'],
    [
      [run("plenty.1"), run("refusals.1"), "--plot", "x.svg"],
      "--plot x.svg: draws one scenario, but runs of 2 are given",
    ],
    [[run("plenty.1"), run("plenty.2"), "--trace-out", "x.json"], "--trace-out x.json: takes one run, but 2 are given"],
    [[run("plenty.1"), "--trace-out", "nowhere/x.json"], "--trace-out nowhere/x.json: can't be written: "],
    [[run("plenty.1"), "--roles", "nowhere.json"], "--roles nowhere.json: no such file or directory"],
    [
      [run("plenty.1"), "--roles", join(scratch, "bad.json")],
      'bad.json:3:11: $.tset: expected fit or test, found "tset"',
    ],
  ])("%j", async (args, message) => {
    const { status, stdout, stderr } = await fidelity(...args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^balloon-sim: [^\n]+\n$/);
    expect(["x.png", "x.svg", "x.json"].some(existsSync)).toBe(false);
  });
});
