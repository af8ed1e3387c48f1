import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { constants, getPriority } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { IN_THREAD } from "../../../dist/sim/shadow/replayer.js";
import { VMMEMCTL } from "../../../src/engine/index.ts";
import { realDriver } from "../../../src/sim/cli/shadow/drivers.ts";
import type { ShadowOptions } from "../../../src/sim/cli/shadow/options.ts";
import type { ShadowAccount } from "../../../src/sim/shadow/account.ts";
import { replayWindow } from "../../../src/sim/shadow/replay-window.ts";
import { type Layout, type RecordedRows, recordedRows, ShadowedMachine } from "../../support/fakes/shadowed-machine.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { shadowOf } from "../../support/in-process/shadow.ts";
import { balloonHw, ROOT, scratchDirectory, startBalloonHw } from "../../support/processes/command.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(10);

const scratch = scratchDirectory();
const COMPARED = join(ROOT, "test/sim/fidelity/compare-runs");
const MACHINE = join(ROOT, "test/sim/fidelity/vm-runs/machine.json");
const runsOf = (variant: string, scenario = "idle") =>
  [1, 2, 3].map((i) => recordedRows(join(COMPARED, `compare-${scenario}-${variant}.${i}.csv`)));

/** The rates of the variant `tuned` of the recorded runs. */
const TUNED = join(scratch, "tuned.json");
writeFileSync(
  TUNED,
  JSON.stringify({ "nosleep-alloc-max": 94_689, "free-max": 74_442, "alloc-max": 3259, "slow-cycles": 1 }),
);

let reports = 0;
async function accountOf(runs: readonly RecordedRows[], layout: Layout, options: Partial<ShadowOptions>) {
  const report = join(scratch, `${reports++}.json`);
  const output = await shadowOf(scratch, runs, layout, { ...options, report });
  return { ...output, account: JSON.parse(readFileSync(report, "utf8")) as ShadowAccount };
}

const figure = ({ figures }: ShadowAccount, id: string) => {
  const found = figures.find((one) => one.figure === id);
  if (found === undefined) throw new Error(`no figure ${id}`);
  return found;
};

test("beside the reference driver, faster rates are said to reach the target sooner, with the error of the prediction", async () => {
  const { account, stdout, stderr } = await accountOf(runsOf("2010"), "old", {
    driver: "vmmemctl",
    rates: TUNED,
    machine: MACHINE,
  });
  expect(account).toMatchObject({
    format: "balloon-sim/shadow",
    isOver: true,
    windows: { replayed: 3, idle: 0, failed: 0, skipped: 0 },
    real: { name: "vmmemctl" },
    costs: { machine: "vm-lab", isCalibrated: true },
  });
  const away = figure(account, "away");
  expect(away).toMatchObject({ verdict: "difference", windows: 3 });
  expect(away.difference).toBeLessThan(-2 * away.error);
  expect(away.error).toBeGreaterThan(0);
  // What the recorded driver with these rates really did is within what is said.
  const tuned = await accountOf(runsOf("tuned"), "old", { driver: "vmmemctl", machine: MACHINE });
  expect(Math.abs(figure(tuned.account, "away").measured - away.measured - away.difference)).toBeLessThan(away.least);
  expect(figure(account, "full").verdict).toBe("none");
  const number = (value: number) => value.toFixed(1);
  expect(stdout).toContain(`${number(-away.difference)} s less, give or take ${number(away.least)} s (3 windows)`);
  expect(stdout).toContain("no difference that this shadow can see: it would have to be above ");
  expect(stderr.split("\n").filter((line) => line.startsWith("balloon-hw: window of "))).toHaveLength(3);
});

test.each([
  ["old", "2010", "vmmemctl"],
  ["mainline", "mainline", "vmw-balloon"],
] as const)(
  "beside the driver with the statistics of %s, its own rates make no claim",
  async (layout, variant, name) => {
    const { account, stdout } = await accountOf(runsOf(variant), layout, { driver: name, machine: MACHINE });
    expect(account.real).toMatchObject({ name });
    expect(account.other.name).toBe(name);
    expect(account.windows.replayed).toBe(3);
    expect(account.figures.map(({ verdict }) => verdict)).toEqual(Array(8).fill("none"));
    expect(account.figures.map(({ difference }) => difference)).toEqual(Array(8).fill(0));
    expect(stdout).not.toContain("give or take");
  },
);

test("without a driver, rates are those of balloon-hw, which keeps to its floor", async () => {
  const { account } = await accountOf(runsOf("mainline"), "mainline", { rates: TUNED, floor: 100_000 });
  expect(account.other).toMatchObject({ name: "balloon-hw", rates: { "alloc-max": 3259 } });
  const size = figure(account, "size");
  expect(size.verdict).toBe("difference");
  // 1 GiB less the floor, the kernel's memory and the programs'.
  expect(size.predicted.other).toBeLessThan(500);
});

test("without a machine, the report says that nothing is calibrated and what is assumed", async () => {
  const { account, stdout } = await accountOf(runsOf("2010").slice(0, 1), "old", {});
  expect(account.costs).toEqual({ machine: "server", isCalibrated: false });
  expect(stdout).toContain(
    "Not calibrated: the costs of operations are assumed to be those of the built-in machine server",
  );
  expect(stdout).toContain("no claim from 1 window: 3 are needed");
});

test("a report is a page, too, which needs no other file", async () => {
  const report = join(scratch, "page.html");
  await shadowOf(scratch, runsOf("2010").slice(0, 1), "old", { report });
  const page = readFileSync(report, "utf8");
  expect(page).toMatch(/^<!doctype html>/);
  expect(page.trimEnd().endsWith("</html>")).toBe(true);
  expect(page).toContain("Shadow of guest");
  expect(page.match(/<svg class="picture"/g)).toHaveLength(1);
});

/** Index of a thread's nice value among the fields of its stat after its name. */
const NICE = 16;

test("a window is replayed in a thread as it is in this one", async () => {
  const samples = Array.from({ length: 31 }, (_, second) => ({
    ...{ timeUs: second * 1e6, wallMs: 0, target: second < 5 ? 0 : 100_000, size: 0, memory: 262_144, free: 170_000 },
    ...{ anon: 60_000, files: 20_000, swapCached: 0, swapTotal: 0, swapUsed: 0, minFree: 1500 },
    ...{ swapOut: 0, swapIn: 0, someUs: 0, fullUs: 0, oomKills: 0 },
  }));
  const driver = { guest: { profile: "linux-6.1", driver: "vmmemctl" }, rates: VMMEMCTL.defaults };
  const task = { window: { samples, isIdle: false }, real: driver, other: driver };
  expect(await IN_THREAD.replay(task)).toEqual(replayWindow(task));
  // The thread has the lowest priority, and this one keeps its own.
  const own = getPriority();
  const lowest = () =>
    readdirSync("/proc/self/task").some((id) => {
      const [, fields = ""] = /^.*\) (.*)/s.exec(readFileSync(`/proc/self/task/${id}/stat`, "latin1")) ?? [];
      return fields.split(" ")[NICE] === String(constants.priority.PRIORITY_LOW);
    });
  let isSeen = false;
  while (!isSeen) {
    const replay = IN_THREAD.replay(task).then(() => true);
    for (let isOver = false; !isOver && !isSeen; isOver = await Promise.race([replay, sleep(2).then(() => false)])) {
      isSeen = lowest();
    }
    await replay;
  }
  expect(getPriority()).toBe(own);
  expect(lowest()).toBe(false);
});

/** The files of a machine whose driver has the statistics of an idle one, and the options that name them. */
function idleMachine(directory = scratchDirectory()) {
  const machine = new ShadowedMachine(directory, runsOf("2010"), "old");
  const { proc, sys, vmmemctl } = machine;
  return { machine, vmmemctl, args: ["shadow", "--proc", proc, "--sys", sys, "--vmmemctl", vmmemctl] };
}

test.each(["report.json", "report.html"])("Ctrl-C ends balloon-hw shadow with a whole %s", async (name) => {
  const directory = scratchDirectory();
  const { args } = idleMachine(directory);
  const report = join(directory, name);
  const child = startBalloonHw([...args, "--report", report]);
  let stdout = "";
  child.stdout?.on("data", (piece) => {
    stdout += piece;
  });
  while (!existsSync(report)) await sleep(20);
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(stdout).toContain("Nothing to compare: the balloon has not moved.");
  const text = readFileSync(report, "utf8");
  if (name.endsWith(".json")) expect(JSON.parse(text)).toMatchObject({ isOver: true, figures: [] });
  else expect(text).toContain("there is nothing to compare");
  // No temporary file is left.
  expect(readdirSync(directory).sort()).toEqual(["proc", name, "sys", "vmmemctl"].sort());
});

test("metrics and the report are served", async () => {
  const directory = scratchDirectory();
  const { args } = idleMachine(directory);
  const socket = join(directory, "metrics.sock");
  const child = startBalloonHw([...args, "--metrics", `unix:${socket}`]);
  while (!existsSync(socket)) await sleep(20);
  const ask = (path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      get({ socketPath: socket, path }, (response) => {
        let body = "";
        response.on("data", (piece) => {
          body += piece;
        });
        response.on("end", () => resolve(body));
      }).on("error", reject);
    });
  let metrics = "";
  while (!metrics.includes("balloon_shadow_size_bytes")) {
    metrics = await ask("/metrics");
    await sleep(20);
  }
  expect(metrics).toContain(
    'balloon_shadow_info{real="vmmemctl",other="balloon-hw",machine="server",calibrated="false"} 1',
  );
  expect(metrics).toContain('balloon_shadow_windows_total{result="replayed"} 0');
  expect(JSON.parse(await ask("/report"))).toMatchObject({ format: "balloon-sim/shadow", isOver: false });
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("statistics that end before the size are refused in one line, and so are absent ones", () => {
  const { args, vmmemctl } = idleMachine();
  const text = readFileSync(vmmemctl, "utf8");
  truncateSync(vmmemctl, text.indexOf("current"));
  expect(balloonHw(args)).toEqual({
    status: 2,
    stdout: "",
    stderr: `balloon-hw: ${vmmemctl}: has no line "current": expected the statistics of the kernel's balloon driver, whole\n`,
  });
  writeFileSync(vmmemctl, "");
  expect(balloonHw(args)).toEqual({
    status: 2,
    stdout: "",
    stderr: `balloon-hw: --vmmemctl: ${vmmemctl}: has nothing that is recorded: there is nothing to record\n`,
  });
});

test("without a driver there is nothing to shadow", () => {
  const path = "/sys/kernel/debug/vmmemctl";
  const missing = [{ file: "vmmemctl", path, why: "no such file or directory" } as const];
  const facts = { name: null, kernel: null, arch: null, cpus: null, pageBytes: null, hz: null };
  const guest = { guest: { profile: "linux-6.1" }, costs: "server", isCalibrated: false };
  expect(() => realDriver({ sources: [], missing, facts }, guest)).toThrow(
    `${path}: no such file or directory: a shadow needs the statistics of the kernel's balloon driver: load vmw_balloon, and start the shadow as root, or name the file with --vmmemctl`,
  );
});

test.each([
  [["--window", "29s"], '--window "29s": expected 30s or more'],
  [["--driver", "xen-balloon"], '--driver "xen-balloon": unknown driver: expected '],
  [
    ["--driver", "virtio-balloon"],
    "--driver virtio-balloon: expected a driver of a VMware host, which the real one is",
  ],
  [["--driver", "vmmemctl", "--floor", "1GiB"], "--floor: only balloon-hw has such a limit: leave it out, or --driver"],
  [["--floor", "1GiB"], "--floor: is all that this machine has, or more: nothing is left for a balloon"],
  [["--psi-limit", "101"], '--psi-limit "101": expected a number of per cent from 0 to 100'],
  [["--report", "x.txt"], "--report x.txt: expected a name that ends in .html or .json"],
  [["--report", "/nowhere/x.json"], "--report /nowhere/x.json: can't be written: no such file or directory"],
  [["--metrics", "0.0.0.0:9"], "--metrics: other machines could reach this address"],
  [["--machine", "big"], '--machine big: there is no machine "big"'],
  [["--rates", TUNED, "--report", TUNED.replace("tuned.json", "./tuned.json")], "--report "],
])("shadow refuses %j", async (args, message) => {
  const { status, stdout, stderr } = await callBalloonSim([...idleMachine().args, ...args]);
  expect([status, stdout]).toEqual([2, ""]);
  const last = stderr.trimEnd().split("\n").at(-1) as string;
  expect(last.startsWith(`balloon-sim: ${message}`), stderr).toBe(true);
});

test("balloon-hw has the help of shadow", () => {
  const { status, stdout } = balloonHw(["shadow", "--help"]);
  expect([status, stdout.startsWith("Usage: balloon-hw shadow ")]).toEqual([0, true]);
  expect(balloonHw(["help", "shadow"]).stdout).toBe(stdout);
  expect(balloonHw(["--help"]).stdout).toContain("balloon-hw shadow");
});
