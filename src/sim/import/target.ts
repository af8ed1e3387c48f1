/** The balloon's target of the trace: measured if the log has it, else a scenario that the user declares. */
import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import type { Pages } from "../../common/units.ts";
import type { HostPolicy } from "../host/policies/host-policy.ts";
import { HOST_POLICIES } from "../host/policies/index.ts";
import { describeTarget, readTarget, targetSeries } from "../trace/target-text.ts";
import type { Series } from "../trace/types.ts";

/** Source of a trace's target. */
export type TargetChoice =
  /** The column `balloonTarget` of the log. */
  | { readonly kind: "measured" }
  /** The balloon's size, if the log has no target. */
  | { readonly kind: "size" }
  /** Known in advance: in the header of the trace. */
  | { readonly kind: "series"; readonly series: Series; readonly from: string }
  /** Computed from the measured values. */
  | { readonly kind: "policy"; readonly policy: HostPolicy }
  /** No option names a target: the host asks for nothing. */
  | { readonly kind: "none" };

/**
 * The target of `--target`.
 * @param text null: the log's target, or none
 * @param own the log's own data: the host's target, the balloon's size only, or neither
 * @param memory RAM of the guest in pages
 * @param endUs length of the trace, in microseconds
 * @throws {InputError}
 */
export function chooseTarget(
  text: string | null,
  own: "measured" | "size" | "none",
  memory: Pages,
  endUs: number,
): TargetChoice {
  if (text === null) return { kind: own };
  if (text.startsWith("policy:")) return { kind: "policy", policy: policyNamed(text.slice("policy:".length)) };
  const target = readTarget(text, ", or policy:NAME");
  const series = targetSeries(target, memory, endUs);
  return { kind: "series", series, from: `scenario: ${describeTarget(target, memory)}` };
}

function policyNamed(name: string): HostPolicy {
  const policy = HOST_POLICIES.find((each) => each.name === name);
  if (policy !== undefined) return policy;
  const names = HOST_POLICIES.map((each) => each.name);
  throw new InputError(
    `--target ${quote(`policy:${name}`)}: expected one of the policies ${names.join(", ")}${didYouMean(name, names)}`,
  );
}
