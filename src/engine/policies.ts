/** The registry of balloon drivers. A new driver is a folder beside `vmmemctl/`, and a line here. */
import type { BalloonPolicy } from "./balloon-policy.ts";
import { VMMEMCTL } from "./vmmemctl/policy.ts";

/** The driver of runs, files and studies that name none. */
export const DEFAULT_POLICY: BalloonPolicy = VMMEMCTL;

/** All drivers, by the names that files and `--driver` use. */
export const POLICIES: ReadonlyMap<string, BalloonPolicy> = new Map(
  [DEFAULT_POLICY].map((policy) => [policy.name, policy]),
);
