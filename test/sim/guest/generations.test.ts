import { describe, expect, it, test } from "vitest";
import { Generations } from "../../../src/sim/guest/generations.ts";
import { Lru } from "../../../src/sim/guest/memory.ts";
import { Refault } from "../../../src/sim/guest/page-lists.ts";
import { PageFlag } from "../../../src/sim/guest/piece.ts";
import { Reclaimer } from "../../../src/sim/guest/reclaimer.ts";
import { Kind } from "../../../src/sim/guest/tier-feedback.ts";
import type { WorkloadPages } from "../../../src/sim/guest/workload-pages.ts";
import { restoreState, saveState } from "../../../src/sim/state/save.ts";
import { bundledMachine, machineText } from "../../../src/sim/trace/machines.ts";
import type { MachineProfile } from "../../../src/sim/trace/types.ts";
import { simulate, traceOf } from "../../support/in-process/curves.ts";
import {
  AGE_NS,
  type LruWorld,
  lruWorld,
  round,
  SCAN_NS,
  SWAP_OUT_NS,
  UNMAP_NS,
} from "../../support/worlds/lru-world.ts";

const generationsOf = ({ memory }: LruWorld): Generations => memory.generations as Generations;

/** Pages of each generation, the oldest possible first. */
const sizes = (lru: Generations, kind: number): number[] =>
  [3, 2, 1, 0].map((age) => (lru.maxSeq < age ? 0 : lru.of(lru.maxSeq - age, kind).pages));

/** Walks the page tables and begins a generation; returns the pages looked at. */
function age(world: LruWorld, isSwappable = true): number {
  const lru = generationsOf(world);
  const mapped = lru.promoteAccessed(world.memory.workloads, (w) => world.memory.gap(w));
  lru.begin(isSwappable);
  return mapped;
}

describe("generations", () => {
  it("are four at first: faulted pages begin in the youngest, read ones in the second oldest", () => {
    const world = lruWorld("mglru");
    world.grow(300, 700);
    world.read(400);
    const lru = generationsOf(world);
    expect([sizes(lru, Kind.Anon), sizes(lru, Kind.File)]).toEqual([
      [0, 0, 0, 1000],
      [0, 400, 0, 0],
    ]);
    const { activeAnon, inactiveAnon, activeFile, inactiveFile } = world.memory;
    expect([activeAnon, inactiveAnon, activeFile, inactiveFile]).toEqual([1000, 0, 0, 400]);
  });

  it("take read pages in the oldest if there are three", () => {
    const world = lruWorld("mglru");
    const lru = generationsOf(world);
    expect(lru.endEmpty(true, false)).toBe(true);
    expect([lru.minSeq, lru.maxSeq]).toEqual([[2, 2], 3]);
    lru.begin(true);
    world.read(100);
    expect(lru.oldest(Kind.File).pages).toBe(100);
  });

  it("age by walks: pages accessed since the last one stay young, the others fall behind", () => {
    const world = lruWorld("mglru");
    world.grow(1000, 1000);
    const lru = generationsOf(world);
    lru.endEmpty(true, false);
    // New pages have their accessed bit set, cold ones too.
    expect(age(world)).toBe(2000);
    expect(sizes(lru, Kind.Anon)).toEqual([0, 0, 2000, 0]);
    lru.endEmpty(true, false);
    // The sweep touches half of the working set.
    world.app.sweep = 500;
    expect(age(world)).toBe(2000);
    expect(sizes(lru, Kind.Anon)).toEqual([0, 1500, 500, 0]);
    expect([world.memory.activeAnon, world.memory.inactiveAnon]).toEqual([500, 1500]);
    // What was promoted is due a lap later.
    const next = [1, 2].map((age) => lru.of(lru.maxSeq - age, Kind.Anon).nextDue(world.app.index));
    expect(next).toEqual([1000, 500]);
  });

  it("end when they are empty, files' no earlier than those of anonymous pages", () => {
    const world = lruWorld("mglru");
    world.grow(0, 1000);
    const lru = generationsOf(world);
    world.read(100);
    lru.endEmpty(true, false);
    expect(lru.minSeq).toEqual([1, 1]);
    lru.remove(true, 0, true, 100);
    lru.endEmpty(true, false);
    expect(lru.minSeq).toEqual([2, 2]);
    // Not while pages that were written to swap wait in the oldest.
    age(world);
    expect([lru.endEmpty(true, true), lru.minSeq]).toEqual([false, [2, 2]]);
    lru.endEmpty(true, false);
    expect(lru.minSeq).toEqual([3, 3]);
  });

  test("of anonymous pages join the youngest one when there is no swap, and the old end of the next one otherwise", () => {
    for (const [isSwappable, expected] of [
      [false, [0, 0, 0, 1000]],
      [true, [1000, 0, 0, 0]],
    ] as const) {
      const lru = new Generations(1);
      lru.add(Lru.InactiveAnon, { owner: 0, hot: 0, cold: 1000, from: 0, to: 0, flags: 0 }, 0);
      for (let i = 0; i < 4; i++) {
        lru.endEmpty(false, false);
        lru.begin(isSwappable);
      }
      expect([isSwappable, sizes(lru, Kind.Anon)]).toEqual([isSwappable, expected]);
    }
  });

  it("count a refault while the generation that the page was in is the oldest", () => {
    const lru = new Generations(1);
    const refault = (kind: number, refs: number, isLate = false) => {
      const shadow = lru.evict(kind, refs, 10);
      if (isLate) {
        lru.begin(true);
        lru.endEmpty(true, false);
      }
      return lru.refault(kind, shadow, 10);
    };
    expect([0, 2, 3, 4].map((refs) => refault(Kind.File, refs))).toEqual([
      Refault.Active,
      Refault.Active,
      Refault.Restored,
      Refault.Restored,
    ]);
    expect(refault(Kind.Anon, 0)).toBe(Refault.Restored);
    expect([refault(Kind.Anon, 0, true), refault(Kind.File, 4, true)]).toEqual([Refault.Cold, Refault.Cold]);
    expect(lru.refault(Kind.Anon, -1, 10)).toBe(Refault.Cold);
  });

  it("count reads of file pages up to four beyond the first, and anew after protection", () => {
    const lru = new Generations(1);
    const w = { fileSweep: 0, fileSet: 100 } as WorkloadPages;
    const piece = { owner: 0, hot: 100, cold: 0, from: 0, to: 0, flags: PageFlag.Referenced as number };
    const refs = (fileSweep: number) => {
      w.fileSweep = fileSweep;
      return lru.refsOf(piece, w);
    };
    expect([0, 99, 100, 250, 400, 900].map(refs)).toEqual([0, 0, 1, 2, 4, 4]);
    piece.flags = 0;
    expect([0, 100, 200, 500].map(refs)).toEqual([0, 0, 1, 4]);
  });
});

describe("what generations remember", () => {
  it("of refaults is part of a checkpoint", () => {
    const [one, other] = [new Generations(1), new Generations(1)];
    one.feedback.evict(Kind.File, 0, 1000);
    one.feedback.refault(Kind.File, 0, 900);
    restoreState([other], saveState([one]));
    expect([one, other].map(({ feedback }) => feedback.kindToEvict(60))).toEqual([Kind.Anon, Kind.Anon]);
  });

  it("of protected pages is that they are the oldest of the next generation, in their order", () => {
    const lru = new Generations(1);
    const piece = (hot: number, to: number) => ({ owner: 0, hot, cold: 0, from: to, to, flags: 0 });
    lru.of(lru.minSeq[Kind.File] + 1, Kind.File).push(piece(10, 900), 0);
    lru.protect(Kind.File, piece(20, 500), 0);
    const first = piece(0, 0);
    lru.of(lru.minSeq[Kind.File] + 1, Kind.File).take(5, first);
    expect(first).toMatchObject({ hot: 5, to: 500 });
  });
});

describe("the eviction from generations", () => {
  it("swaps out memory that was touched once after two walks, and looks at no page in vain", () => {
    const world = lruWorld("mglru");
    world.grow(20_000, 0);
    const { ns, reclaimed } = round(world, 2000);
    const { swapOut, scanKswapd, stealKswapd, swapCache } = world.memory;
    expect(reclaimed).toBeGreaterThanOrEqual(2000);
    // Each page was isolated to be swapped out, and again to be freed.
    expect([scanKswapd, stealKswapd]).toEqual([swapOut + reclaimed, reclaimed]);
    expect(swapOut).toBe(reclaimed + swapCache.pages);
    const walks = 2 * 20_000 * SCAN_NS;
    expect(ns).toBeCloseTo(walks + swapOut * (SCAN_NS + UNMAP_NS + SWAP_OUT_NS) + reclaimed * SCAN_NS, 0);
  });

  it("ages before kswapd's passes in 6.1, but not before the first of a round", () => {
    const world = lruWorld("mglru");
    world.grow(10_000, 0);
    const lru = generationsOf(world);
    const r = new Reclaimer(true);
    r.wanted = 1000;
    const pass = (priority: number) => {
      r.priority = priority;
      world.reclaim.beginPass(r);
      while (!world.reclaim.passDone(r)) world.reclaim.step(r);
      return lru.maxSeq;
    };
    expect([pass(12), pass(11), pass(10), pass(9)]).toEqual([3, 4, 5, 5]);
    // Without pages there are two generations: the next passes would age, but the first one of a round does not.
    world.memory.freeAnon(world.app, true, world.app.workingSet);
    lru.endEmpty(true, false);
    r.reclaimed = 0;
    expect([lru.count(Kind.Anon), pass(12), pass(11)]).toEqual([2, 5, 6]);
  });

  it("ages within a pass in 6.12, at any priority but the first, and the pass is over", () => {
    const world = lruWorld("mglru", "linux-6.12");
    world.grow(10_000, 0);
    const lru = generationsOf(world);
    const r = new Reclaimer(false);
    r.wanted = 32;
    const pass = (priority: number) => {
      r.priority = priority;
      world.reclaim.beginPass(r);
      while (!world.reclaim.passDone(r)) world.reclaim.step(r);
      return [lru.maxSeq, r.scannedInPass];
    };
    expect([pass(12), pass(11), pass(10), pass(9)]).toEqual([
      [3, 0],
      [4, 0],
      [5, 0],
      [5, 64],
    ]);
  });

  it("begins kswapd's rounds at a priority that fits their goal in 6.12", () => {
    const priority = (profile: string, wanted: number) => {
      const world = lruWorld("mglru", profile);
      world.read(40_000);
      const r = new Reclaimer(true);
      r.wanted = wanted;
      world.reclaim.beginPass(r);
      return r.priority;
    };
    // 2^15 <= 40,000, and 1000 <= 2^10.
    expect([priority("linux-6.1", 1000), priority("linux-6.12", 1000)]).toEqual([12, 5 + 1]);
    expect([priority("linux-6.12", 63), priority("linux-6.12", 64)]).toEqual([12, 9]);
  });

  it("protects pages of files that are read again and again", () => {
    const world = lruWorld("mglru", "linux-6.1", { owners: 2 });
    const [again, once] = world.memory.workloads as [WorkloadPages, WorkloadPages];
    world.read(10_000, again);
    world.read(10_000, once);
    again.fileSweep = 60_000;
    round(world, 5000);
    expect([again.file, once.file < 6000]).toEqual([10_000, true]);
    expect(world.memory.swapOut).toBe(0);
  });

  it("leaves dirty files alone in 6.1, and has them written in 6.12", () => {
    for (const [profile, asks] of [
      ["linux-6.1", false],
      ["linux-6.12", true],
    ] as const) {
      const world = lruWorld("mglru", profile);
      world.read(10_000);
      world.app.dirty = 5000;
      round(world, 4000);
      expect([profile, world.asked.length > 0, world.app.dirty]).toEqual([profile, asks, 5000]);
      expect(world.app.file).toBeLessThan(8000);
    }
  });

  it("walks no page tables without an accessed bit in hardware: it finds accesses when it evicts", () => {
    const world = lruWorld("mglru", "linux-6.1", { rules: { accessedBitFaults: true } });
    world.grow(10_000, 0);
    const { ns } = round(world, 1000);
    // All are young, once: one page in 32 costs an `age`.
    expect(world.memory.scanKswapd).toBeGreaterThanOrEqual(10_000);
    const { swapOut, scanKswapd } = world.memory;
    expect(ns).toBeCloseTo(scanKswapd * SCAN_NS + swapOut * (UNMAP_NS + SWAP_OUT_NS) + (10_000 / 32) * AGE_NS, 0);
  });

  it("looks at a huge page as at one page, and splits it if it was not accessed", () => {
    const world = lruWorld("mglru");
    const { memory, app } = world;
    memory.free -= 20 * 512;
    memory.grow(app, 20 * 512, 0, 0, PageFlag.Huge);
    const lru = generationsOf(world);
    lru.endEmpty(true, false);
    expect([age(world), memory.hugeAnon]).toEqual([20, 20 * 512]);
    // The sweep has touched one page of the second huge page: both are accessed.
    app.sweep = 513;
    lru.endEmpty(true, false);
    expect([age(world), sizes(lru, Kind.Anon)]).toEqual([20, [0, 18 * 512, 2 * 512, 0]]);
    const { ns } = round(world, 400, false);
    const split = memory.swapOut;
    expect([split % 512, memory.hugeAnon]).toEqual([0, 20 * 512 - split]);
    const scans = split / 512 + split + memory.stealDirect;
    expect(ns).toBeCloseTo(scans * SCAN_NS + split * (UNMAP_NS + 0.4 * SWAP_OUT_NS), 0);
  });

  it("takes anonymous pages only while swap has room for a batch", () => {
    const world = lruWorld("mglru", "linux-6.1", { swap: 100 });
    world.grow(10_000, 0);
    for (let i = 0; i < 5; i++) {
      round(world, 1000);
      world.clock.nowUs += 10_000;
    }
    expect(world.memory.swapFree).toBeLessThan(64);
    expect(world.memory.anon).toBe(10_000 - world.memory.swap);
  });
});

const SERVER = JSON.parse(machineText(bundledMachine("server") as MachineProfile)) as object;

test("a guest whose pages are all on their way to swap waits for them, and kills no workload", () => {
  const text = traceOf(40, {
    guest: {
      memory: "256MiB",
      swap: "1GiB",
      lru: "mglru",
      machine: { ...SERVER, swapQueue: { plugPages: 32, depthPages: 65_536 } },
    },
    workloads: [
      {
        name: "app",
        anon: [
          [0, "150MiB"],
          [5, "500MiB"],
        ],
      },
    ],
  });
  const { oomKills, swapOut } = simulate(text).guest;
  expect(oomKills).toBe(0);
  expect(swapOut).toBeGreaterThan(60_000);
});
