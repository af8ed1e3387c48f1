import { DEFAULT_RATES, VMMEMCTL } from "../../../src/engine/index.ts";
import { OBJECTIVES } from "../../../src/sim/measures/objectives.ts";
import { AS_IT_IS } from "../../../src/sim/trace/what-if.ts";
import { parseSpace } from "../../../src/sim/tune/parse-space.ts";
import { createSampler, samplerNamed } from "../../../src/sim/tune/samplers/index.ts";
import { Space } from "../../../src/sim/tune/space.ts";
import type { Evaluator } from "../../../src/sim/tune/study/evaluator.ts";
import { judge } from "../../../src/sim/tune/study/judge.ts";
import type { RunResult, RunTask } from "../../../src/sim/tune/study/runner.ts";
import { runStudy, type StudyLimits } from "../../../src/sim/tune/study/study.ts";
import type { StudyLog } from "../../../src/sim/tune/study/study-log.ts";
import type { StudyHeader, StudyTrace } from "../../../src/sim/tune/types.ts";

const names = OBJECTIVES.map(({ name }) => name);

/** A trace of a made-up study. */
export const fakeTrace = (name: string, role: StudyTrace["role"] = "tune", isRandom = false): StudyTrace => ({
  trace: name,
  name,
  sha256: name,
  weight: 1,
  role,
  isRandom,
  sampleSeconds: null,
});

/** The header of a study that needs no traces, as `FakeEvaluator` knows what runs come to. */
export function fakeHeader(changes: Partial<StudyHeader> = {}): StudyHeader {
  const space = parseSpace(VMMEMCTL, ["alloc-max=512..65536", "slow-cycles=0..16"]);
  const sampler = changes.sampler ?? "nsga2";
  return {
    format: "balloon-sim/study",
    version: 1,
    program: "1.2.3",
    seed: "1",
    sampler,
    parameters: space.parameters,
    base: space.base,
    reference: DEFAULT_RATES,
    goals: [
      { objective: "time_to_target", direction: "minimize" },
      { objective: "stall_full", direction: "minimize" },
    ],
    requirements: [],
    aggregate: { kind: "mean" },
    traces: [fakeTrace("a"), fakeTrace("b"), fakeTrace("c", "holdout")],
    seeds: ["1"],
    batch: samplerNamed(sampler).batch,
    rungs: [],
    objectives: names,
    whatIf: AS_IT_IS,
    worlds: 1,
    judgedWorlds: 1,
    ...changes,
  };
}

/** Instead of runs, a formula: the larger `alloc-max`, the sooner the target is reached and the longer the guest waits. */
export class FakeEvaluator implements Evaluator {
  readonly workers = 1;
  /** Tasks that it was given, in their order. */
  readonly tasks: RunTask[] = [];
  readonly #fails: (task: RunTask) => boolean;

  /** @param fails which runs fail */
  constructor(fails: (task: RunTask) => boolean = () => false) {
    this.#fails = fails;
  }

  async run(tasks: readonly RunTask[], deliver: (result: RunResult) => void, isOver = () => false): Promise<void> {
    for (const task of tasks) {
      if (isOver()) return;
      this.tasks.push(task);
      deliver(
        this.#fails(task) ? { ok: false, error: "DriverFault: it fell over" } : { ok: true, values: valuesOf(task) },
      );
    }
  }

  async stop(): Promise<void> {}
}

/** What a run comes to by the formula. */
export const resultOf = (task: RunTask): RunResult => ({ ok: true, values: valuesOf(task) });

function valuesOf({ rates, trace, seed }: RunTask): number[] {
  const { allocMax, slowCycles } = rates;
  const values: Readonly<Record<string, number>> = {
    time_to_target: (trace + 1) * (65_536 / allocMax + slowCycles) + seed,
    stall_full: (trace + 1) * (allocMax / 1024 + (16 - slowCycles)) - seed,
  };
  return names.map((name) => values[name] ?? 0);
}

/** Makes a study of a log, and judges its first trials where traces are held out. */
export async function makeStudy(log: StudyLog, limits: Partial<StudyLimits> = {}, evaluator = new FakeEvaluator()) {
  const { parameters, base, reference, sampler: name, seed, batch } = log.header;
  const sampler = createSampler(name, { space: new Space(VMMEMCTL, parameters, base, reference), seed, batch });
  await runStudy(log, sampler, evaluator, { trials: 30, isOver: () => false, ...limits });
  await judge(log, [0, log.trials.length - 1], evaluator);
  return evaluator;
}
