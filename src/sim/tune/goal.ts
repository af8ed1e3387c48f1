import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import { KILLS, objectivesOf, type SubjectKind, unitOfObjective } from "./objectives.ts";
import type { Aggregate, Goal, Requirement } from "./types.ts";

/**
 * The goal of `--minimize NAME` or `--maximize NAME`.
 * @param kind what the objective is one of
 * @throws {InputError} if there is no such objective
 */
export function parseGoal(direction: Goal["direction"], text: string, kind: SubjectKind = "trace"): Goal {
  return { objective: objectiveNamed(text.trim(), `--${direction}`, kind), direction };
}

/** Objectives that kills make worse: a requirement about one of them is a requirement about kills. */
const KILL_OBJECTIVES: readonly string[] = [...KILLS.trace, "downtime", ...KILLS.host];

const isAboutKills = ({ objective }: Requirement): boolean => KILL_OBJECTIVES.includes(objective);

/** Whether a study has a requirement about kills, given or assumed. */
export const limitsKills = (requirements: readonly Requirement[]): boolean => requirements.some(isAboutKills);

/** The default requirements without one about kills: a search for shorter stalls would prefer guests with kills. */
const noMoreKills = (kind: SubjectKind): Requirement[] =>
  KILLS[kind].map((objective) => ({ objective, relation: "<=", bound: 1, of: "reference", isAssumed: true }));

/**
 * All requirements: those of `--require` options, and, unless kills are allowed or one of them is about kills, no more
 * kills than in the reference.
 * @throws {InputError} if kills are allowed and an option is about them
 */
export function requirementsOf(
  options: readonly string[],
  allowsKills: boolean,
  kind: SubjectKind = "trace",
): Requirement[] {
  const required = options.map((text) => parseRequirement(text, kind));
  const aboutKills = required.find(isAboutKills);
  if (aboutKills !== undefined && allowsKills) {
    throw new InputError(
      `--allow-kills: --require ${quote(formatRequirement(aboutKills))} limits kills: leave one of them out`,
    );
  }
  return aboutKills === undefined && !allowsKills ? [...required, ...noMoreKills(kind)] : required;
}

/** A number of a requirement. */
const NUMBER = /^-?\d+(\.\d+)?(e-?\d+)?$/i;

/**
 * The requirement of `--require "NAME RELATION BOUND"`. The bound is a number, as in `time_to_target<=60`, or the
 * reference's value in the same run, `stall_full <= reference`, or a multiple of it, `stall_full <= 1.1 * reference`.
 * @throws {InputError}
 */
export function parseRequirement(text: string, kind: SubjectKind = "trace"): Requirement {
  const option = `--require ${quote(text)}`;
  const match = /^\s*([a-z_0-9]+)\s*(<=|>=|==|=|<|>)\s*(\S.*?)\s*$/i.exec(text);
  if (match === null)
    throw new InputError(
      `${option}: expected an objective, <, <=, ==, >= or >, and a number or "reference", such as "oom_kills == 0" or ` +
        '"stall_full <= 1.1 * reference"',
    );
  const [, name, sign, bound] = match as unknown as [string, string, Requirement["relation"] | "=", string];
  const objective = objectiveNamed(name, option, kind);
  const relation = sign === "=" ? "==" : sign;
  const factor = factorOfReference(bound);
  if (factor !== null) {
    if (NUMBER.test(factor) && Number(factor) >= 0 && Number.isFinite(Number(factor))) {
      return { objective, relation, bound: Number(factor), of: "reference" };
    }
    throw new InputError(`${option}: expected a factor of 0 or more, such as 1.1 * reference, found ${quote(factor)}`);
  }
  if (!NUMBER.test(bound) || !Number.isFinite(Number(bound))) {
    throw new InputError(
      `${option}: expected a number (${unitOfObjective(objective)}), reference, or a factor of it such as 1.1 * reference behind ${sign}, ` +
        `found ${quote(bound)}`,
    );
  }
  return { objective, relation, bound: Number(bound) };
}

/**
 * The factor in `reference`, `1.1 * reference` or `reference * 1.1`, as text; null for a bound without the reference.
 */
function factorOfReference(bound: string): string | null {
  if (bound === "reference") return "1";
  const match = /^(?:(.*?)\s*\*\s*reference|reference\s*\*\s*(.*))$/.exec(bound);
  return match === null ? null : (match[1] ?? match[2] ?? "");
}

/**
 * The aggregate of `--aggregate`: `mean`, `weights`, `worst`, or `q` and a share, such as `q0.9`.
 * @throws {InputError}
 */
export function parseAggregate(text: string): Aggregate {
  if (text === "mean" || text === "weights" || text === "worst") return { kind: text };
  const match = /^q(\d+(?:\.\d+)?)$/.exec(text);
  const q = match === null ? Number.NaN : Number(match[1]);
  if (q > 0 && q <= 1) return { kind: "quantile", q };
  const hint = match === null ? didYouMean(text, ["mean", "weights", "worst"]) : "";
  throw new InputError(`--aggregate ${quote(text)}: expected mean, weights, worst, or a quantile such as q0.9${hint}`);
}

/** The aggregate in the notation of the command line. */
export const formatAggregate = (aggregate: Aggregate): string =>
  aggregate.kind === "quantile" ? `q${aggregate.q}` : aggregate.kind;

/** The requirement in the notation of the command line. */
export const formatRequirement = (requirement: Requirement): string =>
  `${requirement.objective} ${formatBound(requirement)}`;

/** The relation and the bound of a requirement, such as `<= 1.1 * reference`. */
export function formatBound({ relation, bound, of }: Requirement): string {
  if (of === undefined) return `${relation} ${bound}`;
  return `${relation} ${bound === 1 ? "" : `${bound} * `}reference`;
}

/** All requirements of a study as text, with the assumed one; empty if there is none and kills were not mentioned. */
export function requirementsText({
  requirements,
  allowsKills,
}: {
  readonly requirements: readonly Requirement[];
  readonly allowsKills?: true;
}): string {
  const parts = requirements.map((requirement) => {
    const assumed = requirement.isAssumed === true ? " (assumed; --allow-kills lifts it)" : "";
    return formatRequirement(requirement) + assumed;
  });
  if (allowsKills === true) parts.push(`${parts.length === 0 ? "nothing; " : ""}kills are allowed`);
  return parts.join(", ");
}

function objectiveNamed(name: string, option: string, kind: SubjectKind): string {
  const names = objectivesOf(kind).map((objective) => objective.name);
  if (names.includes(name)) return name;
  const other = kind === "host" ? "trace" : "host";
  if (objectivesOf(other).some((objective) => objective.name === name)) {
    throw new InputError(
      `${option}: ${quote(name)} is an objective of ${other}s, and these are ${kind}s (there are ${names.join(", ")})`,
    );
  }
  throw new InputError(
    `${option}: unknown objective ${quote(name)}${didYouMean(name, names)} (there are ${names.join(", ")})`,
  );
}
