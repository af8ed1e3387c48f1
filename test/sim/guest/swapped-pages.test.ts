import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SwappedPages, type SwappedRun } from "../../../src/sim/guest/swapped-pages.ts";

const CAPACITY = 64;
const newRun = (): SwappedRun => ({ age: 0, workingset: false, due: 0, dueEnd: 0 });

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("push" as const),
      pages: fc.nat(9),
      due: fc.nat(500),
      length: fc.nat(60),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("take" as const),
      count: fc.integer({ min: 1, max: 12 }),
      sweep: fc.nat(600),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), part: fc.nat(100) }) },
);

describe("SwappedPages", () => {
  it("loses no page, and gives up only those that the sweep has come to", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
        const away = new SwappedPages();
        const run = newRun();
        let pages = 0;
        for (const s of steps) {
          if (s.kind === "push") {
            away.push(s.pages, 1, false, s.due, s.due + s.length);
            pages += s.pages;
          } else if (s.kind === "take") {
            const due = away.dueBy(s.sweep);
            const got = away.take(s.count, s.sweep, run);
            expect(got).toBeLessThanOrEqual(Math.min(s.count, due));
            expect(got > 0).toBe(due > 0);
            if (got > 0) expect(run.due).toBeLessThanOrEqual(run.dueEnd);
            if (got > 0) expect(run.dueEnd).toBeLessThanOrEqual(s.sweep * (1 + 1e-12));
            expect(away.dueBy(s.sweep)).toBe(due - got);
            pages -= got;
          } else {
            const removed = Math.floor((pages * s.part) / 100);
            away.remove(removed);
            pages -= removed;
          }
          expect(away.pages).toBe(pages);
          // All of them are due at some time, and none before the first is.
          expect(away.dueBy(1e9)).toBe(pages);
          if (pages > 0) expect(away.dueBy(away.nextDue)).toBeLessThanOrEqual(pages);
          expect(away.nextDue < Number.POSITIVE_INFINITY).toBe(pages > 0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("remembers of each run what it was told, in the order in which runs came", () => {
    const away = new SwappedPages();
    const run = newRun();
    away.push(10, 100, true, 1000, 1100);
    away.push(0, 999, true, 0, 0);
    away.push(20, 200, false, 500, 520);
    away.push(30, 300, true, 700, 700);
    expect([away.nextDue, away.pages]).toEqual([500, 60]);
    // The sweep has come to all of the second run and of the third one, and to none of the first.
    expect([away.dueBy(499), away.dueBy(510), away.dueBy(699), away.dueBy(700)]).toEqual([0, 10, 20, 50]);
    expect(away.take(5, 700, run)).toBe(5);
    expect(run).toEqual({ age: 200, workingset: false, due: 500, dueEnd: 505 });
    expect(away.take(100, 700, run)).toBe(15);
    expect(run).toEqual({ age: 200, workingset: false, due: 505, dueEnd: 520 });
    expect(away.take(100, 700, run)).toBe(30);
    expect(run).toEqual({ age: 300, workingset: true, due: 700, dueEnd: 700 });
    expect([away.take(100, 700, run), away.nextDue, away.pages]).toEqual([0, 1000, 10]);
    away.remove(4);
    expect([away.pages, away.nextDue, away.dueBy(1100)]).toEqual([6, 1040, 6]);
    away.remove(100);
    expect([away.pages, away.nextDue]).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  /** Alternating runs of two kinds, as many as there is room for, and one more, which merges them. */
  function merged(...kinds: readonly [pages: number, age: number, wasActive: boolean, due: number, dueEnd: number][]) {
    const away = new SwappedPages();
    for (let i = 0; i < CAPACITY; i++) away.push(...(kinds[i % kinds.length] as (typeof kinds)[number]));
    away.push(1, 500, true, 1000, 1000);
    return away;
  }

  /** Takes all that a sweep has reached; returns the runs, and how many of their pages had been active. */
  function takeAll(away: SwappedPages, sweep: number) {
    const runs: SwappedRun[] = [];
    let active = 0;
    const run = newRun();
    for (let pages = away.take(1e6, sweep, run); pages > 0; pages = away.take(1e6, sweep, run)) {
      runs.push({ ...run });
      if (run.workingset) active += pages;
    }
    return { runs, active };
  }

  it("averages runs that it can't keep apart, by pages", () => {
    const away = merged([1, 0, true, 100, 110], [3, 100, true, 90, 105]);
    const run = newRun();
    expect([away.pages, away.nextDue]).toEqual([(CAPACITY / 2) * 4 + 1, 90]);
    expect(away.take(10, 200, run)).toBe(4);
    expect(run).toEqual({ age: 75, workingset: true, due: 90, dueEnd: 110 });
  });

  it("averages runs that had been active among themselves, and so those that had not", () => {
    const { runs, active } = takeAll(merged([30, 0, false, 100, 110], [1, 100, true, 90, 105]), 200);
    expect(active).toBe(CAPACITY / 2);
    const distinct = new Set(runs.map((run) => JSON.stringify(run)));
    expect([...distinct].map((run) => JSON.parse(run))).toEqual([
      { age: 0, workingset: false, due: 100, dueEnd: 110 },
      { age: 100, workingset: true, due: 90, dueEnd: 105 },
    ]);
  });

  it("does not let one old run that stays decide what the later ones had been", () => {
    const away = new SwappedPages();
    away.push(1000, 0, false, 1e6, 2e6);
    let active = 0;
    for (let i = 0; i < 20 * CAPACITY; i++) {
      away.push(10, i, true, i, i + 1);
      if (i % CAPACITY === 0) active += takeAll(away, i).active;
    }
    active += takeAll(away, 1e5).active;
    expect([active, away.pages]).toEqual([20 * CAPACITY * 10, 1000]);
  });
});
