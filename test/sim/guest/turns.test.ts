import fc from "fast-check";
import { expect, test } from "vitest";
import { Turns } from "../../../src/sim/guest/turns.ts";

test("batches are at the tail in their order, each when the pages before it are taken", () => {
  const turns = new Turns();
  turns.add(10, 100, 0);
  turns.pass(60);
  turns.add(20, 200, 10);
  expect(turns.due(30)).toBe(0);
  turns.pass(40);
  expect(turns.due(30)).toBe(10);
  turns.take(10);
  expect(turns.due(20)).toBe(0);
  turns.pass(160);
  expect(turns.due(20)).toBe(20);
});

test("pages that have left otherwise hold up none of those that come later", () => {
  const turns = new Turns();
  for (let i = 0; i < 1000; i++) turns.add(10, 100, 0);
  // Of more batches than are known apart, the last ones would have their turn together.
  turns.add(10, 200, 0);
  turns.add(10, 10_000, 10);
  turns.pass(200);
  expect(turns.due(20)).toBe(10);
});

test("never are more pages at the tail than there are, and all are in the end, however many batches there are", () => {
  const act = fc.record({
    pages: fc.integer({ min: 1, max: 512 }),
    ahead: fc.nat(5000),
    passed: fc.nat(2000),
    taken: fc.nat(600),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
      const turns = new Turns();
      let all = 0;
      let most = 0;
      for (const { pages, ahead, passed, taken } of acts) {
        turns.add(pages, ahead, all);
        all += pages;
        most += passed + ahead;
        turns.pass(passed);
        const due = turns.due(all);
        expect(due).toBeGreaterThanOrEqual(0);
        expect(due).toBeLessThanOrEqual(all);
        const some = Math.min(due, taken);
        turns.take(some);
        all -= some;
      }
      turns.pass(most);
      expect(turns.due(all)).toBe(all);
    }),
  );
});
