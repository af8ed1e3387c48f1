import { isDeepStrictEqual } from "node:util";
import { quote, shorten } from "../../../common/quote.ts";
import { DEFAULT_POLICY } from "../../../engine/index.ts";
import { whatIfText } from "../../trace/what-if.ts";
import { formatAggregate, requirementsText } from "../goal.ts";
import { type SubjectKind, subjectKindOf } from "../objectives.ts";
import type { StudyHeader, StudyTrace } from "../types.ts";
import { specOf } from "./command-line.ts";

/** Fields of the header by their names on the command line. */
const NAMES: Readonly<Record<Exclude<keyof StudyHeader, "traces" | "format" | "version">, string>> = {
  program: "the program's version",
  seed: "--seed",
  sampler: "--sampler",
  driver: "--driver",
  host: "--driver, --policy or --set",
  parameters: "--set",
  base: "--rates or --set",
  reference: "--rates",
  goals: "--minimize or --maximize",
  allowsKills: "--allow-kills",
  requirements: "--require",
  aggregate: "--aggregate",
  whatIf: "--target, --machine, --since or --until",
  seeds: "--seeds",
  batch: "the sampler's batch",
  ahead: "--ahead",
  rungs: "--halving",
  objectives: "the program's list of objectives",
  worlds: "--worlds",
  judgedWorlds: "--judge-worlds",
};

/** Why a study can't be continued: the first difference between its header and the requested one; null without one. */
export function differenceOf(was: StudyHeader, is: StudyHeader): string | null {
  if (was.program !== is.program) return `was made by balloon-sim ${was.program}, this is ${is.program}`;
  const traces = traceDifference(was.traces, is.traces, subjectKindOf(is));
  if (traces !== null) return traces;
  const [before, now] = [was.whatIf.target, is.whatIf.target];
  if (before !== null && now !== null && before.written === now.written && before.content !== now.content) {
    return `--target ${shorten(now.written)} has another content than when it began`;
  }
  const [machine, machineNow] = [was.whatIf.machine, is.whatIf.machine];
  if (machine !== undefined && machine.written === machineNow?.written && machine.content !== machineNow.content) {
    return `--machine ${shorten(machine.written)} is another machine than when it began`;
  }
  for (const [field, name] of Object.entries(NAMES) as [keyof typeof NAMES, string][]) {
    const before = JSON.stringify(was[field]);
    const now = JSON.stringify(is[field]);
    if (before !== now) return `${name} was ${shown(field, was)}, is now ${shown(field, is)}`;
  }
  // The fields of an older study may be in another order.
  return isDeepStrictEqual(was, is) ? null : "its header differs";
}

/** Values of fields in the notation of the command line. */
const WORDS: { readonly [K in keyof StudyHeader]?: (value: StudyHeader[K]) => string } = {
  parameters: (parameters) => parameters.map((parameter) => `${parameter.flag}=${specOf(parameter)}`).join(", "),
  goals: (goals) => goals.map(({ direction, objective }) => `${direction} ${objective}`).join(", "),
  requirements: (requirements) => requirementsText({ requirements }) || "nothing",
  allowsKills: (allowsKills) => (allowsKills === true ? "in force" : "not in force"),
  aggregate: formatAggregate,
  ahead: (ahead) => String(ahead ?? 1),
  driver: (driver) => driver ?? DEFAULT_POLICY.name,
  host: (host) =>
    host === undefined
      ? "none"
      : [host.driver, host.policy?.name, host.replaced].filter((name) => name != null).join(", ") || "nothing",
  whatIf: (whatIf) => whatIfText(whatIf) || "nothing",
};

/** Maximum length of a value in a message. */
const SHOWN = 160;

/** A field in a message: in the notation of the command line, else as JSON. */
function shown<K extends keyof StudyHeader>(field: K, header: StudyHeader): string {
  const value = header[field];
  const words = (WORDS[field] as ((value: StudyHeader[K]) => string) | undefined)?.(value);
  if (words !== undefined) return shorten(words, SHOWN);
  return typeof value === "string" ? quote(value) : shorten(JSON.stringify(value), SHOWN);
}

function traceDifference(was: readonly StudyTrace[], is: readonly StudyTrace[], kind: SubjectKind): string | null {
  const list = (traces: readonly StudyTrace[], role: StudyTrace["role"]) =>
    traces.filter((trace) => trace.role === role).map(({ trace }) => trace);
  for (const [role, name] of [
    ["tune", `${kind}s`],
    ["holdout", `--holdout ${kind}s`],
  ] as const) {
    const before = list(was, role);
    const now = list(is, role);
    if (String(before) !== String(now)) return `its ${name} were ${names(before)}, are now ${names(now)}`;
  }
  for (let i = 0; i < was.length; i++) {
    const [a, b] = [was[i], is[i]] as [StudyTrace, StudyTrace];
    if (a.sha256 !== b.sha256) return `the ${kind} ${quote(a.trace)} has another content than when it began`;
    if (a.machine !== b.machine) {
      return `the machine file that ${quote(a.trace)} names has another content than when it began`;
    }
    if (a.weight !== b.weight) return `the weight of ${quote(a.trace)} was ${a.weight}, is now ${b.weight}`;
  }
  return null;
}

const names = (traces: readonly string[]): string =>
  traces.length === 0 ? "none" : traces.map((t) => quote(t)).join(", ");
