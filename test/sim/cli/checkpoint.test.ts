import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { ROOT, scratchDirectory, shell } from "../../support/processes/command.ts";

const SPIKE = join(ROOT, "traces/spike.json");
const BIN = `"${process.execPath}" "${join(ROOT, "bin/balloon-sim.js")}"`;

test.each(["csv", "ndjson", "json"])(
  "a run that is suspended twice has the rows of the uninterrupted one, as %s",
  async (format) => {
    const cwd = scratchDirectory();
    const options = `--format ${format} --columns all`;
    const steps = [
      `${BIN} run "${SPIKE}" ${options} --set alloc-max=4096 --seed other --checkpoint 1 --at 20 > rows`,
      `${BIN} run --resume 1 --checkpoint 2 --at 1m >> rows`,
      `${BIN} run --resume 2 >> rows`,
    ];
    expect(shell(steps.join(" && "), cwd)).toEqual({ status: 0, stdout: "", stderr: "" });
    const whole = await callBalloonSim([
      "run",
      SPIKE,
      ...options.split(" "),
      "--set",
      "alloc-max=4096",
      "--seed",
      "other",
    ]);
    expect(readFileSync(join(cwd, "rows"), "utf8")).toBe(whole.stdout);
    expect(readdirSync(cwd).sort()).toEqual(["1", "2", "rows"]);
  },
);

describe("one line and exit code 2 for", () => {
  const cwd = scratchDirectory();
  const run = (...args: string[]) => callBalloonSim(["run", ...args], { cwd });
  let text = "";
  beforeAll(async () => {
    expect((await run("spike", "--checkpoint", "at-60", "--at", "60")).status).toBe(0);
    text = readFileSync(join(cwd, "at-60"), "utf8");
    writeFileSync(join(cwd, "first"), text.replace('"version":2', '"version":1'));
    writeFileSync(join(cwd, "old"), text.replace(/"program":"[^"]*"/, '"program":"0.0.1"'));
    writeFileSync(join(cwd, "cut"), text.slice(0, 5000));
    writeFileSync(join(cwd, "damaged"), text.replace(/"state":"..../, '"state":"AA=='));
    writeFileSync(join(cwd, "short"), text.replace(/"state":"[^"]*"/, '"state":"AAAAAAAA8D8="'));
  });

  test.each([
    [["spike", "--checkpoint", "x"], "--checkpoint: expected --at TIME, the time of the checkpoint"],
    [["spike", "--at", "5"], "--at: only with --checkpoint"],
    [
      ["spike", "steady", "--checkpoint", "x", "--at", "5"],
      "run: a checkpoint is the state of one run, but 2 traces are given",
    ],
    [["-", "--checkpoint", "x", "--at", "5"], "run: standard input (-) can't be resumed: give the trace as a file"],
    [
      ["spike", "--checkpoint", "x", "--at", "5", "--summary"],
      "--checkpoint: can't be combined with --summary, which needs a whole run",
    ],
    [["--resume", "at-60", "--verify"], "--resume: can't be combined with --verify, which needs a whole run"],
    [
      ["--resume", "at-60", "--columns", "all"],
      "--columns: can't be combined with --resume: the checkpoint contains this setting",
    ],
    [
      ["--resume", "at-60", "--set", "alloc-max=9"],
      "--set: can't be combined with --resume: the checkpoint contains this setting",
    ],
    [["--resume", "at-60", "--checkpoint", "x", "--at", "30"], "--at 30s: the checkpoint is at 1m already"],
    [["--resume", "none"], "--resume none: no such file or directory"],
    [
      ["--resume", "cut"],
      "--resume cut: is not a checkpoint, or is damaged (balloon-sim run --checkpoint FILE --at TIME writes one)",
    ],
    [
      ["--resume", "first"],
      "--resume first: has version 1 of the format; this program reads version 2: run the trace again",
    ],
    [["--resume", "damaged"], "--resume damaged: is damaged: its state can't be read"],
    [["--resume", "short"], "--resume: the checkpoint is damaged: its state does not belong to the run"],
    [
      ["steady", "--resume", "at-60"],
      "--resume at-60: steady is not the trace of the suspended run, or has changed since",
    ],
  ])("run %j", async (args, message) => {
    expect(await run(...args)).toEqual({ status: 2, stdout: "", stderr: `balloon-sim: ${message}\n` });
    expect(readdirSync(cwd)).not.toContain("x");
  });

  test.each([
    ["trace", () => null],
    ["rates", ({ rates }) => ({ ...rates, allocMin: 0 })],
    ["rows", ({ rows }) => ({ ...rows, columns: ["time_s", "tme"] })],
    ["rows", ({ rows }) => ({ ...rows, choice: "sample", sampleUs: 0 })],
    ["whatIf", () => ({ target: null, sinceUs: 0, untilUs: "1h" })],
    ["state", () => 5],
    ["version", () => 3],
  ] as [string, (head: Record<string, object>) => unknown][])(
    "a checkpoint that was changed: %s %s",
    async (field, change) => {
      const head = JSON.parse(text);
      writeFileSync(join(cwd, "changed"), JSON.stringify({ ...head, [field]: change(head) }));
      expect(await run("--resume", "changed")).toEqual({
        status: 2,
        stdout: "",
        stderr: "balloon-sim: --resume changed: is damaged: a field is missing or invalid\n",
      });
    },
  );

  test("a checkpoint of another version", async () => {
    expect((await run("--resume", "old")).stderr).toMatch(
      /^balloon-sim: --resume old: is from balloon-sim 0\.0\.1; version \S+ can't read it: run the trace again\n$/,
    );
  });
});

test("a run that ends before --at fails, and leaves no checkpoint", async () => {
  const cwd = scratchDirectory();
  const { status, stderr } = await callBalloonSim(["run", "spike", "--checkpoint", "x", "--at", "1h"], { cwd });
  expect([status, stderr]).toEqual([2, "balloon-sim: --at 1h: the run is over at 4m\n"]);
  expect(readdirSync(cwd)).toEqual([]);
});

describe("step", () => {
  const step = (input: string, ...args: string[]) => callBalloonSim(["step", "spike", ...args], { input });

  test("moves by commands on standard input", async () => {
    const { status, stdout, stderr } = await step("3n\n\n12g 5n b\n2c\nC\ns\n30e\nh\nq\nn\n");
    expect([status, stderr]).toEqual([0, ""]);
    await expect(stdout).toMatchFileSnapshot("golden/step-spike.txt");
  });

  test("moves back to the beginning and on to the end", async () => {
    const lines = (await step("20n 99b 99999999e n")).stdout.trimEnd().split("\n");
    // Only what has changed since the line before differs.
    expect(lines[21]?.slice(0, 14)).toBe(lines[0]?.slice(0, 14));
    expect(lines.at(-2)).toMatch(/ {2}240\.000000 s {2}end/);
    expect(lines.at(-1)).toBe("the run is over");
  });

  test("reports a command that it does not know", async () => {
    for (const line of ["n 5", "5", "n\n5"]) {
      expect(await step(`${line}\n`)).toMatchObject({
        status: 2,
        stderr: 'balloon-sim: step: "5": unknown command (h lists them)\n',
      });
    }
    expect((await callBalloonSim(["step", "-"])).status).toBe(2);
  });
});
