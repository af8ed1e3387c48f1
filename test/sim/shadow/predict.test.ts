import fc from "fast-check";
import { expect, test } from "vitest";
import { VMMEMCTL, VMW_BALLOON } from "../../../src/engine/index.ts";
import { claimsOf, windowResult } from "../../../src/sim/shadow/claims.ts";
import { type PredictedDriver, predict, WORLDS } from "../../../src/sim/shadow/predict.ts";
import { replayWindow } from "../../../src/sim/shadow/replay-window.ts";
import { measuredRows } from "../../../src/sim/shadow/rows.ts";
import type { Sample } from "../../../src/sim/shadow/sample.ts";
import type { ShadowWindow } from "../../../src/sim/shadow/window.ts";
import { windowTrace } from "../../../src/sim/shadow/window-trace.ts";
import { sampleAt } from "../../support/fakes/samples.ts";

const MEMORY = 262_144;
const GUEST = { profile: "linux-6.1", driver: "vmmemctl" };
const real: PredictedDriver = { guest: GUEST, rates: VMMEMCTL.defaults };

const sample = (second: number, more: Partial<Sample>): Sample => {
  const { size = 0, anon = 60_000 } = more;
  const free = MEMORY - size - anon - 30_000;
  const guest = { memory: MEMORY, swapTotal: MEMORY, minFree: 1500, free, anon };
  return sampleAt(second, { wallMs: 0, target: 0, size, ...guest, ...more });
};

const windowOf = (samples: readonly Sample[]): ShadowWindow => ({ samples, isIdle: false });

/** A window of 40 s in which the target rises to a size in second 5. */
const rising = (pages: number, sizeAt: (second: number) => number = () => 0): ShadowWindow =>
  windowOf(
    Array.from({ length: 41 }, (_, second) => sample(second, { target: second < 5 ? 0 : pages, size: sizeAt(second) })),
  );

test("the driver receives a target as the real one did: after the sample before the first with it", () => {
  for (const world of WORLDS) {
    const { size } = predict(rising(100_000), real, world);
    expect(size[4]).toBe(0);
    expect(size[5]).toBeGreaterThan(0);
    expect(size[5]).toBeLessThanOrEqual(16_385);
    expect(size[20]).toBe(100_000);
  }
});

test("a prediction begins with the balloon and the swap of the first sample", () => {
  const window = windowOf(
    Array.from({ length: 31 }, (_, second) => sample(second, { target: 50_000, size: 50_000, swapUsed: 5000 })),
  );
  const { size, swapOut, swapIn } = predict(window, real, WORLDS[0] as (typeof WORLDS)[number]);
  expect(new Set(size)).toEqual(new Set([50_000]));
  expect([swapOut?.at(-1), swapIn?.at(-1)]).toEqual([0, 0]);
});

test("the demand is what the machine's programs have, resident or swapped, whatever the balloon takes of it", () => {
  const window = windowOf([
    sample(0, { anon: 60_000, swapUsed: 0, files: 20_000 }),
    sample(1, { anon: 50_000, swapUsed: 12_000, swapCached: 2000, files: 15_000, size: 9000 }),
    sample(2, { anon: 55_000, swapUsed: 5000, files: 25_000, size: 9000 }),
  ]);
  expect(windowTrace(window, GUEST)).toMatchObject({
    guest: { memory: MEMORY, balloon: 0, swap: MEMORY, minFree: 1500 },
    workloads: [
      {
        anon: [[0, 60_000]],
        fileSet: [
          [0, 20_000],
          [1.001, 25_000],
        ],
        swapped: 0,
      },
    ],
  });
});

test("programs touch their memory as far as they have read it back from swap", () => {
  const touchOf = (readBack: number): unknown => {
    const window = windowOf(
      Array.from({ length: 11 }, (_, i) => sample(i, { anon: 30_000, swapUsed: 10_000, swapIn: (readBack * i) / 10 })),
    );
    return (windowTrace(window, GUEST) as { workloads: { touch?: number }[] }).workloads[0]?.touch;
  };
  // A quarter of the memory was in swap for ten seconds.
  expect(touchOf(5000)).toBe(2000);
  expect(touchOf(0)).toBeUndefined();
});

test("a much faster driver is claimed to be faster, and one that is hardly faster is not", () => {
  // Measured is what the real driver is predicted to do.
  const world = WORLDS[0] as (typeof WORLDS)[number];
  const [first] = [predict(rising(200_000), real, world)];
  const window = rising(200_000, (second) => first.size[second] as number);
  const verdictOf = (nosleepAllocMax: number) => {
    const other = { guest: GUEST, rates: { ...VMMEMCTL.defaults, nosleepAllocMax } };
    const results = [1, 2, 3].map(() => replayWindow({ window, real, other }).result);
    return claimsOf(results).find(({ kind }) => kind.id === "away")?.verdict;
  };
  expect(verdictOf(80_000)).toBe("difference");
  expect(verdictOf(17_000)).toBe("none");
});

test("the same driver with the same rates is never claimed to differ, in whatever was measured", () => {
  const anyWindow = fc
    .array(
      fc.record({
        target: fc.integer({ min: 0, max: 230_000 }),
        size: fc.integer({ min: 0, max: 100_000 }),
        anon: fc.integer({ min: 1000, max: 100_000 }),
        swapUsed: fc.integer({ min: 0, max: 50_000 }),
        stall: fc.integer({ min: 0, max: 900_000 }),
        readBack: fc.integer({ min: 0, max: 3000 }),
        hold: fc.integer({ min: 1, max: 12 }),
      }),
      { minLength: 2, maxLength: 6 },
    )
    .map((steps) => {
      let [someUs, swapIn] = [0, 0];
      const samples = steps.flatMap(({ hold, stall, readBack, ...more }) =>
        Array.from({ length: hold }, () => {
          someUs += stall;
          swapIn += readBack;
          return { ...more, someUs, fullUs: someUs, swapIn };
        }),
      );
      return windowOf([...samples, ...samples].map((more, second) => sample(second, more)));
    });
  const drivers: PredictedDriver[] = [
    real,
    { guest: { ...GUEST, driver: "vmw-balloon" }, rates: VMW_BALLOON.defaults },
  ];
  fc.assert(
    fc.property(fc.array(anyWindow, { minLength: 3, maxLength: 3 }), fc.constantFrom(...drivers), (windows, driver) => {
      const results = windows.map((window) => replayWindow({ window, real: driver, other: { ...driver } }).result);
      expect(claimsOf(results).map(({ verdict }) => verdict)).toEqual(Array(8).fill("none"));
    }),
    { numRuns: 12 },
  );
});

test("the rows of a window count from its first sample", () => {
  const window = windowOf([
    sample(7, { someUs: 500, fullUs: 100, swapOut: 40, swapIn: 30, oomKills: 2 }),
    sample(8, { someUs: 900, fullUs: 200, swapOut: 50, swapIn: 35, oomKills: 3, size: 6 }),
  ]);
  const rows = measuredRows(window);
  expect(rows).toEqual({
    timeUs: [0, 1e6],
    target: [0, 0],
    size: [0, 6],
    some: [0, 400],
    full: [0, 100],
    swapOut: [0, 10],
    swapIn: [0, 5],
    oomKills: 1,
  });
  expect(windowResult(rows, [rows], [rows]).weights).toEqual({ seconds: 1, changes: 1 });
});
