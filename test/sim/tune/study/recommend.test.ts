import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DEFAULT_RATES, type Params, type Rates } from "../../../../src/engine/index.ts";
import { RunCount } from "../../../../src/sim/cli/tune/run-count.ts";
import { OBJECTIVES } from "../../../../src/sim/measures/objectives.ts";
import { parseRequirement } from "../../../../src/sim/tune/goal.ts";
import type { Evaluator } from "../../../../src/sim/tune/study/evaluator.ts";
import { locateTraces } from "../../../../src/sim/tune/study/locate-traces.ts";
import { chooseTrial, recommend } from "../../../../src/sim/tune/study/recommend.ts";
import { freshWorlds, Reruns } from "../../../../src/sim/tune/study/reruns.ts";
import type { RunResult, RunTask } from "../../../../src/sim/tune/study/runner.ts";
import { readTraceText } from "../../../../src/sim/tune/study/trace-text.ts";
import type { StudyHeader } from "../../../../src/sim/tune/types.ts";
import { fakeHeader, fakeTrace } from "../../../support/fakes/fake-study.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";

type Values = Readonly<Record<string, number>>;

/** Runs by a formula. */
class FormulaEvaluator implements Evaluator {
  readonly workers = 1;
  readonly tasks: RunTask[] = [];
  readonly #values: (task: RunTask) => Values | null;

  constructor(values: (task: RunTask) => Values | null) {
    this.#values = values;
  }

  async run(tasks: readonly RunTask[], deliver: (result: RunResult) => void): Promise<void> {
    for (const task of tasks) {
      this.tasks.push(task);
      const values = this.#values(task);
      deliver(
        values === null
          ? { ok: false, error: "DriverFault: it fell over" }
          : { ok: true, values: OBJECTIVES.map(({ name }) => values[name] ?? 0) },
      );
    }
  }

  async stop(): Promise<void> {}
}

/** What no world is like another in: about one, as likely more as less. */
const jitter = ({ world, rates }: RunTask): number => [0, 1, -1, 2, -2, 0][(world + rates.allocMax) % 6] as number;

const gain = (trial: number) => ({ trial, gain: 1, isNoWorse: true });
const rates = (allocMax: number, more: Partial<Rates> = {}): Rates => ({ ...DEFAULT_RATES, allocMax, ...more });

function rerunsOf(
  values: (task: RunTask) => Values | null,
  changes: Partial<StudyHeader> = {},
  worlds = 5,
  onRun = () => {},
) {
  const evaluator = new FormulaEvaluator(values);
  const reruns = new Reruns(fakeHeader(changes), evaluator, worlds, onRun);
  return { evaluator, reruns };
}

describe("the trial that is chosen", () => {
  test("is the first that is better when it is run again, and in no goal significantly worse", async () => {
    const { reruns } = rerunsOf((task) => {
      const { allocMax } = task.rates;
      // 8001: worse in stall in every world. 8002: no better than by luck. 8003: faster, the stall within what worlds differ by.
      return {
        time_to_target: 100 + jitter(task) / 10 - (allocMax === 8001 || allocMax === 8003 ? 20 : 0),
        stall_full: 10 + jitter(task) + (allocMax === 8001 ? 7 : 0),
      };
    });
    const choice = await chooseTrial([gain(1), gain(2), gain(3), gain(4)], (trial) => rates(8000 + trial), reruns);
    expect(choice.trial).toBe(3);
    expect(choice.passedOver).toEqual([
      { trial: 1, standing: { worse: ["stall_full"], better: ["time_to_target"], missed: [], mended: [] } },
      { trial: 2, standing: { worse: [], better: [], missed: [], mended: [] } },
    ]);
  });

  test("keeps what is required in every world", async () => {
    const requirements = [parseRequirement("oom_kills <= reference")];
    const { reruns } = rerunsOf(
      ({ rates: { allocMax }, world, trace }) => ({
        time_to_target: allocMax === 2048 ? 100 : 50,
        oom_kills: trace === 1 && world === 4 && allocMax === 8001 ? 3 : 2,
      }),
      { requirements },
    );
    const choice = await chooseTrial([gain(1), gain(2)], (trial) => rates(8000 + trial), reruns);
    expect(choice.trial).toBe(2);
    expect(choice.passedOver[0]?.standing).toMatchObject({ worse: [], missed: requirements });
    const [reference, own] = await reruns.run([DEFAULT_RATES, rates(8001)], "tune");
    expect(reruns.misses(requirements[0] as never, own as never, reference as never, "tune")).toEqual({
      missed: 1,
      runs: 10,
    });
  });

  test("there is no choice where none of ten trials holds; a trial whose run fails does not hold", async () => {
    const { reruns } = rerunsOf(({ rates: { allocMax } }) => (allocMax === 2048 ? { time_to_target: 100 } : null));
    const choice = await chooseTrial(
      Array.from({ length: 12 }, (_, i) => gain(i + 1)),
      (trial) => rates(8000 + trial),
      reruns,
    );
    expect(choice.trial).toBeNull();
    expect(choice.passedOver).toHaveLength(10);
    expect(choice.passedOver[0]).toEqual({ trial: 1, standing: null });
  });

  test("may be one that only mends a requirement that the reference misses", async () => {
    const requirements = [parseRequirement("unreached == 0")];
    const { reruns } = rerunsOf(({ rates: { allocMax } }) => ({ unreached: allocMax === 2048 ? 1 : 0 }), {
      requirements,
    });
    expect((await chooseTrial([gain(1)], () => rates(8001), reruns)).trial).toBe(1);
  });

  test("mends no requirement that it still misses, where it misses it less by no more than worlds differ by", async () => {
    const requirements = [parseRequirement("stall_full <= 3")];
    const { reruns } = rerunsOf(
      ({ rates: { allocMax }, world }) => ({
        stall_full: ((allocMax === 2048 ? [2, 6, 5, 2, 2] : [2, 5, 2, 4, 4]) as number[])[world % 5] as number,
      }),
      { requirements },
    );
    const choice = await chooseTrial([gain(1)], () => rates(8001), reruns);
    expect(choice.passedOver).toEqual([{ trial: 1, standing: { worse: [], better: [], missed: [], mended: [] } }]);
  });

  test("mends a requirement that it no longer misses, and one that it misses less in every world", async () => {
    for (const after of [
      [2, 2, 2, 2, 2],
      [4, 5, 4, 5, 4],
    ]) {
      const requirements = [parseRequirement("stall_full <= 3")];
      const before = after[0] === 2 ? [2, 6, 5, 2, 2] : [7, 8, 7, 8, 7.5];
      const { reruns } = rerunsOf(
        ({ rates: { allocMax }, world }) => ({ stall_full: (allocMax === 2048 ? before : after)[world % 5] as number }),
        { requirements, goals: [{ objective: "time_to_target", direction: "minimize" }] },
      );
      expect((await chooseTrial([gain(1)], () => rates(8001), reruns)).trial).toBe(1);
    }
  });
});

describe("a recommendation", () => {
  const tuned = rates(8192, { slowCycles: 9, freeInc: 77, maxRefused: 3 });

  test("has the reference's values of all constants that the gain does not need, and is run on all traces", async () => {
    const { reruns, evaluator } = rerunsOf((task) => ({
      time_to_target: 400_000 / task.rates.allocMax + jitter(task) / 100,
      stall_full:
        20 - task.rates.slowCycles + jitter(task) / 100 + (task.trace === 2 && task.rates.allocMax > 4096 ? 9 : 0),
    }));
    const made = await recommend(tuned, reruns);
    expect(made.rates).toEqual(rates(8192, { slowCycles: 9 }));
    expect(made.reverted.map(({ name }) => name)).toEqual(["free-inc", "max-refused"]);
    expect(made.needed.map(({ param }) => param.name)).toEqual(["alloc-max", "slow-cycles"]);
    expect(made.tuned.standing).toMatchObject({ worse: [], better: ["time_to_target", "stall_full"] });
    // Only the trace that was held out shows it.
    expect(made.heldOut?.standing).toMatchObject({ worse: ["stall_full"], better: ["time_to_target"] });
    // Nothing is run twice.
    const ran = evaluator.tasks.map((task) => JSON.stringify(task));
    expect(new Set(ran).size).toBe(ran.length);
    // The search may have been lucky. All rates are run in worlds that it has not used, except the reference, by
    // which one sees whether the program still is the study's; the trace that was held out is new in any world.
    const worldsOf = (trace: number, of: (rates: Params) => boolean) =>
      new Set(evaluator.tasks.flatMap((task) => (task.trace === trace && of(task.rates) ? [task.world] : [])));
    const isReference = (one: Params) => one.allocMax === 2048;
    expect(worldsOf(0, (one) => !isReference(one))).toEqual(new Set([2, 3, 4, 5, 6]));
    expect(worldsOf(0, isReference)).toEqual(new Set([1, 2, 3, 4, 5, 6]));
    expect(worldsOf(2, () => true)).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  test("keeps a constant that a requirement needs, also where it gains nothing in the goals", async () => {
    const { reruns } = rerunsOf(
      ({ rates: { allocMax, slowCycles }, world }) => ({
        time_to_target: 400_000 / allocMax,
        oom_kills: allocMax > 4096 && slowCycles < 9 && world === 3 ? 1 : 0,
      }),
      { requirements: [parseRequirement("oom_kills <= reference")] },
    );
    expect((await recommend(tuned, reruns)).rates).toEqual(rates(8192, { slowCycles: 9 }));
  });

  test("does not give up a real gain for one within the spread", async () => {
    // Without slow-cycles the values are so far apart that no difference is left that is one.
    const { reruns } = rerunsOf((task) => ({
      time_to_target:
        task.rates.allocMax === 2048 ? 100 : task.rates.slowCycles === 9 ? 90 : 90 + 30 * ((task.world % 3) - 1),
    }));
    expect((await recommend(tuned, reruns)).rates.slowCycles).toBe(9);
  });

  test("reverts a constant whose effect is within the noise of worlds", async () => {
    const { reruns } = rerunsOf(({ rates: { allocMax, slowCycles }, world }) => ({
      // The median is later by 3 of 50 seconds, the mean by nothing.
      time_to_target:
        (allocMax === 2048 ? 100 : 50) + (slowCycles === 9 ? 0 : ([0, 4, 4, -6, 3, -5][world - 1] as number)),
    }));
    expect((await recommend(tuned, reruns)).rates).toEqual(rates(8192));
  });

  test("needs no held-out traces, and exists for a trial that fails, too", async () => {
    const traces = [fakeTrace("a")];
    const { reruns } = rerunsOf(({ rates: one }) => (one.allocMax === 2048 ? {} : null), { traces });
    const made = await recommend(tuned, reruns);
    expect([made.rates, made.heldOut, made.tuned.standing]).toEqual([tuned, null, null]);
    expect(made.tuned.own.error).toBe("a: DriverFault: it fell over");
  });

  // Each formula covers another path: all reverted at once, a loss only together, one constant after the other, none reverted.
  test.each<[string, (rates: Rates) => number]>([
    ["all constants are reverted together", () => 50],
    [
      "two lose nothing by themselves and all together",
      (one) => (one.freeInc === 77 || one.maxRefused === 3 ? 50 : 90),
    ],
    ["each loses a little", (one) => 50 + (one.slowCycles === 9 ? 0 : 0.1) + (one.freeInc === 77 ? 0 : 0.2)],
    ["none is reverted", (one) => (JSON.stringify(one) === JSON.stringify(tuned) ? 50 : 90)],
    ["the trial fails", (one) => (one.freeInc === 77 ? Number.NaN : 90)],
  ])("has a progress that goes neither back nor beyond its end: %s", async (_, time) => {
    for (const traces of [[fakeTrace("a")], [fakeTrace("a"), { ...fakeTrace("b"), role: "holdout" as const }]]) {
      const bars = new Map<string, number[]>();
      let made = 0;
      const count = new RunCount((done, word = "") => {
        bars.set(word, [...(bars.get(word) ?? [0]), done]);
      });
      const { reruns } = rerunsOf(
        ({ rates: one }) => {
          const value = one.allocMax === 2048 ? 100 : time(one as unknown as Rates);
          return Number.isNaN(value) ? null : { time_to_target: value };
        },
        { traces },
        5,
        () => {
          made++;
          count.made();
        },
      );
      let bound = Number.POSITIVE_INFINITY;
      const onLeft = (runs: number) => {
        expect(made + runs).toBeLessThanOrEqual(bound);
        bound = made + runs;
        count.left(runs);
      };
      count.begin("choosing");
      const failing = rates(8001, { freeInc: 77 });
      await chooseTrial([gain(1), gain(2), gain(3)], (trial) => (trial === 3 ? tuned : failing), reruns, onLeft);
      count.begin("reverting");
      bound = Number.POSITIVE_INFINITY;
      await recommend(tuned, reruns, onLeft);
      expect([...bars.keys()]).toEqual(["choosing", "reverting"]);
      for (const shown of bars.values()) {
        expect(shown).toEqual([...shown].sort((a, b) => a - b));
        expect(shown.at(-1)).toBeLessThanOrEqual(1);
      }
    }
  });

  test("in one world every difference counts", async () => {
    const { reruns } = rerunsOf(
      ({ rates: { allocMax } }) => ({ stall_full: allocMax === 2048 ? 1 : 1.000_001 }),
      {},
      1,
    );
    const [reference, own] = await reruns.run([DEFAULT_RATES, tuned], "tune");
    expect(reruns.standing(own as never, reference as never, "tune").worse).toEqual(["stall_full"]);
  });
});

test.each([
  [{ worlds: 1, judgedWorlds: 1 }, 5, [2, 3, 4, 5, 6]],
  [{ worlds: 1, judgedWorlds: 5 }, 3, [7, 8, 9]],
  [{ worlds: 4, judgedWorlds: 2 }, 2, [7, 8]],
  [{ worlds: 4, judgedWorlds: 1 }, 2, [5, 6]],
  [{ worlds: 4, judgedWorlds: 2 }, 1, [1]],
])("worlds that neither the search nor its judgement chose by: %j", (header, count, worlds) => {
  expect(freshWorlds(fakeHeader(header), count)).toEqual(worlds);
});

test("a trial that was lucky in the worlds that judged it is not recommended", async () => {
  // Better in all worlds that were seen, and in no other.
  const { reruns } = rerunsOf(
    ({ rates: { allocMax }, world }) => ({
      time_to_target: allocMax === 8002 ? 80 : allocMax === 8001 && world <= 6 ? 50 : 100,
    }),
    { judgedWorlds: 5 },
  );
  const choice = await chooseTrial([gain(1), gain(2)], (trial) => rates(8000 + trial), reruns);
  expect([choice.trial, choice.passedOver.map(({ trial }) => trial)]).toEqual([2, [1]]);
});

describe("the traces of a study", () => {
  const directory = scratchDirectory();
  const trace = { ...fakeTrace("small.json"), sha256: readTraceText("test/sim/cli/traces/small.json").sha256 };
  const study = join(directory, "studies", "a.study");
  mkdirSync(join(directory, "studies"));

  test("are found beside it, with the content that they had", () => {
    expect(() => locateTraces({ traces: [trace] }, study)).toThrow(
      expect.objectContaining({
        name: "InputError",
        message: expect.stringMatching(/: the trace "small.json" of the study is missing: .* with --raw$/),
      }),
    );
    const there = join(directory, "studies", "small.json");
    copyFileSync(join(ROOT, "test/sim/cli/traces/small.json"), there);
    expect(locateTraces({ traces: [trace] }, study)).toMatchObject([{ trace: "small.json", sha256: trace.sha256 }]);
    expect(() => locateTraces({ traces: [trace] }, null)).toThrow(
      /^the study: the trace "small.json" of the study is missing/,
    );
    writeFileSync(there, "{}");
    expect(() => locateTraces({ traces: [trace] }, study)).toThrow(
      /: the trace "small.json" has changed since the study: .* with --raw$/,
    );
  });

  test("may be bundled ones", () => {
    const { sha256 } = readTraceText("spike");
    expect(locateTraces({ traces: [{ ...trace, trace: "spike", sha256 }] }, study)).toMatchObject([
      { trace: "spike", sha256 },
    ]);
  });
});
