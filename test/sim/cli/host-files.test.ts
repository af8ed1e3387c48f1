import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { documentText } from "../trace/support.ts";

const cwd = scratchDirectory();
const sim = async (args: string[], input = "") => await callBalloonSim(args, { cwd, input });

const HOST = {
  name: "small",
  description: "Two guests share a host.",
  duration: "10m",
  host: { memory: "6GiB", reserved: "1GiB", swap: { size: "2GiB", readCost: "80us", writeCost: "40us" } },
  policy: { name: "mom", params: { pressure: 0.25 } },
  defaults: { overhead: "20MiB", touched: 1 },
  vms: [
    { trace: "a.json", driver: "virtio-balloon", on: "1m" },
    { trace: "a.json", name: "b", count: 2, min: "256MiB", agent: true, off: "5m" },
  ],
};
writeFileSync(join(cwd, "a.json"), documentText({ name: "a", guest: { memory: "2GiB" } }));
writeFileSync(join(cwd, "host.json"), JSON.stringify(HOST));
writeFileSync(join(cwd, "bad.json"), JSON.stringify({ ...HOST, polcy: 1, vms: [{ trace: "b.json" }] }, null, 1));

describe("validate", () => {
  test("accepts hosts among traces, also from standard input", async () => {
    expect(await sim(["validate", "host.json", "a.json", "-"], JSON.stringify(HOST))).toEqual({
      status: 0,
      stdout: "host.json: ok\na.json: ok\n-: ok\n",
      stderr: "",
    });
  });

  test("prints all problems of a host, with their places", async () => {
    const { status, stdout, stderr } = await sim(["validate", "bad.json", "-"], '{"vms": 1,}');
    expect([status, stderr]).toEqual([2, ""]);
    expect(stdout.trimEnd().split("\n")).toEqual([
      expect.stringMatching(
        /^bad\.json:26:13: \$\.vms\[0\]\.trace: b\.json: no such file, and no bundled trace "b\.json"/,
      ),
      'bad.json:29:2: $.polcy: unknown key "polcy"; did you mean "policy"?',
      expect.stringMatching(/^<stdin>:1:11: \$: /),
    ]);
  });
});

describe("show", () => {
  const TEXT = `host      small
shows     Two guests share a host.
duration  10m
seed      1
memory    6GiB, of which the host itself needs 1GiB; backs VMs with pages of 4 KiB
swap      2GiB; a page takes 80us to read, 40us to write
policy    mom: pressure=0.25, critical=0.05, guest-free=0.2, max-change=0.05, min-change=0.0025,
          samples=10, lower-bound=max
VMs       3 with 6GiB, 1.00 times the host's memory
assumed   The targets of the VMs' traces have no effect: the policy mom sets all targets.
assumed   The policy leaves a VM at least what its largest balloon leaves (min): a.
assumed   An agent tells the host the guest's free memory (agent): a.
assumed   No driver is named, so the guest has vmmemctl: b.
assumed   Copies begin at drawn phases of their trace (spread): b.
assumed   The trace ends before the run, and begins again (repeat): a, b.
assumed   Powered on during the run, so balloon, swap and page cache are empty then: a.

VM  number  memory       min   max  reservation  limit  shares  driver          on  off  trace
a        1    2GiB  716.8MiB  2GiB                        1000  virtio-balloon  1m       a.json
b        2    2GiB    256MiB  2GiB                        1000  vmmemctl             5m  a.json
`;

  test("describes a host", async () => {
    expect(await sim(["show", "host.json"])).toEqual({ status: 0, stdout: TEXT, stderr: "" });
    expect((await sim(["show", "-"], JSON.stringify(HOST))).stdout).toBe(TEXT);
  });

  test("gives it as JSON, in pages and microseconds", async () => {
    const { stdout } = await sim(["show", "host.json", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      name: "small",
      durationUs: 600_000_000,
      memory: 6 * 262_144,
      overcommit: 1,
      policy: "mom",
      params: { pressure: 0.25 },
      vms: [
        { name: "a", group: "a", driver: "virtio-balloon", onUs: 60_000_000, offUs: null },
        { name: "b-1", group: "b", rates: { allocMax: 2048 }, offUs: 300_000_000 },
        { name: "b-2" },
      ],
    });
  });

  test("says that a host has no script", async () => {
    const { status, stderr } = await sim(["show", "host.json", "--host-script"]);
    expect([status, stderr]).toEqual([
      2,
      "balloon-sim: --host-script: host.json is a host with VMs, expected a trace\n",
    ]);
  });

  test("still reads traces from standard input", async () => {
    expect((await sim(["show", "-"], documentText({ name: "piped" }))).stdout).toMatch(/^trace {5}piped\n/);
  });
});

test.each(["run", "step"])("%s refuses a host in one line", async (command) => {
  const { status, stdout, stderr } = await sim([command, "host.json"]);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(
    /^balloon-sim: host\.json:1:1: \$: this is a host with VMs, expected a trace \(balloon-sim host FILE runs it\)\n$/,
  );
});
