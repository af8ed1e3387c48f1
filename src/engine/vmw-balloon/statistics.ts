/** The driver's statistics: its counters by command and by size of the pages, and their text. */

import { LARGE_PAGE_FRAMES } from "../ports.ts";
import { Command } from "../protocol.ts";
import { WANTED_CAPABILITIES } from "./capabilities.ts";
import type { Statistics, VmwBalloonState } from "./state.ts";

type Counter = keyof Statistics;

/** The counters of a command, by its number: answered, and failed; with its name in the text. */
export const COMMANDS: Readonly<Record<number, readonly [Counter, Counter, name: string]>> = {
  [Command.Start]: ["start", "startFail", "start"],
  [Command.GetTarget]: ["getTarget", "getTargetFail", "target"],
  [Command.Lock]: ["lock", "lockFail", "lock"],
  [Command.Unlock]: ["unlock", "unlockFail", "unlock"],
  [Command.GuestId]: ["guestType", "guestTypeFail", "guestType"],
  [Command.BatchedLock]: ["batchLock", "batchLockFail", "batchLock"],
  [Command.BatchedUnlock]: ["batchUnlock", "batchUnlockFail", "batchUnlock"],
  [Command.Batched2mLock]: ["lock2m", "lock2mFail", "2m-lock"],
  [Command.Batched2mUnlock]: ["unlock2m", "unlock2mFail", "2m-unlock"],
  [Command.DoorbellSet]: ["doorbellSet", "doorbellSetFail", "doorbellSet"],
};

/** Counters by `PageSize`. */
type BySize = readonly [small: Counter, large: Counter];
export const ALLOC: BySize = ["alloc4k", "alloc2m"];
export const ALLOC_FAIL: BySize = ["allocFail4k", "allocFail2m"];
export const ERR_ALLOC: BySize = ["errAlloc4k", "errAlloc2m"];
export const ERR_FREE: BySize = ["errFree4k", "errFree2m"];
export const FREE: BySize = ["free4k", "free2m"];

/** The counters without a command or a size, and the pairs of those with a size, in the order of the text. */
const GENERAL: readonly Counter[] = ["timer", "doorbell", "reset", "shrink", "shrinkFree"];
const SIZED: readonly (readonly [name: string, BySize])[] = [
  ["alloc", ALLOC],
  ["allocFail", ALLOC_FAIL],
  ["errAlloc", ERR_ALLOC],
  ["errFree", ERR_FREE],
  ["free", FREE],
];

/** `printf`'s `%#16x`. */
const hex = (value: number): string => (value === 0 ? "0" : `0x${value.toString(16)}`).padStart(16);

/**
 * The text that the driver shows in `/sys/kernel/debug/vmmemctl`, with its trailing line break. The driver counts from the
 * first time the file is read; the machine counts from its loading.
 * @param first the state when the file was read first: its counters are subtracted; absent: before the driver was loaded
 */
export function statisticsText(s: Readonly<VmwBalloonState>, first?: Readonly<Statistics>): string {
  const line = (label: string, value: string) => `${label.padEnd(22)}: ${value}\n`;
  const since = (name: Counter) => s[name] - (first?.[name] ?? 0);
  const number = (value: number) => String(value).padStart(16);
  return [
    line("balloon capabilities", hex(WANTED_CAPABILITIES)),
    line("used capabilities", hex(s.capabilities)),
    line("is resetting", (s.resetRequired === 1 ? "y" : "n").padStart(16)),
    line("target", number(s.target)),
    line("current", number(s.small + s.large * LARGE_PAGE_FRAMES)),
    ...Object.values(COMMANDS).map(([all, failed, name]) =>
      line(name, `${number(since(all))} (${since(failed)} failed)`),
    ),
    ...GENERAL.map((name) => line(name, number(since(name)))),
    ...SIZED.flatMap(([name, counters]) =>
      ["4k", "2M"].map((size, i) => `${name.padEnd(18)}(${size}): ${number(since(counters[i] as Counter))}\n`),
    ),
  ].join("");
}
