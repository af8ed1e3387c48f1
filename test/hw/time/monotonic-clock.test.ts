import { expect, test } from "vitest";
import { roundTicksRelative } from "../../../src/engine/index.ts";
import { MonotonicClock } from "../../../src/hw/time/monotonic-clock.ts";
import { FakeTime } from "../../support/fakes/fake-time.ts";
import { describeClock } from "../../support/suites/ports.ts";

for (const earlyNs of [0, 900_000]) {
  describeClock(`the monotonic clock, its timers ${earlyNs} ns early,`, () => {
    const time = new FakeTime({ earlyNs });
    // A timer that was early is set again, and no caller was woken by it.
    const advance = (): boolean => {
      const isSet = time.next();
      while (time.pending > 0) time.next();
      return isSet;
    };
    return { clock: new MonotonicClock(1000, time), advance };
  });
}

test("the clock does not drift over a month of late wake-ups", () => {
  const time = new FakeTime({ startNs: 5_400_000_000 });
  const clock = new MonotonicClock(1000, time);
  const seconds: number[] = [];
  let lateNs = 0;
  const wake = (): void => {
    seconds.push(Math.floor(time.ns / 1e9));
    // Up to a sixth of a second late, and as long at work: short of the quarter that loses a second.
    lateNs = (lateNs + 7_654_321) % 166_000_000;
    time.ns += lateNs;
    const now = clock.ticks();
    clock.wakeAt(now + roundTicksRelative(clock.hz, now, clock.hz, 0), wake);
  };
  clock.wakeAt(6000, wake);
  const cycles = 86_400 * 3;
  for (let i = 0; i < cycles; i++) time.next();
  expect(seconds).toEqual(Array.from({ length: cycles }, (_, i) => 6 + i));
});

test("the clock does not count the time asleep, and a wake-up after it is neither early nor lost", () => {
  // CLOCK_MONOTONIC stands still in the meantime: what the clock sees of an hour asleep is a timer that comes late.
  const time = new FakeTime({ startNs: 10_000_000_000 });
  const clock = new MonotonicClock(1000, time);
  let woken = 0;
  clock.wakeAt(11_000, () => {
    woken++;
  });
  time.ns += 50_000_000;
  time.next();
  expect([woken, clock.ticks()]).toEqual([1, 11_000]);
});

test("the clock cancels a wake-up that is called off or replaced", () => {
  const time = new FakeTime();
  const clock = new MonotonicClock(1000, time);
  const woken: string[] = [];
  clock.wakeAt(clock.ticks() + 10, () => woken.push("first"));
  clock.wakeAt(clock.ticks() + 5, () => woken.push("second"));
  expect(time.pending).toBe(1);
  while (time.next());
  clock.wakeAt(clock.ticks() + 10, () => woken.push("third"));
  clock.stop();
  clock.stop();
  expect([time.next(), woken]).toEqual([false, ["second"]]);
});

test("the clock waits in pieces for a tick beyond the longest timer", () => {
  const time = new FakeTime();
  const clock = new MonotonicClock(1000, time);
  const due = clock.ticks() + 2 ** 32;
  let woken = 0;
  clock.wakeAt(due, () => {
    woken++;
  });
  let pieces = 0;
  while (time.next()) pieces++;
  expect([woken, pieces, clock.ticks()]).toEqual([1, 3, due]);
});

test("the clock of this machine goes forward", async () => {
  const clock = new MonotonicClock();
  const before = clock.ticks();
  await new Promise<void>((resolve) => {
    clock.wakeAt(before + 30, resolve);
  });
  expect(clock.ticks()).toBeGreaterThanOrEqual(before + 30);
  expect(Math.floor(clock.microseconds() / 1000)).toBeGreaterThanOrEqual(before + 30);
});
