import type { EngineState } from "./state.ts";

/**
 * Layouts of the statistics text: `vmmemctl` is the real file under debugfs, each label padded to 20 characters; `seed`
 * is the published text of the driver, which has lost that padding.
 */
export type StatisticsLayout = "vmmemctl" | "seed";

const LABEL_WIDTH = 20;

/** The text that the driver shows in `/sys/kernel/debug/vmmemctl`, with its trailing line break. */
export function statisticsText(s: Readonly<EngineState>, layout: StatisticsLayout = "vmmemctl"): string {
  const label = (name: string) => (layout === "vmmemctl" ? `${name}:`.padEnd(LABEL_WIDTH) : `${name}: `);
  /** `%8d`: the driver prints sizes and rates as signed numbers of 32 bits. */
  const signed = (value: number) => String(value | 0).padStart(8);
  /** `%8u`. */
  const count = (value: number) => String(value).padStart(8);
  const rate = (name: string, value: number) => `${label(name)}${signed(value)} pages/sec\n`;
  const counter = (name: string, value: number) => `${label(name)}${count(value)}\n`;
  const command = (name: string, value: number, failed: number) =>
    `${label(name)}${count(value)} (${String(failed).padStart(4)} failed)\n`;

  return (
    `${label("target")}${signed(s.target)} pages\n` +
    `${label("current")}${signed(s.size)} pages\n` +
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
