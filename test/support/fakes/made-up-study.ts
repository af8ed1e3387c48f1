import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { OBJECTIVES } from "../../../src/sim/measures/objectives.ts";
import { randomStream } from "../../../src/sim/random/stream.ts";
import { AS_IT_IS } from "../../../src/sim/trace/what-if.ts";
import { StudyAnalysis, type StudyState } from "../../../src/sim/tune/study/analysis.ts";
import type { Judgement, Parameter, StudyHeader, Trial, TrialRun } from "../../../src/sim/tune/types.ts";

/** A study that was not run: its values come from a formula in which more speed costs more stalls. */
export interface MadeUpStudy {
  /** Trials besides the reference. */
  readonly trials: number;
  /** What traces are called; the last one is held out. */
  readonly traces?: readonly string[];
  readonly seeds?: number;
  /** How many worlds its judgement runs; else one. */
  readonly judgedWorlds?: number;
}

const range = (key: Parameter["key"], flag: string, min: number, max: number): Parameter => ({
  key,
  flag,
  kind: "range",
  min,
  max,
  scale: min > 0 ? "logarithmic" : "linear",
  values: [],
});

const PARAMETERS: readonly Parameter[] = [
  range("allocMax", "alloc-max", 512, 65_536),
  {
    key: "allocInc",
    flag: "alloc-inc",
    kind: "list",
    min: 4,
    max: 256,
    scale: "logarithmic",
    values: [4, 16, 64, 256],
  },
  range("freeMax", "free-max", 1024, 131_072),
  range("slowCycles", "slow-cycles", 0, 16),
];

/** The header, trials and judgements of a made-up study. */
export function madeUpStudy({
  trials,
  traces = ["spike", "ramp", "thrash"],
  seeds = 1,
  judgedWorlds = 1,
}: MadeUpStudy): StudyState {
  const header: StudyHeader = {
    format: "balloon-sim/study",
    version: 1,
    program: "0.1.0",
    seed: "1",
    sampler: "random",
    parameters: PARAMETERS,
    base: DEFAULT_RATES,
    reference: DEFAULT_RATES,
    goals: [
      { objective: "time_to_target", direction: "minimize" },
      { objective: "stall_full", direction: "minimize" },
    ],
    requirements: [{ objective: "oom_kills", relation: "==", bound: 0 }],
    aggregate: { kind: "mean" },
    traces: traces.map((trace, i) => ({
      trace,
      name: trace,
      sha256: String(i).repeat(64),
      weight: 1,
      role: i === traces.length - 1 ? "holdout" : "tune",
      isRandom: seeds > 1,
      sampleSeconds: null,
    })),
    seeds: Array.from({ length: seeds }, (_, i) => String(i + 1)),
    batch: 64,
    rungs: [],
    objectives: OBJECTIVES.map(({ name }) => name),
    whatIf: AS_IT_IS,
    worlds: 1,
    judgedWorlds,
  };
  const random = randomStream("made-up", "trials");
  const all: Trial[] = [{ trial: 0, point: [2048, 16, 16_384, 4], state: "complete", runs: [] }];
  for (let trial = 1; trial <= trials; trial++) {
    const point = [
      Math.round(512 * 2 ** (7 * random())),
      [4, 16, 64, 256][Math.floor(4 * random())] as number,
      Math.round(1024 * 2 ** (7 * random())),
      Math.floor(17 * random()),
    ];
    const isFailed = trial % 97 === 0;
    const isDropped = !isFailed && trial % 41 === 0;
    all.push({
      trial,
      point,
      state: isFailed ? "failed" : isDropped ? "dropped" : "complete",
      ...(isFailed ? { error: `${traces[0]}: the rate of sleeping allocations overflows` } : {}),
      runs: [],
    });
  }
  const tuned = traces.length - 1;
  const runsOf = (trial: Trial, from: number, to: number): TrialRun[] =>
    Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i).flatMap((trace) =>
      header.seeds.map((_, seed) => ({ trace, seed, values: valuesOf(trial, trace, seed) })),
    );
  const lengths = { complete: tuned, dropped: 1, failed: 0 };
  const run = all.map((trial) => ({ ...trial, runs: runsOf(trial, 0, lengths[trial.state]) }));
  const { front } = new StudyAnalysis({ header, trials: run, judgements: [] });
  const judged = [0, ...front.map(({ trial }) => trial).filter((trial) => trial > 0)];
  const inWorlds = (trial: Trial, [from, to]: readonly [number, number], first: number): TrialRun[] =>
    Array.from({ length: judgedWorlds }, (_, i) => first + i).flatMap((world) =>
      runsOf(trial, from, to).map(({ values, ...run }) => ({
        ...run,
        ...(world === 1 ? {} : { world }),
        values: values.map((value, i) => (i === STALL ? value + luckOf(trial, world) : value)),
      })),
    );
  const judgements = judged.map((number): Judgement => {
    const trial = all[number] as Trial;
    const heldOut = [tuned, traces.length] as const;
    if (judgedWorlds === 1) return { judged: number, runs: runsOf(trial, ...heldOut) };
    return { judged: number, runs: [...inWorlds(trial, [0, tuned], 2), ...inWorlds(trial, heldOut, 1)] };
  });
  return { header, trials: run, judgements };
}

const STALL = OBJECTIVES.findIndex(({ name }) => name === "stall_full");

/** How much more or less a guest waits in a world, as constants have it. */
const luckOf = ({ trial }: Trial, world: number): number => ((trial * 7 + world * 3) % 5) / 10;

/** What a run of these constants might come to. */
function valuesOf({ point }: Trial, trace: number, seed: number): number[] {
  const [allocMax, allocInc, freeMax, slowCycles] = point as [number, number, number, number];
  const size = 300_000 + 120_000 * trace;
  const fast = 16_384 - 600 * slowCycles;
  const time = 20 + size / (0.4 * fast + 0.6 * allocMax) + 40_000 / freeMax + seed;
  const stall =
    0.4 + Math.sqrt(allocMax / 700) * (1 + trace / 2) + (allocInc === 256 ? 2 : 0) + 30 / (1 + slowCycles) + seed / 10;
  const values: Readonly<Record<string, number>> = {
    time_to_target: Math.round(time * 1e6) / 1e6,
    stall_full: Math.round(stall * 1e6) / 1e6,
    stall_some: Math.round(stall * 1.3e6) / 1e6,
    oom_kills: allocMax > 40_000 ? 1 : 0,
    swap_traffic: Math.round(allocMax * 3.5) + 1000 * trace,
    driver_cpu: Math.round(1.7e6 + allocMax) / 1e6,
  };
  return OBJECTIVES.map(({ name }) => values[name] ?? 0);
}

/** A study as its journal has it. */
export const journalText = ({ header, trials, judgements }: StudyState): string =>
  [header, ...trials, ...judgements].map((line) => `${JSON.stringify(line)}\n`).join("");
