import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { callBalloonSim, inTurn } from "../../support/in-process/command.ts";
import { ROOT, scratchDirectory, shell, startBalloonSim } from "../../support/processes/command.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(6);

const SMALL = "test/sim/cli/traces/small.json";
const SPACE = ["--set", "alloc-max=512..65536", "--set", "free-max=512..65536", "--set", "max-refused=1..64"];
const GOALS = ["--minimize", "time_to_target", "--minimize", "backdoor_calls", "--require", "oom_kills == 0"];
const STUDY = ["tune", SMALL, "refusals", "--holdout", "steady", ...GOALS, ...SPACE, "--seeds", "2"];

const scratch = scratchDirectory();
let files = 0;
const newFile = (extension = "jsonl"): string => join(scratch, `${files++}.${extension}`);

/** What a command prints that succeeds; on standard error as well. */
function succeed(...args: string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return succeedIn(ROOT, ...args);
}

async function succeedIn(
  cwd: string,
  ...args: string[]
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const { status, stdout, stderr } = await callBalloonSim(args, { cwd });
  expect({ status, unexpected: stderr.replace(/^balloon-sim: \S+\.jsonl: .*\n/gm, "") }).toEqual({
    status: 0,
    unexpected: "",
  });
  return { stdout, stderr };
}

async function fail(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await callBalloonSim(args);
  expect([status, stdout]).toEqual([2, ""]);
  return stderr.replace(/^balloon-sim: /, "").trimEnd();
}

describe.each([
  // More than two generations, so that children have children.
  ["nsga2", ["--trials", "130"]],
  ["sobol", ["--trials", "30", "--halving", "2"]],
  ["tpe", ["--trials", "50"]],
])("a study by %s %j", (sampler, more) => {
  const args = [...STUDY, "--judge-worlds", "2", "--sampler", sampler, ...more];

  test("is the same, byte for byte, with 1 and 3 workers", async () => {
    const outputs = await inTurn(["1", "3"], async (workers) => {
      const study = newFile();
      const { stdout, stderr } = await succeed(...args, "--study", study, "--workers", workers);
      expect(stderr).toBe("");
      return { journal: readFileSync(study, "utf8"), stdout: stdout.replace(study, "STUDY") };
    });
    expect(outputs[1]).toEqual(outputs[0]);
    expect(outputs[0]?.journal.split("\n").length).toBeGreaterThan(32);
  });
});

test("a study that judges dominated trials is the same with 1 and 3 workers, and when it is resumed in between", async () => {
  const sets = ["--set", "alloc-max=512..65536", "--set", "slow-cycles=0..16"];
  const args = [
    ...["tune", "spike", "--minimize", "stall_full", ...sets],
    ...["--trials", "24", "--judge-worlds", "3", "--seed", "4"],
  ];
  const made = await inTurn(["1", "3"], async (workers) => {
    const study = newFile();
    const { stdout } = await succeed(...args, "--study", study, "--workers", workers);
    return { study, stdout: stdout.replace(study, "STUDY"), journal: readFileSync(study, "utf8") };
  });
  const [first, second] = made as [(typeof made)[number], (typeof made)[number]];
  expect(first.stdout).toMatch(/; of the \d+ next best, judged as well: \d+; /);
  expect({ ...second, study: first.study }).toEqual(first);
  // Header, trials 0 to 24, judgements of trial 0 and of the one trial of the front.
  const lines = first.journal.split(/(?<=\n)/);
  writeFileSync(first.study, lines.slice(0, 1 + 25 + 2).join(""));
  const unfinished = (await succeed("study", "show", first.study)).stdout;
  expect(unfinished).toContain(
    "Note: The next best trials, which the front dominates, are not judged yet in other worlds: ",
  );
  await succeed(...args, "--study", first.study, "--workers", "2");
  expect(readFileSync(first.study, "utf8")).toBe(first.journal);
});

describe("whole outputs", () => {
  const study = newFile();

  test("tune", async () => {
    const { stdout } = await succeed(...STUDY, "--trials", "120", "--study", study);
    await expect(stdout.replaceAll(study, "STUDY")).toMatchFileSnapshot("golden/tune.txt");
  });

  test("tune without a file prints the same", async () => {
    const file = newFile();
    const { stdout } = await succeed(...STUDY, "--trials", "20");
    const filed = await succeed(...STUDY, "--trials", "20", "--study", file);
    expect(stdout).toBe(filed.stdout.replace(`${file}: `, ""));
    expect((await succeed("study", "show", file)).stdout).toBe(filed.stdout);
  });

  test("study show --all", async () => {
    const { stdout } = await succeed("study", "show", study, "--all");
    await expect(stdout.replaceAll(study, "STUDY")).toMatchFileSnapshot("golden/study-show-all.txt");
  });

  test("study best", async () => {
    const driver = JSON.parse((await succeed("rates", "--json")).stdout);
    expect(JSON.parse((await succeed("study", "best", study, "--pick", "0")).stdout)).toEqual(driver);
    const { status, stdout, stderr } = await callBalloonSim(["study", "best", study]);
    expect(status).toBe(0);
    await expect(stdout).toMatchFileSnapshot("golden/study-best.json");
    await expect(stderr).toMatchFileSnapshot("golden/study-best.txt");
    // With a file for the constants, what they are worth is the result.
    const file = newFile("json");
    const filed = await callBalloonSim(["study", "best", study, "-o", file, "--workers", "3"]);
    expect(filed.stdout + filed.stderr).toBe(stderr);
    expect(filed.stdout).toMatch(/^trial {6}\d+\n/);
    expect(readFileSync(file, "utf8")).toBe(stdout);
    expect(await callBalloonSim(["study", "best", study, "--workers", "1"])).toEqual({ status, stdout, stderr });
  });

  test("study best --raw is the trial as it is, and needs no trace", async () => {
    const document = JSON.parse((await succeed("study", "export", study, "--format", "json")).stdout);
    const rates = JSON.parse((await succeedIn(scratch, "study", "best", study, "--raw")).stdout);
    const flags = document.header.parameters.map(({ flag }: { flag: string }) => flag);
    expect(flags.map((flag: string) => rates[flag])).toEqual(document.trials[document.pick].point);
    expect(await callBalloonSim(["study", "best", study], { cwd: scratch })).toEqual({
      status: 2,
      stdout: "",
      stderr:
        `balloon-sim: ${study}: the trace "${SMALL}" of the study is missing: run this in the folder where tune ran, or write the ` +
        "trial unchanged with --raw\n",
    });
  });

  test("study export", async () => {
    const { stdout } = await succeed("study", "export", study);
    const lines = stdout.split("\n");
    expect(lines).toHaveLength(123);
    await expect(`${lines.slice(0, 6).join("\n")}\n`).toMatchFileSnapshot("golden/study-export.csv");
    const document = JSON.parse((await succeed("study", "export", study, "--format", "json")).stdout);
    expect(document.trials).toHaveLength(121);
    expect(document.header).toEqual(JSON.parse(readFileSync(study, "utf8").split("\n")[0] as string));
    expect(document.trials[document.knee]).toMatchObject({ state: "complete", judged: { oom_kills: 0 } });
  });

  test("study export has the spread in the worlds that judged, and whether a trial stands there", async () => {
    const [head, ...rows] = (await succeed("study", "export", study)).stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(",")) as [string[], ...string[][]];
    const document = JSON.parse((await succeed("study", "export", study, "--format", "json")).stdout);
    const cell = (trial: number, name: string) => rows[trial]?.[head.indexOf(name)];
    for (const { trial, worlds, judged } of document.trials) {
      const isJudged = trial === 0 || document.front.includes(trial);
      expect(cell(trial, "stands")).toBe(isJudged ? (document.standing.includes(trial) ? "yes" : "no") : "");
      expect([worlds.tuned, worlds.held].map((one) => one !== null)).toEqual([isJudged, isJudged]);
      for (const name of document.header.objectives) {
        const tuned = worlds.tuned?.[name] ?? { median: "", lowest: "", highest: "" };
        const held = worlds.held?.[name] ?? { lowest: "", highest: "" };
        expect([name, ...["", "_lowest", "_highest"].map((end) => cell(trial, `worlds_${name}${end}`))]).toEqual([
          name,
          ...[tuned.median, tuned.lowest, tuned.highest].map(String),
        ]);
        expect(["_lowest", "_highest"].map((end) => cell(trial, `judged_${name}${end}`))).toEqual(
          [held.lowest, held.highest].map(String),
        );
        if (isJudged) expect(worlds.held[name].median).toBe(judged[name]);
      }
    }
    expect(document.trials[0].worlds.tuned.time_to_target.highest).toBeGreaterThan(
      document.trials[0].worlds.tuned.time_to_target.lowest,
    );
  });

  test("sweep", async () => {
    const args = [SMALL, "steady", "--set", "alloc-max=1024..16384x3", "--set", "max-refused=1,16", "--seeds", "2"];
    const { stdout } = await succeed("sweep", ...args, "--workers", "1");
    await expect(stdout).toMatchFileSnapshot("golden/sweep.csv");
    const file = newFile("csv");
    await succeed("sweep", ...args, "--workers", "3", "-o", file);
    expect(readFileSync(file, "utf8")).toBe(stdout);
  });

  test("sweep, compare and tune read a trace from standard input once, for all runs", async () => {
    const input = readFileSync(join(ROOT, SMALL), "utf8");
    const rates = newFile("json");
    writeFileSync(rates, '{"alloc-max": 512}');
    for (const command of [
      (trace: string) => ["sweep", trace, "--set", "alloc-max=512,2048"],
      (trace: string) => ["compare", "default", rates, "--on", trace, "--worlds", "1", "--format", "csv", "-q"],
      (trace: string) => ["tune", trace, "--minimize", "backdoor_calls", "--trials", "5", "-q"],
    ]) {
      const expected = (await succeed(...command(SMALL))).stdout;
      const { status, stdout, stderr } = await callBalloonSim(command("-"), { input });
      expect([status, stderr]).toEqual([0, ""]);
      const inCells = stdout.replaceAll(",'-,", `,${SMALL},`);
      expect(inCells.replace(/^(tuned on {3}|Note: )-/gm, `$1${SMALL}`)).toBe(expected);
    }
  });

  test("sweep --worlds has a column for the world and a row for each; world 1 is the sweep without it", async () => {
    const args = ["sweep", SMALL, "refusals", "--set", "max-refused=1,16", "--seeds", "2"];
    const rows = async (...more: string[]) =>
      (await succeed(...args, ...more)).stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(","));
    const plain = await rows();
    const [head, ...inWorlds] = (await rows("--worlds", "3", "--workers", "2")) as [string[], ...string[][]];
    const at = head.indexOf("world");
    expect(head[at - 1]).toBe("seed");
    expect(inWorlds.map((row) => row[at])).toEqual(plain.slice(1).flatMap(() => ["1", "2", "3"]));
    const without = (row: readonly string[]) => row.toSpliced(at, 1);
    expect([without(head), ...inWorlds.filter((row) => row[at] === "1").map(without)]).toEqual(plain);
    // The worlds of one trace differ; the same world of the same trace and seed is what any other number of worlds has.
    const [first, second] = inWorlds as [string[], string[]];
    expect(without(second)).not.toEqual(without(first));
    expect((await rows("--worlds", "2", "--workers", "1")).slice(1)).toEqual(inWorlds.filter((row) => row[at] !== "3"));
  });

  test.each(["table", "csv", "json"])("compare --format %s", async (format) => {
    writeFileSync(join(scratch, "rates.json"), '{"free-max": 1024, "max-refused": 2}');
    const args = [
      "compare",
      "rates.json",
      "--on",
      "steady",
      "refusals",
      "reset-storm",
      "--seeds",
      "3",
      "--format",
      format,
    ];
    const { stdout } = await succeedIn(scratch, ...args, "--workers", "1");
    expect((await succeedIn(scratch, ...args, "--workers", "2")).stdout).toBe(stdout);
    await expect(stdout).toMatchFileSnapshot(`golden/compare.${format === "table" ? "txt" : format}`);
  });
});

describe("requirements", () => {
  const KILLED = ["tune", "no-swap-oom", "--minimize", "stall_full", "--set", "alloc-max=512..65536", "--trials", "12"];
  const header = (study: string) => JSON.parse(readFileSync(study, "utf8").split("\n")[0] as string);

  test("no more kills than trial 0 has are required where nothing else is, and the output and the journal say so", async () => {
    const study = newFile();
    const { stdout } = await succeed(...KILLED, "--study", study);
    const assumed = "oom_kills <= reference (assumed; --allow-kills lifts it)";
    expect(stdout).toContain(`\nrequired   ${assumed}\n`);
    expect((await succeed("study", "show", study)).stdout).toBe(stdout);
    expect(header(study).requirements).toEqual([
      { objective: "oom_kills", relation: "<=", bound: 1, of: "reference", isAssumed: true },
    ]);
    expect(await fail(...KILLED, "--study", study, "--allow-kills")).toBe(
      `${study}: is another study: --allow-kills was not in force, is now in force; repeat the same options, or name another file`,
    );
  });

  test("downtime is a goal and a requirement, and is the same with 1 and 3 workers", async () => {
    const sets = [
      "--set",
      "alloc-max=512..65536",
      "--set",
      "slow-cycles=0..16",
      "--worlds",
      "2",
      "--judge-worlds",
      "2",
    ];
    const args = ["tune", "no-swap-oom", "--minimize", "downtime", "--require", "downtime <= reference", ...sets];
    const journals = await inTurn(["1", "3"], async (workers) => {
      const study = newFile();
      await succeed(...args, "--trials", "12", "--quiet", "--study", study, "--workers", workers);
      return { study, text: readFileSync(study, "utf8") };
    });
    expect(new Set(journals.map(({ text }) => text)).size).toBe(1);
    const [{ study }] = journals as [(typeof journals)[number]];
    expect(header(study)).toMatchObject({
      goals: [{ objective: "downtime", direction: "minimize" }],
      requirements: [{ objective: "downtime", relation: "<=", bound: 1, of: "reference" }],
    });
    const { trials, pick } = JSON.parse((await succeed("study", "export", study, "--format", "json")).stdout);
    const at = header(study).objectives.indexOf("downtime");
    const downtimes: number[][] = trials.map(({ runs }: { runs: { values: number[] }[] }) =>
      runs.map(({ values }) => values[at]),
    );
    const [reference] = downtimes as [number[]];
    expect(Math.min(...reference)).toBeGreaterThan(60);
    // A requirement has to be kept in every run.
    const isKept = (own: number[]) => own.every((value, run) => value <= (reference[run] as number));
    const lines = (await succeed("study", "export", study)).stdout.trimEnd().split("\n").slice(1);
    const feasible = lines.map((line) => line.split(",")[2]);
    expect(feasible).toEqual(downtimes.map((own) => (isKept(own) ? "yes" : "no")));
    expect(new Set(feasible)).toEqual(new Set(["yes", "no"]));
    const sums = downtimes.map((own) => own.reduce((sum, value) => sum + value, 0));
    expect(sums[pick]).toBe(Math.min(...sums));
  });

  test("may be lifted by --allow-kills, which the output shows", async () => {
    const study = newFile();
    const { stdout } = await succeed(...KILLED, "--allow-kills", "--study", study);
    expect(stdout).toContain("\nrequired   nothing; kills are allowed\n");
    expect(header(study)).toMatchObject({ requirements: [], allowsKills: true });
  });

  test("that trial 0 misses do not make every trial that meets them better than trial 0", async () => {
    const study = newFile();
    const args = ["tune", "spike", "--minimize", "time_to_target", "--require", "stall_full <= 0.5", "--trials", "40"];
    const { stdout } = await succeed(...args, "--study", study);
    expect(stdout).toMatch(/^front .*; none is significantly better than trial 0 in a goal, and worse in no goal$/m);
    expect(stdout).toMatch(
      /^ +0 +(?:> )?37\.4 \[[^\]]+\] {2}the reference rates, misses a requirement\n +18 +(?:> )?75\.7 \[[^\]]+\] {2}best time/m,
    );
    const { status, stderr } = await callBalloonSim(["study", "best", study]);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(
        /: nothing to recommend: no trial that was judged keeps the requirements and is significantly better than trial 0 in a goal and worse in none in the worlds that judged it; choose one with/,
      ),
    ]);
    // A user who names the trial gets it, and reads what it costs.
    const best = await callBalloonSim(["study", "best", study, "--pick", "time_to_target", "--worlds", "1"]);
    expect(best.status).toBe(0);
    expect(best.stderr).toMatch(/^run again {2}on spike: worse than trial 0 in time_to_target$/m);
    expect(best.stderr).toMatch(
      /: warning: on the tuning traces these constants are worse than trial 0 in time_to_target$/m,
    );
  });

  test("relative to trial 0 are compared with each of its runs", async () => {
    const { stdout } = await succeed(...KILLED, "--require", "stall_full <= 0.9 * reference");
    expect(stdout).toMatch(/^required {3}stall_full <= 0.9 \* reference, oom_kills <= reference \(assumed; /m);
    expect(stdout).toMatch(/^ {4}0 .* misses a requirement$/m);
  });
});

describe("help and completion", () => {
  test.each(["study", "study show", "study best", "study export"])("%s", async (command) => {
    const { stdout } = await succeed(...command.split(" "), "--help");
    await expect(stdout).toMatchFileSnapshot(`golden/help-${command.replace(" ", "-")}.txt`);
  });

  test.each([
    [["tune", "spi"], ["spike"]],
    [["tune", "spike", "--minimize", "time"], ["time_to_target"]],
    [["tune", "spike", "--sampler", "s"], ["sobol"]],
    [["sweep", "stea"], ["steady"]],
    [["compare", "def"], ["default"]],
    [["compare", "default", "--on", "stea"], ["steady"]],
    [["study", "sh"], ["show"]],
    [["study", "show", "test/sim/record/recordings/page"], ["test/sim/record/recordings/page-cache.jsonl"]],
  ])("%j", async (words, offered) => {
    const lines = (await succeed("complete", "--", ...words)).stdout.split("\n");
    expect(lines.filter((line) => line.includes("\t")).map((line) => line.split("\t")[0])).toEqual(offered);
  });
});

test("a trial that halving dropped is not feasible", async () => {
  const study = newFile();
  await succeed(...STUDY, "--sampler", "sobol", "--trials", "30", "--halving", "2", "--study", study);
  const rows = (await succeed("study", "export", study)).stdout.split("\n").slice(1, -1);
  const states = new Set(rows.map((row) => row.split(",").slice(1, 3).join(" ")));
  expect(states).toEqual(new Set(["complete yes", "dropped no"]));
});

test("trial 0 of a sweep has the reference rates, and not those of the other trials", async () => {
  const row = async (...args: string[]) =>
    (await succeed("sweep", SMALL, "--set", "alloc-max=1024,4096", ...args)).stdout.split("\n")[1];
  // Of trial 0 the values, too: constants, trace, name and seed stand in front of them.
  const [pinned, plain] = [await row("--set", "free-max=512"), await row()].map((text) => text?.split(",").slice(5));
  expect(pinned).toEqual(plain);
  const other = (await succeed("sweep", SMALL, "--set", "alloc-max=1024,2048", "--set", "free-max=512")).stdout.split(
    "\n",
  )[3];
  expect(other?.split(",").slice(5)).not.toEqual(plain);
});

test("a study has the same figures for a trial as a run with its constants", async () => {
  const study = newFile();
  await succeed("tune", "spike", "--minimize", "time_to_target", "--trials", "20", "--study", study);
  const rates = newFile("json");
  await succeed("study", "best", study, "--pick", "17", "--raw", "-o", rates);
  const document = JSON.parse((await succeed("study", "export", study, "--format", "json")).stdout);
  const compared = JSON.parse(
    (await succeed("compare", rates, "--on", "spike", "--worlds", "1", "--format", "json")).stdout,
  );
  expect(compared.rates[1].objectives).toEqual(document.trials[17].values);
  expect(compared.rates[0].objectives).toEqual(document.trials[0].values);
  const summary = JSON.parse((await succeed("run", "spike", "--rates", rates, "--summary", "--format", "json")).stdout);
  expect(document.trials[17].values.stall_full).toBe(summary.stall_full_s);
});

describe("a study that is killed", () => {
  const args = [...STUDY, "--trials", "60", "--judge-worlds", "2", "--workers", "2", "--quiet"];

  test("is resumed any number of times and ends with the same bytes", async () => {
    const whole = newFile();
    await succeed(...args, "--study", whole);
    const study = newFile();
    for (const lines of [1, 15, 40]) {
      const child = startBalloonSim([...args, "--study", study]);
      while (!existsSync(study) || readFileSync(study, "latin1").split("\n").length <= lines) await sleep(2);
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    expect((await succeed(...args, "--study", study)).stderr).toMatch(/: \d+ trials existed already\n$/);
    expect(readFileSync(study, "utf8")).toBe(readFileSync(whole, "utf8"));
    expect(readdirSync(scratch).filter((name) => name.includes(basename(study)))).toEqual([basename(study)]);
  });

  test("by Ctrl-C leaves whole lines and no other file", async () => {
    const study = newFile();
    const child = startBalloonSim([...args, "--study", study]);
    while (!existsSync(study) || readFileSync(study, "latin1").split("\n").length < 20) await sleep(2);
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([null, "SIGINT"]);
    expect(readFileSync(study, "utf8")).toMatch(/\n$/);
    expect(readdirSync(scratch).filter((name) => name.includes(basename(study)))).toEqual([basename(study)]);
  });

  test("allows no second process to work on it", async () => {
    const study = newFile();
    const long = args.map((arg) => (arg === "60" ? "100000" : arg));
    const child = startBalloonSim([...long, "--study", study]);
    while (!existsSync(study) || readFileSync(study, "latin1").split("\n").length < 3) await sleep(2);
    expect(await fail(...args, "--study", study)).toBe(`${study}: process ${child.pid} works on this study already`);
    // A command that only reads it may.
    expect((await succeed("study", "show", study)).stdout).toMatch(/^study /);
    child.kill("SIGKILL");
    await once(child, "exit");
  });
});

test("--for ends a study in time, and a longer one begins with the same trials", async () => {
  const [short, long] = [newFile(), newFile()];
  const args = [...STUDY, "--sampler", "sobol", "--quiet"];
  await succeed(...args, "--for", "100ms", "--study", short);
  await succeed(...args, "--trials", "60", "--study", long);
  const trials = (path: string) =>
    readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => /^\{"(format|trial)"/.test(line));
  const [fewer, more] = [trials(short), trials(long)].sort((a, b) => a.length - b.length) as [string[], string[]];
  expect(fewer.length).toBeGreaterThan(1);
  expect(more.slice(0, fewer.length)).toEqual(fewer);
});

test("the journal depends neither on the time nor on its path", async () => {
  const study = newFile();
  await succeed("tune", SMALL, "--minimize", "time_to_target", "--trials", "10", "--study", study);
  const text = readFileSync(study, "utf8");
  expect(text).not.toContain(scratch);
  expect(text).not.toMatch(/workers|elapsed|"(?:time|date)"/i);
});

describe("one line and exit code 2 for", () => {
  const TUNE = ["tune", SMALL, "--minimize", "stall_full"];

  test.each([
    [["tune"], "tune: a trace is missing, such as: balloon-sim tune spike --minimize time_to_target"],
    [["tune", SMALL], "tune: a goal is missing, such as --minimize time_to_target --minimize stall_full"],
    [
      [...TUNE, "--require", "stall_full <= 2 * trial"],
      '--require "stall_full <= 2 * trial": expected a number (s), reference, or a factor of it such as 1.1 * reference behind ' +
        '<=, found "2 * trial"',
    ],
    [
      [...TUNE, "--require", "oom_kills <= 9", "--allow-kills"],
      '--allow-kills: --require "oom_kills <= 9" limits kills: leave one of them out',
    ],
    [[...TUNE, "--maximize", "stall_full"], "--maximize stall_full: is already a goal: leave one out"],
    [
      [...TUNE, "--sampler", "sobel"],
      '--sampler "sobel": expected one of nsga2, tpe, sobol, random, grid; did you mean "sobol"?',
    ],
    [[...TUNE, "--trials", "0"], '--trials "0": expected a whole number from 1 to 100000000'],
    [[...TUNE, "--for", "0s"], '--for "0s": expected more than 0'],
    [[...TUNE, "--for", "soon"], '--for "soon": expected a time such as 90 (seconds), 250ms or 1h30m'],
    [[...TUNE, "--workers", "0"], '--workers "0": expected a whole number from 1 to 256'],
    [[...TUNE, "--seeds", "1.5"], '--seeds "1.5": expected a whole number from 1 to 1000'],
    [
      [...TUNE, "--halving", "2"],
      "--halving: drops candidates after the first of several traces, but there is only one",
    ],
    [[...TUNE, "--halving", "1"], '--halving "1": expected a whole number from 2 to 100'],
    [[...TUNE, "--weight", "spike=2"], '--weight spike=2: "spike" is not a tuning trace'],
    [[...TUNE, "--weight", `${SMALL}=0`], /^--weight .*=0: expected a weight above 0, such as 2 or 0.5, found "0"$/],
    [[...TUNE, "--weight", "2"], "--weight 2: expected TRACE=WEIGHT, such as spike=2"],
    [
      [...TUNE, "--weight", `${SMALL}=2`, "--aggregate", "worst"],
      "--weight: needs --aggregate weights, found --aggregate worst",
    ],
    [
      [...TUNE, "--set", "alloc-max=2048"],
      "tune: nothing to vary: give at least one constant a range, such as --set alloc-max=1024..16384",
    ],
    [[...TUNE, "--holdout", SMALL], `--holdout ${SMALL}: is a tuning trace, too (${SMALL}): judge on another trace`],
    [[...TUNE, "--holdout", "nowhere.json"], /^nowhere.json: no such file, and no bundled trace/],
    [
      ["tune", "spike", "traces/spike.json", "--minimize", "stall_full"],
      "traces/spike.json: is the same trace as spike: give it once",
    ],
    [
      ["tune", "-", "--minimize", "stall_full", "--study", "a.jsonl"],
      "--study: standard input (-) can be read only once, and the study needs its traces again, to be continued and for study best: use a file",
    ],
    [["tune", "-", "--holdout", "-", "--minimize", "stall_full"], "standard input (-) can be read only once"],
    [[...TUNE, "--study", "none/a.jsonl"], "none/a.jsonl: can't be written: no such file or directory"],
    [["sweep"], "sweep: a trace is missing, such as: balloon-sim sweep spike --set …"],
    [["sweep", SMALL], "sweep: nothing to vary: give values, such as --set alloc-max=1024..16384x5"],
    [
      ["sweep", SMALL, "--set", "alloc-max=512..65536+1", "--set", "free-max=512..65536+1"],
      /^sweep: \d+ combinations: expected at most 10000000; tune searches larger spaces$/,
    ],
    [["compare", "--on", SMALL], "compare: a rates file is missing, such as: balloon-sim compare best.json --on spike"],
    [
      ["compare", "default", "--on", "hosts/office"],
      "compare: a rates file is missing, such as: balloon-sim compare best.json --on hosts/office; balloon-sim capacity --policies compares policies, sweep parameters of one",
    ],
    [["compare", "default"], "compare: a trace is missing, such as: balloon-sim compare best.json --on spike"],
    [["compare", "default", "default", "--on", SMALL], "compare: default is given twice"],
    [["compare", "none.json", "--on", SMALL], "none.json: no such file or directory"],
    [["compare", "a.json", "--on", SMALL, "--aggregate", "weights"], /^(a.json: no such|--aggregate weights)/],
    [["study", "show", "none.jsonl"], "none.jsonl: no such file or directory"],
    [["study", "show", SMALL], `${SMALL}:1: expected a study, as balloon-sim tune --study writes it`],
  ])("%j", async (args, message) => {
    const said = await fail(...args);
    if (typeof message === "string") expect(said).toBe(message);
    else expect(said).toMatch(message);
  });

  test("a pipe with a study's file", () => {
    const { status, stderr } = shell(`balloon-sim tune <(cat ${SMALL}) --minimize stall_full --study a.jsonl`);
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^balloon-sim: --study: the pipe \/dev\/fd\/\d+ can be read only once, and the study needs /,
      ),
    ]);
  });

  test("a missing trial", async () => {
    const study = newFile();
    await succeed("tune", SMALL, "--minimize", "stall_full", "--trials", "5", "--study", study);
    expect(await fail("study", "best", study, "--pick", "6")).toBe(
      '--pick "6": expected knee, a goal (stall_full), or the number of a trial, 0 to 5',
    );
  });

  test("a study of another trace, with the same name", async () => {
    const [study, trace] = [newFile(), newFile("json")];
    const text = readFileSync(SMALL, "utf8");
    writeFileSync(trace, text);
    const args = ["tune", trace, "--minimize", "stall_full", "--trials", "5", "--study", study];
    await succeed(...args);
    writeFileSync(trace, text.replace('"20s"', '"21s"'));
    expect(await fail(...args)).toMatch(/is another study: the trace ".*" has another content than when it began/);
  });
});

test("study shows an unfinished study as far as it goes", async () => {
  const study = newFile();
  await succeed(...STUDY, "--trials", "9", "--study", study);
  const lines = readFileSync(study, "utf8").split(/(?<=\n)/);
  writeFileSync(study, lines.slice(0, 7).join("") + lines[7]?.slice(0, 99));
  for (const command of ["show", "best", "export"]) {
    const { stdout, stderr } = await succeed(
      "study",
      command,
      study,
      ...(command === "best" ? ["--pick", "5", "--raw"] : []),
    );
    expect(stderr).toBe(`balloon-sim: ${study}: the last line is incomplete and omitted\n`);
    if (command === "show")
      expect(stdout).toMatch(/: 5 trials, [\s\S]*^Note: The trials of the front are not judged yet/m);
    if (command === "export") expect(stdout.split("\n")).toHaveLength(8);
  }
});

test("a study in which no trial keeps what is required recommends nothing", async () => {
  const study = newFile();
  const { stdout } = await succeed(
    "tune",
    SMALL,
    "--minimize",
    "stall_full",
    "--require",
    "time_to_target < 0",
    "--allow-kills",
    "--trials",
    "9",
    "--study",
    study,
  );
  expect(stdout).toMatch(/^front {6}none: no trial keeps time_to_target < 0; trial \d is nearest$/m);
  for (const args of [[], ["--raw"]]) {
    expect(await callBalloonSim(["study", "best", study, ...args])).toEqual({
      status: 1,
      stdout: "",
      stderr:
        `balloon-sim: ${study}: nothing to recommend: no trial keeps all requirements; choose one with --pick: knee, a goal ` +
        "(its best trial), or the number of a trial (study show --all lists them)\n",
    });
  }
  expect(await fail("study", "best", study, "--pick", "knee")).toMatch(
    /: --pick knee: no trial keeps all requirements, so /,
  );
  expect(await fail("study", "best", study, "--pick", "stall_full")).toMatch(
    /, so none is best: pick a trial by its number$/,
  );
});

test("study best --pick GOAL and knee take a trial that stands in the worlds that judged it, not one that was lucky in the search", async () => {
  const study = newFile();
  await succeed("tune", SMALL, ...GOALS, ...SPACE, "--trials", "30", "--judge-worlds", "2", "--study", study);
  const lines = readFileSync(study, "utf8").trimEnd().split("\n");
  const [trials, judgements] = ["trial", "judged"].map((key) =>
    lines.map((line) => JSON.parse(line)).filter((line) => line[key] !== undefined),
  ) as [{ point: number[] }[], { judged: number; runs: { values: number[] }[] }[]];
  const header = JSON.parse(lines[0] as string);
  const kills = header.objectives.indexOf("oom_kills");
  const time = header.objectives.indexOf("time_to_target");
  const fastest = async () => {
    const rates = JSON.parse((await succeed("study", "best", study, "--pick", "time_to_target", "--raw")).stdout);
    return header.parameters.map(({ flag }: { flag: string }) => rates[flag]);
  };
  const first = await fastest();
  const best = judgements.findIndex(({ judged }) => `${trials[judged]?.point}` === `${first}`);
  // The search saw no kill; another world does.
  for (const { values } of judgements[best]?.runs ?? []) values[kills] = 1;
  const text = () => [header, ...trials, ...judgements].map((line) => `${JSON.stringify(line)}\n`).join("");
  writeFileSync(study, text());
  // Trial 0 is faster than all that is left, and is written only if --pick selects it.
  expect(await fail("study", "best", study, "--pick", "time_to_target", "--raw")).toBe(
    `${study}: --pick "time_to_target": the best in it is trial 0, the reference rates: --pick 0 writes them, or pick a ` +
      "trial by its number",
  );
  expect(JSON.parse((await succeed("study", "best", study, "--pick", "0")).stdout)).toMatchObject({
    "alloc-max": 2048,
  });
  for (const { judged, runs } of judgements) if (judged === 0) for (const { values } of runs) values[kills] = 1;
  writeFileSync(study, text());
  const second = await fastest();
  expect(second).not.toEqual(first);
  const timeOf = (point: readonly number[]) => {
    const found = judgements.find(({ judged }) => `${trials[judged]?.point}` === `${point}`);
    return (found?.runs ?? []).reduce((sum, { values }) => sum + (values[time] as number), 0);
  };
  expect(timeOf(second)).toBeGreaterThanOrEqual(timeOf(first));
  for (const { runs } of judgements) for (const { values } of runs) values[kills] = 1;
  writeFileSync(study, text());
  expect(await fail("study", "best", study, "--pick", "time_to_target")).toBe(
    `${study}: --pick "time_to_target": no trial that was judged stands in the worlds that judged it, so none is best: pick a trial ` +
      "by its number",
  );
  expect(await fail("study", "best", study, "--pick", "knee")).toBe(
    `${study}: --pick knee: no trial that was judged stands in the worlds that judged it, so there is no knee: pick a trial by its ` +
      "number",
  );
});

test("a full disk ends a study with one line", () => {
  const { status, stderr } = shell(
    `ulimit -f 8; trap '' XFSZ; balloon-sim ${STUDY.map((arg) => `'${arg}'`).join(" ")} --study ${newFile()} > /dev/null`,
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(/^balloon-sim: \S+\.jsonl: file too large: the study can be resumed from here\n$/);
});
