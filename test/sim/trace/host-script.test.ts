import { expect, it } from "vitest";
import { hostScript } from "../../../src/sim/trace/host-script.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";

/** The capabilities of a host that names none. */
const CAPABILITIES = "capabilities batched batched-2m 64-bit-target";

/** The script of a trace with this host. */
const scriptOf = (host: object): string[] =>
  hostScript(readTrace(JSON.stringify({ ...TRACE, host })))
    .trimEnd()
    .split("\n");

const TRACE = {
  ...{ format: "balloon-sim/trace", version: 1, name: "t", description: "", duration: "10m", seed: "1" },
  guest: { memory: "1GiB", profile: "linux-6.1", kernelMemory: "64MiB" },
};

it("a host's script has a line for each step of the target", async () => {
  const { status, stdout } = await callBalloonSim(["show", "spike", "--host-script"]);
  expect(status).toBe(0);
  expect(stdout).toBe(`balloon-host 1\n${CAPABILITIES}\ntarget 0 0\ntarget 10000000 524288\ntarget 150000000 262144\n`);
});

it("a host's script has a line for each straight line of the target, and unrolls repetitions", () => {
  const points = [
    [0, 0],
    ["1m", "4MiB"],
    ["5m", "4MiB"],
  ];
  expect(scriptOf({ target: { hold: "linear", repeat: "5m", points } })).toEqual([
    ...["balloon-host 1", CAPABILITIES],
    ...["ramp 0 0 60000000 1024", "target 60000000 1024"],
    ...["ramp 300000000 0 360000000 1024", "target 360000000 1024", "ramp 600000000 0 660000000 1024"],
  ]);
});

it("a host's script skips times in which the target is unknown", () => {
  expect(
    scriptOf({
      target: [
        [0, "4MiB"],
        ["1m", null],
        ["2m", "8MiB"],
      ],
    }),
  ).toEqual(["balloon-host 1", CAPABILITIES, "target 0 1024", "target 120000000 2048"]);
});

it("a host's script has a line for each rule, and a seed where a rule is random", () => {
  const host = {
    target: "4MiB",
    refusals: [{ from: "10s", until: "20s", every: 3, fraction: 0.5, status: "busy" }],
    resets: ["30s"],
    faults: [{ command: "start", at: "40s", status: "failure" }],
  };
  const [head, capabilities, seed, ...lines] = scriptOf(host);
  expect([head, capabilities]).toEqual(["balloon-host 1", CAPABILITIES]);
  expect(seed).toMatch(/^seed \d+$/);
  expect(lines).toEqual([
    "target 0 1024",
    "rule lock 10000000 20000000 - 3 0.5 8",
    "rule get-target 30000000 - 1 1 1 7",
    "rule start 40000000 - 1 1 1 4294967295",
  ]);
});

it("a host's script has the capabilities and the rules that an emulated host can have", () => {
  const refusal = { command: "batched-lock", from: "1s", status: "busy" };
  const faults = [refusal, { command: "doorbell-set", at: "1s", status: "busy" }];
  expect(scriptOf({ capabilities: ["doorbell", "batched"], faults })).toEqual([
    ...["balloon-host 1", "capabilities batched", "target 0 0", "rule batched-lock 1000000 - - 1 1 8"],
  ]);
  expect(scriptOf({ capabilities: ["doorbell"] })).toEqual(["balloon-host 1", "target 0 0"]);
});

it("what a host's script leaves out is said on standard error, in one line", async () => {
  const said = async (host: object) => {
    const input = JSON.stringify({ ...TRACE, host });
    const { status, stdout, stderr } = await callBalloonSim(["show", "-", "--host-script"], { input });
    expect([status, stdout.includes("doorbell")]).toEqual([0, false]);
    return stderr;
  };
  const why = "emulated hosts have no doorbell, and balloon-hw uses none\n";
  const begin = "balloon-sim: note: the host's script leaves out";
  const faults = [1, 2].map((at) => ({ command: "doorbell-set", at, status: "busy" }));
  expect(await said({ capabilities: ["doorbell"] })).toBe(`${begin} the capability doorbell: ${why}`);
  expect(await said({ capabilities: ["doorbell"], faults })).toBe(
    `${begin} the capability doorbell and 2 rules for doorbell-set: ${why}`,
  );
  expect(await said({ faults: faults.slice(1) })).toBe(`${begin} 1 rule for doorbell-set: ${why}`);
  expect(await said({ resets: [1] })).toBe("");
});

it("a host's script is the same each time it is made", () => {
  const script = () => hostScript(openTrace("refusals"));
  expect(script()).toBe(script());
});

it("a trace with more rules than a script may have is refused", () => {
  const refusals = Array.from({ length: 201 }, () => ({ status: "busy" }));
  expect(() => scriptOf({ refusals })).toThrow("201 rules for the host; an emulated host follows at most 200");
});
