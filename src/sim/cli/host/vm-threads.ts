/** The VMs of a host in threads of their own. */

import { ThreadGroup } from "../../hosts/machine/threads/thread-group.ts";
import type { RunHostOptions } from "../../hosts/run-host.ts";
import type { HostDocument } from "../../hosts/scenario/read.ts";
import type { VmRowsSpec } from "./vm-rows.ts";

/**
 * Makes the VMs of a run in so many threads, which read the host again.
 * @param specs the rows of each VM; null: none are written
 */
export function inThreads(
  { source, sets, seed }: HostDocument,
  threads: number,
  specs: readonly VmRowsSpec[] | null,
): NonNullable<RunHostOptions["groupOf"]> {
  return ({ vms, policy: { create: _, ...policy }, durationUs: untilUs }, { world }) => {
    const host = { source, sets, seed, policy, untilUs };
    const observers = specs === null ? null : { module: new URL("./vm-rows.js", import.meta.url).href, data: specs };
    return new ThreadGroup(vms, host, { threads, world, observers });
  };
}
