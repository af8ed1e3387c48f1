import fc from "fast-check";
import { expect, test } from "vitest";
import { RowStore } from "../../../src/sim/report/runs/row-store.ts";

const CAPACITY = 64;
const row = fc.tuple(
  fc.integer({ min: 0, max: 5_000_000 }),
  fc.integer({ min: 0, max: 1000 }),
  fc.integer({ min: 0, max: 9 }),
);

test("few rows are kept as they are", () => {
  const store = new RowStore(2, CAPACITY);
  for (let i = 0; i < CAPACITY; i++) store.add([i, i * i]);
  expect([store.kept, store.added]).toEqual([CAPACITY, CAPACITY]);
  expect(store.column(1)).toEqual(Float64Array.from({ length: CAPACITY }, (_, i) => i * i));
});

test("of many rows the ends and the extremes of every column remain, in order", () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 150, size: "max" }), (gaps) => {
      const store = new RowStore(3, CAPACITY);
      let time = 0;
      const rows = gaps.map(([gap, a, b]) => {
        time += gap / 1e6;
        return [time, a, b] as const;
      });
      for (const one of rows) store.add(one);
      expect(store.kept).toBeLessThanOrEqual(CAPACITY);
      expect(store.added).toBe(rows.length);
      const columns = [0, 1, 2].map((c) => [...store.column(c)]);
      const kept = columns[0]?.map((_, i) => columns.map((column) => column[i]));
      const all = new Set(rows.map((one) => one.join()));
      for (const one of kept ?? []) expect(all).toContain(one.join());
      expect(columns[0]).toEqual([...(columns[0] ?? [])].sort((x, y) => x - y));
      expect(kept?.[0]).toEqual(rows[0]);
      expect(kept?.at(-1)).toEqual(rows.at(-1));
      for (const c of [1, 2] as const) {
        const own = rows.map((one) => one[c]);
        expect(Math.max(...(columns[c] ?? []))).toBe(Math.max(...own));
        expect(Math.min(...(columns[c] ?? []))).toBe(Math.min(...own));
      }
    }),
  );
});

test("a store with no room for one bucket takes what it needs", () => {
  const store = new RowStore(20, 4);
  for (let i = 0; i < 10_000; i++) store.add(Array.from({ length: 20 }, (_, c) => (i * (c + 1)) % 1009));
  expect(store.kept).toBeLessThanOrEqual(160);
});

test("one high and one low value among many thousands are kept, at any place", () => {
  for (const at of [1, 4999, 5000, 9998]) {
    const store = new RowStore(3, CAPACITY);
    for (let i = 0; i < 10_000; i++) store.add([i, i === at ? 1000 : 5, i === 9999 - at ? -1000 : 5]);
    const highest = store.column(1).reduce((a, b) => Math.max(a, b));
    const lowest = store.column(2).reduce((a, b) => Math.min(a, b));
    expect([store.added, highest, lowest]).toEqual([10_000, 1000, -1000]);
  }
});
