import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { integerSqrt, watermarks } from "../../../src/sim/guest/watermarks.ts";
import type { KernelProfile } from "../../../src/sim/trace/kernel-profile.ts";
import { PROFILES, type Profile } from "../../../src/sim/trace/profile.ts";
import type { ThpMode } from "../../../src/sim/trace/types.ts";

const kernel = (name: string): KernelProfile => (PROFILES.get(name) as Profile).kernel;
const PAGES_PER_GIB = 262_144;

describe("watermarks", () => {
  it.each([
    ["linux-6.1", 1, 1024, 1286, 1548],
    ["linux-6.1", 4, 2048, 3096, 4144],
    ["linux-6.1", 8, 2896, 4993, 7090],
    ["linux-6.1", 16, 4096, 8290, 12484],
    ["linux-6.1", 64, 8192, 24969, 41746],
    ["linux-2.6.32", 1, 1024, 1280, 1536],
    ["linux-2.6.32", 4, 2048, 2560, 3072],
    ["linux-2.6.32", 16, 4096, 5120, 6144],
  ])("are those of %s with %i GiB", (name, gib, min, low, high) => {
    expect(watermarks(gib * PAGES_PER_GIB, kernel(name), null, 10)).toEqual({ min, low, high });
  });

  // What recorded kernels of 6.1 printed: managed pages, then min, low, high. Their formula leaves out the high watermark.
  it.each([
    [255_824, 1010, 1265, 1520],
    [190_554, 872, 1090, 1308],
    [124_024, 703, 878, 1053],
  ])("are within a page of a real kernel's with %i pages", (managed, min, low, high) => {
    const marks = watermarks(managed, kernel("linux-6.1"), null, 10);
    expect(Math.abs(marks.min - min)).toBeLessThanOrEqual(1);
    expect(watermarks(managed, kernel("linux-6.1"), min, 10)).toEqual({ min, low, high });
  });

  it("follow min_free_kbytes and watermark_scale_factor", () => {
    expect(watermarks(PAGES_PER_GIB, kernel("linux-6.1"), 5000, 10)).toEqual({ min: 5000, low: 6250, high: 7500 });
    expect(watermarks(PAGES_PER_GIB, kernel("linux-6.1"), null, 1000)).toEqual({ min: 1024, low: 27238, high: 53452 });
    expect(watermarks(PAGES_PER_GIB, kernel("linux-2.6.32"), null, 1000)).toEqual({
      min: 1024,
      low: 1280,
      high: 1536,
    });
  });

  it("are raised for huge pages, unless min_free_kbytes is set, and never lowered", () => {
    const of = (pages: number, thp: ThpMode, minFree: number | null = null) =>
      watermarks(pages, kernel("linux-6.1"), minFree, 10, thp);
    // Zones DMA and DMA32; one page more than 3 GiB, and there is a third one.
    const two = { min: 11_264, low: 14_080, high: 16_896 };
    expect(of(PAGES_PER_GIB, "always")).toEqual(two);
    expect(of(PAGES_PER_GIB, "madvise")).toEqual(two);
    expect(of(3 * PAGES_PER_GIB, "always").min).toBe(11_264);
    expect(of(3 * PAGES_PER_GIB + 1, "always").min).toBe(16_896);
    // A twentieth of what is above the high watermark.
    expect(of(100_000, "always").min).toBe(Math.floor((100_000 - of(100_000, "never").high) / 20));
    expect(of(PAGES_PER_GIB, "always", 1000)).toEqual(of(PAGES_PER_GIB, "never", 1000));
    // The formula gives 65,536 pages.
    expect(of(2 ** 32, "always")).toEqual(of(2 ** 32, "never"));
  });

  it("are those that recorded kernels printed, with huge pages", () => {
    // The VM lab, "# zone pages": 249,085 pages, min 173 + 11,090, low 216 + 13,862, high 259 + 16,634.
    const { min, low, high } = watermarks(249_085, kernel("linux-6.1"), null, 10, "always");
    expect([11_263 - min, 14_078 - low, 16_893 - high].every((difference) => Math.abs(difference) <= 3)).toBe(true);
  });

  it("stop growing where min_free_kbytes has its maximum, and shrinking at its minimum", () => {
    const huge = 2 ** 40;
    expect(watermarks(huge, kernel("linux-6.1"), null, 10).min).toBe(262_144 / 4);
    expect(watermarks(huge, kernel("linux-2.6.32"), null, 10).min).toBe(65_536 / 4);
    expect(watermarks(64, kernel("linux-6.1"), null, 10).min).toBe(128 / 4);
  });

  it("ascend", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 64, max: 2 ** 40 }),
        fc.constantFrom(...PROFILES.values()),
        (managed, { kernel: p }) => {
          const { min, low, high } = watermarks(managed, p, null, p.watermarkScaleFactor);
          expect(min).toBeLessThan(low);
          expect(low).toBeLessThan(high);
        },
      ),
    );
  });
});

describe("integerSqrt", () => {
  it("is the whole part of the root, for all whole numbers", () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (n) => {
        const root = BigInt(integerSqrt(n));
        expect(root * root <= BigInt(n) && (root + 1n) * (root + 1n) > BigInt(n)).toBe(true);
      }),
      { numRuns: 1000, examples: [[0], [1], [2], [3], [2 ** 52], [94906265 ** 2], [94906265 ** 2 - 1]] },
    );
  });
});
