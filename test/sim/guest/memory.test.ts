import { describe, expect, it } from "vitest";
import { type GuestMemory, Lru } from "../../../src/sim/guest/memory.ts";
import { PageFlag } from "../../../src/sim/guest/piece.ts";
import type { WorkloadPages } from "../../../src/sim/guest/workload-pages.ts";
import { passes, world } from "../../support/worlds/memory-world.ts";

/** Hot and cold pages of a workload on the two lists of anonymous memory. */
const listed = ({ lists }: GuestMemory, w: WorkloadPages) =>
  [lists[Lru.InactiveAnon], lists[Lru.ActiveAnon]].map((list) => [
    list.pagesOf(w.index, true),
    list.pagesOf(w.index, false),
  ]);

/** Hot pages in the swap cache, cold ones there, and hot ones that are in swap alone. */
const inSwap = ({ swapCache }: GuestMemory, w: WorkloadPages) => [
  swapCache.pagesOf(w.index, true),
  swapCache.pagesOf(w.index, false),
  w.evictedHot.pages,
];

/** A thousand pages in swap, all cold or all hot, 750 of them still in the swap cache. */
function swappedOut(hot = false) {
  const made = world({ inactiveAnon: 1000 }, { hot });
  passes(made.reclaim, 0);
  made.clock.nowUs += 250_100;
  passes(made.reclaim, 0);
  expect([made.memory.swapCache.pages, made.memory.swap, made.memory.free]).toEqual([750, 1000, 99_250]);
  return made;
}

describe("the working set", () => {
  it("grows by cold pages and shrinks by hot ones, in proportion on both lists", () => {
    const { memory, app } = world({ inactiveAnon: 800, activeAnon: 200 });
    app.sweep = 5000;
    memory.setWorkingSet(app, 400);
    expect([app.hot, app.cold, ...listed(memory, app)]).toEqual([400, 600, [320, 480], [80, 120]]);
    memory.setWorkingSet(app, 300);
    expect([app.hot, app.cold, ...listed(memory, app)]).toEqual([300, 700, [240, 560], [60, 140]]);
    memory.setWorkingSet(app, 300);
    expect([app.hot, app.cold]).toEqual([300, 700]);
  });

  it("is gone over from where the sweep is, new pages among those that are there", () => {
    const { memory, app } = world({ inactiveAnon: 1000 });
    const list = memory.lists[Lru.InactiveAnon];
    const piece = { owner: 0, hot: 0, cold: 0, from: 0, to: 0, flags: 0 };
    app.sweep = 5000;
    memory.setWorkingSet(app, 400);
    expect(list.nextDue(app.index)).toBe(5000);
    // Those that are hot already keep their time.
    app.sweep = 5100;
    memory.setWorkingSet(app, 600);
    list.take(1000, piece);
    expect(piece).toMatchObject({ hot: 600, cold: 400, from: 5000, to: 5400 });
    const active = world({ activeAnon: 1000 });
    active.app.sweep = 5000;
    active.memory.setWorkingSet(active.app, 400);
    active.memory.lists[Lru.ActiveAnon].take(1000, piece);
    expect(piece).toMatchObject({ hot: 400, cold: 600, from: 5000, to: 5400 });
  });

  it("grows and shrinks in swap, too: in the swap cache and out of it", () => {
    const { memory, app } = swappedOut();
    app.sweep = 5000;
    memory.setWorkingSet(app, 400);
    expect([app.swappedHot, app.swappedCold, ...inSwap(memory, app)]).toEqual([400, 600, 300, 450, 100]);
    expect([memory.nextDue(app), app.evictedHot.dueBy(5200), app.evictedHot.dueBy(5400)]).toEqual([5000, 50, 100]);
    memory.setWorkingSet(app, 200);
    expect([app.swappedHot, app.swappedCold, ...inSwap(memory, app)]).toEqual([200, 800, 150, 600, 50]);
    // Half of what is cold is in memory.
    memory.grow(app, 0, 800);
    memory.free -= 800;
    memory.setWorkingSet(app, 1000);
    expect([app.hot, app.cold, app.swappedHot, app.swappedCold]).toEqual([400, 400, 600, 400]);
    expect(inSwap(memory, app)).toEqual([450, 300, 150]);
    memory.setWorkingSet(app, 500);
    expect([app.hot, app.cold, app.swappedHot, app.swappedCold]).toEqual([200, 600, 300, 700]);
    expect(inSwap(memory, app)).toEqual([225, 525, 75]);
  });

  it("is gone over in the swap cache, too", () => {
    const { memory, app } = swappedOut();
    app.sweep = 5000;
    memory.setWorkingSet(app, 400);
    app.sweep = 5200;
    memory.mapCached(app);
    expect([app.hot, memory.swapCache.pagesOf(app.index, true)]).toEqual([150, 150]);
  });
});

describe("memory that a workload gives back", () => {
  it("comes from both lists in proportion", () => {
    const { memory, app } = world({ inactiveAnon: 800, activeAnon: 200 });
    memory.freeAnon(app, false, 100);
    expect([app.cold, memory.free, ...listed(memory, app)]).toEqual([900, 99_100, [0, 720], [0, 180]]);
  });

  it.each([false, true])("comes from memory, the swap cache and swap in proportion (hot: %s)", (hot) => {
    const { memory, app } = swappedOut(hot);
    memory.grow(app, hot ? 1000 : 0, hot ? 0 : 1000);
    memory.free -= 1000;
    const before = memory.free;
    memory.freeAnon(app, hot, 800);
    // 400 from swap, of which 300 were in memory still.
    expect([memory.swap, memory.free, memory.swapCache.pages]).toEqual([600, before + 400 + 300, 450]);
    expect(hot ? [app.hot, app.swappedHot] : [app.cold, app.swappedCold]).toEqual([600, 600]);
    expect(app.evictedHot.pages).toBe(hot ? 150 : 0);
    expect(hot ? [app.cold, app.swappedCold] : [app.hot, app.swappedHot]).toEqual([0, 0]);
  });

  it("goes with its files, in proportion from both lists, clean or dirty", () => {
    const { memory, app } = world({ inactiveFile: 600, activeFile: 300 });
    Object.assign(app, { dirty: 500, scannedDirty: 300, scannedStillDirty: 250 });
    memory.freeFile(app, 300);
    expect([memory.inactiveFile, memory.activeFile, app.file, memory.free]).toEqual([400, 200, 600, 99_400]);
    // What is dirty stays dirty as long as there is room; of those that reclaim has met a third is gone.
    expect([app.dirty, app.scannedDirty, app.scannedStillDirty]).toEqual([500, 200, 200]);
    memory.freeFile(app, 300);
    expect([app.file, app.dirty, app.scannedDirty, app.scannedStillDirty]).toEqual([300, 300, 100, 100]);
    memory.freeFile(app, 300);
    memory.freeFile(app, 0);
    expect([app.file, app.dirty, app.scannedDirty, app.scannedStillDirty, memory.free]).toEqual([0, 0, 0, 0, 100_000]);
  });
});

describe("pages of files that reclaim has met dirty", () => {
  it("are as many dirty ones as there still are, in proportion", () => {
    const { app } = world({ inactiveFile: 100 });
    Object.assign(app, { dirty: 50, scannedDirty: 40, scannedStillDirty: 20 });
    expect([app.takeScannedDirty(10), app.scannedDirty, app.scannedStillDirty]).toEqual([5, 30, 15]);
    app.clean(10);
    expect([app.dirty, app.scannedStillDirty]).toEqual([40, 5]);
    Object.assign(app, { scannedDirty: 0, scannedStillDirty: 0 });
    expect([app.takeScannedDirty(10), app.scannedDirty, app.scannedStillDirty]).toEqual([0, 0, 0]);
  });
});

describe("the OOM killer", () => {
  it("kills the largest workload, swap included, and of equal ones the first", () => {
    const { memory, app } = swappedOut();
    const { memory: two } = world({}, { others: 1 });
    /** Kills whom the OOM killer chooses. */
    const kill = (world: typeof memory): WorkloadPages | null => {
      const victim = world.oomVictim();
      if (victim !== null) world.oomKill(victim);
      return victim;
    };
    expect(kill(two)).toBeNull();
    expect(two.oomKills).toBe(0);
    const [first, second] = two.workloads as [WorkloadPages, WorkloadPages];
    two.grow(first, 100, 200);
    two.grow(second, 0, 300);
    expect(kill(two)).toBe(first);
    two.grow(first, 0, 299);
    expect(kill(two)).toBe(second);
    expect([two.oomKills, first.anon, second.anon]).toEqual([2, 299, 0]);
    // Nothing is left of it anywhere.
    memory.grow(app, 0, 500);
    memory.free -= 500;
    expect(kill(memory)).toBe(app);
    expect([app.anon, memory.free, memory.swap, memory.swapCache.pages]).toEqual([0, 100_000, 0, 0]);
  });
});

describe("what reclaim could get", () => {
  it("is files, and anonymous pages with those in the swap cache while there is free swap", () => {
    const lists = { inactiveAnon: 1000, activeAnon: 200, inactiveFile: 300, activeFile: 1000 };
    const { memory, reclaim } = world(lists, { swap: 900 });
    expect(memory.reclaimable).toBe(2500);
    passes(reclaim, 1);
    expect([memory.swapCache.pages, memory.file]).toEqual([150, 1195]);
    expect(memory.reclaimable).toBe(1200 + 1195);
    passes(reclaim, 0);
    expect(memory.file).toBeGreaterThan(0);
    expect([memory.swapFree, memory.reclaimable]).toEqual([0, memory.file]);
  });
});

describe("what reclaim costs", () => {
  it("is halved once it is more than a quarter of all that is on the lists", () => {
    const { memory } = world({ inactiveAnon: 100, activeAnon: 100, inactiveFile: 100, activeFile: 100 });
    memory.noteCost(false, 60);
    memory.noteCost(true, 40);
    expect([memory.anonCost, memory.fileCost]).toEqual([60, 40]);
    memory.noteCost(true, 1);
    expect([memory.anonCost, memory.fileCost]).toEqual([30, 20]);
  });
});

describe("pages of the swap cache", () => {
  it("are mapped again when the sweep comes by, and leave swap", () => {
    const { memory, app } = swappedOut(true);
    app.sweep = 600;
    memory.mapCached(app);
    // The 250 that it came to first are not in memory any more; the next 350 are mapped, until it comes round.
    expect([app.hot, app.swappedHot, memory.swap, memory.swapCache.pages]).toEqual([350, 650, 650, 400]);
    expect([memory.nextDue(app), memory.lists[Lru.InactiveAnon].nextDue(app.index)]).toEqual([0, 1250]);
    const piece = { owner: 0, hot: 0, cold: 0, from: 0, to: 0, flags: 0 };
    memory.lists[Lru.InactiveAnon].take(1, piece);
    expect(piece.flags & PageFlag.Fresh).toBe(PageFlag.Fresh);
  });
});
