import type { HostPolicy } from "./host-policy.ts";

const PAGES_PER_MIB = 256;
/** What one of its decisions takes of the way down; the way up is taken at once. */
const DOWN_HYSTERESIS = 8;

/**
 * Xen's selfballooning (drivers/xen/xen-selfballoon.c of Linux 4.9): the guest gives up what it has not promised to
 * anybody, an eighth of the way every five seconds, and takes back at once what it promises. The only policy known to us
 * that needs nothing but the guest's own series.
 */
export const SELFBALLOON: HostPolicy = {
  name: "selfballoon",
  meaning:
    "Xen's selfballooning: every 5 s an eighth of the way down to committed memory plus the kernel's reserve, all of the way up",
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

/** What selfballooning leaves a guest of that size at least, in pages. */
function leastUsable(memory: number, reserve: number): number {
  const useful = memory - reserve;
  const mib = (count: number): number => count * PAGES_PER_MIB;
  if (useful < mib(16)) return memory;
  if (useful < mib(64)) return reserve + mib(16) + Math.floor((useful - mib(16)) / 2);
  if (useful < mib(512)) return reserve + mib(40) + Math.floor((useful - mib(40)) / 8);
  return reserve + mib(99) + Math.floor((useful - mib(99)) / 32);
}

/** Targets are whole MiB: a host that moves them by single pages would be none that exists. */
const wholeMib = (pages: number): number => Math.floor(pages / PAGES_PER_MIB) * PAGES_PER_MIB;
