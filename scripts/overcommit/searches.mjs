/** What is searched: hosts, policies and drivers. */

/** @typedef {import("../../dist/sim/hosts/capacity/setup.js").PolicySetup} PolicySetup */
/** @typedef {{ name: string, driver: string | null, setup: PolicySetup }} Search */

/**
 * Cheap hosts first. In so many worlds they are searched, and in so many of these with half of the quantum. A search looks at the whole
 * range in the first world, or begins at the size in the file where runs are long.
 */
export const HOSTS = [
  { host: "imported-esxtop", worlds: 5, ofHalf: 3 },
  { host: "boot-storm", worlds: 5, ofHalf: 3 },
  { host: "noisy-neighbour", worlds: 5, ofHalf: 3 },
  { host: "database", worlds: 5, ofHalf: 3, isLong: true },
  { host: "office", worlds: 3, ofHalf: 2, isLong: true },
];
const POLICIES = ["esx", "proxmox", "mom", "squeezed", "none"];
export const REQUIREMENTS = ["oom_kills == 0", "ended == 0", "lost_time_share <= 1%"];
/** A step is a part of the memory of all VMs. */
export const STEP_PERCENT = 2;

/** The policy under which drivers are compared: that of the hypervisor whose driver had rates. */
export const COMPARED_UNDER = "esx";
/** What docs/tuning.md found for guests under pressure. */
const TUNED = { "nosleep-alloc-max": 94689, "free-max": 74442, "alloc-max": 3259, "slow-cycles": 1 };
/** The reference driver with constants that limit nothing. */
const UNLIMITED = {
  "nosleep-alloc-max": 262144,
  "free-max": 262144,
  "alloc-max": 262144,
  "alloc-min": 262144,
  "slow-cycles": 0,
};
const DRIVERS = [
  { name: "2010", driver: "vmmemctl", rates: {} },
  { name: "tuned", driver: "vmmemctl", rates: TUNED },
  { name: "unlimited", driver: "vmmemctl", rates: UNLIMITED },
  { name: "vmw-balloon", driver: "vmw-balloon", rates: {} },
  { name: "virtio-balloon", driver: "virtio-balloon", rates: {} },
];

/** The searches of a host: with its own drivers under each policy, and with each driver that is not its own under one. */
export function searchesOf(/** @type {readonly { driver: { name: string } }[]} */ vms) {
  const own = new Set(vms.map(({ driver }) => driver.name));
  /** @type {Search[]} */
  const searches = POLICIES.map((name) => ({ name, driver: null, setup: { policy: name, sets: [] } }));
  for (const { name, driver, rates } of DRIVERS) {
    const sets = Object.entries(rates).map(([rate, value]) => `vms.*.rates.${rate}=${value}`);
    // A search with the host's own drivers is there already.
    if (sets.length === 0 && own.size === 1 && own.has(driver)) continue;
    const setup = { policy: COMPARED_UNDER, sets: [`vms.*.driver=${driver}`, ...sets] };
    searches.push({ name: COMPARED_UNDER, driver: name, setup });
  }
  return { searches, own: [...own] };
}
