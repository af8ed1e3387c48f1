import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Shadow, ShadowQueue } from "../../../src/sim/guest/shadows.ts";

const CAPACITY = 32;
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("push" as const), pages: fc.nat(9), workingset: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("take" as const), pages: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("keep" as const), part: fc.nat(100) }) },
);

describe("ShadowQueue", () => {
  it("loses no page, and gives back ages between the oldest and the youngest that it was given", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
        const queue = new ShadowQueue();
        const shadow: Shadow = { age: 0, workingset: false };
        let pages = 0;
        let age = 0;
        let taken = 0;
        for (const s of steps) {
          if (s.kind === "push") {
            queue.push(s.pages, ++age, s.workingset);
            pages += s.pages;
          } else if (s.kind === "take") {
            const got = queue.take(s.pages, shadow);
            expect(got).toBeLessThanOrEqual(Math.min(s.pages, pages));
            expect(got > 0).toBe(pages > 0);
            pages -= got;
            // The oldest come first.
            if (got > 0) expect(shadow.age).toBeGreaterThanOrEqual(taken);
            if (got > 0) taken = shadow.age;
            expect(taken).toBeLessThanOrEqual(age);
          } else {
            const kept = Math.floor((pages * s.part) / 100);
            queue.keep(kept);
            pages = kept;
          }
          expect(queue.pages).toBe(pages);
        }
        // What it counts is what it gives back.
        for (let got = queue.take(9, shadow); got > 0; got = queue.take(9, shadow)) pages -= got;
        expect(pages).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it("remembers few entries exactly", () => {
    const entries = fc.array(fc.record({ pages: fc.integer({ min: 1, max: 9 }), workingset: fc.boolean() }), {
      maxLength: CAPACITY,
    });
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 5 }), (list, count) => {
        const queue = new ShadowQueue();
        const pushed = list.flatMap(({ pages, workingset }, age) => {
          queue.push(pages, age, workingset);
          return new Array<Shadow>(pages).fill({ age, workingset });
        });
        const shadow: Shadow = { age: 0, workingset: false };
        const seen: Shadow[] = [];
        for (let got = queue.take(count, shadow); got > 0; got = queue.take(count, shadow)) {
          seen.push(...new Array<Shadow>(got).fill({ ...shadow }));
        }
        expect(seen).toEqual(pushed);
      }),
    );
  });

  it.each([
    ["the larger one", 1, 3, true],
    ["the larger one", 3, 1, false],
    ["the younger one of two that are equal", 2, 2, true],
  ])(
    "averages entries that it can't keep apart, by pages; %s keeps the common value",
    (_, first, second, workingset) => {
      const queue = new ShadowQueue();
      for (let i = 0; i < CAPACITY / 2; i++) {
        queue.push(first, 0, false);
        queue.push(second, 100, true);
      }
      queue.push(1, 500, false);
      const shadow: Shadow = { age: 0, workingset: false };
      expect(queue.take(10, shadow)).toBe(4);
      expect(shadow).toEqual({ age: 25 * second, workingset });
      expect(queue.pages).toBe((CAPACITY / 2) * 4 - 4 + 1);
    },
  );
});
