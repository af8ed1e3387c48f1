/** The registry of balloon drivers. A new driver is a folder beside `vmmemctl/`, and a line here. */
import type { BalloonPolicy } from "./balloon-policy.ts";
import { OPEN_VM_TOOLS } from "./open-vm-tools/policy.ts";
import { VIRTIO_BALLOON } from "./virtio-balloon/policy.ts";
import { VMMEMCTL } from "./vmmemctl/policy.ts";
import { VMW_BALLOON } from "./vmw-balloon/policy.ts";

/** The driver of runs, files and studies that name none. */
export const DEFAULT_POLICY: BalloonPolicy = VMMEMCTL;

/** All drivers, by the names that files and `--driver` use. */
export const POLICIES: ReadonlyMap<string, BalloonPolicy> = new Map(
  [DEFAULT_POLICY, VMW_BALLOON as BalloonPolicy, VIRTIO_BALLOON as BalloonPolicy, OPEN_VM_TOOLS as BalloonPolicy].map(
    (policy) => [policy.name, policy],
  ),
);
