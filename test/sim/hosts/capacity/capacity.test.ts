import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PolicyCapacity, searchCapacity } from "../../../../src/sim/hosts/capacity/capacity.ts";
import type { Point } from "../../../../src/sim/hosts/capacity/point.ts";
import type { Trial } from "../../../../src/sim/hosts/capacity/setup.ts";
import type { TrialResult } from "../../../../src/sim/hosts/capacity/trial.ts";

/** A line of points for each world: whether they hold. */
type Worlds = readonly (readonly boolean[])[];

/** A line whose points hold from an index on, but for some. */
const line = (size: number, from: number, except: readonly number[] = []): boolean[] =>
  Array.from({ length: size }, (_, i) => i >= from !== except.includes(i));

/** Searches a line of sizes; runs end in an order that a seed decides. */
async function search(
  worlds: Worlds,
  { seed = 1, begin = null }: { readonly seed?: number; readonly begin?: number | null } = {},
): Promise<{ found: PolicyCapacity; runs: Trial[] }> {
  const runs: Trial[] = [];
  let random = seed;
  const run = async (trial: Trial): Promise<TrialResult> => {
    runs.push(trial);
    random = (random * 16_807) % 2_147_483_647;
    for (let turns = random % 7; turns > 0; turns--) await null;
    const memory = trial.point.over === "memory" ? trial.point.memory : Number.NaN;
    const holds = worlds[trial.world - 1]?.[memory - 1] === true;
    return { breach: holds ? null : { requirement: 0, vm: "vm", value: 1 }, atUs: null, worst: null };
  };
  const points = Array.from({ length: worlds[0]?.length ?? 0 }, (_, i): Point => ({ over: "memory", memory: i + 1 }));
  return {
    found: await searchCapacity(0, { points, step: 1, limit: "reservations" }, worlds.length, run, { begin }),
    runs,
  };
}

const holdsAt = ({ tried }: PolicyCapacity, index: number): (readonly [number, boolean])[] =>
  (tried.find((point) => point.index === index)?.runs ?? []).map(({ world, trial }) => [world, trial.breach === null]);

test("each world has its own boundary, and the greatest is the result", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 20, max: 100 }),
      fc.array(fc.nat(19), { minLength: 1, maxLength: 5 }),
      async (size, from) => {
        const { found } = await search(from.map((first) => line(size, first)));
        const most = Math.max(...from);
        expect(found.least).toBe(most);
        expect(found.worlds).toEqual(from.map((least, i) => ({ world: i + 1, least, isLimit: least === 0 })));
        expect(found.reversals).toEqual([]);
        expect(found.breaks?.failing ?? 0).toBe(most === 0 ? 0 : from.filter((first) => first === most).length);
        expect(found.breaks?.index ?? -1).toBe(most - 1);
      },
    ),
  );
});

test("the result and the points beside it were tried in all worlds, and every tried point from it on holds", async () => {
  const points = (size: number) => fc.array(fc.boolean(), { minLength: size, maxLength: size });
  const worlds = fc
    .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 4 }))
    .chain(([size, count]) => fc.array(points(size), { minLength: count, maxLength: count }));
  await fc.assert(
    fc.asyncProperty(worlds, async (lines) => {
      const { found } = await search(lines);
      const size = lines[0]?.length as number;
      const all = lines.map((_, i) => i + 1);
      for (const { index, holds, runs } of found.tried) {
        for (const { world, trial } of runs) expect(trial.breach === null).toBe(lines[world - 1]?.[index]);
        expect(holds).toBe(runs.every(({ world }) => lines[world - 1]?.[index]));
      }
      if (found.least === null) {
        expect(lines.some((one) => one.at(-1) === false)).toBe(true);
        expect(holdsAt(found, size - 1).map(([world]) => world)).toEqual(all);
        return;
      }
      for (const { index, holds } of found.tried) if (index >= found.least) expect(holds).toBe(true);
      for (let index = Math.max(0, found.least - 1); index <= Math.min(size - 1, found.least + 1); index++) {
        expect(holdsAt(found, index).map(([world]) => world)).toEqual(all);
      }
      expect(Math.max(...found.worlds.map(({ least }) => least))).toBe(found.least);
    }),
  );
});

test("the other worlds begin at the boundary of the first one: each takes few runs more", async () => {
  const runsOf = async (worlds: number) =>
    (await search(Array.from({ length: worlds }, () => line(80, 40)))).found.runs;
  const [one, five] = [await runsOf(1), await runsOf(5)];
  expect(five - one).toBe(4 * 3);
});

test("a search that begins at a point finds the same boundaries, and looks no farther than it must", async () => {
  const lines = [line(80, 40), line(80, 43)];
  const whole = (await search(lines)).found;
  for (const begin of [0, 36, 40, 79]) {
    const { found } = await search(lines, { begin });
    expect([found.least, found.worlds]).toEqual([whole.least, whole.worlds]);
  }
  const { found } = await search(lines, { begin: 39 });
  expect(found.tried.map(({ index }) => index)).toEqual([38, 39, 40, 41, 42, 43, 44]);
});

test("no run is made twice but the one that shows what breaks, and the order in which runs end changes nothing", async () => {
  const lines = [line(64, 30, [33]), line(64, 28, [31]), line(64, 35)];
  const { found, runs } = await search(lines);
  const keys = runs.map(({ point, world, isWhole }) => JSON.stringify([point, world, isWhole]));
  expect(new Set(keys).size).toBe(keys.length);
  expect(runs.filter(({ isWhole }) => isWhole)).toHaveLength(1);
  expect(found.runs).toBe(runs.length);
  for (const seed of [2, 3, 5, 8]) expect((await search(lines, { seed })).found).toEqual(found);
});

describe("worlds that are not monotone", () => {
  test("a failure of a world at the result of another one moves it", async () => {
    // World 3 holds from 38 on, but for 46, at which it is tried since world 2 needs so much.
    const { found } = await search([line(64, 40), line(64, 46), line(64, 38, [46])]);
    expect(found.least).toBe(47);
    expect(found.worlds.map(({ least }) => least)).toEqual([40, 46, 47]);
    expect(found.reversals).toEqual([{ world: 3, fails: 46, holds: 45 }]);
  });

  test("a failure though a harder point holds is told with its world", async () => {
    const { found } = await search([line(64, 40), line(64, 38, [40])]);
    expect(found.least).toBe(41);
    expect(found.reversals).toEqual([{ world: 2, fails: 40, holds: 39 }]);
  });

  test("a world in which nothing holds leaves no result, and says so at the last point", async () => {
    for (const lines of [
      [line(64, 40), line(64, 64)],
      [line(64, 64), line(64, 40)],
    ]) {
      const { found } = await search(lines);
      expect(found).toMatchObject({ least: null, worlds: [], breaks: { index: 63, failing: 1 } });
    }
  });
});
