import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { around, findBoundary, reversalsOf, wholeLine } from "../../../../src/sim/hosts/capacity/boundary.ts";

async function search(line: readonly boolean[], near = 2, first = wholeLine(line.length, 8)) {
  const calls: number[] = [];
  const result = await findBoundary(
    line.length,
    async (index) => {
      calls.push(index);
      return line[index] as boolean;
    },
    { first, near },
  );
  return { ...result, calls };
}

/** A line whose points hold from an index on, but for some. */
const line = (size: number, from: number, except: readonly number[] = []): boolean[] =>
  Array.from({ length: size }, (_, i) => i >= from !== except.includes(i));

test("on a monotone line the boundary is exact, at few calls", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.nat(200), async (size, from) => {
      const { least, calls, tried } = await search(line(size, from));
      expect(least).toBe(from >= size ? null : from);
      expect(new Set(calls).size).toBe(calls.length);
      expect(calls.length).toBeLessThanOrEqual(size / 8 + 2 + 3 + 5);
      expect(reversalsOf(tried)).toEqual([]);
    }),
  );
});

test("on any line every tried point from the boundary on holds, the one before fails, and all near ones were tried", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 120 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 4 }),
      async (points, stride, near) => {
        const { least, tried, calls } = await search(points, near, wholeLine(points.length, stride));
        for (const [index, holds] of tried) expect(holds).toBe(points[index]);
        expect(new Set(calls).size).toBe(calls.length);
        // The whole line has been looked at.
        for (let index = points.length - 1; index > 0; index -= stride) expect(tried.has(index)).toBe(true);
        expect(tried.has(0)).toBe(true);
        if (least === null) {
          expect(points.at(-1)).toBe(false);
          return;
        }
        for (const [index, holds] of tried) if (index >= least) expect(holds).toBe(true);
        if (least > 0) expect(tried.get(least - 1)).toBe(false);
        for (let index = Math.max(0, least - near); index <= Math.min(points.length - 1, least + near); index++) {
          expect(tried.has(index)).toBe(true);
        }
      },
    ),
  );
});

test("a search that begins near the boundary of a monotone line finds it, at fewer calls than one over the whole line", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 200 }),
      fc.nat(200),
      fc.integer({ min: -20, max: 20 }),
      async (size, from, off) => {
        const begin = Math.max(0, Math.min(size - 1, from + off));
        const { least, calls, tried } = await search(line(size, from), 1, around(begin, 1, size));
        expect(least).toBe(from >= size ? null : from);
        expect(new Set(calls).size).toBe(calls.length);
        expect(reversalsOf(tried)).toEqual([]);
        const distance = Math.abs(Math.min(from, size) - begin);
        expect(calls.length).toBeLessThanOrEqual(distance === 0 ? 3 : 5 + 2 * Math.log2(1 + distance));
      },
    ),
  );
});

test("wherever a search begins, on any line every tried point from the boundary on holds, and the neighbours were tried", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 120 }),
      fc.uniqueArray(fc.nat(119), { minLength: 1, maxLength: 6 }),
      async (points, begin) => {
        const first = [...new Set(begin.map((index) => index % points.length))];
        const { least, tried, calls } = await search(points, 1, first);
        for (const [index, holds] of tried) expect(holds).toBe(points[index]);
        expect(new Set(calls).size).toBe(calls.length);
        if (least === null) {
          expect(points.at(-1)).toBe(false);
          return;
        }
        for (const [index, holds] of tried) if (index >= least) expect(holds).toBe(true);
        if (least > 0) expect(tried.get(least - 1)).toBe(false);
        if (least < points.length - 1) expect(tried.get(least + 1)).toBe(true);
      },
    ),
  );
});

describe("lines that are not monotone", () => {
  test("a failure right above the boundary moves it", async () => {
    // Halving finds 42: the look at its neighbours finds that 43 fails.
    const { least, tried } = await search(line(64, 42, [43]));
    expect(least).toBe(44);
    expect(reversalsOf(tried)).toContainEqual({ fails: 43, holds: 42 });
  });

  test("a failure far above it is found by the look over the whole line", async () => {
    const { least, tried } = await search(line(64, 10, [47, 48]));
    expect(least).toBe(49);
    // 47 is one of the points of the first look.
    expect(reversalsOf(tried).map(({ fails }) => fails)).toContain(47);
  });

  test("an island that holds among failures is told, and is not the result", async () => {
    const { least, tried } = await search(line(64, 40, [15, 16]));
    expect(least).toBe(40);
    expect(reversalsOf(tried)[0]).toMatchObject({ holds: 15 });
  });

  test("a last point that fails is no result, whatever holds before it", async () => {
    const { least, tried } = await search(line(64, 20, [63]));
    expect(least).toBeNull();
    expect(reversalsOf(tried)).toEqual([{ fails: 63, holds: 55 }]);
  });
});
