/** When VMs may run ahead without meeting their host, and how far. */
import { PAGE_BYTES, type Pages } from "../../../common/units.ts";
import { LARGE_PAGE_FRAMES } from "../../../engine/index.ts";
import type { Wakes } from "../target-policy.ts";
import type { HostMemory } from "./host-memory.ts";
import type { Meetings } from "./meetings.ts";

/** The least that each VM must be able to take for VMs to run ahead: less is gone at once. */
const LEASE_MIN: Pages = 16_384;

/**
 * What VMs may have backed before they have to meet the host, so that all of them together can't make anything happen on it
 * meanwhile: so they can run ahead without meeting it.
 * @param due the VMs, by their indices
 * @param wakes bounds of free memory outside of which the policy wants to be asked
 * @returns pages for each of them; null: something may happen
 */
export function leasesOf(
  due: readonly number[],
  memory: HostMemory,
  meetings: Meetings,
  { below = 0, above }: Wakes,
): Pages[] | null {
  const { members } = meetings;
  if (!memory.isQuiet || members.some(({ isBlocked }) => isBlocked)) return null;
  if (above !== undefined) {
    const rise = members.reduce((sum, { isOn, coming }) => sum + (isOn ? coming : 0), 0);
    if ((memory.free + rise) * PAGE_BYTES >= above) return null;
  }
  // A VM that is backed with large pages may take a whole one for the last page.
  const large = memory.vms.length * LARGE_PAGE_FRAMES;
  const kept = Math.ceil(below / PAGE_BYTES) + large + meetings.leasesBeside(due);
  const leases = memory.grants(due, kept);
  return leases.some((pages) => pages < LEASE_MIN) ? null : leases;
}
