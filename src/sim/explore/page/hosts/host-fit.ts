/** Fits what a link asks for to what the page of hosts has. */
import { InputError } from "../../../../common/errors.ts";
import { type HostParam, parseParam, shownValue } from "../../../hosts/params.ts";
import type { HostExploreData, PolicyModel } from "../../hosts/model.ts";
import type { HostFacts } from "../../hosts/protocol.ts";
import { fittedRates } from "../fit.ts";
import type { HostState } from "./host-state.ts";

/** A state that the page can run, and what is left out of it, with reasons. */
export interface FittedHost {
  readonly state: HostState;
  readonly refused: readonly string[];
}

/** The policy of a state. */
export const policyOf = ({ policy }: HostState, facts: HostFacts, { policies }: HostExploreData): PolicyModel =>
  policies.find(({ name }) => name === (policy ?? facts.policy)) as PolicyModel;

/** A parameter's value where nothing is moved: that of the file for its own policy, else the default. */
export const ownValue = (spec: HostParam, state: HostState, facts: HostFacts): number | string =>
  state.policy === null ? (facts.params[spec.name] ?? spec.default) : spec.default;

/** Leaves out of a state what the page does not have, and what is as in the file. */
export function fittedHost(state: HostState, facts: HostFacts, data: HostExploreData): FittedHost {
  const refused: string[] = [];
  const known = (name: string | null, all: readonly { readonly name: string }[], field: string): string | null => {
    if (name === null || all.some((one) => one.name === name)) return name;
    refused.push(`${field}=${name} (expected ${all.map((one) => one.name).join(", ")})`);
    return null;
  };
  const chosen = known(state.policy, data.policies, "policy");
  const policy = chosen === facts.policy ? null : chosen;
  const driver = known(state.driver, data.drivers, "driver");
  const based = { ...state, policy, driver };
  const rates = fittedRates(
    state.rates,
    data.drivers.find(({ name }) => name === driver),
    (pair, why) => refused.push(`rates=${pair} (${driver === null ? "choose a driver" : why})`),
  );
  const params = fittedParams(based, facts, data, refused);
  const memory = state.memory === facts.memory ? null : state.memory;
  const swap = state.swap === facts.swap ? null : state.swap;
  return { state: { ...based, params, rates, memory, swap }, refused };
}

function fittedParams(
  state: HostState,
  facts: HostFacts,
  data: HostExploreData,
  refused: string[],
): Record<string, string> {
  const { name: policy, params } = policyOf(state, facts, data);
  const fit: Record<string, string> = {};
  for (const [name, text] of Object.entries(state.params)) {
    const spec = params.find((one) => one.name === name);
    try {
      if (spec === undefined) throw new InputError(`no parameter of ${policy}`);
      const value = shownValue(spec, parseParam(spec, text));
      if (value !== shownValue(spec, ownValue(spec, state, facts))) fit[name] = value;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refused.push(`set=${name}:${text} (${error.message})`);
    }
  }
  return fit;
}
