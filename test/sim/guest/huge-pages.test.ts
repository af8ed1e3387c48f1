import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LruList } from "../../../src/sim/guest/lru.ts";
import { Lru } from "../../../src/sim/guest/memory.ts";
import { createPiece, HUGE_PAGE, PageFlag, passed } from "../../../src/sim/guest/piece.ts";
import { eachSecond, traceOf } from "../../support/in-process/curves.ts";
import { guestRig } from "../../support/worlds/guest-rig.ts";
import { passes, SCAN_NS, UNMAP_NS, world } from "../../support/worlds/memory-world.ts";

const FRESH = PageFlag.Huge | PageFlag.Fresh;

describe("a piece of huge pages", () => {
  it("is taken from a list by whole huge pages", () => {
    const list = new LruList(1);
    list.push({ owner: 0, hot: 2 * HUGE_PAGE + 100, cold: 0, from: 0, to: 1124, flags: FRESH }, 1);
    const piece = createPiece();
    expect([list.take(32, piece), list.take(513, piece), list.take(32, piece)]).toEqual([512, 612, 0]);
  });

  it("is touched as soon as one page of a huge page is", () => {
    const piece = { owner: 0, hot: 4 * HUGE_PAGE, cold: 0, from: 0, to: 4 * HUGE_PAGE, flags: FRESH };
    expect([0, 1, 512, 513, 9999].map((sweep) => passed(piece, sweep))).toEqual([0, 512, 512, 1024, 2048]);
    expect(passed({ ...piece, flags: 0 }, 513)).toBe(513);
  });
});

describe("a list with huge pages", () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("push" as const),
      owner: fc.nat(1),
      hot: fc.nat(3000),
      huge: fc.nat(6),
      flags: fc.nat(15),
    }),
    fc.record({ kind: fc.constant("remove" as const), owner: fc.nat(1), hot: fc.boolean(), part: fc.nat(100) }),
    fc.record({ kind: fc.constant("rebalance" as const), owner: fc.nat(1), hot: fc.boolean(), part: fc.nat(100) }),
  );

  it("has whole ones, whatever is removed from it", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
        const list = new LruList(2);
        let now = 0;
        for (const s of steps) {
          const pages = s.kind === "push" ? 0 : Math.floor((list.pagesOf(s.owner, s.hot) * s.part) / 100);
          const [all, own] = [list.pages, s.kind === "push" ? 0 : list.pagesOf(s.owner, s.hot)];
          if (s.kind === "push") {
            now += 1000;
            const isHuge = s.huge > 0;
            const total = isHuge ? s.huge * HUGE_PAGE : 4000;
            const hot = Math.min(s.hot, total);
            const flags = isHuge ? s.flags | PageFlag.Huge : s.flags;
            list.push({ owner: s.owner, hot, cold: total - hot, from: now, to: now + 900, flags }, 25);
          } else if (s.kind === "remove") {
            list.remove(s.owner, s.hot, pages);
            expect([list.pages, list.pagesOf(s.owner, s.hot)]).toEqual([all - pages, own - pages]);
          } else list.rebalanceHotCold(s.owner, !s.hot, pages, { from: now, to: now });
          expect(list.hugePages % HUGE_PAGE).toBe(0);
        }
        let counted = 0;
        list.forEach(({ hot, cold, from, to, flags }) => {
          counted += hot + cold;
          expect(Math.min(hot, cold)).toBeGreaterThanOrEqual(0);
          expect(from).toBeLessThanOrEqual(to);
          if ((flags & PageFlag.Huge) !== 0) expect((hot + cold) % HUGE_PAGE).toBe(0);
        });
        expect(counted).toBe(list.pages);
      }),
    );
  });

  it("gives whole huge pages first, then single pages, and splits a huge page only where those are not enough", () => {
    const list = new LruList(1);
    const push = (hot: number, flags: number) => list.push({ owner: 0, hot, cold: 0, from: 0, to: hot, flags }, 0);
    push(4 * HUGE_PAGE, FRESH);
    push(300, PageFlag.Fresh);
    list.remove(0, true, 200);
    expect([list.pages, list.hugePages]).toEqual([4 * HUGE_PAGE + 100, 4 * HUGE_PAGE]);
    list.remove(0, true, HUGE_PAGE + 150);
    expect([list.pages, list.hugePages]).toEqual([3 * HUGE_PAGE - 50, 2 * HUGE_PAGE]);
  });
});

describe("reclaim", () => {
  it("scans a huge page at the cost of a page, and keeps one that was touched", () => {
    const { memory, reclaim } = world({ inactiveAnon: 8 * HUGE_PAGE }, { flags: FRESH, high: 100_000 });
    // 4096 pages at priority 7 are 32 to scan: one huge page.
    expect(passes(reclaim, 7)).toBe(SCAN_NS + UNMAP_NS);
    expect([memory.scanKswapd, memory.swapOut, memory.hugeAnon]).toEqual([HUGE_PAGE, 0, 8 * HUGE_PAGE]);
  });

  it("splits a huge page that was not touched, and swaps all of its pages out", () => {
    const options = { flags: PageFlag.Huge, high: 100_000, swapOutNs: 1000 };
    const { memory, reclaim } = world({ inactiveAnon: 8 * HUGE_PAGE }, options);
    expect(passes(reclaim, 7)).toBeCloseTo(SCAN_NS + HUGE_PAGE * (SCAN_NS + UNMAP_NS + 400), 3);
    expect([memory.scanKswapd, memory.swapOut, memory.hugeAnon]).toEqual([HUGE_PAGE, HUGE_PAGE, 7 * HUGE_PAGE]);
  });

  it("deactivates whole huge pages", () => {
    const pages = { inactiveAnon: 1, activeAnon: 8 * HUGE_PAGE };
    const { memory, reclaim } = world(pages, { flags: PageFlag.Huge, high: 100_000 });
    passes(reclaim, 12);
    expect(memory.lists[Lru.ActiveAnon].pages).toBe(7 * HUGE_PAGE);
  });
});

describe("free blocks of 2 MiB", () => {
  const rig = (thp: string) => guestRig({ memory: 100 * HUGE_PAGE, minFree: 10 * HUGE_PAGE, thp }).guest.memory;

  it("are all of free memory at first, and what reclaim frees lies outside of them", () => {
    const memory = rig("always");
    expect(memory.freeBlocks).toBe(100);
    memory.takeFree(10 * HUGE_PAGE, 0);
    memory.reclaimed(HUGE_PAGE, HUGE_PAGE);
    expect([memory.free, memory.freeBlocks]).toEqual([91 * HUGE_PAGE, 90]);
    memory.compact();
    expect([memory.free, memory.freeBlocks]).toEqual([91 * HUGE_PAGE, 90]);
    memory.reclaimed(4 * HUGE_PAGE, 4 * HUGE_PAGE);
    expect(memory.freeBlocks).toBe(90);
    // A quarter of them.
    memory.compact();
    expect(memory.freeBlocks).toBe(91);
  });

  it("are the last that pages of workloads take, and the first that unmovable pages take", () => {
    const memory = rig("always");
    memory.takeFree(20 * HUGE_PAGE, 0);
    memory.reclaimed(5 * HUGE_PAGE, 5 * HUGE_PAGE);
    memory.takeFree(4 * HUGE_PAGE, 0);
    expect([memory.freeBlocks, memory.scatteredFree]).toEqual([80, HUGE_PAGE]);
    memory.takeUnmovable(30 * HUGE_PAGE, 0);
    expect([memory.freeBlocks, memory.scatteredFree]).toEqual([50, HUGE_PAGE]);
  });

  it("become huge pages while `min` stays free", () => {
    const memory = rig("always");
    expect(memory.takeHuge(HUGE_PAGE - 1)).toBe(0);
    expect(memory.takeHuge(3 * HUGE_PAGE + 1)).toBe(3 * HUGE_PAGE);
    expect(memory.takeHuge(1000 * HUGE_PAGE)).toBe(87 * HUGE_PAGE);
    expect([memory.free, memory.takeHuge(HUGE_PAGE)]).toEqual([10 * HUGE_PAGE, 0]);
    expect([rig("madvise").takeHuge(HUGE_PAGE), rig("never").takeHuge(HUGE_PAGE)]).toEqual([0, 0]);
  });

  it("keep the watermarks from a boost: it begins when none is left, once for every pageblock", () => {
    const memory = rig("always");
    memory.takeFree(80 * HUGE_PAGE, 0);
    memory.reclaimed(40 * HUGE_PAGE, 40 * HUGE_PAGE);
    expect(memory.takeUnmovable(20 * HUGE_PAGE, 0)).toBe(20 * HUGE_PAGE);
    expect(memory.watermarks.boost).toBe(0);
    expect(memory.takeUnmovable(300, 0)).toBe(300);
    expect(memory.watermarks.boost).toBe(HUGE_PAGE);
    // The rest of the block is unmovable, too.
    expect(memory.takeUnmovable(HUGE_PAGE - 300, 0)).toBe(HUGE_PAGE - 300);
    expect(memory.watermarks.boost).toBe(HUGE_PAGE);
    expect(memory.takeUnmovable(1, 0)).toBe(1);
    expect([memory.watermarks.boost, memory.unmovableFree]).toEqual([2 * HUGE_PAGE, HUGE_PAGE - 1]);
  });
});

describe("the balloon's freed pages", () => {
  it("fill the lists of the processors first, and are taken from there again, or by reclaim", () => {
    const { memory } = guestRig({ memory: 100_000, minFree: 4000, thp: "madvise" }).guest;
    // Three quarters of low, 5000.
    memory.takeUnmovable(90_000, 0);
    memory.giveUnmovable(3000);
    memory.giveUnmovable(1000);
    expect([memory.free, memory.processorFree]).toEqual([10_250, 3750]);
    expect(memory.takeUnmovable(4000, 0)).toBe(4000);
    expect([memory.free, memory.processorFree]).toEqual([10_000, 0]);
    memory.giveUnmovable(500);
    memory.reclaimed(10, 10);
    expect([memory.free, memory.processorFree]).toEqual([10_510, 0]);
  });

  it("are free at once in a guest without huge pages", () => {
    const { memory } = guestRig({ memory: 100_000, minFree: 4000 }).guest;
    memory.takeUnmovable(90_000, 0);
    memory.giveUnmovable(3000);
    expect([memory.free, memory.processorFree]).toEqual([13_000, 0]);
  });
});

describe("a workload that grows", () => {
  const rows = (guest: object) =>
    eachSecond(
      traceOf(30, {
        guest: { memory: "1GiB", swap: "1GiB", costs: { fault: "80us" }, ...guest },
        workloads: [
          { name: "small", anon: 700 },
          {
            name: "app",
            anon: [
              [0, 0],
              [1, "400MiB"],
            ],
          },
        ],
      }),
      ({ guest: { anon, hugeAnon } }) => ({ anon, hugeAnon }),
    );

  it("has its memory in huge pages, all but the rest, in half of the time", () => {
    const always = rows({ thp: "always" });
    const madvise = rows({ thp: "madvise" });
    const all = 102_400 + 700;
    expect([always.at(-1), madvise.at(-1)]).toEqual([
      { anon: all, hugeAnon: 102_400 + HUGE_PAGE },
      { anon: all, hugeAnon: 0 },
    ]);
    // 102,400 pages at 80 µs take 8.2 s, at 40 µs 4.1 s.
    const filledAt = (seen: { anon: number }[]) => seen.findIndex(({ anon }) => anon === all);
    expect([filledAt(always), filledAt(madvise)]).toEqual([6, 10]);
  });

  it.each(["classic", "mglru"])(
    "keeps whole huge pages when it shrinks, reclaim splits some, and the working set moves (%s)",
    (lru) => {
      const anon = [
        [0, "500MiB"],
        [8, "300MiB"],
        [16, "420MiB"],
        [24, 0],
      ];
      const workingSet = {
        points: [
          [0, "333MiB"],
          [6, "100MiB"],
          [12, "250MiB"],
          [22, 0],
        ],
        hold: "linear",
      };
      const text = traceOf(30, {
        guest: { memory: "1GiB", swap: "1GiB", thp: "always", lru },
        workloads: [{ name: "app", anon: { points: anon, hold: "linear" }, workingSet, touch: "40MiB/s" }],
        host: {
          target: [
            [0, 0],
            [2, "700MiB"],
            [20, 0],
          ],
        },
      });
      const seen = eachSecond(text, ({ guest: { hugeAnon, swapOut } }) => ({ hugeAnon, swapOut }));
      expect(seen.filter(({ hugeAnon }) => hugeAnon % HUGE_PAGE !== 0)).toEqual([]);
      expect(new Set(seen.map(({ hugeAnon }) => hugeAnon)).size).toBeGreaterThan(8);
      expect(seen.at(-1)?.swapOut).toBeGreaterThan(0);
    },
  );

  it("gets single pages where no block is free", () => {
    const hugeAnon = rows({ thp: "always", kernelMemory: "700MiB" }).map((row) => row.hugeAnon);
    // 45 MiB stay free; huge pages are split again to make room for single ones.
    const most = Math.max(...hugeAnon);
    expect(most).toBeGreaterThan(100 * HUGE_PAGE);
    expect(most).toBeLessThan(150 * HUGE_PAGE);
    expect(hugeAnon.at(-1)).toBeLessThan(most);
  });
});
