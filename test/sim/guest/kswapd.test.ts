import { expect, test } from "vitest";
import { guestRig } from "../../support/worlds/guest-rig.ts";

/** A guest with so many free pages, none of them in a whole block, after an unmovable allocation of 800 pages. */
function boosted(free: number) {
  const workloads = [
    { name: "hog", anon: 20_000 },
    { name: "files", fileSet: 20_000 },
  ];
  const guest = { memory: 40_000 + free, swap: 50_000, minFree: 1000, profile: "linux-6.1" };
  const rig = guestRig(guest, { workloads });
  const { memory } = rig.guest;
  memory.scatteredFree = memory.free;
  rig.ask((reply) => rig.allocator.allocate(800, true, reply));
  const { boost } = memory.watermarks;
  rig.runUntil(rig.timeline.nowUs + 5_000_000);
  return { memory, boost };
}

test("a boost wakes kswapd while high pages are free: it reclaims that many pages of files, and swaps nothing", () => {
  const { memory, boost } = boosted(10_000);
  expect(boost).toBe(1024);
  expect(memory.stealKswapd).toBeGreaterThanOrEqual(boost);
  expect(memory.stealKswapd).toBeLessThan(3 * boost);
  expect([memory.swapOut, memory.watermarks.boost]).toEqual([0, 0]);
});

test("where fewer pages are free, kswapd reclaims up to the boosted watermark, and then lowers it", () => {
  const { memory, boost } = boosted(2500);
  expect(boost).toBeGreaterThan(0);
  expect(memory.free).toBeGreaterThanOrEqual(memory.watermarks.base.high + boost);
  expect(memory.watermarks.boost).toBe(0);
});
