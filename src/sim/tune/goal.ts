import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import { OBJECTIVES } from "../objectives/index.ts";
import type { Aggregate, Goal, Requirement } from "./types.ts";

const NAMES = OBJECTIVES.map(({ name }) => name);

/**
 * What `--minimize NAME` or `--maximize NAME` asks for.
 * @throws {InputError} where there is no such objective
 */
export function parseGoal(direction: Goal["direction"], text: string): Goal {
  return { objective: objectiveNamed(text.trim(), `--${direction}`), direction };
}

/**
 * What `--require "NAME RELATION NUMBER"` asks for, such as `oom_kills == 0` or `time_to_target<=60`.
 * @throws {InputError}
 */
export function parseRequirement(text: string): Requirement {
  const option = `--require ${quote(text)}`;
  const match = /^\s*([a-z_0-9]+)\s*(<=|>=|==|=|<|>)\s*(\S+)\s*$/i.exec(text);
  if (match === null)
    throw new InputError(
      `${option}: expected an objective, <, <=, ==, >= or >, and a number, such as "oom_kills == 0"`,
    );
  const [, name, relation, number] = match as unknown as [string, string, Requirement["relation"] | "=", string];
  const objective = objectiveNamed(name, option);
  if (!/^-?\d+(\.\d+)?(e-?\d+)?$/i.test(number) || !Number.isFinite(Number(number))) {
    const unit = OBJECTIVES.find((known) => known.name === objective)?.unit;
    throw new InputError(`${option}: expected a number (${unit}) behind ${relation}, found ${quote(number)}`);
  }
  return { objective, relation: relation === "=" ? "==" : relation, bound: Number(number) };
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
export const formatRequirement = ({ objective, relation, bound }: Requirement): string =>
  `${objective} ${relation} ${bound}`;

function objectiveNamed(name: string, option: string): string {
  if (NAMES.includes(name)) return name;
  throw new InputError(
    `${option}: unknown objective ${quote(name)}${didYouMean(name, NAMES)} (there are ${NAMES.join(", ")})`,
  );
}
