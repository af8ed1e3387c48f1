import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LruList } from "../../../src/sim/guest/lru.ts";
import { PageFlag, type Piece } from "../../../src/sim/guest/piece.ts";

const OWNERS = 3;
const newPiece = (): Piece => ({ owner: 0, hot: 0, cold: 0, from: 0, to: 0, flags: 0 });

/** How many pages of each owner there are, hot and cold. */
type Counts = [hot: number, cold: number][];

const owner = fc.nat(OWNERS - 1);
const pages = fc.nat(200);
const part = fc.nat(100);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("push" as const),
      owner,
      hot: pages,
      cold: pages,
      later: fc.nat(40),
      flags: fc.nat(15),
      gap: fc.constantFrom(0, 25),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("take" as const), count: fc.integer({ min: 1, max: 300 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), owner, hot: fc.boolean(), part }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("rebalanceHotCold" as const), owner, toHot: fc.boolean(), part }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("takeReread" as const), owner, setSize: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("takePassed" as const), owner, count: fc.nat(300) }) },
);

describe("LruList", () => {
  it("neither loses nor makes pages, and keeps owners apart", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
        const list = new LruList(OWNERS);
        const counts: Counts = Array.from({ length: OWNERS }, () => [0, 0]);
        const of = (index: number) => counts[index] as Counts[number];
        const piece = newPiece();
        let now = 0;
        /** Pages that came off the list in one piece. */
        const gone = (count: number) => {
          expect(piece.hot + piece.cold).toBe(count);
          expect(Math.min(piece.hot, piece.cold)).toBeGreaterThanOrEqual(0);
          expect(piece.from).toBeLessThanOrEqual(piece.to * (1 + 1e-12));
          expect(piece.to).toBeLessThanOrEqual(now * (1 + 1e-12));
          of(piece.owner)[0] -= piece.hot;
          of(piece.owner)[1] -= piece.cold;
        };
        for (const s of steps) {
          if (s.kind === "push") {
            now += s.later;
            list.push({ owner: s.owner, hot: s.hot, cold: s.cold, from: now, to: now, flags: s.flags }, s.gap);
            of(s.owner)[0] += s.hot;
            of(s.owner)[1] += s.cold;
          } else if (s.kind === "take") {
            const before = list.pages;
            const taken = list.take(s.count, piece);
            expect(taken).toBeLessThanOrEqual(s.count);
            expect(taken > 0).toBe(before > 0);
            if (taken > 0) gone(taken);
          } else if (s.kind === "remove") {
            const colour = s.hot ? 0 : 1;
            const count = Math.floor((of(s.owner)[colour] * s.part) / 100);
            list.remove(s.owner, s.hot, count);
            of(s.owner)[colour] -= count;
          } else if (s.kind === "rebalanceHotCold") {
            const count = Math.floor((of(s.owner)[s.toHot ? 1 : 0] * s.part) / 100);
            list.rebalanceHotCold(s.owner, s.toHot, count, { from: now, to: now });
            of(s.owner)[0] += s.toHot ? count : -count;
            of(s.owner)[1] -= s.toHot ? count : -count;
          } else if (s.kind === "takePassed") {
            const due = list.nextDue(s.owner);
            const taken = list.takePassed(s.owner, now, s.count, piece);
            expect(taken > 0).toBe(due <= now && s.count > 0);
            if (taken > 0) gone(taken);
          } else {
            const due = list.nextReread(s.owner, s.setSize);
            const taken = list.takeReread(s.owner, now, s.setSize, piece);
            expect(taken > 0).toBe(due <= now);
            if (taken > 0) gone(taken);
          }
          counts.forEach(([hot, cold], index) => {
            expect([list.pagesOf(index, true), list.pagesOf(index, false)]).toEqual([hot, cold]);
          });
          expect(list.pages).toBe(counts.flat().reduce((a, b) => a + b));
        }
        // What it counts is what lies on it.
        for (let taken = list.take(300, piece); taken > 0; taken = list.take(300, piece)) gone(taken);
        expect(counts.flat().every((count) => count === 0)).toBe(true);
        expect(list.pages).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it("gives pages back in the order in which they came, as they came, while there are few kinds", () => {
    const push = fc.record({ owner, hot: fc.integer({ min: 1, max: 200 }), cold: pages, flags: fc.nat(15) });
    fc.assert(
      fc.property(fc.array(push, { maxLength: 40, size: "max" }), fc.integer({ min: 1, max: 60 }), (list, count) => {
        const lru = new LruList(OWNERS);
        const pushed = list.flatMap((p, i) => {
          lru.push({ owner: p.owner, hot: p.hot, cold: p.cold, from: i, to: i, flags: p.flags }, 0);
          return new Array<string>(p.hot + p.cold).fill(`${p.owner} ${i} ${p.flags}`);
        });
        const piece = newPiece();
        const taken: string[] = [];
        for (let got = lru.take(count, piece); got > 0; got = lru.take(count, piece)) {
          taken.push(...new Array<string>(got).fill(`${piece.owner} ${piece.to} ${piece.flags}`));
        }
        expect(taken).toEqual(pushed);
      }),
    );
  });

  it("takes hot and cold pages off in proportion", () => {
    const list = new LruList(1);
    list.push({ owner: 0, hot: 300, cold: 100, from: 0, to: 0, flags: 0 }, 0);
    const piece = newPiece();
    list.take(40, piece);
    expect([piece.hot, piece.cold]).toEqual([30, 10]);
  });

  it("joins pages that are like those at its head, within the gap", () => {
    const list = new LruList(1);
    const piece = newPiece();
    list.push({ owner: 0, hot: 10, cold: 0, from: 100, to: 100, flags: 0 }, 5);
    list.push({ owner: 0, hot: 30, cold: 0, from: 105, to: 105, flags: 0 }, 5);
    expect(list.take(100, piece)).toBe(40);
    expect([piece.from, piece.to]).toEqual([103.75, 103.75]);
    list.push({ owner: 0, hot: 10, cold: 0, from: 100, to: 120, flags: 0 }, 5);
    list.push({ owner: 0, hot: 30, cold: 0, from: 120, to: 120, flags: 0 }, 5);
    expect(list.take(100, piece)).toBe(40);
    expect([piece.from, piece.to]).toEqual([100, 120]);
    list.push({ owner: 0, hot: 10, cold: 0, from: 100, to: 100, flags: 0 }, 5);
    list.push({ owner: 0, hot: 30, cold: 0, from: 106, to: 106, flags: 0 }, 5);
    expect(list.take(100, piece)).toBe(10);
  });

  it("knows for each page when the sweep comes to it", () => {
    const list = new LruList(1);
    const piece = newPiece();
    list.push({ owner: 0, hot: 100, cold: 0, from: 1000, to: 1100, flags: 0 }, 1);
    list.push({ owner: 0, hot: 100, cold: 20, from: 1100, to: 1200, flags: 0 }, 1);
    expect(list.nextDue(0)).toBe(1000);
    // Those that came together leave in the order of the sweep, the cold ones evenly between them.
    expect(list.take(55, piece)).toBe(55);
    expect([piece.hot, piece.cold, piece.from, piece.to]).toEqual([50, 5, 1000, 1050]);
    expect(list.takePassed(0, 1050, 100, piece)).toBe(0);
    expect(list.takePassed(0, 1080, 100, piece)).toBe(30);
    expect([piece.hot, piece.cold, piece.from, piece.to]).toEqual([30, 0, 1050, 1080]);
    expect([list.nextDue(0), list.pages]).toEqual([1080, 135]);
  });

  it("keeps pages apart that the sweep comes to at other times", () => {
    const list = new LruList(1);
    const piece = newPiece();
    list.push({ owner: 0, hot: 100, cold: 0, from: 1000, to: 1100, flags: 0 }, 1);
    list.push({ owner: 0, hot: 100, cold: 0, from: 500, to: 600, flags: 0 }, 1);
    expect(list.takePassed(0, 600, 300, piece)).toBe(100);
    expect([piece.from, piece.to, list.nextDue(0)]).toEqual([500, 600, 1000]);
  });

  it("gives up the pages that have been read again: once if they were marked, else twice", () => {
    const list = new LruList(1);
    const piece = newPiece();
    list.push({ owner: 0, hot: 10, cold: 0, from: 0, to: 0, flags: 0 }, 0);
    list.push({ owner: 0, hot: 20, cold: 0, from: 0, to: 0, flags: PageFlag.Referenced }, 0);
    expect(list.nextReread(0, 50)).toBe(50);
    expect(list.takeReread(0, 49, 50, piece)).toBe(0);
    expect(list.takeReread(0, 50, 50, piece)).toBe(20);
    expect(list.nextReread(0, 50)).toBe(100);
    expect(list.takeReread(0, 99, 50, piece)).toBe(0);
    expect(list.takeReread(0, 100, 50, piece)).toBe(10);
    expect(list.nextReread(0, 50)).toBe(Number.POSITIVE_INFINITY);
  });
});
