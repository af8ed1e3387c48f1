import { describe, expect, it } from "vitest";
import { Lru } from "../../../src/sim/guest/memory.ts";
import { HUGE_PAGE, PageFlag } from "../../../src/sim/guest/piece.ts";
import { type Reclaim, sliceNsOf } from "../../../src/sim/guest/reclaim.ts";
import { Reclaimer } from "../../../src/sim/guest/reclaimer.ts";
import { inactiveIsLow } from "../../../src/sim/guest/scan-targets.ts";
import { simulate, traceOf } from "../../support/in-process/curves.ts";
import { passes, SCAN_NS, UNMAP_NS, WRITE_NS, world } from "../../support/worlds/memory-world.ts";

/** What a pass at a priority looks at: inactive and active anonymous, inactive and active file pages. */
function shares(reclaim: Reclaim, priority: number, kswapd = true): number[] {
  const r = new Reclaimer(kswapd);
  r.priority = priority;
  r.wanted = 32;
  reclaim.beginPass(r);
  return [...r.left];
}

describe("a pass", () => {
  const plenty = { inactiveAnon: 8000, activeAnon: 4000, inactiveFile: 8000, activeFile: 4000 };

  it("looks at files alone where there is no free swap", () => {
    expect(shares(world(plenty, { swap: 0 }).reclaim, 2)).toEqual([0, 0, 2000, 1000]);
  });

  it("looks at everything in its last resort, unless it is not to swap", () => {
    expect(shares(world(plenty).reclaim, 0)).toEqual([8000, 4000, 8000, 4000]);
    expect(shares(world(plenty, { swappiness: 0 }).reclaim, 0)).toEqual([0, 0, 8000, 4000]);
  });

  it("scans anonymous pages alone where there is next to no cache, with any swappiness", () => {
    const little = { inactiveAnon: 60_000, activeAnon: 38_000, inactiveFile: 100 };
    expect(shares(world(little, { high: 2000 }).reclaim, 4)).toEqual([3750, 2375, 0, 0]);
    expect(shares(world(little, { high: 2000, swappiness: 0 }).reclaim, 4)).toEqual([3750, 2375, 0, 0]);
    // Cache and free pages are more than high: the cache is looked at.
    expect(shares(world(little, { high: 1999 }).reclaim, 4)).toEqual([0, 0, 6, 0]);
    // The reserve of lower zones does not count.
    expect(shares(world(little, { high: 1999, lowmemReserve: 500 }).reclaim, 4)).toEqual([0, 0, 6, 0]);
    // Active pages that need ageing come first.
    const aged = { inactiveAnon: 38_000, activeAnon: 60_000, inactiveFile: 100 };
    expect(shares(world(aged, { high: 2000, swappiness: 0 }).reclaim, 4)).toEqual([0, 0, 6, 0]);
    // So few that this priority looks at none of them: the cache is looked at.
    const few = { inactiveAnon: 15, inactiveFile: 100 };
    expect(shares(world(few, { total: 200, high: 200 }).reclaim, 4)).toEqual([0, 0, 6, 0]);
  });

  it("looks at files alone while there are enough inactive ones", () => {
    expect(shares(world(plenty).reclaim, 12)).toEqual([0, 0, 1, 0]);
    expect(shares(world(plenty).reclaim, 2)).toEqual([0, 0, 2000, 1000]);
  });

  it("weighs both kinds by swappiness and by what they cost", () => {
    const active = { inactiveAnon: 8000, activeAnon: 4000, inactiveFile: 2000, activeFile: 8000 };
    // Nothing has cost anything yet: 60 to 140.
    expect(shares(world(active).reclaim, 2)).toEqual([600, 300, 350, 1400]);
    expect(shares(world(active, { swappiness: 0 }).reclaim, 2)).toEqual([0, 0, 500, 2000]);
    expect(shares(world(active, { swappiness: 200 }).reclaim, 2)).toEqual([2000, 1000, 0, 0]);
    // 100 pages swapped out: the costs are 200 and 100, the shares 60 * 301 / 201 and 140 * 301 / 101.
    const cost = world(active);
    cost.memory.noteCost(false, 100);
    const [anon, file] = [89, 417];
    const part = (pages: number, share: number) => Math.floor((pages * share) / (anon + file));
    expect(shares(cost.reclaim, 2)).toEqual([part(2000, anon), part(1000, anon), part(500, file), part(2000, file)]);
  });

  it("ages where the inactive ones are few for the active ones, in large guests fewer", () => {
    expect([inactiveIsLow(99, 100), inactiveIsLow(100, 100)]).toEqual([true, false]);
    const gib = 262_144;
    // 10 GiB: one in sqrt(100) + 1.
    expect([inactiveIsLow(gib - 1, 9 * gib + 10), inactiveIsLow(gib, 9 * gib)]).toEqual([false, false]);
    expect(inactiveIsLow(0.9 * gib, 9.2 * gib)).toBe(true);
  });

  it("of direct reclaim at the first priority is completed, others stop when they have enough", () => {
    const got = (kswapd: boolean, priority: number) => {
      const { memory, reclaim } = world({ inactiveFile: 1_000_000 }, { total: 1_000_000 });
      const r = new Reclaimer(kswapd);
      r.priority = priority;
      r.wanted = 40;
      reclaim.beginPass(r);
      while (!reclaim.passDone(r)) reclaim.step(r);
      return memory.stealKswapd + memory.stealDirect;
    };
    // A 4096th of the list, or 32 pages and 32 more.
    expect(got(false, 12)).toBe(244);
    expect([got(true, 12), got(false, 11), got(true, 11)]).toEqual([64, 64, 64]);
  });

  it("that has enough leaves alone the kind of which less is left, and ends after another round with the other one", () => {
    const { memory, reclaim } = world({ inactiveAnon: 10_000, inactiveFile: 10_000, activeFile: 10_001 });
    const r = new Reclaimer(true);
    r.priority = 2;
    r.wanted = 320;
    reclaim.beginPass(r);
    expect([...r.left]).toEqual([750, 0, 1750, 1750]);
    while (!reclaim.passDone(r)) reclaim.step(r);
    // Ten rounds of 32 pages each bring 320 file pages; of the anonymous ones 430 are left then, of the others 1,430.
    expect([memory.swapOut, memory.stealKswapd]).toEqual([320, 352]);
  });

  it("goes on with anonymous pages where as many are left of both kinds", () => {
    const { memory, reclaim } = world(
      { inactiveAnon: 8000, inactiveFile: 8000, activeFile: 8001 },
      { swappiness: 100 },
    );
    const r = new Reclaimer(true);
    r.priority = 2;
    r.wanted = 320;
    reclaim.beginPass(r);
    r.left[Lru.ActiveFile] = 0;
    expect([...r.left]).toEqual([1000, 0, 1000, 0]);
    while (!reclaim.passDone(r)) reclaim.step(r);
    expect([memory.swapOut, memory.stealKswapd]).toEqual([352, 320]);
  });

  it("is over at the end of a slice of 4 ms, to the nanosecond", () => {
    const { reclaim } = world({ inactiveFile: 500_000 }, { total: 500_000 });
    const r = new Reclaimer(true);
    r.priority = 0;
    r.wanted = Number.POSITIVE_INFINITY;
    reclaim.beginPass(r);
    expect([reclaim.step(r), reclaim.passDone(r)]).toEqual([4_000_000, false]);
  });

  it.each([
    ["4 ms on one processor", 1, 32, 4_000_000],
    ["0.5 ms on several", 2, 32, 500_000],
    ["longer in large guests", 2, 64, 1_000_000],
    ["at most 4 ms there", 64, 4096, 4_000_000],
  ])("does work in slices: %s", (_, cpus, batch, ns) => {
    expect(sliceNsOf(cpus, batch)).toBe(ns);
  });

  it("does not age anonymous pages where there is no swap", () => {
    const { memory, reclaim } = world({ activeAnon: 1000, inactiveFile: 100 }, { swap: 0 });
    passes(reclaim, 0);
    expect([memory.inactiveAnon, memory.activeAnon, memory.file]).toEqual([0, 1000, 0]);
  });

  it("ages what there is where that is little", () => {
    const { memory, reclaim } = world({ activeAnon: 10 });
    passes(reclaim, 12);
    expect([memory.inactiveAnon, memory.activeAnon]).toEqual([10, 0]);
  });

  it("ages anonymous pages even where it looks at nothing", () => {
    const { memory, reclaim } = world({ activeAnon: 1000 }, { swappiness: 0 });
    const r = new Reclaimer(true);
    r.wanted = 32;
    reclaim.beginPass(r);
    expect([...r.left]).toEqual([0, 0, 0, 0]);
    expect(reclaim.passDone(r)).toBe(false);
    expect(reclaim.step(r)).toBe(32 * (SCAN_NS + UNMAP_NS));
    expect(reclaim.passDone(r)).toBe(true);
    expect([memory.inactiveAnon, memory.activeAnon]).toEqual([32, 968]);
  });
});

describe("what reclaim does with a page", () => {
  it("takes the processor for each page that goes to swap, and not for one that finds no room there", () => {
    const swapOutNs = 7;
    const { memory, reclaim } = world({ inactiveAnon: 1000 }, { swap: 300, swapOutNs });
    const ns = passes(reclaim, 0);
    expect(memory.swapOut).toBe(300);
    expect(ns).toBe(passes(world({ inactiveAnon: 1000 }, { swap: 300 }).reclaim, 0) + 300 * swapOutNs);
  });

  it("keeps new anonymous pages the first time, unmaps them the second time, and frees them once they are written", () => {
    const { memory, app, reclaim, clock } = world({ inactiveAnon: 1000 }, { flags: PageFlag.Fresh });
    const first = passes(reclaim, 0);
    expect([memory.swapOut, memory.anon, memory.scanKswapd]).toEqual([0, 1000, 1000]);
    expect(first).toBe(1000 * (SCAN_NS + UNMAP_NS));
    const second = passes(reclaim, 0);
    expect([memory.swapOut, memory.swap, memory.anon, app.swapped]).toEqual([1000, 1000, 0, 1000]);
    // Still in memory, on the inactive list as the kernel counts it.
    expect([memory.swapCache.pages, memory.inactiveAnon, memory.free]).toEqual([1000, 1000, 99_000]);
    expect(second).toBe(first);
    // The device has written 250 of them.
    clock.nowUs += 250_100;
    passes(reclaim, 0);
    expect(memory.free).toBe(99_250);
    clock.nowUs += 1_000_000;
    passes(reclaim, 0);
    expect([memory.free, memory.swapCache.pages, memory.swap]).toEqual([100_000, 0, 1000]);
    expect(memory.stealKswapd).toBe(1000);
  });

  it("frees pages of a huge page that are written while it works on the others only after the rest of the list", () => {
    const used = 3 * HUGE_PAGE;
    const { memory, app, reclaim, clock } = world(
      { inactiveAnon: used },
      { flags: PageFlag.Huge, swappiness: 200, swapOutNs: 10_000, swapWriteNs: 1000 },
    );
    /** Passes at a priority; how many pages are in swap then, and how many of them are free. */
    const pass = (priority: number) => {
      clock.nowUs += 1_000_000;
      passes(reclaim, priority);
      return [memory.swapOut, memory.free - (100_000 - used)];
    };
    // One huge page. The server's disk takes requests of 128 pages, the fourth when reclaim has worked on all of them.
    expect(pass(10)).toEqual([HUGE_PAGE, 0]);
    // The pages of the fourth are at the tail. The others are behind the huge pages that are left: the next one goes to swap first.
    while (memory.swapOut === HUGE_PAGE) pass(7);
    expect([memory.swapOut, memory.free]).toEqual([2 * HUGE_PAGE, 100_000 - used + 128]);
    // Pages that are faulted in now come after all of these, and stay on the list when they are scanned. Those of the last huge page come
    // after them.
    memory.free -= 1000;
    memory.grow(app, 0, 1000);
    for (let i = 0; i < 100; i++) pass(7);
    expect([memory.swapOut, memory.anon]).toEqual([3 * HUGE_PAGE, 1000]);
    expect(memory.free).toBe(100_000 - 1000 - (HUGE_PAGE - 128));
  });

  it("waits for the device where all there is is being written", () => {
    const { memory, reclaim } = world({ inactiveAnon: 1000 });
    passes(reclaim, 0);
    expect(memory.swapCache.unwritten).toBe(1000);
    // The second pass finds nothing else: it waits for 32 pages, and does not look at page tables.
    expect([passes(reclaim, 0), reclaim.waitNs]).toEqual([1000 * SCAN_NS, 32 * WRITE_NS]);
    expect(memory.swapOut).toBe(1000);
  });

  it.each([1, 2, 8])("waits for a full queue as long as the device takes, work or not (%i at work)", (slowdown) => {
    const { memory, reclaim, clock } = world({ inactiveAnon: 6000 });
    const r = new Reclaimer(true);
    r.priority = 0;
    r.wanted = Number.POSITIVE_INFINITY;
    reclaim.beginPass(r);
    while (!reclaim.passDone(r)) {
      const ns = reclaim.step(r, slowdown) * slowdown;
      clock.nowUs += (ns + reclaim.waitNs) / 1000;
    }
    expect(memory.swapOut).toBeGreaterThan(4500);
    // All but the 4096 that may be on their way have been written since the first were gathered.
    const writtenUs = ((memory.swapOut - 4096) * WRITE_NS) / 1000;
    expect(clock.nowUs).toBeGreaterThanOrEqual(writtenUs);
    expect(clock.nowUs).toBeLessThan(1.01 * writtenUs);
  });

  it("keeps pages of the working set that were touched since, and activates them the second time", () => {
    const { memory, app, reclaim } = world({ inactiveAnon: 1000 }, { hot: true });
    // A quarter of the working set has been gone over since: the pages that came first.
    app.sweep += 250;
    passes(reclaim, 0);
    expect([memory.swapOut, app.hot, app.swappedHot, memory.activeAnon]).toEqual([750, 250, 750, 0]);
    // The next one that it comes to is in swap.
    expect(memory.nextDue(app)).toBe(250);
    app.sweep += 1000;
    passes(reclaim, 0);
    expect([memory.swapOut, app.hot, memory.activeAnon]).toEqual([750, 250, 250]);
  });

  it("swaps out no more than there is room for; the rest becomes active", () => {
    const { memory, reclaim } = world({ inactiveAnon: 1000 }, { swap: 300 });
    passes(reclaim, 0);
    // The pass ended with ageing.
    expect([memory.swapOut, memory.swapFree, memory.activeAnon]).toEqual([300, 0, 700 - 32]);
    expect(memory.anon).toBe(700);
    // Those go that the sweep comes to first.
    const hot = world({ inactiveAnon: 1000 }, { swap: 300, hot: true });
    passes(hot.reclaim, 0);
    const next = (list: number) => hot.memory.lists[list as 0].nextDue(hot.app.index);
    expect(Math.min(next(Lru.InactiveAnon), next(Lru.ActiveAnon))).toBe(300);
    hot.app.sweep = 300;
    hot.memory.mapCached(hot.app);
    expect(hot.app.swappedHot).toBe(0);
  });

  it("drops clean cache, and asks the flusher for dirty pages, which it keeps", () => {
    const { memory, app, reclaim, asked } = world({ inactiveFile: 1000 });
    app.dirty = 200;
    passes(reclaim, 0);
    expect([memory.file, app.dirty]).toEqual([200, 200]);
    expect(asked.reduce((a, b) => a + b)).toBe(200);
    expect(app.fileShadows.pages).toBe(800);
    expect(memory.fileCost).toBeGreaterThan(0);
  });

  it("makes active pages inactive where the inactive ones are few", () => {
    const { memory, reclaim } = world({ activeFile: 1000, inactiveFile: 100 });
    passes(reclaim, 0);
    // The inactive ones have been dropped, the active ones have taken their place.
    expect([memory.activeFile, memory.inactiveFile, memory.free]).toEqual([0, 1000, 99_000]);
    const enough = world({ activeFile: 1000, inactiveFile: 1000 });
    passes(enough.reclaim, 1);
    expect(enough.memory.activeFile).toBe(1000);
  });
});

describe("a page that comes back", () => {
  it("is active if less has been evicted and activated meanwhile than it competes with", () => {
    const pages = { inactiveAnon: 1000, activeAnon: 200, inactiveFile: 400, activeFile: 50 };
    const competing = (file: boolean, swap: number) => {
      const { memory } = world(pages, { swap });
      memory.nonresidentAge = 1_000_000;
      let most = 0;
      while (memory.refaultIsActive(memory.nonresidentAge - most - 1, file)) most++;
      return most;
    };
    expect(competing(true, 100)).toBe(50 + 200 + 1000);
    expect(competing(false, 100)).toBe(50 + 400 + 200);
    expect(competing(true, 0)).toBe(50);
    expect(competing(false, 0)).toBe(50 + 400);
  });
});

describe("reclaim in a run", () => {
  const guest = { memory: "256MiB", kernelMemory: "16MiB" };

  it("waits for dirty pages to be written before the OOM killer kills a workload", () => {
    const view = simulate(
      traceOf(120, {
        guest: { ...guest, costs: { fileWrite: "500us" } },
        workloads: [
          {
            name: "log",
            fileSet: "180MiB",
            fileWrite: [
              [0, "100MiB/s"],
              [9, 0],
            ],
          },
          { name: "app", anon: "20MiB" },
        ],
        // All but the application, what the kernel keeps free, and a little.
        host: {
          target: [
            [0, 0],
            [9.5, "215MiB"],
          ],
        },
      }),
    );
    expect([view.guest.oomKills, view.balloon.state.size]).toEqual([0, 215 * 256]);
    expect(view.guest.dirty).toBe(0);
  });

  it("swaps before the OOM killer kills a workload, even with a swappiness of 0", () => {
    const view = simulate(
      traceOf(60, {
        guest: { ...guest, swap: "1GiB", swappiness: 0 },
        workloads: [{ name: "app", anon: "150MiB", workingSet: "30MiB", touch: "300MiB/s" }],
        host: {
          target: [
            [0, 0],
            [10, "80MiB"],
            [20, "150MiB"],
          ],
        },
      }),
    );
    expect([view.guest.oomKills, view.balloon.state.size]).toEqual([0, 150 * 256]);
    expect(view.guest.swapOut).toBeGreaterThan(50 * 256);
  });

  it("leaves the zone to direct reclaim once kswapd has got nothing for long", () => {
    // Nothing can be reclaimed, and 600 pages stay free, between min and low.
    const anon = [
      [0, "100MiB"],
      [5, 65_536 - 16 * 256 - 600],
    ];
    const view = simulate(traceOf(600, { guest, workloads: [{ name: "app", anon }] }));
    expect(view.guest.free).toBe(600);
    expect(view.guest.free).toBeLessThan(view.guest.watermarkHigh);
    const longer = simulate(traceOf(6000, { guest, workloads: [{ name: "app", anon }] }));
    expect(longer.guest.psiSomeUs).toBe(view.guest.psiSomeUs);
  });

  it("keeps the working set in memory, and lets the rest go", () => {
    const view = simulate(
      traceOf(120, {
        guest: { ...guest, swap: "1GiB" },
        workloads: [{ name: "app", anon: "200MiB", workingSet: "40MiB", touch: "100MiB/s" }],
        host: {
          target: [
            [0, 0],
            [20, "120MiB"],
          ],
        },
      }),
    );
    expect(view.balloon.state.size).toBe(120 * 256);
    // Cold pages are what has gone: little is read back.
    expect(view.guest.swap).toBeGreaterThan(70 * 256);
    expect(view.guest.swapIn).toBeLessThan(view.guest.swapOut / 4);
  });
});
