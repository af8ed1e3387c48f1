import { describe, expect, it } from "vitest";
import { createState, DEFAULT_RATES, type EngineState, statisticsText } from "../../src/engine/index.ts";

const STATE: EngineState = {
  ...createState(DEFAULT_RATES),
  target: 983_100,
  size: 16_385,
  rateAlloc: 2048,
  rateFree: 16_384,
  timer: 1,
  start: 2,
  startFail: 3,
  guestType: 4,
  guestTypeFail: 5,
  lock: 16_386,
  lockFail: 12_345,
  unlock: 123_456_789,
  unlockFail: 8,
  targetCount: 9,
  targetFail: 10,
  alloc: 11,
  allocFail: 12,
  sleepAlloc: 13,
  sleepAllocFail: 14,
  free: 15,
  refusedAlloc: 16,
  refusedFree: 17,
};

describe("statisticsText", () => {
  it("is laid out as the real file", () => {
    const text = [
      "target:               983100 pages",
      "current:               16385 pages",
      "rateNoSleepAlloc:      16384 pages/sec",
      "rateSleepAlloc:         2048 pages/sec",
      "rateFree:              16384 pages/sec",
      "",
      "timer:                     1",
      "start:                     2 (   3 failed)",
      "guestType:                 4 (   5 failed)",
      "lock:                  16386 (12345 failed)",
      "unlock:             123456789 (   8 failed)",
      "target:                    9 (  10 failed)",
      "primNoSleepAlloc:         11 (  12 failed)",
      "primCanSleepAlloc:        13 (  14 failed)",
      "primFree:                 15",
      "errAlloc:                 16",
      "errFree:                  17",
      "",
    ].join("\n");
    expect(statisticsText(STATE)).toBe(text);
    expect(statisticsText(STATE, "vmmemctl")).toBe(text);
  });

  it("is laid out as the published text of the driver has it, which lost the padding", () => {
    const text = [
      "target:   983100 pages",
      "current:    16385 pages",
      "rateNoSleepAlloc:    16384 pages/sec",
      "rateSleepAlloc:     2048 pages/sec",
      "rateFree:    16384 pages/sec",
      "",
      "timer:        1",
      "start:        2 (   3 failed)",
      "guestType:        4 (   5 failed)",
      "lock:    16386 (12345 failed)",
      "unlock: 123456789 (   8 failed)",
      "target:        9 (  10 failed)",
      "primNoSleepAlloc:       11 (  12 failed)",
      "primCanSleepAlloc:       13 (  14 failed)",
      "primFree:       15",
      "errAlloc:       16",
      "errFree:       17",
      "",
    ].join("\n");
    expect(statisticsText(STATE, "seed")).toBe(text);
  });

  it("shows sizes and rates as signed, counters as unsigned numbers of 32 bits", () => {
    const most = 2 ** 32 - 1;
    const text = statisticsText({
      ...STATE,
      target: most,
      size: 2 ** 31,
      nosleepAllocMax: 2 ** 31 - 1,
      rateAlloc: 2 ** 31 + 1,
      rateFree: most - 9,
      timer: most,
      lock: 2 ** 31,
      lockFail: most,
    });
    expect(text.split("\n").slice(0, 10)).toEqual([
      "target:                   -1 pages",
      "current:            -2147483648 pages",
      "rateNoSleepAlloc:   2147483647 pages/sec",
      "rateSleepAlloc:     -2147483647 pages/sec",
      "rateFree:                -10 pages/sec",
      "",
      "timer:              4294967295",
      "start:                     2 (   3 failed)",
      "guestType:                 4 (   5 failed)",
      "lock:               2147483648 (4294967295 failed)",
    ]);
  });
});
