import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bundledTraces } from "../../../src/sim/trace/bundled.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";

test("validate prints ok for a good trace", async () => {
  const names = bundledTraces();
  const { status, stdout, stderr } = await callBalloonSim(["validate", ...names]);
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toBe(names.map((name) => `${name}: ok\n`).join(""));
});

test("validate prints a line for every problem of every file, and ends with 2", async () => {
  const spike = readFileSync(new URL("../../../traces/spike.json", import.meta.url), "utf8");
  const input = spike.replace('"swap": "2GiB"', '"swap": "2GB"').replace('"fileWarm"', '"filewarm"');
  const { status, stdout, stderr } = await callBalloonSim(["validate", "steady", "-", "absent.json", "ramp"], {
    input,
  });
  expect([status, stderr]).toEqual([2, ""]);
  expect(stdout.split("\n")).toEqual([
    "steady: ok",
    '<stdin>:13:13: $.guest.swap: expected a size such as "512MiB" or a whole number of pages, found "2GB" (units are binary: write "2GiB")',
    '<stdin>:46:7: $.workloads[0].filewarm: unknown key "filewarm"; did you mean "fileWarm"?',
    expect.stringMatching(/^absent\.json: no such file, and no bundled trace "absent\.json" \(bundled traces: /),
    "ramp: ok",
    "",
  ]);
});

test("validate reads JSON lines from a pipe to their end", async () => {
  const lines = readFileSync(new URL("../../../traces/recorded/proc-capture.jsonl", import.meta.url), "utf8");
  expect(await callBalloonSim(["validate", "-"], { input: lines })).toEqual({
    status: 0,
    stdout: "-: ok\n",
    stderr: "",
  });
  const cut = await callBalloonSim(["validate", "-"], { input: lines.slice(0, -100) });
  expect(cut.status).toBe(2);
  expect(cut.stdout).toMatch(/^<stdin>:53:\d+: \$\.measured\S*: .*\n$/);
});

test("validate finds names of the guest that a run refuses", async () => {
  const trace = (guest: object) =>
    JSON.stringify({
      format: "balloon-sim/trace",
      version: 1,
      name: "x",
      duration: 10,
      guest: { memory: 9000, ...guest },
    });
  const validate = async (guest: object) => await callBalloonSim(["validate", "-"], { input: trace(guest) });
  expect(await validate({ profile: "linux-9" })).toMatchObject({
    status: 2,
    stdout: expect.stringMatching(
      /^<stdin>:1:\d+: \$\.guest\.profile: there is no profile "linux-9": expected one of /,
    ),
  });
  expect(await validate({ profile: "linux-2.6.32", lru: "mglru" })).toMatchObject({
    status: 2,
    stdout: expect.stringMatching(/^<stdin>:1:\d+: \$\.guest\.lru: linux-2\.6\.32 has no multi-generational LRU/),
  });
  expect(await validate({ profile: "lab", thp: "always" })).toMatchObject({
    status: 2,
    stdout: expect.stringMatching(
      /^<stdin>:1:\d+: \$\.guest\.thp: lab has no transparent huge pages: expected "never", /,
    ),
  });
  expect(await validate({ lru: "mglru" })).toMatchObject({ status: 0, stdout: "-: ok\n" });
});

test("validate and show ask whether the unit of a guest's memory is missing", async () => {
  const trace = (memory: unknown) =>
    JSON.stringify({ format: "balloon-sim/trace", version: 1, name: "x", duration: 10, guest: { memory } });
  const run = async (command: string, memory: unknown) =>
    await callBalloonSim([command, "-"], { input: trace(memory) });
  const remark =
    'the guest\'s RAM is 16MiB (4096 without a unit is a number of pages of 4 KiB: did you mean "4096MiB"?)';
  expect(await run("validate", 4096)).toEqual({
    status: 0,
    stdout: "-: ok\n",
    stderr: `-: warning: $.guest.memory: ${remark}\n`,
  });
  expect((await run("show", 4096)).stdout.replace(/\s+/g, " ")).toContain(`warning ${remark}`);
  expect((await run("validate", 2 ** 14 + 1)).stderr).toBe("");
  expect((await run("validate", "4096MiB")).stderr).toBe("");
});
