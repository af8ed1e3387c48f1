import fc from "fast-check";
import { expect, test } from "vitest";
import { PressureAverage } from "../../../src/sim/guest/pressure-average.ts";
import { restoreState, saveState } from "../../../src/sim/state/save.ts";

const S = 1_000_000;

test("an average rises to a lasting pressure, and decays in tens of seconds", () => {
  const average = new PressureAverage();
  const seen: number[] = [];
  for (let second = 0; second < 60; second += 2) {
    // Half of the time for 30 seconds.
    if (second < 30) average.add(second * S, (second + 2) * S, 500);
    seen.push(Math.round(average.percent((second + 2) * S) * 100) / 100);
  }
  // Without rounding it would be 50 (1 - e^(-t / 10 s)), and later e^(-t / 10 s) of what it was.
  seen.forEach((percent, i) => {
    const t = 2 * (i + 1);
    const high = 50 * (1 - Math.exp(-3));
    const expected = t <= 30 ? 50 * (1 - Math.exp(-t / 10)) : high * Math.exp(-(t - 30) / 10);
    expect(Math.abs(percent - expected)).toBeLessThan(0.2);
  });
});

test("an average does not include the current period", () => {
  const average = new PressureAverage();
  average.add(0, 1_999_999, 1000);
  expect(average.percent(1_999_999)).toBe(0);
  // 99 whole per cent, weighed by (2048 - 1677) / 2048, rounded up in the last place.
  expect(average.percent(2 * S)).toBe(Math.floor((99 * 2048 * 371 + 2047) / 2048) / 2048);
});

test("an average does not depend on how often it is read, or how stalls are cut into pieces", () => {
  const stalls = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 * S }), fc.integer({ min: 1, max: 5 * S })), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(stalls, fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 2, max: 7 }), (list, rate, pieces) => {
      const whole = new PressureAverage();
      const cut = new PressureAverage();
      let at = 0;
      for (const [gap, length] of list) {
        at += gap;
        whole.add(at, at + length, rate);
        for (let i = 0; i < pieces; i++) {
          const from = at + Math.floor((length * i) / pieces);
          const to = at + Math.floor((length * (i + 1)) / pieces);
          cut.add(from, to, rate);
          cut.percent(to);
        }
        at += length;
      }
      for (let i = 0; i < 100; i++) cut.percent(at + i * S);
      expect(cut.percent(at + 100 * S)).toBe(whole.percent(at + 100 * S));
      expect(whole.percent(at + 1000 * S)).toBe(0);
    }),
  );
});

test("an average converges to a lasting pressure, to the last place", () => {
  const average = new PressureAverage();
  average.add(0, 600 * S, 1000);
  expect(average.percent(600 * S)).toBe(100);
});

test("an average begins its periods at even seconds, after any time without pressure", () => {
  const average = new PressureAverage();
  expect(average.percent(7.5 * S)).toBe(0);
  average.add(8.5 * S, 9.5 * S, 1000);
  expect(average.percent(10 * S - 1)).toBe(0);
  // One of two seconds: 50 %, weighed by (2048 - 1677) / 2048.
  expect(average.percent(10 * S)).toBe((50 * 371) / 2048);
});

test("an average goes on from a checkpoint", () => {
  const average = new PressureAverage();
  average.add(0, 3 * S, 700);
  const restored = new PressureAverage();
  restoreState([restored], saveState([average]));
  for (const one of [average, restored]) one.add(3 * S, 7 * S, 200);
  expect(average.percent(8 * S)).toBeGreaterThan(0);
  expect(restored.percent(8 * S)).toBe(average.percent(8 * S));
});
