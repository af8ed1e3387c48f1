import { quote } from "../../../common/quote.ts";
import type { StudyHeader, StudyTrace } from "../types.ts";

/** What a field of the header is called on the command line. */
const NAMES: Readonly<Record<Exclude<keyof StudyHeader, "traces" | "format" | "version">, string>> = {
  program: "the program's version",
  seed: "--seed",
  sampler: "--sampler",
  parameters: "--set",
  base: "--rates or --set",
  reference: "--rates",
  goals: "--minimize or --maximize",
  requirements: "--require",
  aggregate: "--aggregate",
  seeds: "--seeds",
  batch: "the sampler's batch",
  rungs: "--halving",
  objectives: "the program's list of objectives",
};

/** Why a study can't be gone on with: what differs first between its header and the one that is wanted now; else null. */
export function differenceOf(was: StudyHeader, is: StudyHeader): string | null {
  if (was.program !== is.program) return `was made by balloon-sim ${was.program}, this is ${is.program}`;
  const traces = traceDifference(was.traces, is.traces);
  if (traces !== null) return traces;
  for (const [field, name] of Object.entries(NAMES) as [keyof typeof NAMES, string][]) {
    const before = JSON.stringify(was[field]);
    const now = JSON.stringify(is[field]);
    if (before !== now) return `${name} was ${shown(was[field])}, is now ${shown(is[field])}`;
  }
  return JSON.stringify(was) === JSON.stringify(is) ? null : "its header differs";
}

/** A value on a few columns of a message: words as they are, everything else as JSON. */
const shown = (value: unknown): string =>
  typeof value === "string" ? quote(value) : quote(JSON.stringify(value)).slice(1, -1);

function traceDifference(was: readonly StudyTrace[], is: readonly StudyTrace[]): string | null {
  const list = (traces: readonly StudyTrace[], role: StudyTrace["role"]) =>
    traces.filter((trace) => trace.role === role).map(({ trace }) => trace);
  for (const [role, name] of [
    ["tune", "traces"],
    ["holdout", "--holdout traces"],
  ] as const) {
    const before = list(was, role);
    const now = list(is, role);
    if (String(before) !== String(now)) return `its ${name} were ${names(before)}, are now ${names(now)}`;
  }
  for (let i = 0; i < was.length; i++) {
    const [a, b] = [was[i], is[i]] as [StudyTrace, StudyTrace];
    if (a.sha256 !== b.sha256) return `the trace ${quote(a.trace)} has another content than when it began`;
    if (a.weight !== b.weight) return `the weight of ${quote(a.trace)} was ${a.weight}, is now ${b.weight}`;
  }
  return null;
}

const names = (traces: readonly string[]): string =>
  traces.length === 0 ? "none" : traces.map((t) => quote(t)).join(", ");
