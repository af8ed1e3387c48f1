import { expect, test } from "vitest";
import { Episodes, MAX_LISTED } from "../../../src/sim/measures/episodes.ts";
import { afterCycle, madeUpView } from "../../support/worlds/run-view.ts";

const S = 1_000_000;

/** A balloon that moves `pace` pages in a cycle of a millisecond each whole second, after targets that change at given times. */
function follow(targets: readonly [atUs: number, pages: number][], endUs: number, pace: number): Episodes {
  const view = madeUpView();
  const episodes = new Episodes();
  const change = (us: number) => {
    for (const [atUs, pages] of targets.filter(([t]) => t === us)) {
      Object.assign(view, { timeUs: atUs });
      view.host.target = pages;
      episodes.target(view);
    }
  };
  const times = [
    ...new Set([...targets.map(([t]) => t), ...Array.from({ length: Math.ceil(endUs / S) }, (_, i) => i * S)]),
  ];
  for (const us of times.sort((a, b) => a - b)) {
    if (us > endUs) break;
    change(us);
    if (us % S !== 0 || us + 1000 > endUs) continue;
    const { size } = view.engine;
    const missing = view.host.target - size;
    afterCycle(view, us, 1000, size + Math.sign(missing) * Math.min(pace, Math.abs(missing)));
    episodes.cycle(view);
  }
  view.timeUs = endUs;
  episodes.end(view);
  return episodes;
}

test("time to target is counted from the change to the end of the cycle that got there", () => {
  const { listed, count, reached } = follow([[10 * S + 500_000, 400]], 30 * S, 100);
  expect(listed).toEqual([
    {
      atUs: 10 * S + 500_000,
      untilUs: 30 * S,
      fromPages: 0,
      toPages: 400,
      // Cycles at 11, 12, 13 and 14 s.
      timeToTargetUs: 3 * S + 500_000 + 1000,
      deficitPages: [0, null, null],
      lastDeficitPages: 0,
    },
  ]);
  expect([count, reached]).toEqual([1, 1]);
});

test("deficits are those of the last cycle that had ended", () => {
  const { listed } = follow([[0, 10_000]], 100 * S, 100);
  // The cycle that begins 5 s after the change has not ended 5 s after it: five cycles have, at 0 to 4 s.
  expect(listed[0].deficitPages).toEqual([9500, 7000, 4000]);
  expect(listed[0].timeToTargetUs).toBe(99 * S + 1000);
});

test("a deficit is below zero where pages are still to be given back", () => {
  const { listed } = follow(
    [
      [0, 1000],
      [20 * S, 200],
    ],
    60 * S,
    100,
  );
  expect(listed[1]).toMatchObject({ fromPages: 1000, toPages: 200, deficitPages: [-300, 0, null] });
});

test("a change that came too late or was overtaken was never reached, and misses its deadlines", () => {
  const targets: [number, number][] = [
    [0, 1000],
    [4 * S, 2000],
    [9 * S, 500],
  ];
  const { listed, count, reached } = follow(targets, 10 * S, 100);
  expect(listed.map((change) => [change.timeToTargetUs, change.deficitPages])).toEqual([
    [null, [null, null, null]],
    // Exactly when the next change came: nine cycles, at 0 to 8 s, have taken 900 pages.
    [null, [1100, null, null]],
    [null, [null, null, null]],
  ]);
  expect([count, reached]).toEqual([3, 0]);
  expect(listed.map((change) => [change.untilUs, change.lastDeficitPages])).toEqual([
    [4 * S, 600],
    [9 * S, 1100],
    // What the cycle that began at 9 s has given back.
    [10 * S, -300],
  ]);
});

test("the largest inflation is the change that asked for the most pages more", () => {
  const targets: [number, number][] = [
    [0, 300],
    [20 * S, 800],
    [40 * S, 100],
    [60 * S, 500],
  ];
  expect(follow(targets, 90 * S, 100).largestInflation).toMatchObject({ fromPages: 300, toPages: 800 });
  expect(follow([], 90 * S, 100).largestInflation).toBeNull();
});

test("a target from the beginning is a change at time 0, with or without a call", () => {
  const view = madeUpView();
  view.host.target = 100;
  const episodes = new Episodes();
  episodes.cycle(afterCycle(view, 2 * S, 1000, 100));
  view.timeUs = 9 * S;
  episodes.end(view);
  expect(episodes.listed).toMatchObject([{ atUs: 0, fromPages: 0, toPages: 100, timeToTargetUs: 2 * S + 1000 }]);
});

test("a target that moves in a straight line is reached only at its last value", () => {
  const view = madeUpView();
  const episodes = new Episodes();
  view.timeUs = 1 * S;
  episodes.target(view);
  // The host asks for 100 pages more each second until second 5; the balloon has caught up in each cycle.
  for (let second = 1; second <= 8; second++) {
    view.host.target = Math.min(second, 5) * 100;
    episodes.cycle(afterCycle(view, second * S, 1000, view.host.target));
  }
  view.timeUs = 9 * S;
  episodes.end(view);
  expect(episodes.listed).toMatchObject([{ atUs: S, fromPages: 0, toPages: 500, timeToTargetUs: 4 * S + 1000 }]);
});

test("changes beyond those that are listed still count", () => {
  const targets = Array.from({ length: MAX_LISTED + 5 }, (_, i): [number, number] => [i * S, i % 2 === 0 ? 100 : 0]);
  const { listed, count, reached } = follow(targets, (MAX_LISTED + 5) * S, 100);
  expect([listed.length, count, reached]).toEqual([MAX_LISTED, MAX_LISTED + 5, MAX_LISTED + 5]);
});

test("the largest inflation is the first of equals, and a target that only falls or stays has none", () => {
  const { largestInflation } = follow(
    [
      [S, 500],
      [5 * S, 0],
      [9 * S, 500],
    ],
    20 * S,
    1000,
  );
  expect(largestInflation?.atUs).toBe(S);
  expect(follow([[S, 0]], 5 * S, 1000).largestInflation).toBeNull();
});

test("a cycle that ends at a deadline counts for its deficit", () => {
  const view = madeUpView();
  const episodes = new Episodes();
  view.host.target = 1000;
  episodes.target(view);
  episodes.cycle(afterCycle(view, 0, 1000, 100));
  // From 4 s to 5 s.
  episodes.cycle(afterCycle(view, 4 * S, S, 700));
  episodes.cycle(afterCycle(view, 6 * S, 1000, 900));
  view.timeUs = 10 * S;
  episodes.end(view);
  expect(episodes.listed[0]?.deficitPages[0]).toBe(300);
});

test("a change that comes too late in the run to be followed is not counted, and is told as unobserved", () => {
  const late = follow(
    [
      [0, 100],
      [30 * S, 400],
    ],
    30 * S,
    100,
  );
  expect([late.count, late.reached, late.unobservedUs]).toEqual([1, 1, 30 * S]);
  const heardOf = follow(
    [
      [0, 100],
      [28 * S + 500_000, 400],
    ],
    30 * S,
    100,
  );
  expect([heardOf.count, heardOf.reached, heardOf.unobservedUs]).toEqual([2, 1, null]);
  // In a whole second the driver asks for the target once, also where its cycle does not end.
  const view = madeUpView();
  const unfollowedUntil = (endUs: number): number | null => {
    const episodes = new Episodes();
    view.timeUs = 5 * S;
    view.host.target = 400;
    episodes.target(view);
    view.timeUs = endUs;
    episodes.end(view);
    return episodes.unobservedUs;
  };
  expect([unfollowedUntil(6 * S - 1), unfollowedUntil(6 * S)]).toEqual([5 * S, null]);
});
