import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failureOf } from "../../../src/common/cli/failure.ts";
import { InputError, RunError } from "../../../src/common/errors.ts";
import { badTraces, traceLine } from "../../../src/sim/cli/bad-traces.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const scratch = scratchDirectory();
const run = (...args: string[]) => callBalloonSim(args, { cwd: scratch });

writeFileSync(join(scratch, "{}.json"), "{}");
writeFileSync(join(scratch, "bad.json"), '{"format": 7}');
/** Its rows are damaged behind good ones. */
writeFileSync(
  join(scratch, "late.jsonl"),
  [
    '{"format":"balloon-sim/trace","version":1,"name":"late","description":"","duration":30,"guest":{"memory":"1GiB"},' +
      '"workloads":[{"name":"a"}],"rows":{"anon":{}}}',
    '{"t":0,"anon":100}',
    '{"t":10,"anon":200}',
    '{"t":20,"anon":"many"}',
    "",
  ].join("\n"),
);

/** What is said of a trace alone. */
const alone = async (trace: string): Promise<string> => (await run("run", trace)).stderr;
const BAD = [await alone("bad.json"), await alone("nowhere.json"), await alone("late.jsonl")].join("");
const CLOSING = "balloon-sim: 3 of 5 traces could not be used: they are missing in the results of the others\n";
/** Bad ones at both ends and in between: what begins and ends a document does not come from them. */
const MIXED = ["bad.json", "steady", "nowhere.json", "ramp", "late.jsonl"];

describe("run of several traces, some of them bad", () => {
  test.each(["1", "3"])("writes a file for each good trace with -o DIR, with %s threads", async (workers) => {
    const directory = scratchDirectory();
    const { status, stdout, stderr } = await run(
      "run",
      ...MIXED,
      "--until",
      "30s",
      "-o",
      directory,
      "--workers",
      workers,
    );
    expect([status, stdout, stderr]).toEqual([2, "", BAD + CLOSING]);
    expect(readdirSync(directory).sort()).toEqual(["ramp.csv", "steady.csv"]);
    expect(readFileSync(join(directory, "ramp.csv"), "utf8")).toBe((await run("run", "ramp", "--until", "30s")).stdout);
  });

  test.each(["csv", "ndjson", "json"])(
    "writes rows of the good traces as %s, and figures, into a shared output",
    async (format) => {
      for (const options of [[], ["--worlds", "2", "--workers", "2"], ["--worlds", "2", "--summary"]]) {
        const args = ["--until", "30s", "--format", format, ...options];
        const good = (await run("run", "steady", "ramp", ...args)).stdout;
        const { status, stdout, stderr } = await run("run", ...MIXED, ...args);
        expect([status, stdout, stderr]).toEqual([2, good, BAD + CLOSING]);
      }
      const file = join(scratch, `shared.${format}`);
      expect((await run("run", ...MIXED, "--until", "30s", "--format", format, "-o", file)).status).toBe(2);
      expect(readFileSync(file, "utf8")).toBe(
        (await run("run", "steady", "ramp", "--until", "30s", "--format", format)).stdout,
      );
    },
  );

  test("writes nothing where all traces are bad", async () => {
    const file = join(scratch, "none.csv");
    for (const options of [["-o", file], ["--summary"]]) {
      const { status, stdout, stderr } = await run("run", "bad.json", "nowhere.json", ...options);
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toBe(
        `${await alone("bad.json")}${await alone("nowhere.json")}balloon-sim: 2 of 2 traces could not be used: nothing is left to run\n`,
      );
    }
    expect(readdirSync(scratch)).not.toContain("none.csv");
  });

  test("ends at an output that can't be written", async () => {
    const { status, stderr } = await run("run", "steady", "bad.json", "ramp", "-o", "/dev/full");
    expect([status, stderr]).toEqual([1, "balloon-sim: /dev/full: no space left on the device\n"]);
  });
});

test("run names the trace of a run that fails, and ends with 1 where no input is bad", () => {
  const failed = { trace: "a.json", error: new RunError("at 5 s the guest violated the balloon protocol") };
  const bad = { trace: "b.json", error: new InputError("b.json: is no trace") };
  expect(failureOf(badTraces([failed], 3, "…"))).toEqual({
    exitCode: 1,
    line: "1 of 3 traces failed: …",
  });
  expect(failureOf(badTraces([failed, bad], 3, "…")).exitCode).toBe(2);
  expect([failed, bad].map(traceLine)).toEqual([
    "a.json: at 5 s the guest violated the balloon protocol",
    "b.json: is no trace",
  ]);
});
test.each([
  ["sweep", ["bad.json", "steady", "nowhere.json", "--set", "alloc-max=1024,2048"]],
  ["tune", ["bad.json", "steady", "--holdout", "nowhere.json", "--minimize", "time_to_target"]],
  ["compare", ["{}.json", ...["bad.json", "steady", "nowhere.json"].flatMap((trace) => ["--on", trace])]],
])("%s needs all of its traces, and names every bad one", async (command, args) => {
  const { status, stdout, stderr } = await run(command, ...args);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toBe(
    `${await alone("bad.json")}${await alone("nowhere.json")}balloon-sim: 2 of 3 traces could not be used: all are needed\n`,
  );
});
