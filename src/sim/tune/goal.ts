import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import { OBJECTIVES } from "../measures/objectives.ts";
import type { Aggregate, Goal, Requirement } from "./types.ts";

const NAMES = OBJECTIVES.map(({ name }) => name);

/**
 * What `--minimize NAME` or `--maximize NAME` asks for.
 * @throws {InputError} where there is no such objective
 */
export function parseGoal(direction: Goal["direction"], text: string): Goal {
  return { objective: objectiveNamed(text.trim(), `--${direction}`), direction };
}

/** Objectives that a kill by the OOM killer makes worse: a requirement about one of them is a requirement about kills. */
const KILL_OBJECTIVES: readonly string[] = ["oom_kills", "downtime"];

const isAboutKills = ({ objective }: Requirement): boolean => KILL_OBJECTIVES.includes(objective);

/** Whether a study requires anything about kills, be it asked for or assumed. */
export const limitsKills = (requirements: readonly Requirement[]): boolean => requirements.some(isAboutKills);

/** What `tune` requires where no requirement is about kills: a search for less stall would prefer guests that are killed. */
const NO_MORE_KILLS: Requirement = {
  objective: "oom_kills",
  relation: "<=",
  bound: 1,
  of: "reference",
  isAssumed: true,
};

/**
 * What is required in all: what `--require` options say, and, unless kills are allowed, no more kills than the reference
 * has, where no option is about kills.
 * @throws {InputError} where kills are allowed and an option is about them
 */
export function requirementsOf(options: readonly string[], allowsKills: boolean): Requirement[] {
  const required = options.map(parseRequirement);
  const aboutKills = required.find(isAboutKills);
  if (aboutKills !== undefined && allowsKills) {
    throw new InputError(
      `--allow-kills: --require ${quote(formatRequirement(aboutKills))} limits kills: leave one of them out`,
    );
  }
  return aboutKills === undefined && !allowsKills ? [...required, NO_MORE_KILLS] : required;
}

/** A number of a requirement. */
const NUMBER = /^-?\d+(\.\d+)?(e-?\d+)?$/i;

/**
 * What `--require "NAME RELATION BOUND"` asks for. The bound is a number, such as in `time_to_target<=60`, or what the
 * reference came to in the same run, `stall_full <= reference`, or a factor of that, `stall_full <= 1.1 * reference`.
 * @throws {InputError}
 */
export function parseRequirement(text: string): Requirement {
  const option = `--require ${quote(text)}`;
  const match = /^\s*([a-z_0-9]+)\s*(<=|>=|==|=|<|>)\s*(\S.*?)\s*$/i.exec(text);
  if (match === null)
    throw new InputError(
      `${option}: expected an objective, <, <=, ==, >= or >, and a number or "reference", such as "oom_kills == 0" or ` +
        '"stall_full <= 1.1 * reference"',
    );
  const [, name, sign, bound] = match as unknown as [string, string, Requirement["relation"] | "=", string];
  const objective = objectiveNamed(name, option);
  const relation = sign === "=" ? "==" : sign;
  const factor = factorOfReference(bound);
  if (factor !== null) {
    if (NUMBER.test(factor) && Number(factor) >= 0 && Number.isFinite(Number(factor))) {
      return { objective, relation, bound: Number(factor), of: "reference" };
    }
    throw new InputError(`${option}: expected a factor of 0 or more, such as 1.1 * reference, found ${quote(factor)}`);
  }
  if (!NUMBER.test(bound) || !Number.isFinite(Number(bound))) {
    const unit = OBJECTIVES.find((known) => known.name === objective)?.unit;
    throw new InputError(
      `${option}: expected a number (${unit}), reference, or a factor of it such as 1.1 * reference behind ${sign}, ` +
        `found ${quote(bound)}`,
    );
  }
  return { objective, relation, bound: Number(bound) };
}

/** The factor in `reference`, `1.1 * reference` or `reference * 1.1`, as text; null where the bound does not name the reference. */
function factorOfReference(bound: string): string | null {
  if (bound === "reference") return "1";
  const match = /^(?:(.*?)\s*\*\s*reference|reference\s*\*\s*(.*))$/.exec(bound);
  return match === null ? null : (match[1] ?? match[2] ?? "");
}

/**
 * What `--aggregate` says: `mean`, `weights`, `worst`, or `q` and a share, such as `q0.9`.
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

/** The aggregate as the command line has it. */
export const formatAggregate = (aggregate: Aggregate): string =>
  aggregate.kind === "quantile" ? `q${aggregate.q}` : aggregate.kind;

/** The requirement as the command line has it. */
export const formatRequirement = (requirement: Requirement): string =>
  `${requirement.objective} ${formatBound(requirement)}`;

/** What a requirement asks of its objective, such as `<= 1.1 * reference`. */
export function formatBound({ relation, bound, of }: Requirement): string {
  if (of === undefined) return `${relation} ${bound}`;
  return `${relation} ${bound === 1 ? "" : `${bound} * `}reference`;
}

/** All that a study requires, for people, with what was assumed; empty where it requires nothing and nothing was said of kills. */
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

function objectiveNamed(name: string, option: string): string {
  if (NAMES.includes(name)) return name;
  throw new InputError(
    `${option}: unknown objective ${quote(name)}${didYouMean(name, NAMES)} (there are ${NAMES.join(", ")})`,
  );
}
