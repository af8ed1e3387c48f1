import type { EngineState } from "./state.ts";

/**
 * Layouts of the statistics text: `vmmemctl` is the real file under debugfs, each label padded to 20 characters; `seed`
 * is the published text of the driver, which has lost that padding; `sysctl` is that of open-vm-tools on FreeBSD, with
 * sizes of 64 bits.
 */
export type StatisticsLayout = "vmmemctl" | "seed" | "sysctl";

/** The figures of the text. */
export type StatisticsFigures = Pick<
  EngineState,
  | ("target" | "size" | "nosleepAllocMax" | "rateAlloc" | "rateFree" | "timer")
  | ("start" | "startFail" | "guestType" | "guestTypeFail" | "lock" | "lockFail" | "unlock" | "unlockFail")
  | ("targetCount" | "targetFail" | "alloc" | "allocFail" | "sleepAlloc" | "sleepAllocFail")
  | ("free" | "refusedAlloc" | "refusedFree")
>;

const LABEL_WIDTH = 20;

/** The text that the driver shows in `/sys/kernel/debug/vmmemctl`, with its trailing line break. */
export function statisticsText(s: Readonly<StatisticsFigures>, layout: StatisticsLayout = "vmmemctl"): string {
  const label = (name: string) => (layout === "seed" ? `${name}: ` : `${name}:`.padEnd(LABEL_WIDTH));
  /** `%8d`: the driver prints sizes and rates as signed numbers of 32 bits. */
  const signed = (value: number) => String(value | 0).padStart(8);
  /** `%8u`. */
  const count = (value: number) => String(value).padStart(8);
  const size = layout === "sysctl" ? count : signed;
  const rate = (name: string, value: number) => `${label(name)}${signed(value)} pages/sec\n`;
  const counter = (name: string, value: number) => `${label(name)}${count(value)}\n`;
  const command = (name: string, value: number, failed: number) =>
    `${label(name)}${count(value)} (${String(failed).padStart(4)} failed)\n`;

  return (
    `${label("target")}${size(s.target)} pages\n` +
    `${label("current")}${size(s.size)} pages\n` +
    rate("rateNoSleepAlloc", s.nosleepAllocMax) +
    rate("rateSleepAlloc", s.rateAlloc) +
    rate("rateFree", s.rateFree) +
    "\n" +
    counter("timer", s.timer) +
    command("start", s.start, s.startFail) +
    command("guestType", s.guestType, s.guestTypeFail) +
    command("lock", s.lock, s.lockFail) +
    command("unlock", s.unlock, s.unlockFail) +
    command("target", s.targetCount, s.targetFail) +
    command("primNoSleepAlloc", s.alloc, s.allocFail) +
    command("primCanSleepAlloc", s.sleepAlloc, s.sleepAllocFail) +
    counter("primFree", s.free) +
    counter("errAlloc", s.refusedAlloc) +
    counter("errFree", s.refusedFree)
  );
}
