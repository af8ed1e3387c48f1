import { warn } from "../../../common/cli/output.ts";
import { InputError } from "../../../common/errors.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import type { BalloonPolicy, Params } from "../../../engine/index.ts";
import { checkTraceFits } from "../../run/policy-fits.ts";
import { Simulation } from "../../run/simulation.ts";
import { isCoarse } from "../../trace/coarse.ts";
import { STDIN } from "../../trace/input.ts";
import { type WhatIf, whatIfWarnings } from "../../trace/what-if.ts";
import type { HeldTrace } from "../../tune/study/held-trace.ts";
import { readHeldTrace } from "../../tune/study/trace-text.ts";
import type { StudyTrace } from "../../tune/types.ts";
import { badTraces, type FailedTrace, warnOfTrace } from "../bad-traces.ts";
import type { NamedDriver } from "../driver-of-traces.ts";
import type { LoadedTrace } from "./loaded-trace.ts";
import { ignoredBy, type RunDriver } from "./trace-remarks.ts";

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
