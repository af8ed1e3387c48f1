/**
 * Host policies that a scenario may take its target from: `--target policy:NAME`. They see what was measured, not what the
 * simulated balloon makes of it, so the guest's answer to the target is not in the target: a policy here says what would
 * have been asked of the guest that was recorded.
 */
import { PROFILES } from "../guest/profile.ts";
import { watermarks } from "../guest/watermarks.ts";

/** What a policy knows of a guest, in pages. */
export interface PolicyGuest {
  readonly memory: number;
  /** What the kernel keeps for itself; with one zone, up to its high watermark. */
  readonly reserve: number;
}

/** A guest of that size with that kernel. */
export function policyGuest(memory: number, profileName: string): PolicyGuest {
  const profile = PROFILES.get(profileName);
  if (profile === undefined) throw new Error(`no profile ${profileName}`);
  return { memory, reserve: watermarks(memory, profile.kernel, null, profile.kernel.watermarkScaleFactor).high };
}

/** A policy as the user chooses it. */
export interface Policy {
  readonly name: string;
  readonly meaning: string;
  /** Time between two of its decisions, in microseconds. */
  readonly intervalUs: number;
  /**
   * Its next target.
   * @param target the target so far, in pages; the balloon is taken to have followed it
   * @param committed memory that the guest has promised its processes, in pages
   * @param guest RAM of the guest, and what its kernel keeps free, in pages
   */
  decide(target: number, committed: number, guest: PolicyGuest): number;
}

const PAGES_PER_MIB = 256;
/** What one of its decisions takes of the way down; the way up is taken at once. */
const DOWN_HYSTERESIS = 8;

/**
 * Xen's selfballooning (drivers/xen/xen-selfballoon.c of Linux 4.9): the guest gives up what it has not promised to
 * anybody, an eighth of the way every five seconds, and takes back at once what it promises. The only policy known to us
 * that needs nothing but the guest's own series.
 */
const SELFBALLOON: Policy = {
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

export const POLICIES: readonly Policy[] = [SELFBALLOON];
