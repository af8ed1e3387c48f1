/** The balloon's target that a user declares in a text: a scenario. */
import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import type { HostPolicy } from "../host/policies/host-policy.ts";
import { HOST_POLICIES } from "../host/policies/index.ts";
import { describeTarget, readTarget, targetSeries } from "../trace/target-text.ts";
import type { WantedTarget } from "./target-choice.ts";

/**
 * The target of `--target`.
 * @returns it, which throws an `InputError` when it is asked for and can't be read
 */
export const wantedTarget =
  (text: string): WantedTarget =>
  (memory, endUs) => {
    if (text.startsWith("policy:")) return { kind: "policy", policy: policyNamed(text.slice("policy:".length)) };
    const target = readTarget(text, ", or policy:NAME");
    const series = targetSeries(target, memory, endUs);
    return { kind: "series", series, from: `scenario: ${describeTarget(target, memory)}` };
  };

/** Options of a user, with the text of a target, as options of an import. */
export const withTarget = <Options extends { readonly target?: string }>({
  target,
  ...options
}: Options): Omit<Options, "target"> & { readonly target?: WantedTarget } =>
  target === undefined ? options : { ...options, target: wantedTarget(target) };

function policyNamed(name: string): HostPolicy {
  const policy = HOST_POLICIES.find((each) => each.name === name);
  if (policy !== undefined) return policy;
  const names = HOST_POLICIES.map((each) => each.name);
  throw new InputError(
    `--target ${quote(`policy:${name}`)}: expected one of the policies ${names.join(", ")}${didYouMean(name, names)}`,
  );
}
