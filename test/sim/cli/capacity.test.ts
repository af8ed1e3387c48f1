import { spawn } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { environment, ROOT, scratchDirectory } from "../../support/processes/command.ts";
import { slowFile } from "../../support/setup/slow.ts";
import { documentText } from "../trace/support.ts";

slowFile(10);

const cwd = scratchDirectory();
const sim = async (...args: string[]) => await callBalloonSim(args, { cwd });

/** A guest that needs half of its memory for some seconds. */
const TRACE = {
  name: "a",
  duration: "1m",
  guest: { memory: "256MiB", swap: "256MiB", kernelMemory: "32MiB" },
  workloads: [
    {
      name: "w",
      anon: {
        hold: "linear",
        points: [
          [0, "40MiB"],
          ["20s", "40MiB"],
          ["25s", "140MiB"],
          ["40s", "140MiB"],
          ["41s", "40MiB"],
        ],
      },
      touch: "100MiB/s",
    },
  ],
};
const HOST = {
  name: "small",
  duration: "1m",
  host: { memory: "1GiB", reserved: "64MiB", swap: { size: "1GiB" } },
  policy: { name: "mom", params: { pressure: 0.3 } },
  defaults: { driver: "virtio-balloon", overhead: "8MiB", touched: 0 },
  vms: [
    { trace: "a.json", name: "app", count: 3, spread: "10s" },
    { trace: "a.json", name: "db" },
  ],
};
writeFileSync(join(cwd, "a.json"), documentText(TRACE));
writeFileSync(join(cwd, "host.json"), JSON.stringify(HOST));
const REQUIRED = ["--require", "oom_kills == 0", "--require", "lost_time_share <= 1%"];

interface Place {
  readonly memory_bytes: number;
  readonly vms: number;
  readonly overcommit: number;
}
interface Result {
  readonly step: number;
  readonly policies: readonly {
    readonly policy: string;
    readonly least: Place | null;
    readonly breaks:
      | (Place & { readonly breach: { readonly requirement: string; readonly vm: string; readonly value: number } })
      | null;
    readonly worlds: readonly (Place & { readonly world: number })[];
    readonly points: readonly (Place & {
      readonly holds: boolean;
      readonly runs: readonly { readonly world: number }[];
    })[];
  }[];
}

const MIB = 2 ** 20;

describe("the least memory", () => {
  const search = async (...args: string[]): Promise<Result> => {
    const { status, stdout, stderr } = await sim("capacity", "host.json", ...REQUIRED, "--format", "json", ...args);
    expect([status, stderr]).toEqual([0, ""]);
    return JSON.parse(stdout) as Result;
  };

  test("keeps the requirements in all worlds, and one step less does not", async () => {
    const { step, policies } = await search("--policies", "none,mom", "--worlds", "2", "--step", "32MiB");
    expect(step).toBe(32 * MIB);
    expect(policies.map(({ policy }) => policy)).toEqual(["none", "mom"]);
    for (const { least, breaks, points, worlds } of policies) {
      const memory = least?.memory_bytes as number;
      expect(breaks?.memory_bytes).toBe(memory - step);
      expect(breaks?.breach.value).toBeGreaterThan(0.01);
      expect(least?.overcommit).toBeCloseTo((1024 * MIB) / memory, 12);
      for (const [steps, holds] of [
        [-1, false],
        [0, true],
        [1, true],
      ] as const) {
        const point = points.find((one) => one.memory_bytes === memory + steps * step);
        expect([steps, point?.holds, point?.runs.map(({ world }) => world)]).toEqual([steps, holds, [1, 2]]);
      }
      expect(Math.max(...worlds.map((world) => world.memory_bytes))).toBe(memory);
    }
  });

  test("is less where the runs end before the demand, and the result says so", async () => {
    const args = ["--worlds", "1", "--step", "32MiB"];
    const memory = (found: Result): number => found.policies[0]?.least?.memory_bytes as number;
    expect(memory(await search(...args, "--until", "15s"))).toBeLessThan(memory(await search(...args)));
    const { stdout } = await sim("capacity", "host.json", ...REQUIRED, ...args, "--until", "15s");
    expect(stdout).toMatch(/^required: oom_kills == 0, .*; until 15s$/m);
    const late = await sim("capacity", "host.json", ...REQUIRED, ...args, "--until", "2m");
    expect(late.stderr).toBe("balloon-sim: warning: --until 2m: the host's run ends at 1m\n");
  });

  test("has one figure for a point, and says of a run that ended at the breach that it is a bound", async () => {
    const { policies } = await search("--worlds", "2", "--step", "32MiB");
    const [{ breaks, points }] = policies as [Result["policies"][number]];
    const whole = breaks as NonNullable<typeof breaks> & { readonly world: number };
    const at = points.find((one) => one.memory_bytes === whole.memory_bytes);
    const runs = (at?.runs ?? []) as readonly { world: number; breach: object | null }[];
    expect(runs.find(({ world }) => world === whole.world)?.breach).toEqual(whole.breach);
    const cut = points
      .filter((one) => one.memory_bytes < whole.memory_bytes)
      .flatMap((one) => one.runs as readonly { world: number; breach: { is_bound?: true } | null }[]);
    expect(cut.length).toBeGreaterThan(0);
    expect(cut.filter(({ breach }) => breach !== null).every(({ breach }) => breach?.is_bound === true)).toBe(true);
  });

  test("a single run at these sizes says the same", async () => {
    const { policies } = await search("--worlds", "1", "--step", "32MiB");
    const [{ least, breaks }] = policies as [Result["policies"][number]];
    const { runHost } = await import("../../../dist/sim/hosts/run-host.js");
    const { readHostScenario } = await import("../../../dist/sim/hosts/scenario/read.js");
    const worst = (bytes: number): number => {
      const { vms } = runHost(readHostScenario(join(cwd, "host.json"), { sets: [`host.memory=${bytes / 1024}KiB`] }));
      return Math.max(...vms.map(({ lostUs, onUs }) => lostUs / onUs));
    };
    expect(worst(least?.memory_bytes as number)).toBeLessThanOrEqual(0.01);
    expect(worst(breaks?.memory_bytes as number)).toBeCloseTo(breaks?.breach.value as number, 12);
  });

  test("parameters of a policy are those of the file for the file's policy, and those that are set", async () => {
    const least = async (...args: string[]) =>
      (await search("--worlds", "1", "--step", "32MiB", ...args)).policies.map((one) => one.least?.memory_bytes);
    const [own] = await least();
    expect(await least("--policies", "mom")).toEqual([own]);
    const [never] = await least("--policies", "none");
    // A host that is never under pressure never balloons.
    expect(
      await least("--policies", "none,mom", "--set", "host.mom.pressure=0.0001", "--set", "host.mom.critical=0.0001"),
    ).toEqual([never, never]);
  });
});

describe("the most VMs", () => {
  test("all of the file in proportion, or the copies of one", async () => {
    for (const group of [[], ["--group", "app"]]) {
      const { stdout } = await sim(
        "capacity",
        "host.json",
        ...REQUIRED,
        "--over",
        "vms",
        ...group,
        "--worlds",
        "1",
        "--format",
        "json",
      );
      const [{ least, breaks, points }] = (JSON.parse(stdout) as Result).policies as [Result["policies"][number]];
      expect(breaks?.vms).toBe((least?.vms as number) + 1);
      expect(least?.memory_bytes).toBe(1024 * MIB);
      expect(least?.overcommit).toBeCloseTo((least?.vms as number) / 4, 12);
      expect(points.at(-1)?.vms).toBe(1);
    }
  });
});

test("the same bytes with one worker and with two", async () => {
  const args = ["capacity", "host.json", ...REQUIRED, "--policies", "none,esx", "--worlds", "2", "--step", "5%"];
  const one = await sim(...args, "--workers", "1", "--format", "json");
  const two = await sim(...args, "--workers", "2", "--format", "json");
  expect(one).toEqual({ status: 0, stdout: expect.stringContaining('"policy": "esx"'), stderr: "" });
  expect(two.stdout).toBe(one.stdout);
});

test("CSV has a line for each policy", async () => {
  const { stdout } = await sim(
    "capacity",
    "host.json",
    ...REQUIRED,
    "--worlds",
    "1",
    "--step",
    "5%",
    "--format",
    "csv",
  );
  const [head, line, ...rest] = stdout.trimEnd().split("\n");
  expect(head).toBe(
    "host,policy,memory_bytes,vms,configured_bytes,overcommit,broken_memory_bytes,broken_vms,requirement,vm,value,broken_at_s,world,points,runs",
  );
  expect(line).toMatch(
    /^small,mom,\d+,4,1073741824,[\d.]+,\d+,4,lost_time_share <= 1%,(app-\d|db),0\.\d+,[\d.]+,1,\d+,\d+$/,
  );
  expect(rest).toEqual([]);
});

test("the table names the VM, the requirement with its value, the time and the search", async () => {
  const { stdout } = await sim("capacity", "host.json", ...REQUIRED, "--worlds", "2", "--step", "32MiB");
  expect(stdout).toMatch(
    /^small: 4 VMs with 1GiB, in the file on 1GiB under mom\nrequired: oom_kills == 0, lost_time_share <= 1%, ended == 0\n\n/,
  );
  expect(stdout).toMatch(
    /\nmom +[\d.]+[MG]iB +\d\.\d\d +.*: (app-\d|db): lost_time_share [\d.]+ %, broken at [\dms.]+, most at [\dms.]+ \((guest-memory|host-swap)\), in [12] of 2 worlds/,
  );
  expect(stdout).toMatch(
    /\nExact to one step, 32MiB: .* looked for from 96MiB to 1\.5GiB in world 1, near its result in the others\.\nmom: \d+ of \d+ points tried in \d+ runs; /,
  );
});

describe("errors", () => {
  test.each([
    [[], /^balloon-sim: capacity: a requirement is missing: --require "oom_kills == 0"/],
    [
      ["--require", "oom_kils == 0"],
      /^balloon-sim: --require "oom_kils == 0": there is no figure "oom_kils"; did you mean "oom_kills"\?/,
    ],
    [["--require", "vms.ap.oom_kills == 0"], /there is no VM "ap" on the host; did you mean "app"\?/],
    [[...REQUIRED, "--policies", "esx,mm"], /--policies "mm": unknown policy of a host: .*; did you mean "mom"\?/],
    [[...REQUIRED, "--policies", "esx,,mom"], /--policies "esx,,mom": expected names with commas between them/],
    [[...REQUIRED, "--policies", "esx,esx"], /names esx twice/],
    [[...REQUIRED, "--policies", "./none.mjs"], /none\.mjs: no such file/],
    [[...REQUIRED, "--set", "host.esx.tax=0"], /--set host.esx.tax=0: the policy of the host is "mom", not "esx"/],
    [[...REQUIRED, "--group", "app"], /--group: is for --over vms/],
    [
      [...REQUIRED, "--over", "vms", "--group", "ap"],
      /--group "ap": there is no such VM in the file; did you mean "app"\?/,
    ],
    [[...REQUIRED, "--step", "1GB"], /--step "1GB": expected a size such as 512MiB/],
    [[...REQUIRED, "--step", "4KiB"], /--step 4KiB: makes \d+ points, expected at most 2000/],
    [
      [...REQUIRED, "--step", "100GiB"],
      /--step 100GiB: makes 1 point of the range from \d+MiB to .*: take a smaller step/,
    ],
    [[...REQUIRED, "--step", "3"], /--step: expected a size/],
    [[...REQUIRED, "-o", "host.json"], /-o host.json: is the same file as host.json/],
    [[...REQUIRED, "--driver", "vmx"], /--set vms.\*.driver=vmx: |\$\.vms\[0\]\.driver|unknown/],
  ])("%j", async (args, message) => {
    const { status, stdout, stderr } = await sim("capacity", "host.json", ...args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  test("a guest that breaks a requirement by itself is told at once, with the remedy", async () => {
    const { status, stdout, stderr } = await sim(
      ...["capacity", "host.json", "--require", "vms.db.swap_out == 0", "--require", "oom_kills == 0"],
      ...["--set", "vms.db.memory=128MiB", "--set", "vms.db.min=64MiB", "--worlds", "2"],
    );
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /^balloon-sim: capacity: no host keeps "vms\.db\.swap_out == 0": db has [\d.]+[KM]iB, at \d+s, in world 1, on a host of .* with memory for all, that never balloons: give the VM more memory or swap, such as --set vms\.db\.memory=…, or require less of it\n$/,
    );
  });

  test("a signal ends it, and leaves no file", async () => {
    const child = spawn(
      process.execPath,
      [
        join(ROOT, "bin/balloon-sim.js"),
        "capacity",
        "hosts/office",
        ...REQUIRED,
        "-o",
        join(cwd, "result.txt"),
        "--workers",
        "1",
      ],
      { env: environment(), stdio: "ignore" },
    );
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(child.exitCode).toBeNull();
    child.kill("SIGINT");
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      child.on("exit", (...end) => resolve(end));
    });
    expect(code ?? signal).not.toBe(0);
    expect(existsSync(join(cwd, "result.txt"))).toBe(false);
    expect(readdirSync(cwd).filter((name) => name.includes("result"))).toEqual([]);
  });
});
