import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SwapCache } from "../../../src/sim/guest/swap-cache.ts";

const WRITE_NS = 1_000_000;
const QUEUE = { plugPages: 32, depthPages: 4096, mergePages: 64 };

/** A cache with 50 written pages, one half of them hot, and 100 unwritten ones of which that is so, too. */
function cacheOf150(): SwapCache {
  const cache = new SwapCache(1, QUEUE, WRITE_NS);
  cache.add({ owner: 0, hot: 25, cold: 25, from: 0, to: 25, flags: 0 }, 0);
  expect(cache.submit(0)).toBe(0);
  cache.settle(50_000);
  cache.add({ owner: 0, hot: 50, cold: 50, from: 100, to: 150, flags: 0 }, 0);
  expect([cache.pages, cache.unwritten]).toEqual([150, 100]);
  return cache;
}

describe("the swap cache", () => {
  it("says when so many pages are gathered that they are to be handed over", () => {
    const cache = new SwapCache(1, QUEUE, WRITE_NS);
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

  describe("of pages that are written while reclaim holds them", () => {
    const piece = { owner: 0, hot: 0, cold: 0, from: 0, to: 0, flags: 0 };

    /** A cache with 100 pages written before reclaim held them, 60 while it does, and 40 that are not written. */
    function held(ahead: number): SwapCache {
      const cache = new SwapCache(1, QUEUE, WRITE_NS);
      cache.add({ owner: 0, hot: 0, cold: 100, from: 0, to: 0, flags: 0 }, 0);
      cache.add({ owner: 0, hot: 0, cold: 100, from: 0, to: 0, flags: 0 }, 0);
      cache.submit(0);
      cache.settleHeld(160_000, 100, ahead);
      return cache;
    }

    it("gives those when as many pages were taken from the list as were on it, the others at once", () => {
      const cache = held(500);
      expect([cache.pages, cache.unwritten]).toEqual([200, 40]);
      expect([cache.take(1000, piece), cache.take(1000, piece)]).toEqual([100, 0]);
      cache.pass(499);
      expect(cache.take(1000, piece)).toBe(0);
      cache.pass(1);
      expect([cache.take(25, piece), cache.take(1000, piece), cache.take(1000, piece)]).toEqual([25, 35, 0]);
      expect(cache.pages).toBe(40);
    });

    it("gives those when the list is empty, because they are at its tail then", () => {
      const cache = held(500);
      expect(cache.take(1000, piece)).toBe(100);
      expect([cache.take(10, piece, true), cache.take(1000, piece, true)]).toEqual([10, 50]);
    });

    it("gives each batch in its turn, and those that are left when others of it have gone", () => {
      const cache = held(500);
      cache.take(1000, piece);
      cache.settle(200_000);
      expect(cache.take(1000, piece)).toBe(40);
      cache.pass(300);
      cache.add({ owner: 0, hot: 0, cold: 80, from: 0, to: 0, flags: 0 }, 0);
      cache.submit(200_000);
      cache.settleHeld(280_000, 80, 400);
      cache.remove(0, false, 30);
      expect([cache.pages, cache.take(1000, piece)]).toEqual([110, 0]);
      cache.pass(200);
      expect([cache.take(1000, piece), cache.take(1000, piece)]).toEqual([30, 0]);
      cache.pass(200);
      expect([cache.take(1000, piece), cache.pages]).toEqual([80, 0]);
    });

    it("loses none of them, whatever happens in which order", () => {
      const step = fc.oneof(
        fc.record({ held: fc.integer({ min: 1, max: 600 }), ahead: fc.nat(2000) }),
        fc.record({ pass: fc.nat(1500) }),
        fc.record({ take: fc.nat(300) }),
        fc.record({ remove: fc.nat(200) }),
      );
      fc.assert(
        fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
          const cache = new SwapCache(1, QUEUE, WRITE_NS);
          let pages = 0;
          let nowUs = 0;
          for (const it of steps) {
            nowUs += 100_000;
            if ("held" in it) {
              cache.add({ owner: 0, hot: 0, cold: it.held, from: 0, to: 0, flags: 0 }, 0);
              cache.submit(nowUs);
              nowUs += 100_000;
              cache.settleHeld(nowUs, it.held, it.ahead);
              pages += it.held;
            } else if ("pass" in it) cache.pass(it.pass);
            else if ("take" in it) pages -= cache.take(it.take, piece);
            else {
              const some = Math.min(it.remove, pages);
              cache.remove(0, false, some);
              pages -= some;
            }
            expect(cache.pages).toBe(pages);
          }
          cache.settle(1e12);
          for (let some = 1; some > 0; pages -= some) some = cache.take(1e6, piece, true);
          expect([cache.pages, pages]).toEqual([0, 0]);
        }),
      );
    });
  });
});
