import { InputError } from "../../common/errors.ts";
import { type GivenRates, namedSets, ratesOf } from "../../common/rates.ts";
import type { BalloonPolicy, Params } from "../../engine/index.ts";
import { Space } from "./space.ts";
import { parseSpec } from "./spec.ts";
import type { Tunable } from "./tunable.ts";
import type { Parameter } from "./types.ts";

/**
 * The candidates of `--set` options, each `NAME=SPEC` (`parseSpec`), in the order of the driver's parameters. Constants with one value do not vary.
 * @param given the reference rates and to change, over the driver's; null: the driver's
 * @throws {InputError} naming the option, or the file
 */
export const parseSpace = (policy: BalloonPolicy, sets: readonly string[], given: GivenRates | null = null): Space =>
  spaceAround(policy, sets, ratesOf(policy, given));

/**
 * The search space that `--set` options span around a reference: other parameters keep its values.
 * @throws {InputError} naming the option
 */
export function spaceAround(policy: Tunable, sets: readonly string[], reference: Params): Space {
  const domains = new Map<string, Domain>();
  for (const { param, text, shown } of namedSets(policy, sets, "name=values, such as alloc-max=1024..16384x5")) {
    try {
      domains.set(param.key, { shown, spec: parseSpec(param, text) });
    } catch (error) {
      throw error instanceof InputError ? new InputError(`${shown}: ${error.message}`) : error;
    }
  }
  checkBounds(policy, domains, reference);
  checkRanges(policy, domains, reference);

  const parameters: Parameter[] = [];
  const base: Record<string, number> = { ...reference };
  for (const { key, atMost } of policy.params) {
    const spec = domains.get(key)?.spec;
    if (typeof spec === "number") base[key] = spec;
    else if (spec !== undefined) {
      parameters.push(spec);
      // Never used, but the rates in a study's file should be valid.
      base[key] = atMost === undefined ? spec.max : spec.min;
    }
  }
  return new Space(policy, parameters, base, reference);
}

/**
 * The search space of `tune` without `--set`: every parameter for which the driver has a range to search.
 * @throws {InputError} if the given rates are not valid in it
 */
export const defaultSpace = (policy: BalloonPolicy, given: GivenRates | null = null): Space =>
  parseSpace(
    policy,
    policy.params.flatMap(({ name, search }) => (search === undefined ? [] : [`${name}=${search[0]}..${search[1]}`])),
    given,
  );

/** The values of a `--set` option, and its name in messages. */
interface Domain {
  readonly shown: string;
  readonly spec: number | Parameter;
}
type Domains = ReadonlyMap<string, Domain>;

const lowest = (domains: Domains, reference: Params, key: string): number => {
  const spec = domains.get(key)?.spec ?? (reference[key] as number);
  return typeof spec === "number" ? spec : spec.min;
};
const highest = (domains: Domains, reference: Params, key: string): number => {
  const spec = domains.get(key)?.spec ?? (reference[key] as number);
  return typeof spec === "number" ? spec : spec.max;
};

/** Checks that there is a candidate in which no parameter exceeds the one that bounds it. */
function checkBounds({ params }: Tunable, domains: Domains, reference: Params): void {
  for (const { key, name, atMost } of params) {
    const bound = params.find((one) => one.key === atMost);
    if (bound === undefined) continue;
    const least = lowest(domains, reference, key);
    const most = highest(domains, reference, bound.key);
    if (least <= most) continue;
    const domain = domains.get(key) ?? (domains.get(bound.key) as Domain);
    throw new InputError(
      `${domain.shown}: no candidate has ${name} (${least} at least) no higher than ${bound.name} (${most} at most)`,
    );
  }
}

/** Checks that the driver can run every candidate. */
function checkRanges(policy: Tunable, domains: Domains, reference: Params): void {
  const problem = policy.rangeProblem?.({
    lowest: (key) => lowest(domains, reference, key),
    highest: (key) => highest(domains, reference, key),
  });
  if (problem == null) return;
  const domain = problem.keys.map((key) => domains.get(key)).find((one) => one !== undefined);
  throw new InputError(`${domain === undefined ? "" : `${domain.shown}: `}${problem.message}`);
}
