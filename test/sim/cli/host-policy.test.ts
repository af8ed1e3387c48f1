import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { offersFor } from "../../../src/sim/cli/completion/offers.ts";
import { createProgram } from "../../../src/sim/cli/program.ts";
import { TARGET_POLICIES } from "../../../src/sim/hosts/policies/index.ts";
import { callBalloonSim, inTurn } from "../../support/in-process/command.ts";
import { ROOT, scratchDirectory } from "../../support/processes/command.ts";

const scratch = scratchDirectory();
const NAMES = [...TARGET_POLICIES.keys()];

/** A file with this content. */
function file(name: string, content: unknown): string {
  const path = join(scratch, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const PROXMOX = {
  host: { goal: "600MB" },
  vms: [
    { name: "A", max: "2GB", min: "1GB", size: "1GB", free: 0, shares: 2000 },
    { name: "B", max: "2GB", min: "1GB", size: "1GB", free: 0, shares: 1000 },
  ],
  params: { maxchange: "100MB" },
};
const proxmox = file("proxmox.json", PROXMOX);
const SQUEEZED = {
  host: { free: 0, goal: "1000KiB" },
  vms: [
    {
      name: "dead",
      min: "5000KiB",
      target: "7000KiB",
      max: "7000KiB",
      actual: "7000KiB",
      inaccuracy: 0,
      driver: { stuck: true },
    },
    {
      name: "alive",
      min: "5000KiB",
      target: "6000KiB",
      max: "11000KiB",
      actual: "6000KiB",
      inaccuracy: 0,
      driver: { rate: "100KiB" },
    },
  ],
};
const squeezed = file("squeezed.json", SQUEEZED);
const run = (...args: string[]) => callBalloonSim(["host-policy", ...args]);

describe("host-policy prints as JSON", () => {
  test("rounds after those of a list of states, and says so", async () => {
    const states = file("states.json", [PROXMOX, { ...PROXMOX, params: undefined, host: { goal: "300MB" } }]);
    const { status, stdout, stderr } = await run("proxmox", "--state", states, "--rounds", "5");
    expect([status, JSON.parse(stdout).map(({ targets }: { targets: object }) => targets)]).toEqual([
      0,
      [{ A: 1.1e9, B: 1.1e9 }, { A: 1.1e9, B: 1.1e9 }, { A: 1.2e9 }],
    ]);
    expect(stderr).toBe(
      `balloon-sim: ${states} has 2 states: round 3 and later ones go on from what the round before has made of the last one\n`,
    );
    expect((await run("proxmox", "--state", states, "--rounds", "2")).stderr).toBe("");
  });

  test("the targets of one round", async () => {
    expect(await run("proxmox", "--state", proxmox)).toEqual({
      status: 0,
      stdout: '[{"round":1,"targets":{"A":1100000000,"B":1100000000}}]\n',
      stderr: "",
    });
  });

  test("those of several rounds, a line for each, until nothing changes", async () => {
    const { stdout } = await run("proxmox", "--state", proxmox, "--rounds", "50");
    expect(stdout.split("\n")).toHaveLength(5);
    expect(JSON.parse(stdout)).toEqual([
      { round: 1, targets: { A: 1.1e9, B: 1.1e9 } },
      { round: 2, targets: { A: 1.2e9, B: 1.2e9 } },
      { round: 3, targets: { A: 1.3e9 } },
      { round: 4, targets: { B: 1.3e9 } },
    ]);
  });

  test("a round without targets, where nothing is to be done", async () => {
    const { stdout } = await run("proxmox", "--state", file("nothing.json", { ...PROXMOX, host: { goal: 0 } }));
    expect(stdout).toBe('[{"round":1,"targets":{}}]\n');
  });

  test("with a step the times of the rounds and the outcome", async () => {
    const { status, stdout } = await run("squeezed", "--state", squeezed, "--step", "0.1s");
    expect([status, JSON.parse(stdout)]).toEqual([
      0,
      [
        { round: 1, time_s: 0, state: "freeing", targets: { dead: 5_632_000 } },
        { round: 52, time_s: 5.1, state: "freeing", targets: { alive: 5_120_000 } },
        {
          round: 152,
          time_s: 15.1,
          targets: {},
          outcome: "success",
          stuck: ["dead"],
          why: "the host has 1024000 bytes free of the 1024000 that it wants",
        },
      ],
    ]);
  });

  test("a failure of the policy, which is no failure of the command", async () => {
    const { status, stdout } = await run("squeezed", "--state", squeezed, "--step", "0.1s", "--set", "two-phases=0");
    expect([status, JSON.parse(stdout).at(-1)]).toMatchObject([
      0,
      { outcome: "failure", why: expect.stringContaining("alive") },
    ]);
  });

  test("the state of the host, what it swaps, and who waits", async () => {
    const state = file("esx.json", {
      host: { memory: "100MB", free: 0, goal: "-200MB" },
      vms: [{ name: "A", max: "256MB", size: "256MB", active: 0 }],
    });
    expect(JSON.parse((await run("esx", "--state", state)).stdout)).toEqual([
      { round: 1, state: "low", targets: { A: 89_600_000 }, host_swap: { A: 33_600_000 }, blocked: ["A"] },
    ]);
  });

  test("names that could write to the terminal, escaped", async () => {
    const name = "a\u001b[31m";
    const { stdout } = await run("none", "--state", file("names.json", { vms: [{ name, max: 1 }] }));
    expect(stdout).not.toContain("\u001b");
    expect(JSON.parse(stdout)).toEqual([{ round: 1, targets: { [name]: 1 } }]);
  });

  test("a state from standard input, and a round for each of a list of states", async () => {
    const input = JSON.stringify([PROXMOX, { ...PROXMOX, params: undefined, host: { goal: 0 } }]);
    const { status, stdout } = await callBalloonSim(["host-policy", "proxmox", "--state", "-"], { input });
    expect([status, JSON.parse(stdout)]).toEqual([
      0,
      [
        { round: 1, targets: { A: 1.1e9, B: 1.1e9 } },
        { round: 2, targets: {} },
      ],
    ]);
  });
});

describe("host-policy ends with one line and exit code 2 for", () => {
  const list = file("list.json", [PROXMOX, { ...PROXMOX, params: undefined }]);
  const empty = file("empty.json", "");
  const negative = file("negative.json", { ...PROXMOX, vms: [{ ...PROXMOX.vms[0], size: -1 }] });
  const evil = file("evil\u001b[31m.json", '{"\u202e": 1, "vms": [], "host": {"goal": 1}}');
  test.each([
    [["proxmx"], 'unknown policy "proxmx"; did you mean "proxmox"? (--help lists them)'],
    [["foo"], 'unknown policy "foo" (--help lists them)'],
    [["help", "proxmx"], 'host-policy help "proxmx": unknown policy; did you mean "proxmox"? (--help lists them)'],
    [
      ["proxmox"],
      "host-policy proxmox: --state is missing, such as: balloon-sim host-policy proxmox --state host.json",
    ],
    [["proxmox", "--state", "none.json"], "--state none.json: no such file or directory"],
    [["proxmox", "--state", "src"], "--state src: is a directory, expected a file"],
    [["proxmox", "--state", "/dev/zero"], "--state /dev/zero: is a device, expected a file"],
    [["proxmox", "--state", empty], `${empty}: is empty, expected the state of a host (docs/host-policies.md)`],
    [["proxmox", "--state", negative], `${negative}:1:76: $.vms[0].size: expected 0 or more, found -1`],
    [
      ["proxmox", "--state", evil],
      `${scratch}/evil\\u{1b}[31m.json:1:2: $["\\u{202e}"]: unknown key "\\u{202e}" (known: host, vms, params)`,
    ],
    [["proxmox", "--state", proxmox, "--rounds", "0"], '--rounds "0": expected a whole number from 1 to 100000'],
    [
      ["proxmox", "--state", proxmox, "--rounds", "100001"],
      '--rounds "100001": expected a whole number from 1 to 100000',
    ],
    [["proxmox", "--state", proxmox, "--rounds", "NaN"], '--rounds "NaN": expected a whole number from 1 to 100000'],
    [["proxmox", "--state", proxmox, "--step", "0"], '--step "0": expected more than 0'],
    [["proxmox", "--state", list, "--step", "1s"], `--step: moves the VMs of one state, but ${list} has 2`],
    [
      ["proxmox", "--state", proxmox, "--set", "tax=1"],
      '--set tax=1: unknown parameter "tax" (known: target, maxchange, deadzone, enough)',
    ],
  ])("%j", async (args, message) => {
    const { status, stdout, stderr } = await run(...args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(`balloon-sim: ${message}\n`);
  });
});

test("host-policy asks whether the unit of a memory is missing", async () => {
  const of = async (memory: unknown, max: unknown) => {
    const vms = [{ name: "A\u001b", min: 0, max, size: max, free: 0 }];
    return await run("mom", "--state", file("bare.json", { host: { memory, free: 0 }, vms }));
  };
  const { status, stderr } = await of(65_536, "8GiB");
  expect(status).toBe(0);
  expect(stderr).toBe(
    `balloon-sim: warning: ${join(scratch, "bare.json")}: the host has 65536 bytes of memory: a size without a unit is a number of bytes: did you mean "65536MiB"?\n`,
  );
  expect((await of("64GiB", 512)).stderr).toContain(
    'A\\u{1b} has 512 bytes of memory: a size without a unit is a number of bytes: did you mean "512MiB"?',
  );
  expect((await of("64GiB", "8GiB")).stderr).toBe("");
  // A state in small numbers.
  expect((await of(1000, 500)).stderr).toBe("");
});

describe("the help of host-policy", () => {
  test("lists the policies", async () => {
    const { stdout } = await run("--help");
    for (const name of NAMES) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, "m"));
    await expect(stdout).toMatchFileSnapshot("golden/help-host-policy.txt");
  });

  test("of each policy lists its parameters with unit, range and meaning", async () => {
    await inTurn(NAMES, async (name) => {
      const { stdout } = await run(name, "--help");
      await expect(stdout).toMatchFileSnapshot(`golden/help-host-policy-${name}.txt`);
      expect((await callBalloonSim(["host-policy", "help", name])).stdout).toBe(stdout);
      for (const param of TARGET_POLICIES.get(name)?.params ?? []) expect(stdout).toContain(`\n  ${param.name}=`);
    });
  });
});

test("completion offers the policies, their options and files of states", async () => {
  const program = await createProgram(["complete"]);
  const offered = (...words: string[]) => offersFor(program, words).map(({ value }) => value);
  expect(offered("host")).toEqual(["host", "host-policy"]);
  expect(offered("host-policy", "")).toEqual([...NAMES, "help"]);
  expect(offered("host-policy", "esx", "--st")).toEqual(["--state", "--step"]);
  expect(offered("host-policy", "esx", "--state", `${ROOT}test/sim/cli/traces/s`)).toEqual([
    `${ROOT}test/sim/cli/traces/small.json`,
  ]);
});
