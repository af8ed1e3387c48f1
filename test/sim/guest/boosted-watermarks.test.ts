import { describe, expect, it } from "vitest";
import { BoostedWatermarks } from "../../../src/sim/guest/boosted-watermarks.ts";
import type { KernelProfile } from "../../../src/sim/trace/kernel-profile.ts";
import { PROFILES, type Profile } from "../../../src/sim/trace/profile.ts";

const kernel = (name: string): KernelProfile => (PROFILES.get(name) as Profile).kernel;
const BLOCK = kernel("linux-6.1").pageblock;
const MARKS = { min: 1000, low: 1250, high: 1500 };

/** By how much the watermarks are raised after pages have been taken from among others so many times. */
function raised(times: number, options: { marks?: typeof MARKS; managed?: number; of?: string } = {}): number {
  const { marks = MARKS, managed = 100_000, of = "linux-6.1" } = options;
  const watermarks = new BoostedWatermarks(marks, managed, kernel(of));
  for (let i = 0; i < times; i++) watermarks.raise();
  const { min, low, high } = watermarks;
  expect([min - marks.min, low - marks.low, high - marks.high]).toEqual(new Array(3).fill(watermarks.boost));
  return watermarks.boost;
}

describe("raised watermarks", () => {
  it("rise by a pageblock each time, all three, up to one and a half times high", () => {
    expect([0, 1, 2, 4, 5, 9].map((times) => raised(times))).toEqual([0, BLOCK, 2 * BLOCK, 4 * BLOCK, 2250, 2250]);
  });

  it("rise by a pageblock at least, unless high is 0", () => {
    expect(raised(3, { marks: { min: 10, low: 12, high: 15 } })).toBe(BLOCK);
    expect(raised(3, { marks: { min: 0, low: 0, high: 0 } })).toBe(0);
  });

  it("are unknown to guests of less than four pageblocks, and to old kernels", () => {
    expect([raised(1, { managed: 4 * BLOCK - 1 }), raised(1, { managed: 4 * BLOCK })]).toEqual([0, BLOCK]);
    expect(raised(1, { of: "linux-2.6.32" })).toBe(0);
  });

  it("are all above what lower zones keep for themselves, which is in no comparison with the zones' own high marks", () => {
    const watermarks = new BoostedWatermarks(MARKS, 100_000, kernel("linux-6.1"), 400);
    expect([watermarks.min, watermarks.low, watermarks.high, watermarks.ownHigh]).toEqual([1400, 1650, 1900, 1500]);
    for (let i = 0; i < 9; i++) watermarks.raise();
    // The boost is limited by the zones' own marks.
    expect([watermarks.boost, watermarks.high, watermarks.ownHigh]).toEqual([2250, 4150, 3750]);
  });

  it("fall by what kswapd has reclaimed for, and no lower than without", () => {
    const watermarks = new BoostedWatermarks(MARKS, 100_000, kernel("linux-6.1"));
    watermarks.raise();
    watermarks.raise();
    watermarks.lower(BLOCK);
    expect(watermarks.boost).toBe(BLOCK);
    watermarks.lower(2 * BLOCK);
    expect(watermarks.boost).toBe(0);
  });
});
