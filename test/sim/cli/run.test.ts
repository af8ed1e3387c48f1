import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callBalloonSim, inTurn } from "../../support/in-process/command.ts";
import { ROOT, scratchDirectory } from "../../support/processes/command.ts";

const SMALL = "test/sim/cli/traces/small.json";
const scratch = scratchDirectory();

/** The output of a run that succeeds without a word on standard error. */
async function output(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await callBalloonSim(["run", ...args]);
  // Other constants, and parts of a trace, leave some rules of its host without a command to answer.
  expect(
    stderr.replace(/^balloon-sim: note: \S+: \d of the host's \d rules \(.*\) answered no command: .*\n/gm, ""),
  ).toBe("");
  expect(status).toBe(0);
  return stdout;
}

const golden = (name: string) => `golden/${name}`;
const linesOf = (text: string) => text.trimEnd().split("\n");

describe("whole outputs", () => {
  test.each([
    ["small.csv", []],
    ["small-cycle-all.csv", ["--every", "cycle", "--columns", "all"]],
    ["small-2500ms.csv", ["--every", "2.5s", "--columns", "time_s,size,allocated,refused,freed,stat_lock_fail"]],
    ["small.ndjson", ["--format", "ndjson", "--columns", "time_s,size,slow"]],
    ["small.json", ["--format", "json", "--columns", "time_s,size,slow"]],
    ["small-rates.csv", ["--set", "nosleep-alloc-max=999", "--set", "freeMax=2000", "--until", "14s"]],
    ["small-seed.csv", ["--seed", "another", "--columns", "time_s,size,refused"]],
    ["small-summary.txt", ["--summary"]],
    ["small-summary.json", ["--summary", "--format", "json"]],
    ["small-summary.ndjson", ["--summary", "--format", "ndjson"]],
    ["small-summary.csv", ["--summary", "--format", "csv"]],
    ["small-plot.txt", ["--plot"]],
  ])("%s", async (name, options) => {
    await expect(await output(SMALL, ...options)).toMatchFileSnapshot(golden(name));
  });

  test("small.svg", async () => {
    const svg = join(scratch, "small.svg");
    await output(SMALL, "--plot", svg, "--quiet");
    await expect(readFileSync(svg, "utf8")).toMatchFileSnapshot(golden("small.svg"));
  });
});

describe("worlds", () => {
  const ROWS = ["spike", "--columns", "time_s,size,swap", "--until", "20"];

  test("have a column of their own; world 1 is the trace as it is written, world 2 the same however many there are", async () => {
    const lines = linesOf(await output(...ROWS, "--worlds", "3"));
    expect(lines[0]).toBe("world,time_s,size,swap");
    const of = (world: number) => lines.filter((line) => line.startsWith(`${world},`)).map((line) => line.slice(2));
    expect(of(1)).toEqual(linesOf(await output(...ROWS)).slice(1));
    const two = linesOf(await output(...ROWS, "--worlds", "2", "--workers", "1"));
    expect(two.filter((line) => line.startsWith("2,")).map((line) => line.slice(2))).toEqual(of(2));
    expect(of(2)).not.toEqual(of(1));
    expect(of(3)).not.toEqual(of(2));
  });

  test("of several traces go into one file for each", async () => {
    const folder = mkdtempSync(join(scratch, "worlds"));
    await output(
      "spike",
      SMALL,
      "--until",
      "5",
      "--columns",
      "time_s",
      "--worlds",
      "2",
      "-o",
      folder,
      "--format",
      "json",
    );
    for (const name of ["spike", "small"]) {
      const rows = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as { world: number }[];
      expect(new Set(rows.map(({ world }) => world))).toEqual(new Set([1, 2]));
    }
  });

  test("are a line each in a summary for programs, and medians with their spread in one for people", async () => {
    const rows = JSON.parse(await output("spike", "--worlds", "3", "--summary", "--format", "json")) as {
      world: number;
      stall_some_s: number;
    }[];
    expect(rows.map(({ world }) => world)).toEqual([1, 2, 3]);
    const [low, middle, high] = rows.map(({ stall_some_s }) => stall_some_s).sort((a, b) => a - b) as [
      number,
      number,
      number,
    ];
    expect(high - low).toBeGreaterThan(0.2);
    const ms = (s: number) => `${Math.round(s * 1000) / 1000}s`;
    const table = await output("spike", "--worlds", "3", "--summary");
    expect(table).toMatch(/^spike in 3 worlds\n/);
    expect(table).toContain(` stall some                        ${ms(middle)} [${ms(low)} .. ${ms(high)}]\n`);
    const csv = linesOf(await output("spike", "--worlds", "3", "--summary", "--format", "csv"));
    expect(csv.map((line) => line.split(",")[0])).toEqual(["world", "1", "2", "3"]);
  });

  test("are verified one by one, and the first one is drawn", async () => {
    expect(await output("spike", "--until", "5", "--worlds", "2", "--verify")).toContain("\n2,");
    const { status, stdout, stderr } = await callBalloonSim(["run", SMALL, "--worlds", "2", "--plot"]);
    expect(status).toBe(0);
    expect(stdout).toBe(await output(SMALL, "--plot"));
    expect(stderr).toBe("balloon-sim: --plot draws world 1 of 2, the trace as it is written\n");
  });

  test.each([
    [["spike", "--worlds", "0"], '--worlds "0": expected a whole number from 1 to 1000'],
    [
      ["-", "--worlds", "2"],
      "--worlds: reads the trace once for each world; standard input (-) can be read only once: use a file",
    ],
    [
      ["spike", "--worlds", "2", "--checkpoint", "x", "--at", "3"],
      "--checkpoint: can't be combined with --worlds, which needs a whole run",
    ],
    [["--resume", "x", "--worlds", "2"], "--resume: can't be combined with --worlds, which needs a whole run"],
  ])("%j is refused", async (args, message) => {
    const { status, stderr } = await callBalloonSim(["run", ...args]);
    expect([status, stderr]).toEqual([2, `balloon-sim: ${message}\n`]);
  });
});

describe("what goes where", () => {
  test("rows go to a file, the summary is printed", async () => {
    const file = join(scratch, "rows.csv");
    expect(await output(SMALL, "--summary", "-o", file)).toBe(await output(SMALL, "--summary"));
    expect(readFileSync(file, "utf8")).toBe(await output(SMALL));
  });

  test("nothing is printed where rows go to a file", async () => {
    const file = join(scratch, "quiet.ndjson");
    expect(await output(SMALL, "-o", file, "--format", "ndjson")).toBe("");
    expect(readFileSync(file, "utf8")).toBe(await output(SMALL, "--format", "ndjson"));
  });

  test("a picture in a file leaves the rows on standard output", async () => {
    expect(await output(SMALL, "--plot", join(scratch, "beside.svg"))).toBe(await output(SMALL));
  });

  test("-o - is standard output", async () => {
    expect(await output(SMALL, "-o", "-")).toBe(await output(SMALL));
  });

  test("a trace comes through standard input", async () => {
    const { stdout } = await callBalloonSim(["run", "-"], { input: readFileSync(join(ROOT, SMALL), "utf8") });
    expect(stdout).toBe(await output(SMALL));
  });

  test("a bundled trace runs from anywhere by its name", async () => {
    const { status, stdout } = await callBalloonSim(["run", "steady"], { cwd: scratch });
    expect(status).toBe(0);
    expect(stdout).toBe(await output("traces/steady.json"));
  });
});

test.each([
  [["--summary", "--columns", "time_s"], "--columns: with --summary, no rows are written: to write them, give -o FILE"],
  [["--summary", "--every", "30s"], "--every: with --summary, no rows are written: to write them, give -o FILE"],
  [["--format", "json", "--plot"], "--format: with --plot, no rows are written: to write them, give -o FILE"],
  [["--all"], "--all: only with --summary"],
] as const)("run refuses an option without effect: %j", async (args, message) => {
  const { status, stdout, stderr } = await callBalloonSim(["run", "spike", ...args]);
  expect([status, stdout, stderr]).toEqual([2, "", `balloon-sim: ${message}\n`]);
});

describe("several traces", () => {
  const TRACES = ["steady", SMALL, "traces/steady.json", SMALL];

  test.each(["csv", "ndjson", "json"])(
    "%s: the same bytes on one thread and on several, in the order given",
    async (format) => {
      const one = await output(...TRACES, "--workers", "1", "--format", format);
      expect(await output(...TRACES, "--workers", "3", "--format", format)).toBe(one);
      const rows =
        format === "csv"
          ? linesOf(one)
              .slice(1)
              .map((line) => line.split(",")[0])
          : (format === "json" ? JSON.parse(one) : linesOf(one).map((line) => JSON.parse(line))).map(
              (row: { trace: string }) => row.trace,
            );
      const expected = ["steady", SMALL, "traces/steady.json", `${SMALL} #2`];
      expect(rows.filter((name: string, i: number) => name !== rows[i - 1])).toEqual(expected);
    },
  );

  test("behind file and name of its trace, each row is as in a run alone", async () => {
    const together = linesOf(await output("traces/steady.json", SMALL));
    expect(together[0]).toMatch(/^trace,name,time_s,/);
    const alone = async (trace: string, name: string) =>
      linesOf(await output(trace))
        .slice(1)
        .map((line) => `${trace},${name},${line}`);
    expect(together.slice(1)).toEqual([
      ...(await alone("traces/steady.json", "steady")),
      ...(await alone(SMALL, "small")),
    ]);
  });

  test("in a directory each has a file, as in a run alone", async () => {
    const directory = scratchDirectory();
    expect(await output("steady", SMALL, "-o", directory, "--format", "ndjson")).toBe("");
    expect(readdirSync(directory).sort()).toEqual(["small.ndjson", "steady.ndjson"]);
    expect(readFileSync(join(directory, "small.ndjson"), "utf8")).toBe(await output(SMALL, "--format", "ndjson"));
  });

  test("in one file they are as on standard output", async () => {
    const file = join(scratch, "both.csv");
    await output("steady", SMALL, "-o", file);
    expect(readFileSync(file, "utf8")).toBe(await output("steady", SMALL));
  });

  test("summaries come one after the other, in JSON as an array", async () => {
    const text = await output("steady", SMALL, "--summary");
    expect(text).toBe(`${await output("steady", "--summary")}\n${await output(SMALL, "--summary")}`);
    const array = JSON.parse(await output("steady", SMALL, "--summary", "--format", "json"));
    expect(array).toEqual(
      await inTurn(["steady", SMALL], async (t) => JSON.parse(await output(t, "--summary", "--format", "json"))),
    );
  });
});

describe("--verify", () => {
  test("prints the same output as a run without it", async () => {
    expect(await output(SMALL, "--verify")).toBe(await output(SMALL));
    expect(await output("steady", SMALL, "--verify", "--workers", "2")).toBe(await output("steady", SMALL));
    expect(await output(SMALL, "--verify", "--summary")).toBe(await output(SMALL, "--summary"));
  });
});

test("rows of changes are rows of cycles", async () => {
  const options = ["--columns", "time_s,target,size,rate_alloc,rate_free,slow,free,stat_lock,stat_free,yields"];
  for (const trace of ["steady", SMALL, "refusals"]) {
    const changes = linesOf(await output(trace, ...options));
    const cycles = new Set(linesOf(await output(trace, "--every", "cycle", ...options)));
    expect(changes.filter((line) => !cycles.has(line))).toEqual([]);
  }
});

test("the pages moved in rows add up to the statistics of the driver", async () => {
  const columns =
    "size,allocated,refused,freed,stat_alloc,stat_sleep_alloc,stat_alloc_fail,stat_sleep_alloc_fail,stat_free,stat_refused_alloc";
  for (const every of ["change", "cycle", "7s"]) {
    const rows = JSON.parse(await output("refusals", "--columns", columns, "--every", every, "--format", "json"));
    const sum = (name: string) => rows.reduce((total: number, row: Record<string, number>) => total + row[name], 0);
    const last = rows.at(-1);
    expect(sum("allocated")).toBe(
      last.stat_alloc - last.stat_alloc_fail + last.stat_sleep_alloc - last.stat_sleep_alloc_fail,
    );
    expect(sum("refused")).toBe(last.stat_refused_alloc);
    expect(sum("freed")).toBe(last.stat_free);
    expect(sum("allocated") - sum("refused") - sum("freed")).toBe(last.size);
  }
});

test("report runs a trace without -o, too", async () => {
  const { status, stdout } = await callBalloonSim(["report", "steady", "--until", "10s"]);
  expect([status, stdout.split("\n")[0]]).toEqual([0, "trace      steady"]);
});
