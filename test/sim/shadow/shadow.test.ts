import { expect, test } from "vitest";
import { RunError } from "../../../src/common/errors.ts";
import { VMMEMCTL } from "../../../src/engine/index.ts";
import { windowResult } from "../../../src/sim/shadow/claims.ts";
import type { PredictedDriver } from "../../../src/sim/shadow/predict.ts";
import type { ReplayedWindow, WindowTask } from "../../../src/sim/shadow/replay-window.ts";
import { measuredRows } from "../../../src/sim/shadow/rows.ts";
import type { Sample } from "../../../src/sim/shadow/sample.ts";
import { MOST_RESULTS, Shadow } from "../../../src/sim/shadow/shadow.ts";

const driver: PredictedDriver = { guest: { profile: "linux-6.1", driver: "vmmemctl" }, rates: VMMEMCTL.defaults };

/** A window's worth of samples: half a minute in which the balloon moves, or does not; counters begin anew, so that it is one window. */
const half = (number: number, moves: boolean): Sample[] =>
  Array.from({ length: 31 }, (_, second) => ({
    ...{ timeUs: (number * 100 + second) * 1e6, wallMs: number, target: 5000, size: moves ? second : 5000 },
    ...{ memory: 250_000, free: 100_000, anon: 50_000, files: 20_000, swapCached: 0, swapTotal: 0, swapUsed: 0 },
    ...{ minFree: 1000, swapOut: 0, swapIn: 0, someUs: 0, fullUs: 0, oomKills: 0 },
  }));

/** A shadow whose replays end when they are told to. */
function held(replay: (task: WindowTask) => Promise<ReplayedWindow>) {
  const failures: string[] = [];
  const lengths = { usualUs: 600e6, mostUs: 1800e6, leastUs: 20e6, gapUs: 3.5e6 };
  const shadow = new Shadow(
    { real: driver, other: driver, slack: 0, lengths, replayer: { replay } },
    { replayed: () => {}, failed: (_, why) => failures.push(why) },
  );
  const add = (number: number, moves = true): void => {
    for (const sample of half(number, moves)) shadow.add(sample);
  };
  return { shadow, add, failures };
}

const perfect = async ({ window }: WindowTask): Promise<ReplayedWindow> => {
  const measured = measuredRows(window);
  return {
    result: windowResult(measured, [measured], [measured]),
    curves: { measured, real: measured, other: measured },
  };
};

test("windows at rest are counted and not replayed", async () => {
  let replays = 0;
  const { shadow, add } = held((task) => {
    replays++;
    return perfect(task);
  });
  add(0, false);
  add(1, false);
  add(2);
  await shadow.end();
  expect(shadow.counts).toEqual({ replayed: 1, idle: 2, failed: 0, skipped: 0 });
  expect(replays).toBe(1);
});

test("windows that come while too many wait are skipped and counted", async () => {
  let finish: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const { shadow, add } = held(async (task) => {
    await gate;
    return perfect(task);
  });
  for (let number = 0; number < 7; number++) add(number);
  finish();
  await shadow.end();
  // The seventh window ends with the shadow, while four are under way.
  expect(shadow.counts).toEqual({ replayed: 4, idle: 0, failed: 0, skipped: 3 });
});

test("a window that can't be simulated is reported and counts for nothing; another error ends the shadow", async () => {
  const { shadow, add, failures } = held(async ({ window }) => {
    throw window.samples[0]?.wallMs === 0 ? new RunError("too little memory") : new TypeError("a defect");
  });
  add(0);
  await shadow.end();
  expect([shadow.counts.failed, failures, shadow.claims]).toEqual([1, ["too little memory"], []]);
  add(1);
  await expect(shadow.end()).rejects.toThrow("a defect");
  expect(() => shadow.add(null)).toThrow("a defect");
});

test("results are kept for the last windows only, and curves for three", async () => {
  const { shadow, add } = held(perfect);
  for (let number = 0; number < MOST_RESULTS + 5; number++) {
    add(number);
    // The window before has ended.
    await new Promise(setImmediate);
  }
  await shadow.end();
  expect(shadow.counts).toMatchObject({ replayed: MOST_RESULTS + 5, skipped: 0 });
  expect(shadow.claims[0]).toMatchObject({ windows: MOST_RESULTS });
  expect(shadow.pictures.map(({ wallMs }) => wallMs)).toEqual([1002, 1003, 1004]);
});
