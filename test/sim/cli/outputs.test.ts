import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { slow } from "../../support/setup/slow.ts";

const scratch = scratchDirectory();
const run = (...args: string[]) => callBalloonSim(args, { cwd: scratch });

/** What a command that is refused says, in one line. */
async function refusal(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await run(...args);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr.trimEnd()).not.toContain("\n");
  return stderr.trimEnd();
}

describe("no output takes the place of another file of the command line", () => {
  writeFileSync(join(scratch, "rates.json"), "{}");
  writeFileSync(join(scratch, "target.csv"), "0,0\n");
  symlinkSync("rates.json", join(scratch, "link.svg"));
  // The file that this link leads to is not there yet.
  symlinkSync("same.svg", join(scratch, "ahead.svg"));

  test.each([
    [["--plot", "same.svg", "-o", "same.svg"], "--plot same.svg: is the same file as -o same.svg"],
    [["--plot", "same.svg", "-o", "./same.svg"], "--plot same.svg: is the same file as -o ./same.svg"],
    [["--plot", "same.svg", "-o", "ahead.svg"], "--plot same.svg: is the same file as -o ahead.svg"],
    [["--checkpoint", "f", "--at", "5", "-o", "f"], "--checkpoint f: is the same file as -o f"],
    [["--rates", "rates.json", "-o", "rates.json"], "-o rates.json: is the same file as --rates rates.json"],
    [["--rates", "rates.json", "--plot", "link.svg"], "--plot link.svg: is the same file as --rates rates.json"],
    [["--target", "target.csv", "-o", "target.csv"], "-o target.csv: is the same file as --target target.csv"],
  ])("run steady %j", async (args, message) => {
    expect(await refusal("run", "steady", ...args)).toBe(`balloon-sim: ${message}, which would be overwritten`);
    expect(existsSync(join(scratch, "same.svg"))).toBe(false);
    expect(readFileSync(join(scratch, "rates.json"), "utf8")).toBe("{}");
  });
});

describe("no output of another command takes the place of another file", () => {
  const directory = scratchDirectory();
  const path = (name: string): string => join(directory, name);
  const steady = readFileSync(new URL("../../../traces/steady.json", import.meta.url), "utf8");
  const files: Readonly<Record<string, string>> = {
    "t.json": steady,
    "held.json": steady.replace('"name": "steady"', '"name": "held"'),
    "rates.json": "{}",
    "target.csv": "0,0\n",
    "guest.log": "time,free\n",
    "run.csv": "a\n",
    "state.ckpt": "",
    "a.study": "",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path(name), text);
  const set = ["--set", "alloc-max=1024,2048"];
  beforeAll(async () => {
    const made = [
      ["tune", "t.json", "--minimize", "time_to_target", ...set, "--sampler", "grid", "--study", "b.study"],
      ["run", "t.json", "--checkpoint", "state.ckpt", "--at", "5"],
    ];
    for (const args of made) expect(await callBalloonSim(args, { cwd: directory })).toMatchObject({ status: 0 });
  });

  test.each([
    [["sweep", "t.json", ...set, "-o", "t.json"], "-o t.json", "t.json"],
    [["sweep", "steady", ...set, "--rates", "rates.json", "-o", "rates.json"], "-o rates.json", "--rates rates.json"],
    [
      ["sweep", "steady", ...set, "--target", "target.csv", "-o", "./target.csv"],
      "-o ./target.csv",
      "--target target.csv",
    ],
    [["compare", "rates.json", "--on", "t.json", "-o", "rates.json"], "-o rates.json", "rates.json"],
    [["compare", "rates.json", "--on", "t.json", "-o", "t.json"], "-o t.json", "--on t.json"],
    [["tune", "t.json", "--minimize", "time_to_target", "--study", "t.json"], "--study t.json", "t.json"],
    [
      ["tune", "steady", "--holdout", "held.json", "--minimize", "time_to_target", "--study", "held.json"],
      "--study held.json",
      "--holdout held.json",
    ],
    [
      ["tune", "steady", "--rates", "rates.json", "--minimize", "time_to_target", "--study", "rates.json"],
      "--study rates.json",
      "--rates rates.json",
    ],
    [["study", "export", "b.study", "-o", "b.study"], "-o b.study", "b.study"],
    [["study", "best", "b.study", "-o", "b.study"], "-o b.study", "b.study"],
    [["study", "best", "b.study", "--pick", "1", "-o", "t.json"], "-o t.json", "t.json"],
    [["report", "run.csv", "-o", "run.csv"], "-o run.csv", "run.csv"],
    [["record", "--vmmemctl", "run.csv", "-o", "run.csv"], "-o run.csv", "--vmmemctl run.csv"],
    [["fidelity", "run.csv", "--trace-out", "run.csv"], "--trace-out run.csv", "run.csv"],
    [["run", "--resume", "state.ckpt", "-o", "state.ckpt"], "-o state.ckpt", "--resume state.ckpt"],
  ])("%j", async (args, output, input) => {
    const before = readdirSync(directory).map((name) => [name, readFileSync(path(name), "utf8")]);
    const { status, stdout, stderr } = await callBalloonSim(args, { cwd: directory });
    expect([status, stdout, stderr]).toEqual([
      2,
      "",
      `balloon-sim: ${output}: is the same file as ${input}, which would be overwritten\n`,
    ]);
    expect(readdirSync(directory).map((name) => [name, readFileSync(path(name), "utf8")])).toEqual(before);
  });

  test("import: a trace in the place of a log of the host, or of the target", async () => {
    const head = " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st                 UTC";
    const row = (i: number) =>
      ` 1  0      0 ${700000 - i} 9000 250000    0    0     5     9   99   99  1  1 98  0  0 2027-02-14 10:00:${i}0`;
    writeFileSync(path("guest.log"), [head, ...[0, 1, 2, 3, 4].map(row), ""].join("\n"));
    const args = ["import", "guest.log", "--memory", "1GiB", "--target", "target.csv", "-o", "target.csv"];
    const { status, stderr } = await callBalloonSim(args, { cwd: directory });
    expect([status, stderr]).toEqual([
      2,
      "balloon-sim: -o target.csv: is the same file as --target target.csv, which would be overwritten\n",
    ]);
    expect(readFileSync(path("target.csv"), "utf8")).toBe("0,0\n");
  });

  test("a device or a pipe is not overwritten", async () => {
    expect(
      (await run("run", "steady", "--until", "5s", "--target", "/dev/null", "-o", "/dev/null")).stderr,
    ).not.toContain("same file");
  });
});

describe("a missing directory of an output is made", () => {
  test("by run -o newdir/", async () => {
    expect((await run("run", "steady", "ramp", "--until", "5s", "-o", "made/")).status).toBe(0);
    expect(readdirSync(join(scratch, "made")).sort()).toEqual(["ramp.csv", "steady.csv"]);
  });

  test("by run -o newdir/, unless the run fails", async () => {
    writeFileSync(join(scratch, "bad.json"), '{"format": 7}');
    expect((await run("run", "bad.json", "-o", "unmade/")).status).toBe(2);
    expect(existsSync(join(scratch, "unmade"))).toBe(false);
  });

  test("by import -o newdir/", async () => {
    const rows = Array.from(
      { length: 5 },
      (_, i) =>
        ` 1  0      0 ${700000 - i} 9000 250000    0    0     5     9   99   99  1  1 98  0  0 2027-02-14 10:00:${i}0`,
    );
    const head = " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st                 UTC";
    writeFileSync(join(scratch, "guest.log"), [head, ...rows, ""].join("\n"));
    const { status, stderr } = await run("import", "guest.log", "--memory", "1GiB", "--target", "40%", "-o", "traces/");
    expect([status, stderr.includes("no such directory")]).toEqual([0, false]);
    expect(readdirSync(join(scratch, "traces")).length).toBe(1);
  });

  test("not with missing folders above it, nor in place of a file", async () => {
    expect(await refusal("run", "steady", "-o", "no/where/")).toBe(
      "balloon-sim: -o no/where/: can't be made: no such file or directory",
    );
    expect(await refusal("run", "steady", "-o", "rates.json/")).toMatch(/-o rates\.json\/: /);
  });
});

describe("a file of another kind is named as what it is", () => {
  const study = join(scratch, "a.study");

  test("a study in place of a trace", async () => {
    await run(
      ...["tune", "steady", "--minimize", "time_to_target", "--set", "alloc-max=1024,2048", "--sampler", "grid"],
      "--study",
      study,
    );
    const { status, stdout } = await run("validate", "a.study");
    expect([status, stdout]).toEqual([
      2,
      "a.study: is a study, expected a trace (balloon-sim study show FILE describes it)\n",
    ]);
    expect(await refusal("run", "a.study")).toContain("a.study: is a study, expected a trace");
    const host = "a.study: is a study, expected a host with VMs (balloon-sim study show FILE describes it)";
    expect(await refusal("host", "a.study")).toBe(`balloon-sim: ${host}`);
    expect(await refusal("capacity", "a.study", "--require", "oom_kills == 0")).toBe(`balloon-sim: ${host}`);
    expect(await refusal("host-policy", "mom", "--state", "a.study")).toMatch(
      /is a study, expected the state of a host/,
    );
  });

  test("a trace in place of a host", async () => {
    const host = "spike: is a trace, expected a host with VMs (balloon-sim run runs traces)";
    expect(await refusal("host", "spike")).toBe(`balloon-sim: ${host}`);
    expect(await refusal("capacity", "spike", "--require", "oom_kills == 0")).toBe(`balloon-sim: ${host}`);
  });

  test("a file without an end of a line in place of a study", async () => {
    writeFileSync(join(scratch, "other"), "hello");
    expect(await refusal("study", "show", "other")).toBe(
      "balloon-sim: other: expected a study, as balloon-sim tune --study writes it",
    );
    writeFileSync(join(scratch, "begun"), '{"format":"balloon-sim/stu');
    expect(await refusal("study", "show", "begun")).toBe(
      "balloon-sim: begun: no study yet: it was ended before its first line",
    );
  });

  test("a device in place of a trace", async () => {
    expect(await refusal("run", "/dev/zero")).toBe("balloon-sim: /dev/zero: is a device, expected a trace file");
  });

  test.each([
    [["help", "rnu"], 'help "rnu": unknown command; did you mean "run"?'],
    [["help", "run", "spike"], 'help run "spike": unknown command'],
    [["study", "help", "bset"], 'study help "bset": unknown command; did you mean "best"?'],
    [["help", "study", "bset"], 'help study "bset": unknown command; did you mean "best"?'],
  ])("help of an unknown command: %j", async (args, message) => {
    expect(await refusal(...args)).toBe(`balloon-sim: ${message} (--help lists them)`);
  });

  test.each([
    [["help"], "[options] [command]"],
    [["help", "help"], "[options] [command]"],
    [["help", "run"], "run [options] [trace...]"],
    [["help", "completion"], "completion [options] <shell>"],
    [["study", "help"], "study [options] [command]"],
    [["help", "study", "best"], "study best [options] <file>"],
    [["study", "help", "best"], "study best [options] <file>"],
  ])("help of a command: %j", async (args, usage) => {
    const { status, stdout, stderr } = await run(...args);
    expect([status, stderr, stdout.split("\n")[0]]).toEqual([0, "", `Usage: balloon-sim ${usage}`]);
  });
});

describe("summaries of more than ten runs", () => {
  const many = Array.from({ length: 10 }, () => "steady");
  const names = (stdout: string) => {
    const lines = (stdout.split("\n\n")[1] as string).split("\n");
    return lines
      .slice(
        1,
        lines.findIndex((line) => line.includes("the worst first by")),
      )
      .map((line) => line.replace(/ {2,}.*/, ""));
  };

  test("are what needs attention, then a row each, the worst first", async () => {
    const { stdout } = await run("run", ...many, "no-swap-oom", "--summary");
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toBe("11 runs: 1 with OOM kills, 0 with stall_full > 1s, 0 that missed a target, 0 failed");
    expect(lines[2]).toMatch(/^run +oom kills +downtime/);
    expect(lines[3]).toMatch(/^no-swap-oom +[1-9]/);
    expect(names(stdout)).toEqual([
      "no-swap-oom",
      ...many.map((_, i) => (i === 0 ? "steady (steady)" : `steady (steady #${i + 1})`)),
    ]);
    expect((await run("run", ...many, "--summary")).stdout.match(/^ +figure +value$/gm)?.length).toBe(10);
  });

  test("are the worst twenty, or all with --all", async () => {
    const traces = [...many, ...many, "no-swap-oom"];
    const { stdout } = await run("run", ...traces, "--summary", "--until", "2s");
    expect(names(stdout)).toHaveLength(20);
    expect(stdout).toMatch(/^20 of 21 \(--all: every one\), the worst first by oom kills, then/m);
    const { stdout: all } = await run("run", ...traces, "--summary", "--until", "2s", "--all");
    expect(names(all)).toHaveLength(21);
    expect(all).toMatch(/^21, the worst first by/m);
  });

  test("count and mark the conditions of --warn, are sorted by --sort, and count failed traces", async () => {
    writeFileSync(join(scratch, "broken.json"), "{}");
    const { status, stdout } = await run(
      ...["run", "steady", "spike", "ramp", "broken.json", "--summary"],
      ...["--warn", "swap_in_pages > 100MiB", "--warn", "stall_some >= 1h", "--sort", "reclaimed_area"],
    );
    expect(status).toBe(2);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toBe(
      "4 runs: 0 with OOM kills, 1 with swap_in_pages > 100MiB, 0 with stall_some >= 1h, 1 that missed a target, 1 failed",
    );
    expect(lines[2]).toMatch(/^run +reclaimed area +swap in +oom kills/);
    expect(names(stdout)).toEqual(["steady", "spike", "ramp"]);
    const alone = JSON.parse((await run("run", "spike", "--summary", "--format", "json")).stdout);
    const swappedIn = `${Number((alone.swap_in_pages / 256).toFixed(2))}MiB`;
    expect(lines[4]?.split(/ +/).slice(2, 4)).toEqual(["!", swappedIn]);
    expect(lines[4]).toMatch(/^spike +\S+GiB·s +! /);
    expect(stdout.match(/! /g)?.length).toBe(2);
    expect(stdout).toMatch(/^3, the worst first by reclaimed_area$/m);
  });

  test("tell in how many worlds a target was not reached, and mark a mean time as a lower bound", async () => {
    const slow = "largest_inflation_time_to_target_s > 1m";
    // One of three worlds reaches the target of spike by then.
    const args = ["steady", "spike", "--summary", "--until", "68.5s", "--worlds", "3", "--sort", "time_to_target"];
    const { stdout } = await run("run", ...args, "--warn", slow);
    expect(stdout).toContain(`1 with ${slow}, 1 that missed a target`);
    expect(names(stdout)).toEqual(["spike", "steady"]);
    expect(stdout).toMatch(/^spike +> 58\.5s \[58\.\d+s \.\. 58\.5s\] .* ! 58\.\d+s; none in 2 of 3 *$/m);
    expect(stdout).toMatch(/^steady +15\.\d+s \[/m);
    expect(stdout).toMatch(/^> a target was not reached: /m);
    const { stdout: alone } = await run("run", ...args.slice(0, 4), "60s", "--warn", slow);
    expect(alone).toMatch(/^spike .* ! not reached *$/m);
  });

  test("have medians and ranges over worlds", async () => {
    const { stdout } = await run("run", "spike", "steady", "--summary", "--worlds", "3", "--warn", "stall_full > 2.5s");
    expect(stdout).toMatch(/^2 traces in 3 worlds each, counted if it is so in one of them: 0 with OOM kills, 1 with/);
    expect(stdout).toMatch(/^spike .*! \d\S*s \[\d\S*s \.\. \d\S*s\]/m);
  });

  test.each([
    [["--sort", "stall_full"], "--sort: only with --summary"],
    [["--warn", "stall_full > 1"], "--warn: only with --summary"],
    [["--all"], "--all: only with --summary"],
    [["--summary", "--sort", "stall_ful"], '--sort: there is no figure "stall_ful"; did you mean "stall_full"?'],
    [["--summary", "--warn", "stall_full"], '--warn "stall_full": expected a figure'],
    [["--summary", "--format", "csv", "--sort", "stall_full"], "--sort: is for the table of --summary"],
    [["--summary", "--format", "json", "--warn", "stall_full > 1"], "--warn: is for the table of --summary"],
  ])("options that do not fit: %j", async (args, message) => {
    expect(await refusal("run", "spike", ...args)).toContain(`balloon-sim: ${message}`);
  });
});

test("no command prints control characters of the name of a trace or a workload", slow(5), async () => {
  const name = "a\u001b[2Jb\u202ec\nd\u0000e";
  const own = JSON.parse(readFileSync(new URL("../../../traces/no-swap-oom.json", import.meta.url), "utf8"));
  const file = join(scratch, "hostile.json");
  writeFileSync(file, JSON.stringify({ ...own, name }));
  // A workload of such a name is refused, in a line that does nothing either.
  const refused = join(scratch, "refused.json");
  writeFileSync(refused, JSON.stringify({ ...own, workloads: [{ ...own.workloads[0], name }] }));
  const rows = join(scratch, "hostile.csv");
  expect((await run("run", file, "steady", "-o", rows)).status).toBe(0);
  const study = join(scratch, "hostile.study");
  for (const args of [
    ["validate", refused],
    ["run", refused],
    ["run", refused, "steady"],
    ["run", file, "--plot"],
    ["run", file, "--summary"],
    ["run", file, "--summary", "--warn", "stall_full > 1"],
    ["report", file, "--sort", "stall_full"],
    ["run", file, "--summary", "--format", "csv"],
    ["run", file, "--summary", "--format", "json"],
    ["run", file, "steady"],
    ["run", file, "steady", "--plot"],
    ["run", file, "steady", "--format", "ndjson"],
    ["show", file],
    ["show", file, "--json"],
    ["sweep", file, "--set", "alloc-max=1024,2048"],
    ["compare", join(scratch, "rates.json"), "--on", file, "--worlds", "1"],
    [
      ...[
        "tune",
        file,
        "--minimize",
        "time_to_target",
        "--set",
        "alloc-max=1024,2048",
        "--sampler",
        "grid",
        "--allow-kills",
      ],
      ...["--until", "20s", "--judge-worlds", "1", "--study", study],
    ],
    ["study", "show", study],
    ["study", "best", study, "--pick", "1", "--worlds", "1"],
    ["study", "export", study],
    ["report", rows],
    ["report", rows, "-o", "-"],
  ]) {
    const { status, stdout, stderr } = await run(...args);
    expect([status, args]).toEqual([args[1] === refused ? 2 : 0, args]);
    if (args[0] === "study" && args[1] !== "export") expect(`${stdout}${stderr}`).toMatch(/^what if +.*20s/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(`${stdout}${stderr}`).not.toMatch(/^d\\u/m);
  }
});
