import { warn } from "../../../common/cli/output.ts";
import { InputError } from "../../../common/errors.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import type { BalloonPolicy, Params } from "../../../engine/index.ts";
import { ignoredRules, remarkForAll } from "../../host/ignored-rules.ts";
import { idleRulesRemark } from "../../host/unused-rules.ts";
import { unusedRulesIn } from "../../output/caveats.ts";
import { checkTraceFits } from "../../run/policy-fits.ts";
import { Simulation } from "../../run/simulation.ts";
import { isCoarse } from "../../trace/coarse.ts";
import { STDIN } from "../../trace/input.ts";
import { SERIES_TARGET } from "../../trace/types.ts";
import { type WhatIf, whatIfWarnings } from "../../trace/what-if.ts";
import type { Space } from "../../tune/space.ts";
import type { HeldTrace } from "../../tune/study/held-trace.ts";
import { readHeldTrace, type TraceText } from "../../tune/study/trace-text.ts";
import type { StudyTrace } from "../../tune/types.ts";
import { badTraces, type FailedTrace, warnOfTrace } from "../bad-traces.ts";
import type { NamedDriver } from "../driver-of-traces.ts";

/** A trace that has been read and checked. */
export interface LoadedTrace {
  readonly text: TraceText;
  readonly held: HeldTrace;
  readonly role: StudyTrace["role"];
}

/**
 * Reads the traces of a study and checks them from beginning to end. Warnings go to standard error, and so does a line
 * for each invalid trace if there are several.
 * @throws {InputError} if one can't be read, is malformed, or is given twice
 */
export function loadTraces(tuned: readonly string[], whatIf: WhatIf, holdouts: readonly string[] = []): LoadedTrace[] {
  const traces: LoadedTrace[] = [];
  const bad: FailedTrace[] = [];
  if ([...tuned, ...holdouts].filter((trace) => trace === STDIN).length > 1) {
    throw new InputError("standard input (-) can be read only once");
  }
  for (const role of ["tune", "holdout"] as const) {
    for (const trace of role === "tune" ? tuned : holdouts) {
      try {
        traces.push(loadTrace(trace, role, whatIf, traces));
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        bad.push({ trace, error });
      }
    }
  }
  const [only] = bad;
  if (only === undefined) return traces;
  if (bad.length === 1) throw only.error;
  for (const trace of bad) warnOfTrace(trace);
  throw badTraces(bad, tuned.length + holdouts.length, "all are needed");
}

/** The drivers that loaded traces name. */
export const driversOf = (loaded: readonly LoadedTrace[]): NamedDriver[] =>
  loaded.map(({ text, held }) => ({ trace: text.trace, driver: held.trace.guest.driver }));

/**
 * Checks that the guests of all traces can have the drivers: else every run would fail, with the same message.
 * @throws {InputError} naming the first trace whose guest can't
 */
export function checkDriversFit(policies: Iterable<BalloonPolicy>, loaded: readonly LoadedTrace[]): void {
  for (const policy of policies) {
    for (const { text, held } of loaded) checkTraceFits(policy, held.trace, escapeUnsafe(text.trace));
  }
}

/** A driver, and the values of its parameters that some runs have. */
export interface RunDriver {
  readonly policy: BalloonPolicy;
  readonly params: readonly Params[];
}

/** The driver of a search, with the ends of each varied parameter, or its listed values, and the reference. */
export const driverOfSpace = (policy: BalloonPolicy, { parameters, base, reference }: Space): RunDriver => ({
  policy,
  params: [
    reference,
    ...parameters.flatMap(({ key, min, max, values }) =>
      (values.length > 0 ? values : [min, max]).map((value) => ({ ...base, [key]: value })),
    ),
  ],
});

/** Remarks about rules of the traces' hosts that have no effect on the drivers, one sentence per trace and driver. */
export const ignoredRulesRemarks = (drivers: readonly RunDriver[], loaded: readonly LoadedTrace[]): string[] =>
  drivers.flatMap((driver) =>
    loaded.flatMap(({ text, held }) => {
      const remark = ignoredBy(driver, held);
      return remark === null ? [] : [`${escapeUnsafe(text.trace)}: ${remark}`];
    }),
  );

/** A run that stands for those of many constants of a driver. */
export interface ExampleRun {
  readonly policy: BalloonPolicy;
  readonly rates: Params;
  /** Whose run it is, such as `trial 0`. */
  readonly of: string;
}

/**
 * Remarks about rules of the traces' hosts that answer no command in example runs, which are made for that where a trace has
 * rules that could. One sentence per trace and run.
 * @param seed of the runs
 */
export const idleRulesRemarks = (
  examples: readonly ExampleRun[],
  loaded: readonly LoadedTrace[],
  seed: string,
): string[] =>
  examples.flatMap((example) =>
    loaded.flatMap(({ text, held }) => {
      const remark = idleIn(example, held, seed);
      return remark === null
        ? []
        : [`${escapeUnsafe(text.trace)}: in the run of ${escapeUnsafe(example.of)}, ${remark}`];
    }),
  );

function idleIn({ policy, rates }: ExampleRun, held: HeldTrace, seed: string): string | null {
  const { host } = held.trace;
  if (ignoredRules(policy, rates, host).length === host.rules.length) return null;
  try {
    const simulation = new Simulation(held.open(), { policy, rates, seed });
    simulation.run();
    return idleRulesRemark(unusedRulesIn(simulation.view));
  } catch {
    // The command makes the same run, and reports why it fails.
    return null;
  }
}

const ignoredBy = ({ policy, params }: RunDriver, { trace }: HeldTrace): string | null =>
  remarkForAll(policy, params, trace.host);

function loadTrace(
  trace: string,
  role: StudyTrace["role"],
  whatIf: WhatIf,
  before: readonly LoadedTrace[],
): LoadedTrace {
  const { text, held } = readHeldTrace(trace, whatIf);
  const same = before.find((other) => other.text.sha256 === text.sha256);
  if (same !== undefined) throw new InputError(sameTwice(trace, role, same));
  for (const warning of whatIfWarnings(held, whatIf, trace)) warn(`balloon-sim: warning: ${warning}`);
  return { text, held, role };
}

function sameTwice(trace: string, role: StudyTrace["role"], { text, role: other }: LoadedTrace): string {
  if (role === other) return `${escapeUnsafe(trace)}: is the same trace as ${escapeUnsafe(text.trace)}: give it once`;
  return `--holdout ${escapeUnsafe(trace)}: is a tuning trace, too (${escapeUnsafe(text.trace)}): judge on another trace`;
}

/**
 * The descriptions of the traces for the header of a study.
 * @param weights by name; others count as 1
 * @param driver the study's driver, for remarks about rules that have no effect; null: without remarks
 */
export const studyTraces = (
  loaded: readonly LoadedTrace[],
  weights: ReadonlyMap<string, number> = new Map(),
  driver: RunDriver | null = null,
): StudyTrace[] =>
  loaded.map(({ text, held, role }) => ({
    trace: text.trace,
    name: held.trace.name,
    sha256: text.sha256,
    weight: weights.get(text.trace) ?? 1,
    role,
    isRandom: held.isRandom,
    ...(text.machine === undefined ? {} : { machine: text.machine }),
    sampleSeconds: coarseSeconds(held),
    ...remarkIn(driver, held),
  }));

function remarkIn(driver: RunDriver | null, held: HeldTrace): Pick<StudyTrace, "ignoredRules"> {
  const remark = driver === null ? null : ignoredBy(driver, held);
  return remark === null ? {} : { ignoredRules: remark };
}

/** Interval of a measured trace's samples, if it is coarser than the driver's second. */
function coarseSeconds({ trace: { origin } }: HeldTrace): number | null {
  return origin.kind !== "synthetic" && origin.sampleSeconds !== null && isCoarse(origin.sampleSeconds)
    ? origin.sampleSeconds
    : null;
}

/** The tuning traces, cheapest first, then the others: trials that end early then cost little. */
export function cheapestFirst(loaded: readonly LoadedTrace[], policy: BalloonPolicy, rates: Params): LoadedTrace[] {
  const events = new Map(
    loaded.map((trace) => [trace, trace.role === "tune" ? eventsOf(trace.held, policy, rates) : 0]),
  );
  const tuned = loaded.filter(({ role }) => role === "tune");
  return [
    ...tuned.sort((a, b) => (events.get(a) as number) - (events.get(b) as number)),
    ...loaded.filter(({ role }) => role === "holdout"),
  ];
}

/** The cost of a run, in events: the same on every machine. */
function eventsOf(held: HeldTrace, policy: BalloonPolicy, rates: Params): number {
  const simulation = new Simulation(held.open(), { policy, rates });
  let events = 0;
  while (simulation.runFor(1)) events++;
  return events;
}

/** Objectives that are means over the changes of the target. */
const OF_CHANGES: ReadonlySet<string> = new Set(["time_to_target", "reclaim_time", "give_back_time", "unreached"]);

/**
 * Remarks about tuning traces for a goal that is a mean over changes of the target: those without a change to count,
 * and imported traces with a single one. One sentence per trace.
 */
export function oneChangeRemarks(loaded: readonly LoadedTrace[], goals: readonly { objective: string }[]): string[] {
  const goal = goals.find(({ objective }) => OF_CHANGES.has(objective))?.objective;
  if (goal === undefined) return [];
  return loaded.flatMap(({ role, held, text }) => {
    if (role !== "tune") return [];
    const { jumps, hasLines } = targetMoves(held);
    const name = escapeUnsafe(text.trace);
    if (jumps === 0 && hasLines) {
      return [
        `${name}: its target moves along lines and never jumps, so ${goal} is 0 there for all constants: take another ` +
          "objective, such as reclaimed_area, or a target that jumps (--target FILE.json with points)",
      ];
    }
    if (jumps !== 1 || hasLines || held.trace.origin.kind !== "imported") return [];
    return [
      `${name}: its target changes once only, so ${goal} depends on one event there: a target that changes ` +
        "repeatedly is better (--target FILE.json with points and repeat)",
    ];
  });
}

/**
 * The moves of the target: jumps, up to two, including a first value that differs from the balloon's size at time 0;
 * and whether it moves along lines, which do not count as changes.
 */
function targetMoves(held: HeldTrace): { jumps: number; hasLines: boolean } {
  const source = held.open();
  const change = { atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 };
  let before = held.trace.guest.balloon;
  let jumps = 0;
  let hasLines = false;
  while (jumps < 2 && source.next(change)) {
    if (change.series !== SERIES_TARGET || Number.isNaN(change.value)) continue;
    const isLine = change.untilUs > change.atUs && change.untilValue !== change.value;
    if (change.value !== before) jumps++;
    hasLines ||= isLine;
    before = isLine ? change.untilValue : change.value;
  }
  source.close();
  return { jumps, hasLines };
}
