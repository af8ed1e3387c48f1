import type { Pages } from "../../../common/units.ts";
import type { HostPolicy } from "./host-policy.ts";

const PAGES_PER_MIB = 256;
/** Divisor of each step down; a step up is done at once. */
const DOWN_HYSTERESIS = 8;

/**
 * Xen's selfballooning (drivers/xen/xen-selfballoon.c of Linux 4.9): every five seconds the guest gives up an eighth of
 * the memory that its processes have not reserved, and it takes back reserved memory at once. It is the only policy
 * here that needs only the guest's own series.
 */
export const SELFBALLOON: HostPolicy = {
  name: "selfballoon",
  meaning:
    "Xen's selfballooning: every 5 s an eighth of the way down to committed memory plus the kernel's reserve, the whole way up",
  intervalUs: 5_000_000,
  decide(target, committed, { memory, reserve }) {
    const current = memory - target;
    const goal = committed + reserve;
    let next = current;
    if (current > goal) next = current - Math.floor((current - goal) / DOWN_HYSTERESIS);
    else if (current < goal) next = goal;
    next = Math.max(next, leastUsable(memory, reserve));
    return wholeMib(Math.max(0, memory - next));
  },
};

/** The least memory that selfballooning leaves a guest of a size, in pages. */
function leastUsable(memory: Pages, reserve: Pages): Pages {
  const useful = memory - reserve;
  const mib = (count: number): number => count * PAGES_PER_MIB;
  if (useful < mib(16)) return memory;
  if (useful < mib(64)) return reserve + mib(16) + Math.floor((useful - mib(16)) / 2);
  if (useful < mib(512)) return reserve + mib(40) + Math.floor((useful - mib(40)) / 8);
  return reserve + mib(99) + Math.floor((useful - mib(99)) / 32);
}

/** Rounds a target down to whole MiB, as real hosts do. */
const wholeMib = (pages: number): number => Math.floor(pages / PAGES_PER_MIB) * PAGES_PER_MIB;
