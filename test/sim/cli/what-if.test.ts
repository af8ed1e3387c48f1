import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { slow } from "../../support/setup/slow.ts";

const scratch = scratchDirectory();

async function succeed(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await callBalloonSim(args, { cwd: scratch });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
}

async function refuse(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await callBalloonSim(args, { cwd: scratch });
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr.trimEnd()).not.toContain("\n");
  return stderr.trimEnd();
}

const rowsOf = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",").map(Number));

describe("run", () => {
  test("uses the target of --target in place of the trace's", async () => {
    const rows = rowsOf(
      await succeed("run", "steady", "--target", "25%", "--every", "20s", "--columns", "time_s,target,size"),
    );
    // steady is a guest of 4 GiB.
    expect(new Set(rows.slice(1).map(([, target]) => target))).toEqual(new Set([262_144]));
    expect(rows.at(-1)).toEqual([120, 262_144, 262_144]);
  });

  test("uses the targets of the trace in the window of --since and --until", async () => {
    const window = ["--since", "70s", "--until", "100s"];
    const rows = rowsOf(await succeed("run", "steady", ...window, "--every", "1s", "--columns", "time_s,target"));
    const whole = rowsOf(await succeed("run", "steady", "--every", "1s", "--columns", "time_s,target"));
    expect(rows.length).toBe(31);
    // The driver asks for the target once a second: at time 0 it does not know any.
    expect(rows.slice(1)).toEqual(whole.slice(71, 101).map(([time = 0, target]) => [time - 70, target]));
  });

  test("gives with --until alone the beginning of the whole run", async () => {
    const whole = await succeed("run", "spike", "--every", "1s");
    const part = await succeed("run", "spike", "--every", "1s", "--until", "30s");
    expect(whole.startsWith(part)).toBe(true);
    expect(rowsOf(part).at(-1)?.[0]).toBe(30);
  });

  test("says in its summary what was changed, if anything", async () => {
    const summary = async (...args: string[]) =>
      JSON.parse(await succeed("run", "steady", "--summary", "--format", "json", ...args)).what_if;
    expect(await summary()).toBe(null);
    expect(await summary("--target", "0..25%/60s repeat", "--since", "10s")).toBe(
      "target 0..25%/60s repeat; since 10s",
    );
    expect(await succeed("run", "steady", "--summary")).not.toContain("what if");
    expect(await succeed("run", "steady", "--summary", "--target", "0")).toMatch(/what if +target 0 throughout/);
  });

  test("warns of a target above the guest's memory", async () => {
    const { status, stdout, stderr } = await callBalloonSim(["run", "steady", "--target", "8GiB", "--summary"]);
    expect(status).toBe(0);
    expect(stderr).toBe(
      "balloon-sim: warning: --target 8GiB: steady: the target goes up to 8GiB, more than the guest's RAM of 4GiB: no balloon can get there\n",
    );
    expect(stdout).toContain(
      "Note: The target goes up to 8GiB, more than the guest's RAM of 4GiB: no balloon can get there.",
    );
  });

  test("says that a trace ends before its window", async () => {
    const { stdout, stderr } = await callBalloonSim(["run", "steady", "--since", "30s", "--until", "1h", "--summary"]);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/what if +since 30s; until 1h \(the trace ends before, at 2m\)\n/);
    expect((await callBalloonSim(["run", "steady", "--until", "1h", "--every", "10s"])).stderr).toBe("");
    expect(await succeed("run", "steady", "--until", "2m", "--summary")).toMatch(/what if +until 2m\n/);
    // A trace in rows ends with its last row.
    const rows = ["trace.jsonl", "run", "--until", "1h", "--summary"] as const;
    const document = {
      format: "balloon-sim/trace",
      version: 1,
      name: "rows",
      description: "",
      guest: { memory: "1GiB" },
    };
    const lines = [
      { ...document, host: { target: 0 }, workloads: [], rows: { target: {} } },
      { t: 0 },
      { t: 90, target: 25_600 },
    ];
    writeFileSync(join(scratch, rows[0]), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    expect(await callBalloonSim(["run", rows[0], ...rows.slice(2)], { cwd: scratch })).toMatchObject({
      stdout: expect.stringMatching(/until 1h \(the trace ends before, at 1m30s\)/),
      stderr: "",
    });
  });

  test("says how many of several traces end before their window", slow(2), async () => {
    const set = ["--set", "alloc-max=1024,4096", "--quiet"];
    const swept = await callBalloonSim(["sweep", "steady", "spike", "--until", "3m", ...set]);
    expect(swept.stderr).toBe("");
    expect(swept.stdout.split("\n").map((line) => line.match(/until[^,]*(, at 2m\))?/)?.[0])).toEqual([
      undefined,
      ...[0, 1, 2].flatMap(() => ["until 3m (the trace ends before, at 2m)", "until 3m"]),
      undefined,
    ]);
    writeFileSync(join(scratch, "faster.json"), '{"alloc-max":4096}');
    const compare = ["compare", "faster.json", "--on", "steady", "spike", "--until", "3m", "--worlds", "1", "--quiet"];
    const compared = async (...format: string[]) =>
      (await callBalloonSim([...compare, ...format], { cwd: scratch })).stdout;
    expect(await compared()).toMatch(/steady, spike; until 3m \(1 of 2 traces ends before\)\n/);
    // Each row of CSV is of one trace.
    const rows = (await compared("--format", "csv")).trim().split("\n").slice(1);
    expect(rows.map((line) => line.match(/until[^,]*(, at 2m\))?/)?.[0])).toEqual(
      [0, 1].flatMap(() => ["until 3m (the trace ends before, at 2m)", "until 3m"]),
    );
    const studied = await callBalloonSim([
      "tune",
      "steady",
      "--minimize",
      "stall_full",
      "--trials",
      "1",
      "--judge-worlds",
      "1",
      "--until",
      "3m",
      ...set,
    ]);
    expect(studied.stderr).not.toContain("until");
    expect(studied.stdout).toMatch(/what if +until 3m or the trace's end\n/);
  });

  test("keeps changes in a checkpoint", async () => {
    const options = ["--target", "0..25%/60s", "--since", "10s", "--until", "110s"];
    const first = await succeed("run", "steady", ...options, "--checkpoint", "a.ckpt", "--at", "30s");
    const rest = await succeed("run", "--resume", "a.ckpt");
    expect(first + rest).toBe(await succeed("run", "steady", ...options));
    expect(await refuse("run", "--resume", "a.ckpt", "--target", "0")).toBe(
      "balloon-sim: --target: can't be combined with --resume: the checkpoint contains this setting",
    );
  });
});

test.each([
  [["run", "steady", "--since", "1h"], "steady: --since 1h: the trace is over at 2m"],
  [
    ["run", "steady", "--since", "1m", "--until", "1m"],
    "--until 1m: expected a time after --since 1m; both count from the trace's beginning",
  ],
  [
    ["run", "steady", "--target", "policy:selfballoon"],
    "--target policy:selfballoon: a policy needs a log: use it with balloon-sim import",
  ],
  [["sweep", "steady", "--set", "alloc-max=1024,2048", "--since", "1h"], "steady: --since 1h: the trace is over at 2m"],
  [
    ["compare", "default", "--on", "steady", "--target", "130%"],
    '--target "130%": more than all of the guest\'s memory',
  ],
])("%j is refused", async (args, message) => {
  const given = args[0] === "compare" ? ["compare", "rates.json", ...args.slice(2)] : args;
  writeFileSync(join(scratch, "rates.json"), '{"alloc-max": 4096}');
  expect(await refuse(...given)).toBe(`balloon-sim: ${message}`);
});

describe("sweep, compare and tune", () => {
  const targetFile = join(scratch, "target.csv");
  writeFileSync(targetFile, "0,0\n10,20%\n");

  test("sweep uses window and target, and says so", async () => {
    const text = await succeed("sweep", "steady", "--set", "alloc-max=1024,2048", "--target", "0", "--since", "1m");
    const [head = "", row = ""] = text.split("\n");
    const names = head.split(",");
    expect(row.split(",")[names.indexOf("what_if")]).toBe("target 0 throughout; since 1m");
    // The host asks for nothing, and nothing is reclaimed.
    expect(row.split(",")[names.indexOf("reclaimed_area")]).toBe("0");
  });

  test("compare names the changes in each format", async () => {
    writeFileSync(join(scratch, "rates.json"), '{"alloc-max": 4096}');
    const args = ["compare", "rates.json", "--on", "steady", "--target", "target.csv"];
    expect(await succeed(...args)).toMatch(/^on steady; target the series in target\.csv; median of 5 worlds/);
    expect(JSON.parse(await succeed(...args, "--format", "json")).what_if).toBe("target the series in target.csv");
    expect((await succeed(...args, "--format", "csv")).split("\n")[1]).toMatch(
      /^default,steady,steady,vmmemctl,target the series in target\.csv,1,/,
    );
  });

  test("tune refuses to continue a study under another target", async () => {
    const tune = (...args: string[]) => [
      ...["tune", "steady", "--minimize", "time_to_target", "--set", "alloc-max=1024,2048"],
      ...["--sampler", "grid", "--study", "a.study", "--quiet", "--workers", "1", ...args],
    ];
    const run = (...args: string[]) => callBalloonSim(tune(...args), { cwd: scratch });
    expect((await run("--target", "target.csv")).status).toBe(0);
    const header = JSON.parse(readFileSync(join(scratch, "a.study"), "utf8").split("\n")[0] as string);
    expect(header.whatIf).toEqual({
      target: { written: "target.csv", content: "0,0\n10,20%\n" },
      sinceUs: 0,
      untilUs: null,
    });
    expect((await run("--target", "target.csv")).status).toBe(0);
    expect(await succeed("study", "show", "a.study")).toMatch(/what if +target the series in target\.csv\n/);
    expect((await run("--target", "20%")).stderr).toContain(
      "--target, --machine, --since or --until was target the series in target.csv, is now target 20% throughout",
    );
    expect((await run()).stderr).toContain("is now nothing");
    writeFileSync(targetFile, "0,0\n10,30%\n");
    expect((await run("--target", "target.csv")).stderr).toContain(
      "--target target.csv has another content than when it began",
    );
  });
});
