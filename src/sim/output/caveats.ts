/** What a reader of a run's figures must know of its driver, wherever the figures are shown. */
import type { BalloonPolicy } from "../../engine/index.ts";
import { ignoredRulesRemark } from "../host/ignored-rules.ts";
import type { RunView } from "../view/types.ts";

/** The caveat of a driver as a sentence that names it; null: a reader of its figures must know nothing. */
export const caveatOf = ({ name, caveat }: BalloonPolicy): string | null =>
  caveat === undefined ? null : `${name}: ${caveat}.`;

/** What of a run's trace has no effect on its driver, as a clause that names the driver; null: nothing. */
export const rulesRemarkOf = ({ policy, host, trace }: Pick<RunView, "policy" | "host" | "trace">): string | null =>
  host.ignoredRules.length === 0 ? null : ignoredRulesRemark(policy.name, host.ignoredRules, trace.host.rules.length);
