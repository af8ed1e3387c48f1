import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_RATES } from "../../../../src/engine/index.ts";
import { requirementsOf } from "../../../../src/sim/tune/goal.ts";
import { SAMPLERS } from "../../../../src/sim/tune/samplers/index.ts";
import { StudyAnalysis } from "../../../../src/sim/tune/study/analysis.ts";
import { rungsOf } from "../../../../src/sim/tune/study/halving.ts";
import { lineOf } from "../../../../src/sim/tune/study/journal.ts";
import { judgeStudy } from "../../../../src/sim/tune/study/judge.ts";
import { readStudy } from "../../../../src/sim/tune/study/read-study.ts";
import type { RunResult, RunTask } from "../../../../src/sim/tune/study/runner.ts";
import { StudyLog } from "../../../../src/sim/tune/study/study-log.ts";
import type { StudyHeader } from "../../../../src/sim/tune/types.ts";
import { FakeEvaluator, fakeHeader, fakeTrace, makeStudy } from "../../../support/fakes/fake-study.ts";
import { scratchDirectory } from "../../../support/processes/command.ts";

const directory = scratchDirectory();
let files = 0;
const newFile = (): string => join(directory, `${files++}.jsonl`);

/** Makes a study in a file, or what is missing of it, and says what that remarked on. */
async function make(path: string, header: StudyHeader, limits = {}, evaluator = new FakeEvaluator()) {
  const remarks: string[] = [];
  const log = await StudyLog.open(path, header, (line) => remarks.push(line));
  try {
    await makeStudy(log, limits, evaluator);
  } finally {
    log.close();
  }
  return { remarks, evaluator };
}

const linesOf = (path: string): string[] => readFileSync(path, "utf8").split(/(?<=\n)/);

test("a study has a header, its trials in ascending order, and judgements behind them", async () => {
  const file = newFile();
  const header = fakeHeader();
  await make(file, header);
  const lines = linesOf(file).map((line) => JSON.parse(line));
  expect(lines[0]).toEqual(header);
  expect(lines.slice(1, 32).map(({ trial }) => trial)).toEqual(Array.from({ length: 31 }, (_, i) => i));
  expect(lines.slice(32).map(({ judged }) => judged)).toEqual([0, 30]);
  expect(lines[1]).toMatchObject({ point: [2048, 4], state: "complete" });
  expect(readdirSync(directory).filter((name) => name.endsWith(".lock"))).toEqual([]);
});

test("a header with impossible contents is reported as damage, not as an error of the program", () => {
  const header = fakeHeader({ requirements: [{ objective: "oom_kills", relation: "==", bound: 0 }] });
  const [goal] = header.goals;
  const [parameter] = header.parameters;
  const [requirement] = header.requirements;
  const damages: readonly object[] = [
    { goals: [] },
    { ahead: 0 },
    { ahead: "2" },
    { goals: [null] },
    { goals: [{ ...goal, objective: "constructor" }] },
    { goals: [{ ...goal, direction: "up" }] },
    { requirements: [{ ...requirement, objective: "nothing" }] },
    { requirements: [{ ...requirement, relation: "=<" }] },
    { requirements: [{ ...requirement, bound: "0" }] },
    { requirements: [{ ...requirement, of: "itself" }] },
    { parameters: [{ ...parameter, key: "__proto__" }] },
    { parameters: [{ ...parameter, min: null }] },
    { parameters: [{ ...parameter, values: ["1"] }] },
    { traces: [7] },
    { seeds: [1] },
    { objectives: [3] },
    { base: null },
    { worlds: 0 },
    { judgedWorlds: "5" },
    { judgedWorlds: 1.5 },
    { reference: { allocMax: 3 } },
  ];
  for (const damage of damages) {
    const file = newFile();
    writeFileSync(file, `${JSON.stringify({ ...header, ...damage })}\n`);
    expect(() => readStudy(file, "FILE"), JSON.stringify(damage)).toThrow(/^FILE:1: this line is damaged/);
  }
  const file = newFile();
  writeFileSync(file, lineOf(header));
  expect(readStudy(file).header).toEqual(header);
});

describe("a study that was made before there were worlds", () => {
  /** A study of 9 trials without a word of worlds, what-ifs and allowed kills, as older programs wrote it. */
  async function oldStudy(): Promise<{ file: string; header: StudyHeader; text: string }> {
    const file = newFile();
    const header: StudyHeader = fakeHeader({ batch: 8, allowsKills: true });
    await make(file, header, { trials: 9 });
    const { whatIf: _, worlds: __, judgedWorlds: ___, allowsKills: ____, ...old } = header;
    const text = [`${JSON.stringify(old)}\n`, ...linesOf(file).slice(1)].join("");
    writeFileSync(file, text);
    return { file, header, text };
  }

  test("is read as one of the traces as they are written", async () => {
    const { file, header } = await oldStudy();
    expect(readStudy(file).header).toEqual(header);
    expect(new StudyAnalysis(readStudy(file)).isJudgedInWorlds).toBe(false);
  });

  test("is continued with the same options", async () => {
    const { file, header, text } = await oldStudy();
    const { evaluator } = await make(file, header, { trials: 9 });
    expect(evaluator.tasks.filter(({ trace }) => trace < 2)).toEqual([]);
    expect(readFileSync(file, "utf8")).toBe(text);
    await make(file, header, { trials: 12 });
    expect(linesOf(file)[0]).toBe(text.split(/(?<=\n)/)[0]);
    expect(readStudy(file).trials).toHaveLength(13);
  });

  test("assumes nothing about kills: it is continued with --allow-kills, and not without it", async () => {
    const { file, header } = await oldStudy();
    expect(header.requirements).toEqual([]);
    const { allowsKills: _, ...assumed } = header;
    await expect(make(file, assumed)).rejects.toThrow(
      /is another study: --allow-kills was in force, is now not in force; repeat the same options, or name another file$/,
    );
  });

  test("that limits kills itself is continued unchanged", async () => {
    const file = newFile();
    const requirements = [{ objective: "oom_kills", relation: "==" as const, bound: 0 }];
    const header = fakeHeader({ batch: 8, requirements });
    await make(file, header, { trials: 9 });
    const { whatIf: _, worlds: __, judgedWorlds: ___, ...old } = header;
    writeFileSync(file, [`${JSON.stringify(old)}\n`, ...linesOf(file).slice(1)].join(""));
    await make(file, header, { trials: 12 });
    expect(readStudy(file).trials).toHaveLength(13);
  });

  test("is not continued in other worlds: neither by a command that names them, nor by today's default of five", async () => {
    const { file, header, text } = await oldStudy();
    await expect(make(file, { ...header, judgedWorlds: 5 })).rejects.toThrow(
      /is another study: --judge-worlds was 1, is now 5; repeat the same options, or name another file$/,
    );
    await expect(make(file, { ...header, worlds: 3 })).rejects.toThrow(/is another study: --worlds was 1, is now 3; /);
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});

test("cut at any byte, a study goes on and ends with the same bytes", async () => {
  const header = fakeHeader({ batch: 8 });
  const whole = newFile();
  await make(whole, header, { trials: 20 });
  const text = readFileSync(whole);
  const cut = newFile();
  // All around the ends of lines, and now and then inside of them.
  const isEnd = (bytes: number) => text.subarray(Math.max(0, bytes - 2), bytes + 2).includes(10);
  for (let bytes = 0; bytes <= text.length; bytes++) {
    if (bytes % 41 !== 0 && !isEnd(bytes)) continue;
    writeFileSync(cut, text.subarray(0, bytes));
    const { remarks } = await make(cut, header, { trials: 20 });
    expect(readFileSync(cut).equals(text), `cut at byte ${bytes}`).toBe(true);
    const isWhole = bytes === 0 || text[bytes - 1] === 10;
    expect(remarks.length, `cut at byte ${bytes}`).toBe(isWhole ? 0 : 1);
  }
});

test("a resumed study makes no trial again, except trial 0", async () => {
  const header = fakeHeader({ batch: 8 });
  const file = newFile();
  await make(file, header, { trials: 11 });
  const more = await make(file, header, { trials: 16 });
  // Trial 0 and five trials on two traces, two judgements.
  expect(more.evaluator.tasks).toHaveLength(2 + 5 * 2 + 2);
  const nothing = await make(file, header, { trials: 16 });
  expect(nothing.evaluator.tasks).toHaveLength(0);
});

describe.each(SAMPLERS.map(({ name }) => name))("%s", (sampler) => {
  const sets = sampler === "grid" ? { parameters: gridParameters() } : {};

  test("studies of different length begin alike, and a short one becomes the long one", async () => {
    const header = fakeHeader({ sampler, batch: 8, ...sets });
    const long = newFile();
    await make(long, header, { trials: 40 });
    const trials = (path: string) =>
      linesOf(path)
        .filter((line) => !line.startsWith('{"judged"'))
        .join("");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 40 }), async (count) => {
        const short = newFile();
        await make(short, header, { trials: count });
        expect(trials(long).startsWith(trials(short))).toBe(true);
        await make(short, header, { trials: 40 });
        expect(readFileSync(short, "utf8")).toBe(readFileSync(long, "utf8"));
      }),
      { numRuns: 8 },
    );
  });

  test("a study that ends by --for begins like a longer one", async () => {
    const header = fakeHeader({ sampler, batch: 8, ...sets });
    const long = newFile();
    await make(long, header, { trials: 40 });
    const short = newFile();
    let asked = 0;
    await make(short, header, { trials: Number.POSITIVE_INFINITY, isOver: () => ++asked > 27 });
    const { trials } = readStudy(short);
    expect(trials.length).toBeGreaterThan(8);
    expect(trials.length).toBeLessThan(40);
    expect(trials).toEqual(readStudy(long).trials.slice(0, trials.length));
  });
});

function gridParameters() {
  const [allocMax, slowCycles] = fakeHeader().parameters as [never, never];
  const values = (list: number[]) => ({ kind: "list" as const, values: list });
  return [
    { ...(allocMax as object), ...values([512, 1024, 2048, 4096, 8192, 16_384, 65_536]) },
    { ...(slowCycles as object), ...values([0, 1, 2, 4, 8, 16]) },
  ] as unknown as StudyHeader["parameters"];
}

test("a batch that is halved is the same however it is interrupted", async () => {
  const traces = ["a", "b", "d", "e"].map((name) => fakeTrace(name));
  const header = fakeHeader({ traces, batch: 8, rungs: rungsOf(4, 2) });
  const whole = newFile();
  await make(whole, header, { trials: 21 });
  const lines = linesOf(whole);
  expect(readStudy(whole).trials.map(({ state, runs }) => `${state} ${runs.length}`)).toContain("dropped 1");
  for (let count = 0; count <= lines.length; count++) {
    const cut = newFile();
    writeFileSync(cut, lines.slice(0, count).join(""));
    await make(cut, header, { trials: 21 });
    expect(readFileSync(cut, "utf8")).toBe(lines.join(""));
  }
});

test("the judgement of the next best, behind that of the front, is the same however it is interrupted", async () => {
  // All trials look better than trial 0 the larger `alloc-max` is, and are worse in the worlds that judge them.
  class Misleading extends FakeEvaluator {
    override run(tasks: readonly RunTask[], deliver: (result: RunResult) => void) {
      return super.run(tasks, (result) => {
        const { world, rates } = this.tasks.at(-1) as RunTask;
        const isWorse = world > 1 && rates.allocMax !== DEFAULT_RATES.allocMax;
        deliver(result.ok ? { ok: true, values: result.values.map((value) => value + (isWorse ? 1000 : 0)) } : result);
      });
    }
  }
  const traces = [fakeTrace("a")];
  const goals = fakeHeader().goals.slice(0, 1);
  const header = fakeHeader({ traces, goals, batch: 8, judgedWorlds: 5 });
  const noted: [number, number][] = [];
  const judgeIn = async (path: string) => {
    const log = await StudyLog.open(path, header, () => {});
    const evaluator = new Misleading();
    try {
      await judgeStudy(log, evaluator, (part, round) => noted.push([round, part]));
    } finally {
      log.close();
    }
    return evaluator.tasks.length;
  };
  const whole = newFile();
  await make(whole, { ...header, judgedWorlds: 1 }, { trials: 40 });
  writeFileSync(whole, [lineOf(header), ...linesOf(whole).slice(1, 42)].join(""));
  await judgeIn(whole);
  // Each round is told from 0 to 1, and never goes backwards.
  const round = (number: number, count: number) => Array.from({ length: count + 1 }, (_, i) => [number, i / count]);
  expect(noted).toEqual([...round(0, 2), ...round(1, 10)]);
  const lines = linesOf(whole);
  const { front, next, isJudged } = new StudyAnalysis(readStudy(whole));
  expect([front.length, next.length, isJudged]).toEqual([1, 10, true]);
  expect(lines).toHaveLength(42 + 1 + front.length + next.length);
  for (let count = 42; count <= lines.length; count++) {
    const cut = newFile();
    writeFileSync(cut, lines.slice(0, count).join(""));
    expect(await judgeIn(cut), `${count} lines`).toBe(5 * (lines.length - count));
    expect(readFileSync(cut, "utf8")).toBe(lines.join(""));
  }
});

test("a trial that fails is a trial, and the study goes on", async () => {
  const file = newFile();
  const fails = new FakeEvaluator(({ rates, trace }) => rates.allocMax > 8192 && trace === 1);
  await make(file, fakeHeader({ batch: 8 }), {}, fails);
  const { trials } = readStudy(file);
  expect(trials).toHaveLength(31);
  const failed = trials.filter(({ state }) => state === "failed");
  expect(failed.length).toBeGreaterThan(0);
  for (const { error, runs, point } of failed) {
    expect(point[0]).toBeGreaterThan(8192);
    expect([error, runs.map(({ trace }) => trace)]).toEqual(["b: DriverFault: it fell over", [0]]);
  }
});

test("a reference that fails ends a study whose requirements are relative to it", async () => {
  const requirements = requirementsOf([], false);
  const fails = () => new FakeEvaluator(({ rates, trace }) => rates.allocMax === 2048 && trace === 1);
  await expect(make(newFile(), fakeHeader({ requirements }), {}, fails())).rejects.toMatchObject({
    name: "RunError",
    exitCode: 1,
    message: expect.stringMatching(
      /: trial 0, the reference, fails \(b: DriverFault: it fell over\), so "oom_kills <= reference" \(assumed\) can't be checked: give other --rates as the reference, leave the trace out, or require a number instead \(--require "oom_kills == 0"\)$/,
    ),
  });
  const own = fakeHeader({ requirements: requirementsOf(["oom_kills <= 2 * reference"], false) });
  await expect(make(newFile(), own, {}, fails())).rejects.toThrow(
    /so "oom_kills <= 2 \* reference" can't be checked: give other --rates as the reference, leave the trace out, or require a number instead$/,
  );
  const file = newFile();
  await make(file, fakeHeader({ requirements: requirementsOf(["oom_kills == 0"], false) }), {}, fails());
  expect(readStudy(file).trials).toHaveLength(31);
});

test("trial 0 is judged by the reference rates, and not by the base of the candidates", async () => {
  const { parameters, reference } = fakeHeader();
  const base = { ...reference, slowCycles: 11 };
  const header = fakeHeader({ parameters: parameters.slice(0, 1), base });
  const { evaluator } = await make(newFile(), header, { trials: 3 });
  // Trace 2 is the one that is held out.
  const judged = evaluator.tasks.filter(({ trace }) => trace === 2).map(({ rates }) => rates.slowCycles);
  expect(judged).toEqual([4, 11]);
});

describe("refused, without a change of the file, is", () => {
  async function refusal(file: string, header: StudyHeader, limits = {}, evaluator = new FakeEvaluator()) {
    const before = readFileSync(file);
    const failure = await make(file, header, limits, evaluator).then(
      () => null,
      (error: Error) => error,
    );
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(failure?.name).toBe("InputError");
    return failure?.message.replaceAll(file, "FILE");
  }

  const another = (what: string) => `FILE: is another study: ${what}; repeat the same options, or name another file`;
  const header = fakeHeader();

  test.each([
    [{ program: "1.3.0" }, "was made by balloon-sim 1.2.3, this is 1.3.0"],
    [{ seed: "2" }, '--seed was "1", is now "2"'],
    [{ sampler: "sobol" }, '--sampler was "nsga2", is now "sobol"'],
    [{ traces: [fakeTrace("a"), fakeTrace("c", "holdout")] }, 'its traces were "a", "b", are now "a"'],
    [{ traces: header.traces.slice(0, 2) }, 'its --holdout traces were "c", are now none'],
    [
      { traces: header.traces.map((trace) => ({ ...trace, sha256: `${trace.sha256}!` })) },
      'the trace "a" has another content than when it began',
    ],
    [{ traces: header.traces.map((trace) => ({ ...trace, weight: 2 })) }, 'the weight of "a" was 1, is now 2'],
    [{ allowsKills: true as const }, "--allow-kills was not in force, is now in force"],
    [
      { requirements: requirementsOf(["stall_full <= reference"], false) },
      "--require was nothing, is now stall_full <= reference, oom_kills <= reference (assumed; --allow-kills lifts it)",
    ],
    [{ aggregate: { kind: "worst" as const } }, "--aggregate was mean, is now worst"],
  ])("a study with other answers to %j", async (changes, what) => {
    const file = newFile();
    await make(file, header);
    expect(await refusal(file, { ...header, ...changes })).toBe(another(what));
  });

  test.each([
    ["dear diary\n", "FILE:1: expected a study, as balloon-sim tune --study writes it"],
    ["dear diary", "FILE: expected a study, as balloon-sim tune --study writes it"],
    [
      '{"format":"balloon-sim/study","version":1,"program":"another',
      "FILE: the file exists and is not a study: name another file, or remove it",
    ],
    ['{"format":"balloon-sim/study","version":2}\n', /^FILE:1: a study of version 2: this program knows version 1/],
  ])("a file with %j", async (text, message) => {
    const file = newFile();
    writeFileSync(file, text);
    expect(await refusal(file, header)).toMatch(message);
  });

  test("a study with a line that is damaged", async () => {
    const file = newFile();
    await make(file, header);
    const lines = linesOf(file);
    lines[5] = `${lines[5]?.slice(0, 20)}\n`;
    writeFileSync(file, lines.join(""));
    expect(await refusal(file, header)).toMatch(/^FILE:6: this line is damaged/);
  });

  test("a study with a trial that is missing", async () => {
    const file = newFile();
    await make(file, header);
    const lines = linesOf(file);
    lines.splice(5, 1);
    writeFileSync(file, lines.join(""));
    expect(await refusal(file, header)).toBe("FILE:6: trial 5 where trial 4 was expected");
  });

  test("a study whose trials are not those of its sampler", async () => {
    const file = newFile();
    await make(file, header);
    const lines = linesOf(file);
    lines[5] = lineOf({ ...JSON.parse(lines[5] as string), point: [777, 3] });
    writeFileSync(file, lines.join(""));
    expect(await refusal(file, header)).toMatch(/^FILE: trial 4 of the study is not what its sampler proposes/);
  });

  test("a study whose trial 0 came to something else then", async () => {
    const file = newFile();
    await make(file, header);
    truncateSync(file, linesOf(file).slice(0, 6).join("").length);
    const other = new FakeEvaluator(({ trace }) => trace === 1);
    expect(await refusal(file, header, {}, other)).toMatch(/^FILE: trial 0 gives other values now/);
  });

  test("a study that is being made", async () => {
    const file = newFile();
    const log = await StudyLog.open(file, header, () => {});
    expect(await refusal(file, header)).toBe("FILE: this process works on this study already");
    log.close();
    expect((await make(file, header)).remarks).toEqual([]);
  });
});
