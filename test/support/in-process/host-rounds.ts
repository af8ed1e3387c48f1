import { parseHostState } from "../../../src/sim/hosts/host-state.ts";
import { paramsInSets } from "../../../src/sim/hosts/params.ts";
import { targetPolicyNamed } from "../../../src/sim/hosts/policies/index.ts";
import { type Round, type RoundsOptions, roundsOf } from "../../../src/sim/hosts/rounds.ts";

/** The rounds of a policy on a state as a file has it, with `NAME=VALUE` for parameters. */
export function hostRounds(
  policy: string,
  state: object,
  { rounds = 1, stepUs = null }: Partial<RoundsOptions> = {},
  sets: readonly string[] = [],
): Round[] {
  const known = targetPolicyNamed(policy, "policy");
  return roundsOf(known, parseHostState(JSON.stringify(state), "state", known, paramsInSets(sets)), { rounds, stepUs });
}

/** The targets of the first round. */
export const hostTargets = (policy: string, state: object, ...sets: string[]): Record<string, number> =>
  Object.fromEntries(hostRounds(policy, state, {}, sets)[0]?.targets ?? []);

/** The last target of each VM that got one. */
export const lastTargets = (rounds: readonly Round[]): Record<string, number> =>
  Object.fromEntries(rounds.flatMap(({ targets }) => [...targets]));
