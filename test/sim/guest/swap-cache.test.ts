import { describe, expect, it } from "vitest";
import { SwapCache } from "../../../src/sim/guest/swap-cache.ts";

const WRITE_NS = 1_000_000;

/** A cache with 50 written pages, one half of them hot, and 100 unwritten ones of which that is so, too. */
function cacheOf150(): SwapCache {
  const cache = new SwapCache(1, { plugPages: 32, depthPages: 4096 }, WRITE_NS);
  cache.add({ owner: 0, hot: 25, cold: 25, from: 0, to: 25, flags: 0 }, 0);
  expect(cache.submit(0)).toBe(0);
  cache.settle(50_000);
  cache.add({ owner: 0, hot: 50, cold: 50, from: 100, to: 150, flags: 0 }, 0);
  expect([cache.pages, cache.unwritten]).toEqual([150, 100]);
  return cache;
}

describe("the swap cache", () => {
  it("says when so many pages are gathered that they are to be handed over", () => {
    const cache = new SwapCache(1, { plugPages: 32, depthPages: 4096 }, WRITE_NS);
    expect([
      cache.add({ owner: 0, hot: 0, cold: 31, from: 0, to: 0, flags: 0 }, 0),
      cache.add({ owner: 0, hot: 1, cold: 0, from: 0, to: 1, flags: 0 }, 0),
    ]).toEqual([false, true]);
  });

  it("has pages written one after the other, from when they are handed over", () => {
    const cache = cacheOf150();
    cache.settle(1_000_000);
    expect(cache.unwritten).toBe(100);
    cache.submit(1_000_000);
    cache.settle(1_040_500);
    expect(cache.unwritten).toBe(60);
    expect(cache.waitNs(1_040_500, 10)).toBe(10 * WRITE_NS);
    expect(cache.waitNs(1_040_500, 1000)).toBe(59.5 * WRITE_NS);
    cache.settle(1_100_000);
    expect([cache.unwritten, cache.waitNs(1_100_000, 10), cache.waitNs(2_000_000, 10)]).toEqual([0, 0, 0]);
  });

  it("gives up written pages first, hot and cold ones apart", () => {
    const cache = cacheOf150();
    cache.remove(0, true, 10);
    expect([cache.pages, cache.unwritten]).toEqual([140, 100]);
    cache.remove(0, true, 30);
    expect([cache.pages, cache.unwritten]).toEqual([110, 85]);
    expect([cache.pagesOf(0, true), cache.pagesOf(0, false)]).toEqual([35, 75]);
  });

  it("makes written pages hot or cold first", () => {
    const cache = cacheOf150();
    cache.rebalanceHotCold(0, true, 30, { from: 500, to: 600 });
    expect([cache.pagesOf(0, true), cache.pagesOf(0, false)]).toEqual([105, 45]);
    // All written ones are hot now, so the next to become cold are those 50, and ten of the others.
    cache.rebalanceHotCold(0, false, 60, { from: 500, to: 600 });
    expect([cache.pagesOf(0, true), cache.pagesOf(0, false)]).toEqual([45, 105]);
    const piece = { owner: 0, hot: 0, cold: 0, from: 0, to: 0, flags: 0 };
    expect(cache.take(100, piece)).toBe(50);
    expect([piece.hot, piece.cold]).toEqual([0, 50]);
  });
});
