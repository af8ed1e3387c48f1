import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { roundTicksRelative } from "../../../src/engine/index.ts";
import { TickClock, wheelTick } from "../../../src/sim/time/ticks.ts";
import { Timeline } from "../../../src/sim/time/timeline.ts";

const HZ = [100, 250, 300, 1000] as const;
const hz = fc.constantFrom(...HZ);
const SLOT = 0;

/** The microsecond in which a tick begins: the first whole one that is not before k/hz seconds. */
const beginOf = (tick: number, perSecond: number): number =>
  Number((BigInt(tick) * 1_000_000n + BigInt(perSecond) - 1n) / BigInt(perSecond));

function clockAt(us: number, perSecond: number, wheel: boolean): { timeline: Timeline; clock: TickClock } {
  const timeline = new Timeline();
  timeline.reserve(2);
  timeline.at(1, us);
  timeline.next();
  return { timeline, clock: new TickClock(timeline, SLOT, { hz: perSecond, isWheel: wheel }) };
}

describe("TickClock", () => {
  it("counts the ticks of a counter that goes up one by one", () => {
    for (const perSecond of HZ) {
      const counted: number[] = [];
      const read: number[] = [];
      for (let us = 0, tick = 0; us <= 2_100_000; us += 37) {
        while (beginOf(tick + 1, perSecond) <= us) tick++;
        counted.push(tick);
        read.push(clockAt(us, perSecond, false).clock.ticks());
      }
      expect(read).toEqual(counted);
    }
  });

  it("begins each tick in the first microsecond that belongs to it, for centuries", () => {
    fc.assert(
      fc.property(hz, fc.nat(3_600_000), fc.nat(3_000_000_000), (perSecond, ticks, seconds) => {
        const tick = seconds * perSecond + ticks;
        const us = beginOf(tick, perSecond);
        const { clock } = clockAt(us, perSecond, false);
        expect(clock.tickUs(tick)).toBe(us);
        expect(clock.ticks()).toBe(tick);
        if (us > 0) expect(clockAt(us - 1, perSecond, false).clock.ticks()).toBe(tick - 1);
      }),
    );
  });

  it("wakes in the tick that was asked for, or when the wheel's bucket is over", () => {
    fc.assert(
      fc.property(hz, fc.boolean(), fc.nat(1e9), fc.integer({ min: 1, max: 5000 }), (perSecond, wheel, us, ticks) => {
        const { timeline, clock } = clockAt(us, perSecond, wheel);
        const now = clock.ticks();
        clock.wakeAt(now + ticks, () => undefined);
        const due = wheel ? wheelTick(now + ticks, now, perSecond) : now + ticks;
        expect(timeline.next()).toBe(SLOT);
        expect(timeline.nowUs).toBe(beginOf(due, perSecond));
      }),
    );
  });

  it("wakes at a tick exactly where that is asked for, wheel or not", () => {
    fc.assert(
      fc.property(hz, fc.boolean(), fc.nat(1e9), fc.integer({ min: 1, max: 5000 }), (perSecond, wheel, us, ticks) => {
        const { timeline, clock } = clockAt(us, perSecond, wheel);
        const tick = clock.ticks() + ticks;
        clock.wakeExactlyAt(tick, () => undefined);
        expect([timeline.next(), timeline.nowUs]).toEqual([SLOT, beginOf(tick, perSecond)]);
      }),
    );
  });

  it("knows when later idle cycles begin: as if each had set the timer for the next", () => {
    const lasting = fc.constantFrom(0, 2, 1500, 40_000, 124_999);
    fc.assert(
      fc.property(hz, fc.boolean(), fc.nat(7), fc.nat(500), lasting, (perSecond, wheel, cpu, second, us) => {
        const { timeline, clock } = clockAt(second * 1_000_000, perSecond, wheel);
        const wait = () => {
          const now = clock.ticks();
          clock.wakeAt(now + roundTicksRelative(perSecond, now, perSecond, cpu), () => undefined);
          timeline.next();
        };
        wait();
        const dueUs = timeline.nowUs;
        for (let n = 0; n < 70; n++) {
          expect(clock.laterCycleUs(dueUs, n, cpu)).toBe(timeline.nowUs);
          timeline.at(1, timeline.nowUs + us);
          timeline.next();
          wait();
        }
      }),
    );
  });
});

/**
 * The bucket of the kernel's timer wheel, by its own rule and on its own counter (`calc_wheel_index`, `calc_index`): the
 * level is the first whose limit the distance stays below, and the bucket the next one of that level's granularity.
 */
function bucketExpiry(expires: bigint, clk: bigint, perSecond: number): bigint {
  const depth = perSecond > 100 ? 9n : 8n;
  const levelStart = (level: bigint) => 63n << ((level - 1n) * 3n);
  let level = 0n;
  while (level < depth - 1n && expires - clk >= levelStart(level + 1n)) level++;
  const shift = level * 3n;
  return ((expires >> shift) + 1n) << shift;
}

describe("wheelTick", () => {
  it("runs a timer when the kernel's wheel does", () => {
    const nowTick = fc.nat(2_000_000_000);
    const ahead = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 1_000_000_000 }));
    fc.assert(
      fc.property(hz, nowTick, ahead, (perSecond, now, ticks) => {
        const boot = 2n ** 32n - 300n * BigInt(perSecond);
        const expiry = bucketExpiry(boot + BigInt(now + ticks), boot + BigInt(now), perSecond);
        expect(wheelTick(now + ticks, now, perSecond)).toBe(Number(expiry - boot));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(HZ)("is never early, and late by less than an eighth of the wait (%i ticks a second)", (perSecond) => {
    const wrong: string[] = [];
    for (let now = 0; now < 70; now++) {
      for (let ticks = 1; ticks < 4200; ticks++) {
        const late = wheelTick(now + ticks, now, perSecond) - (now + ticks);
        if (late < 1 || late > Math.max(1, (ticks * 8) / 63)) wrong.push(`${ticks} ticks from ${now}: ${late} late`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
