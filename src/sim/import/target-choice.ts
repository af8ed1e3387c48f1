/** Where the balloon's target of a trace comes from. */
import type { Pages, Us } from "../../common/units.ts";
import type { HostPolicy } from "../host/policies/host-policy.ts";
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
 * The target that a user wants instead of the log's.
 * @param memory RAM of the guest
 * @param endUs length of the trace
 * @throws {InputError} if it does not suit them
 */
export type WantedTarget = (memory: Pages, endUs: Us) => TargetChoice;
