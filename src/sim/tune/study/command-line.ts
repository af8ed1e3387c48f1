import { fileArgument } from "../../../common/shell-line.ts";
import { whatIfArguments } from "../../trace/what-if.ts";
import { formatAggregate, formatRequirement, limitsKills } from "../goal.ts";
import type { Parameter, StudyHeader } from "../types.ts";
import { policyOf } from "./study-space.ts";

/** Default number of worlds in which the result is judged. */
export const JUDGED_WORLDS = 5;

/**
 * The arguments of `balloon-sim tune` that repeat a study, without `--trials` and `--study`, which are not part of it,
 * and without the file of `--rates`, whose values are the header's reference.
 */
export function tuneArguments(header: StudyHeader): string[] {
  const { goals, requirements, aggregate, traces, seeds, sampler, seed, parameters, base, reference, rungs } = header;
  const tuned = traces.filter(({ role }) => role === "tune");
  const pinned = policyOf(header).params.filter(
    ({ key }) => base[key] !== reference[key] && !parameters.some((parameter) => parameter.key === key),
  );
  return [
    ...tuned.map(({ trace }) => fileArgument(trace)),
    ...goals.flatMap(({ direction, objective }) => [`--${direction}`, objective]),
    ...requirements.flatMap((one) => (one.isAssumed === true ? [] : ["--require", formatRequirement(one)])),
    ...(limitsKills(requirements) ? [] : ["--allow-kills"]),
    ...(aggregate.kind === "mean" ? [] : ["--aggregate", formatAggregate(aggregate)]),
    ...tuned.flatMap(({ trace, weight }) => (weight === 1 ? [] : ["--weight", `${fileArgument(trace)}=${weight}`])),
    ...traces.flatMap(({ role, trace }) => (role === "holdout" ? ["--holdout", fileArgument(trace)] : [])),
    ...whatIfArguments(header.whatIf),
    ...(header.driver === undefined ? [] : ["--driver", header.driver]),
    ...(header.host?.driver == null ? [] : ["--driver", header.host.driver]),
    ...(header.host?.replaced === undefined ? [] : ["--policy", header.host.replaced]),
    ...pinned.flatMap(({ key, name }) => ["--set", `${name}=${base[key]}`]),
    ...parameters.flatMap((parameter) => ["--set", `${parameter.flag}=${specOf(parameter)}`]),
    ...["--sampler", sampler, "--seed", seed],
    ...rungs.slice(0, 1).flatMap(({ keep }) => ["--halving", String(Math.round(1 / keep))]),
    ...(header.ahead === undefined ? [] : ["--ahead", String(header.ahead)]),
    ...(seeds.length === 1 ? [] : ["--seeds", String(seeds.length)]),
    ...(header.worlds === 1 ? [] : ["--worlds", String(header.worlds)]),
    ...(header.judgedWorlds === JUDGED_WORLDS ? [] : ["--judge-worlds", String(header.judgedWorlds)]),
  ];
}

/** The values of a parameter, in the notation of `--set`. */
export function specOf({ kind, min, max, scale, values }: Parameter): string {
  if (kind === "list") return values.join(",");
  return `${scale === "logarithmic" ? "log" : "lin"}:${min}..${max}`;
}
