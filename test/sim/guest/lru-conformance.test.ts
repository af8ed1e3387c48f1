import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { Reclaimer } from "../../../src/sim/guest/reclaimer.ts";
import type { WorkloadPages } from "../../../src/sim/guest/workload-pages.ts";
import { restoreState, saveState } from "../../../src/sim/state/save.ts";
import { census, LRUS, type LruWorld, lruWorld, round } from "../../support/worlds/lru-world.ts";

/** What happens to a guest's memory, as its actors do it. */
type Act =
  | { kind: "grow"; hot: number; cold: number; owner: number }
  | { kind: "growHuge"; hot: number; cold: number; owner: number }
  | { kind: "read" | "freeAnon" | "freeFile" | "dirty" | "swapIn"; pages: number; owner: number }
  | { kind: "resize"; pages: number; owner: number }
  | { kind: "sweep"; pages: number; owner: number }
  | { kind: "reclaim"; wanted: number; kswapd: boolean }
  | { kind: "wait"; us: number };

const owner = fc.nat(1);
const some = fc.nat(20_000);
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom("grow", "growHuge" as const), hot: some, cold: some, owner }),
  fc.record({ kind: fc.constantFrom("read", "freeAnon", "freeFile", "dirty", "swapIn" as const), pages: some, owner }),
  fc.record({ kind: fc.constant("resize" as const), pages: some, owner }),
  fc.record({ kind: fc.constant("sweep" as const), pages: fc.nat(60_000), owner }),
  fc.record({
    kind: fc.constant("reclaim" as const),
    wanted: fc.constantFrom(32, 500, 5000),
    kswapd: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("wait" as const), us: fc.nat(200_000) }),
);

/** Does it, within what the guest has. */
function perform(world: LruWorld, what: Act): void {
  const { memory, clock, read } = world;
  if (what.kind === "wait") {
    clock.nowUs += what.us;
    return;
  }
  if (what.kind === "reclaim") {
    round(world, what.wanted, what.kswapd);
    return;
  }
  const w = memory.workloads[what.owner] as WorkloadPages;
  if (what.kind === "grow" || what.kind === "growHuge") {
    const hot = Math.min(what.hot, memory.free);
    world[what.kind](hot, Math.min(what.cold, memory.free - hot), w);
    return;
  }
  const { pages } = what;
  if (what.kind === "read") read(Math.min(pages, memory.free), w);
  else if (what.kind === "freeAnon") memory.freeAnon(w, true, Math.min(pages, w.workingSet));
  else if (what.kind === "freeFile") memory.freeFile(w, Math.min(pages, w.file));
  else if (what.kind === "dirty") w.dirty = Math.min(w.file, w.dirty + pages);
  else if (what.kind === "resize") memory.setWorkingSet(w, Math.min(pages, w.anon));
  else if (what.kind === "sweep") {
    w.sweep += w.workingSet === 0 ? 0 : pages;
    w.fileSweep += w.fileSet === 0 ? 0 : pages;
  } else swapIn(world, w, pages);
}

/** Reads pages of the working set back that the sweep has passed. */
function swapIn({ memory }: LruWorld, w: WorkloadPages, pages: number): void {
  memory.mapCached(w);
  const run = { age: 0, workingset: false, due: 0, dueEnd: 0 };
  const got = w.evictedHot.take(Math.min(pages, memory.free), w.sweep, run);
  if (got === 0) return;
  memory.free -= got;
  memory.refaulted(got, run.age, run.workingset, false);
  memory.mapHot(w, got, run.due, run.dueEnd, 0, 0);
}

describe.each(LRUS)("the LRU %s of %s", (lru, profile) => {
  test("loses no page, and counts none below zero, whatever happens", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), fc.constantFrom(0, 1000, 50_000), (acts, swap) => {
        const world = lruWorld(lru, profile, { swap, owners: 2 });
        for (const what of acts) {
          perform(world, what);
          expect(census(world)).toEqual({ pages: 100_000, isValid: true });
        }
      }),
      { numRuns: 60 },
    );
  });

  test("is the same after a checkpoint at any time", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 15 }), fc.array(act, { maxLength: 15 }), (before, after) => {
        const one = lruWorld(lru, profile, { owners: 2 });
        for (const what of before) perform(one, what);
        const other = lruWorld(lru, profile, { owners: 2 });
        restoreState([other.memory], saveState([one.memory]));
        other.clock.nowUs = one.clock.nowUs;
        for (const what of after) for (const world of [one, other]) perform(world, what);
        expect([...saveState([other.memory])]).toEqual([...saveState([one.memory])]);
      }),
      { numRuns: 40 },
    );
  });

  it("goes on in the middle of a pass from a checkpoint", () => {
    const make = () => {
      const world = lruWorld(lru, profile);
      world.grow(0, 40_000);
      world.read(20_000);
      return world;
    };
    const one = make();
    round(one, 21_000);
    const r = new Reclaimer(false);
    r.priority = 1;
    r.wanted = 10_000;
    one.reclaim.beginPass(r);
    one.reclaim.step(r);
    const other = make();
    const s = new Reclaimer(false);
    restoreState([other.memory, s], saveState([one.memory, r]));
    other.clock.nowUs = one.clock.nowUs;
    while (!one.reclaim.passDone(r)) expect(other.reclaim.step(s)).toBe(one.reclaim.step(r));
    expect(other.reclaim.passDone(s)).toBe(true);
    expect([...saveState([other.memory, s])]).toEqual([...saveState([one.memory, r])]);
  });

  it.each([true, false])("frees what is asked for if it can (by kswapd: %s)", (kswapd) => {
    const world = lruWorld(lru, profile);
    world.grow(0, 30_000);
    world.read(30_000);
    for (let i = 0; i < 40 && world.memory.free < 70_000; i++) {
      round(world, 3000, kswapd);
      world.clock.nowUs += 100_000;
    }
    expect(world.memory.free).toBeGreaterThanOrEqual(70_000);
    expect(world.memory.swapOut).toBe(world.memory.swap);
    const scanned = world.memory.scanKswapd + world.memory.scanDirect;
    const stolen = world.memory.stealKswapd + world.memory.stealDirect;
    expect([stolen, scanned >= stolen]).toEqual([world.memory.free - 40_000, true]);
  });

  it("frees and changes as many pages as it is told, wherever they are", () => {
    const world = lruWorld(lru, profile);
    const { memory, app } = world;
    for (let i = 0; i < 4; i++) {
      world.grow(5000, 5000);
      world.read(5000);
      app.sweep += 3000;
      round(world, 2000);
    }
    const lists: number[] = [];
    memory.lru.forEachList((list) => lists.push(list.pages));
    expect(lists.filter((pages) => pages > 0).length).toBeGreaterThanOrEqual(2);
    const { hot, file } = app;
    memory.lru.remove(false, app.index, true, 1001);
    memory.lru.remove(true, app.index, true, 503);
    expect([memory.lru.pagesOf(false, app.index, true), memory.lru.pagesOf(true, app.index, true)]).toEqual([
      hot - 1001,
      file - 503,
    ]);
    memory.lru.rebalanceHotCold(app.index, false, 777, { from: 0, to: 1 });
    expect(memory.lru.pagesOf(false, app.index, true)).toBe(hot - 1001 - 777);
  });

  it("flushes the translations of each page that it writes to swap, before it goes on", () => {
    const swapOut = (flushNs: number) => {
      const world = lruWorld(lru, profile, { flushNs });
      world.grow(0, 10_000);
      world.growHuge(0, 10_000);
      let ns = 0;
      for (let i = 0; i < 5; i++) ns += round(world, 1000).ns;
      expect(world.memory.swapOut).toBeGreaterThan(4000);
      expect(world.flushed).toBe(world.memory.swapOut);
      return ns / world.memory.swapOut;
    };
    expect(swapOut(50_000) - swapOut(0)).toBeCloseTo(50_000, -3);
  });

  it("ends its rounds when there is nothing to take", () => {
    const world = lruWorld(lru, profile);
    for (const kswapd of [true, false]) expect(round(world, 1000, kswapd)).toMatchObject({ ns: 0, reclaimed: 0 });
    // Nor when anonymous memory is all there is, and no swap.
    const full = lruWorld(lru, profile, { swap: 0 });
    full.grow(50_000, 0);
    expect(round(full, 1000).reclaimed).toBe(0);
    expect(full.memory.anon).toBe(50_000);
  });

  it("evicts page cache that no workload reads before anonymous memory, and idle memory before memory in use", () => {
    const world = lruWorld(lru, profile, { owners: 2 });
    const [used, idle] = world.memory.workloads as [WorkloadPages, WorkloadPages];
    world.grow(20_000, 0, used);
    world.grow(20_000, 0, idle);
    world.read(20_000);
    round(world, 10_000);
    expect(world.memory.swapOut).toBe(0);
    for (let i = 0; i < 60; i++) {
      used.sweep += 20_000;
      round(world, 400);
      world.clock.nowUs += 50_000;
    }
    expect(idle.swapped).toBeGreaterThan(5000);
    expect(used.swapped).toBeLessThan(idle.swapped / 4);
  });
});
