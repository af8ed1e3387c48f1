import { expect, test } from "vitest";
import { type BalloonPolicy, VIRTIO_BALLOON } from "../../../src/engine/index.ts";
import { LONG_CYCLE_US, ObjectiveMeter } from "../../../src/sim/measures/meter.ts";
import { OBJECTIVES } from "../../../src/sim/measures/objectives.ts";
import { afterCycle, type MadeUpView, madeUpView } from "../../support/worlds/run-view.ts";

const S = 1_000_000;

/** What a run shows its observers: a change of the target, or a cycle that takes a millisecond and ends with a size. */
type Sight = { atS: number; target: number } | { atS: number; size: number; stallS?: number; us?: number };

function measure(sights: readonly Sight[], endS: number, view: MadeUpView = madeUpView()) {
  const meter = new ObjectiveMeter();
  for (const sight of sights) {
    if ("target" in sight) {
      view.timeUs = sight.atS * S;
      view.host.target = sight.target;
      meter.target(view);
    } else {
      const us = sight.us ?? 1000;
      view.guest.psiSomeUs += (sight.stallS ?? 0) * S;
      // So that the cycle ends when the sight says.
      meter.cycle(afterCycle(view, sight.atS * S - us, us, sight.size));
    }
  }
  view.timeUs = endS * S;
  meter.end(view);
  expect(meter.values.every(Number.isFinite)).toBe(true);
  return Object.fromEntries(OBJECTIVES.map(({ name }, i) => [name, meter.values[i]]));
}

test("changes that are reached count with their times, the others with the time that they had", () => {
  const objectives = measure(
    [
      { atS: 10, target: 1000 },
      { atS: 11, size: 400 },
      { atS: 14, size: 1000 },
      { atS: 20, target: 200 },
      { atS: 21, size: 700 },
      { atS: 40, target: 600 },
      { atS: 41, size: 700 },
      { atS: 42, size: 600 },
    ],
    50,
  );
  // 4 s, 20 s that were not enough, 2 s: those up are the first and the last.
  expect(objectives).toMatchObject({ time_to_target: 8.666667, unreached: 1, reclaim_time: 3, give_back_time: 20 });
});

test("a target that is set to what it was already counts as a change, but asks for nothing back", () => {
  const sights = [
    { atS: 10, target: 1000 },
    { atS: 11, size: 1000 },
    { atS: 20, target: 1000 },
    { atS: 27, size: 1000 },
  ];
  expect(measure(sights, 50)).toMatchObject({ time_to_target: 4, reclaim_time: 1, give_back_time: 0 });
});

test("of all objectives, only memory that the host has as it wanted is better the more there is", () => {
  expect(OBJECTIVES.filter(({ better }) => better === "more").map(({ name }) => name)).toEqual(["reclaimed_area"]);
});

test("deficits are distances at the deadline, or when the next change came", () => {
  const objectives = measure(
    [
      { atS: 10, target: 1000 },
      { atS: 12, size: 400 },
      { atS: 16, size: 900 },
      { atS: 20, target: 100 },
      { atS: 24, size: 300 },
      { atS: 30, size: 100 },
    ],
    100,
  );
  // 600 missing after 5 s, 100 when the next change came; 200 too many after 5 s, none later.
  expect(objectives).toMatchObject({ deficit_5s: 400, deficit_30s: 50, deficit_60s: 50 });
});

test("the meter integrates the memory that the host has of its target, and beyond it", () => {
  const objectives = measure(
    [
      { atS: 10, target: 1000 },
      { atS: 20, size: 500 },
      { atS: 30, size: 1000 },
      { atS: 40, target: 200 },
      { atS: 50, size: 600 },
      { atS: 60, size: 200 },
    ],
    100,
  );
  expect(objectives).toMatchObject({
    reclaimed_area: 500 * 10 + 1000 * 10 + 200 * 60,
    excess_area: 800 * 10 + 400 * 10,
  });
});

test("stalls while the balloon is above its target are those of giving back", () => {
  const sights: Sight[] = [
    { atS: 10, target: 1000 },
    { atS: 20, size: 1000, stallS: 3 },
    { atS: 30, target: 0 },
    { atS: 31, size: 600, stallS: 0.25 },
    { atS: 32, size: 0, stallS: 0.5 },
    { atS: 33, size: 0, stallS: 1 },
  ];
  expect(measure(sights, 40)).toMatchObject({ give_back_stall: 0.75, stall_some: 4.75 });
});

test("a balloon that goes straight to its targets neither overshoots nor oscillates", () => {
  const sights: Sight[] = [
    { atS: 1, target: 1000 },
    { atS: 2, size: 700 },
    { atS: 3, size: 1000 },
    { atS: 4, target: 100 },
    { atS: 5, size: 300 },
    // Raised again before it was reached: what is too much still goes.
    { atS: 6, target: 200 },
    { atS: 7, size: 200 },
  ];
  expect(measure(sights, 9)).toMatchObject({ overshoot: 0, oscillation: 0 });
});

test("passing a target is overshoot, moving back and forth oscillation", () => {
  const sights: Sight[] = [
    { atS: 1, target: 1000 },
    { atS: 2, size: 1300 },
    { atS: 3, size: 900 },
    { atS: 4, size: 1000 },
    { atS: 5, target: 400 },
    { atS: 6, size: 250 },
    { atS: 7, size: 400 },
  ];
  // 300 above 1000; 1300 + 400 + 100 pages for a way of 1000, 750 + 150 for one of 600.
  expect(measure(sights, 9)).toMatchObject({ overshoot: 300, oscillation: 800 + 300 });
});

test("a run without a target has no changes to reach", () => {
  expect(measure([{ atS: 1, size: 0 }], 5)).toMatchObject({
    time_to_target: 0,
    unreached: 0,
    deficit_5s: 0,
    reclaimed_area: 0,
    reclaim_time: 0,
    give_back_time: 0,
    overshoot: 0,
  });
});

test("a driver that did not load misses every target for all the time", () => {
  expect(measure([{ atS: 10, target: 1000 }], 100)).toMatchObject({
    time_to_target: 90,
    unreached: 1,
    deficit_60s: 1000,
    reclaimed_area: 0,
  });
});

test("a target from the beginning is a change at time 0, with or without a call", () => {
  const told = measure(
    [
      { atS: 0, target: 300 },
      { atS: 2, size: 300 },
    ],
    10,
  );
  const view = madeUpView();
  view.host.target = 300;
  expect(measure([{ atS: 2, size: 300 }], 10, view)).toEqual(told);
  expect(told).toMatchObject({ time_to_target: 2, reclaimed_area: 300 * 8 });
});

test("cycles of a quarter of a second are long", () => {
  const sights: Sight[] = [
    { atS: 1, size: 0, us: LONG_CYCLE_US - 1 },
    { atS: 2, size: 0, us: LONG_CYCLE_US },
  ];
  expect(measure(sights, 5)).toMatchObject({ long_cycles: 1 });
  // Without a period, none is.
  const view: MadeUpView = { ...madeUpView(), policy: VIRTIO_BALLOON as BalloonPolicy };
  expect(measure(sights, 5, view)).toMatchObject({ long_cycles: 0 });
});

test("each objective of guest and host reads its own counter, in its own unit", () => {
  const view = madeUpView();
  Object.assign(view.guest, { psiSomeUs: 2 * S, psiFullUs: S, workloadStallUs: 3 * S });
  Object.assign(view.guest, { swapOut: 40, swapIn: 5, refaults: 6, oomKills: 7, undonePages: 9 });
  Object.assign(view.host, { calls: 8 });
  view.driverCpuUs = 1_234_567;
  expect(measure([], 5, view)).toMatchObject({
    stall_some: 2,
    stall_full: 1,
    stall_workload: 3,
    undone_work: 9,
    swap_traffic: 45,
    refaults: 6,
    oom_kills: 7,
    driver_cpu: 1.234567,
    backdoor_calls: 8,
  });
});

test("there are no values before the end", () => {
  expect(() => new ObjectiveMeter().values).toThrow(/not over/);
});

test("objectives have names of their own that the command line can take", () => {
  const names = OBJECTIVES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z][a-z_0-9]*$/);
});
