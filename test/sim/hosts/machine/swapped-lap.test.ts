import fc from "fast-check";
import { expect, test } from "vitest";
import { SwappedLap } from "../../../../src/sim/hosts/machine/swapped-lap.ts";

test("each swapped page comes back once within a lap, and the workload waits for each", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1000, max: 100_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 50 }),
      (size, part, pieces) => {
        const lap = new SwappedLap();
        const swapped = Math.floor(size * part);
        lap.add(swapped, size);
        expect(lap.pages).toBe(swapped);
        let came = 0;
        for (let i = 0; i < pieces; i++) {
          expect(lap.pass(size / pieces, size, 100, Number.POSITIVE_INFINITY)).toBe(size / pieces);
          came += lap.came;
        }
        // The last piece may end a rounding error before the end of the lap.
        lap.pass(1, size, 100, Number.POSITIVE_INFINITY);
        expect(came + lap.came).toBe(swapped);
        expect(lap.pages).toBe(0);
      },
    ),
  );
});

test("a workload that has no time for all waits accesses as many pages as it has time for", () => {
  const lap = new SwappedLap();
  lap.add(8000, 16_000);
  // Every second page is swapped: a wait of 1 ms for each, 100 ms.
  expect(lap.pass(10_000, 16_000, 1_000_000, 100_000_000)).toBeCloseTo(200, 6);
  expect(lap.came).toBe(100);
  expect(lap.density(16_000)).toBeCloseTo(0.5, 2);
});

test("pages are added and removed exactly, in any order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("add", "remove", "pass"), fc.integer({ min: 0, max: 5000 })), {
        maxLength: 40,
      }),
      (steps) => {
        const size = 20_000;
        const lap = new SwappedLap();
        for (const [what, pages] of steps) {
          const before = lap.pages;
          if (what === "add") {
            const some = Math.min(pages, size - before);
            lap.add(some, size);
            expect(lap.pages).toBe(before + some);
          } else if (what === "remove") {
            const some = Math.min(pages, before);
            lap.remove(some);
            expect(lap.pages).toBe(before - some);
          } else {
            lap.pass(pages, size, 10, 1e9);
            expect(lap.pages).toBe(before - lap.came);
          }
          expect(lap.density(size)).toBeGreaterThanOrEqual(0);
          expect(lap.density(size)).toBeLessThanOrEqual(1);
        }
      },
    ),
  );
});

test("a workload that has given up all of its pages comes to none of the swapped ones", () => {
  const lap = new SwappedLap();
  lap.add(16, 1600);
  // The pages just ahead come back, the others stay.
  lap.pass(100, 1600, 0, Number.POSITIVE_INFINITY);
  expect(lap.density(0)).toBe(0);
});

test("a part of a lap ends also where what is left of it is too little to change the sum", () => {
  const size = 16 * 1024;
  const lap = new SwappedLap();
  lap.add(1600, size);
  // Ten tenths of a part are a rounding error less than a part; then half of the rest.
  for (let i = 0; i < 10; i++) lap.pass(102.4, size, 0, 1);
  lap.pass(1024 * 0.6 * 2 ** -53, size, 0, 1);
  expect(lap.density(size)).toBeCloseTo(100 / 1024, 6);
  expect(lap.density(0)).toBe(0);
});
