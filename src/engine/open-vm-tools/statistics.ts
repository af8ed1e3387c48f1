/** The driver's statistics: its counters by command and by size of the pages, and their text. */
import { Command } from "../protocol.ts";
import { statisticsText as rateStatisticsText } from "../vmmemctl/statistics.ts";
import type { OpenVmToolsState, Statistics } from "./state.ts";

type Counter = keyof Statistics;

/** The counters of a command, by its number: answered, and failed. Batched commands count as those for single pages. */
export const COMMANDS: Readonly<Record<number, readonly [Counter, Counter]>> = {
  [Command.Start]: ["start", "startFail"],
  [Command.GuestId]: ["guestType", "guestTypeFail"],
  [Command.GetTarget]: ["targetCount", "targetFail"],
  [Command.Lock]: ["lock", "lockFail"],
  [Command.Unlock]: ["unlock", "unlockFail"],
  [Command.BatchedLock]: ["lock", "lockFail"],
  [Command.BatchedUnlock]: ["unlock", "unlockFail"],
  [Command.Batched2mLock]: ["largeLock", "largeLockFail"],
  [Command.Batched2mUnlock]: ["largeUnlock", "largeUnlockFail"],
};

/** Counters by `Kind`. */
export const ALLOC: readonly Counter[] = ["largeAlloc", "alloc", "sleepAlloc"];
export const ALLOC_FAIL: readonly Counter[] = ["largeAllocFail", "allocFail", "sleepAllocFail"];

/** Counters by `PageSize`. */
export const FREE: readonly Counter[] = ["free", "largeFree"];
export const REFUSED_ALLOC: readonly Counter[] = ["refusedAlloc", "largeRefusedAlloc"];
export const REFUSED_FREE: readonly Counter[] = ["refusedFree", "largeRefusedFree"];

/**
 * The text of `sysctl vm.vmmemctl` on FreeBSD, with its trailing line break. It has no counter of pages of 2 MiB. Solaris
 * shows the same numbers by `kstat -m vmmemctl`, in a layout of that command.
 */
export function statisticsText(s: Readonly<OpenVmToolsState>): string {
  return rateStatisticsText({ ...s, size: s.counted }, "sysctl");
}
