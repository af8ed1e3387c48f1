/** What a reader of a run's figures must know of its driver, wherever the figures are shown. */
import type { BalloonPolicy } from "../../engine/index.ts";
import { ignoredRulesRemark } from "../host/ignored-rules.ts";
import { type UnusedRules, unusedRulesOf } from "../host/unused-rules.ts";
import type { RunView } from "../view/types.ts";

/** The caveat of a driver as a sentence that names it; null: a reader of its figures must know nothing. */
export const caveatOf = ({ name, caveat }: Pick<BalloonPolicy, "name" | "caveat">): string | null =>
  caveat === undefined ? null : `${name}: ${caveat}.`;

/** What of a run's trace can have no effect on its driver, as a clause that names the driver; null: nothing. */
export const ignoredRulesRemarkOf = ({
  policy,
  host,
  trace,
}: Pick<RunView, "policy" | "host" | "trace">): string | null =>
  host.ignoredRules.length === 0 ? null : ignoredRulesRemark(policy.name, host.ignoredRules, trace.host.rules.length);

/** The rules of a run's host that have changed nothing so far. */
export const unusedRulesIn = ({ policy, host }: Pick<RunView, "policy" | "host">): UnusedRules =>
  unusedRulesOf(policy.name, host.ruleUses, host.ignoredRules);
