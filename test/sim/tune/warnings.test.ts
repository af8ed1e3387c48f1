import { describe, expect, test } from "vitest";
import { DEFAULT_RATES, VMMEMCTL } from "../../../src/engine/index.ts";
import { OBJECTIVES } from "../../../src/sim/measures/objectives.ts";
import { AS_IT_IS } from "../../../src/sim/trace/what-if.ts";
import type { Importance } from "../../../src/sim/tune/importance.ts";
import { parseSpace } from "../../../src/sim/tune/parse-space.ts";
import type { StudyHeader, StudyTrace } from "../../../src/sim/tune/types.ts";
import { type StudyFindings, warningsOf } from "../../../src/sim/tune/warnings.ts";
import { outcome } from "../../support/generators/spaces.ts";

const TRACE: StudyTrace = {
  trace: "spike",
  name: "spike",
  sha256: "",
  weight: 1,
  role: "tune",
  isRandom: false,
  sampleSeconds: null,
};
const HELD: StudyTrace = { ...TRACE, trace: "thrash", role: "holdout" };
const { parameters } = parseSpace(VMMEMCTL, ["alloc-max=1024..16384", "slow-cycles=0..64"]);
const OBJECTIVE_NAMES = OBJECTIVES.map(({ name }) => name);
const STALL = OBJECTIVE_NAMES.indexOf("stall_full");

const HEADER: StudyHeader = {
  format: "balloon-sim/study",
  version: 1,
  program: "0",
  seed: "1",
  sampler: "sobol",
  parameters,
  base: DEFAULT_RATES,
  reference: DEFAULT_RATES,
  goals: [{ objective: "stall_full", direction: "minimize" }],
  requirements: [],
  aggregate: { kind: "mean" },
  traces: [TRACE, HELD],
  seeds: ["1"],
  batch: 2,
  rungs: [],
  objectives: OBJECTIVE_NAMES,
  whatIf: AS_IT_IS,
  worlds: 1,
  judgedWorlds: 1,
};

const IMPORTANCE: Importance = { shares: [0.6, 0.3], together: 0.1, matters: [true, true], fit: 0.9 };

/** A vector of all objectives that has `value` for stall_full. */
const stalls = (value: number) => OBJECTIVE_NAMES.map((_, i) => (i === STALL ? value : 0));

/** Differences of all objectives that are `sign` in stall_full. */
const signs = (sign: -1 | 0 | 1) => OBJECTIVE_NAMES.map((_, i) => (i === STALL ? sign : 0));

interface MadeUp {
  readonly header?: Partial<StudyHeader>;
  /** The best trial's point, its value and that of trial 0. */
  readonly point?: readonly number[];
  readonly values?: readonly [best: number, reference: number];
  /** Values on the traces that were held out. */
  readonly judged?: readonly [best: number, reference: number] | null;
  readonly noise?: number | null;
  readonly hasFront?: boolean;
  readonly pick?: number | null;
  readonly knee?: number | null;
  /** Whether trials miss a requirement on the traces that were held out. */
  readonly misses?: boolean;
  readonly importance?: Importance | null;
  readonly standing?: StudyFindings["standing"];
  /** Where the trial differs from trial 0 in stall_full in the worlds that judged it; left out: there is one world. */
  readonly differences?: Readonly<Record<"tuned" | "held", -1 | 0 | 1>>;
}

/** What is said of a study with a reference and two trials, of which trial 2 is best. */
function warn(made: MadeUp = {}): string[] {
  const { point = [4096, 4], values = [1, 5], judged = [1, 5], noise = null, hasFront = true } = made;
  const outcomes = [
    outcome([2048, 4], [values[1]], hasFront ? 0 : 1),
    outcome([8000, 8], [7], hasFront ? 0 : 1),
    outcome(point, [values[0]], hasFront ? 0 : 1),
  ];
  const front = hasFront ? [{ trial: 2, values: [values[0]] }] : [];
  const study: StudyFindings = {
    header: { ...HEADER, ...made.header },
    trials: outcomes.map((o, trial) => ({ trial, point: o.point, state: "complete", runs: [] })),
    outcomes,
    front,
    standing: made.standing ?? front,
    knee: made.knee === undefined ? (hasFront ? 2 : null) : made.knee,
    pick: made.pick === undefined ? (hasFront ? 2 : null) : made.pick,
    missesWhereJudged: () => made.misses ?? false,
    judged: (trial) => (judged === null ? null : stalls(trial === 0 ? judged[1] : judged[0])),
    noise: () => (noise === null ? null : stalls(noise)),
    isJudgedInWorlds: made.differences !== undefined,
    differences: (_, where) => (made.differences === undefined ? null : signs(made.differences[where])),
  };
  return warningsOf(study, [made.importance === undefined ? IMPORTANCE : made.importance]);
}

test("a good study has no warnings", () => {
  expect(warn()).toEqual([]);
});

test.each([
  [
    { hasFront: false, header: { requirements: [{ objective: "oom_kills", relation: "==", bound: 0 }] } },
    "No trial keeps oom_kills == 0 in every run.",
  ],
  [
    { header: { traces: [TRACE] }, judged: null },
    "No trace was held out: the results of these constants on other traces are unknown (--holdout TRACE judges them).",
  ],
  [
    { judged: [6, 5] },
    "Trial 2 is better than trial 0 in stall_full on the tuning traces, but worse on the held-out traces.",
  ],
  [
    { values: [5, 5], judged: [6, 5] },
    "Trial 2 is equal to trial 0 in stall_full on the tuning traces, but worse on the held-out traces.",
  ],
  [{ misses: true }, "Trial 2 misses a requirement on held-out traces."],
  [
    { pick: null, knee: null },
    "Every trial of the front is worse than trial 0 in a goal: study best takes none of them by itself (--pick).",
  ],
  [
    { header: { traces: [{ ...TRACE, isRandom: true }, HELD] } },
    "spike: a run depends on its seed, and only one seed is used: the variation of the results is unknown (--seeds 5).",
  ],
  [
    { header: { traces: [{ ...TRACE, isRandom: true }, HELD], seeds: ["1", "2"] }, noise: 2.5 },
    "In stall_full, trial 2 differs from trial 0 by no more than 2 standard deviations from seed to seed.",
  ],
  [
    { point: [16384, 4] },
    "alloc-max is 16384 in trial 2, at the upper end of its range: there may be better values beyond it.",
  ],
  [
    { point: [1030, 4] },
    "alloc-max is 1030 in trial 2, at the lower end of its range: there may be better values beyond it.",
  ],
  [
    { point: [16300, 4] },
    "alloc-max is 16300 in trial 2, at the upper end of its range: there may be better values beyond it.",
  ],
  [{ point: [4096, 64] }, /^slow-cycles is 64 in trial 2, at the upper end/],
  [{ importance: null }, "2 complete trials are too few to determine which constants matter."],
  [
    { importance: { ...IMPORTANCE, fit: 0.2 } },
    "stall_full: the trials are too few to determine the importance of each constant (R² 0.20 on trials that were left out).",
  ],
  [
    { importance: { ...IMPORTANCE, matters: [true, false] } },
    "slow-cycles makes no difference to any goal, as far as 2 trials show.",
  ],
  [
    { importance: { ...IMPORTANCE, matters: [false, false] } },
    "alloc-max and slow-cycles make no difference to any goal, as far as 2 trials show.",
  ],
  [
    { header: { traces: [{ ...TRACE, sampleSeconds: 300 }, HELD] } },
    "spike has one value every 300 s: changes in between are not in it, so its stalls and deficits are too low, and " +
      "constants that act within seconds look as if they did not matter.",
  ],
] as [MadeUp, string | RegExp][])("%j", (made, warning) => {
  const warnings = warn(made);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toEqual(typeof warning === "string" ? warning : expect.stringMatching(warning));
});

test("a study warns of a goal that never changes, and shows no importance for it", () => {
  const header: StudyHeader = { ...HEADER };
  const outcomes = [4096, 8192].map((value) => outcome([value, 4], [0]));
  const study: StudyFindings = {
    header,
    trials: outcomes.map((o, trial) => ({ trial, point: o.point, state: "complete", runs: [] })),
    outcomes,
    front: [{ trial: 0, values: [0] }],
    standing: [{ trial: 0, values: [0] }],
    knee: 0,
    pick: null,
    missesWhereJudged: () => false,
    judged: () => stalls(0),
    noise: () => null,
    isJudgedInWorlds: false,
    differences: () => null,
  };
  expect(warningsOf(study)).toEqual([
    "No trial was found that is better than trial 0.",
    "stall_full is 0 in all complete trials: no constant that was moved changes it on these traces.",
  ]);
});

test("a study does not warn of the end of a range beyond which there are no values", () => {
  expect(warn({ point: [4096, 0] })).toEqual([]);
});

test("a study does not warn of the end of a range of a constant without effect", () => {
  const importance = { ...IMPORTANCE, matters: [false, true] };
  expect(warn({ point: [16384, 4], importance })).toEqual([
    "alloc-max makes no difference to any goal, as far as 2 trials show.",
  ]);
});

test("a study does not warn of a difference beyond the noise of seeds", () => {
  const traces = [{ ...TRACE, isRandom: true }, HELD];
  expect(warn({ header: { traces, seeds: ["1", "2"] }, noise: 1.9 })).toEqual([]);
});

describe("a study that was judged in worlds", () => {
  const REALLY_BETTER = { tuned: -1, held: -1 } as const;

  test("does not warn of a trial that is significantly better", () => {
    expect(warn({ differences: REALLY_BETTER })).toEqual([]);
  });

  test("warns that no trial is significantly better", () => {
    expect(warn({ differences: { tuned: 0, held: 0 }, pick: null, knee: null })).toEqual([
      "No trial that was judged is significantly better than trial 0 in a goal and worse in none in the worlds that judge it: " +
        "study best takes none of them by itself (--pick).",
    ]);
  });

  test("warns of a trial that is significantly worse on the held-out traces, not of one with a worse median alone", () => {
    const warning = (how: string) => [
      `Trial 2 is ${how} trial 0 in stall_full on the tuning traces, but worse on the held-out traces.`,
    ];
    expect(warn({ differences: { tuned: -1, held: 1 }, judged: [1, 5] })).toEqual(warning("better than"));
    expect(warn({ differences: { tuned: 0, held: 1 }, judged: [1, 5] })).toEqual(warning("equal to"));
    expect(warn({ differences: { tuned: 1, held: 1 }, judged: [6, 5] })).toEqual([]);
    expect(warn({ differences: { tuned: -1, held: 0 }, judged: [6, 5] })).toEqual([]);
  });

  test("warns of a missing knee where too few trials of the front stand", () => {
    const goals = [
      { objective: "stall_full", direction: "minimize" },
      { objective: "time_to_target", direction: "minimize" },
    ] as const;
    expect(
      warn({ header: { goals: [...goals] }, differences: REALLY_BETTER, knee: null, standing: [] }),
    ).toContainEqual("0 trials stand in other worlds, too few for a knee.");
  });
});

test("a study with several goals and no knee says so, and warns about the trial that study best takes", () => {
  const goals = [
    { objective: "stall_full", direction: "minimize" },
    { objective: "time_to_target", direction: "minimize" },
  ] as const;
  const header = { goals: [...goals] };
  expect(warn({ header, knee: null })).toContainEqual("The front has 1 trial, too few for a knee.");
  expect(warn({ header, knee: 2 })).not.toContainEqual(expect.stringContaining("knee"));
  expect(warn({ knee: null, point: [16384, 4] })).toEqual([expect.stringMatching(/^alloc-max is 16384 in trial 2/)]);
  expect(warn({ knee: 2, pick: 1, point: [16384, 4] })).toEqual([]);
});
