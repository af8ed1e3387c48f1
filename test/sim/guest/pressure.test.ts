import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Activity, Pressure } from "../../../src/sim/guest/pressure.ts";

const { Idle, Running, Stalled, Waiting, StalledWaiting, Queued, StalledQueued } = Activity;

describe("Pressure", () => {
  it("counts the time in which an actor stalls (some), and in which no actor is productive meanwhile (full)", () => {
    const pressure = new Pressure({ first: 0, count: 3 }, 1);
    pressure.set(0, Running, 0);
    pressure.set(1, StalledWaiting, 100);
    pressure.set(0, Idle, 300);
    pressure.set(2, StalledWaiting, 400);
    pressure.set(1, Idle, 1000);
    pressure.set(2, Idle, 1500);
    pressure.settle(9000);
    expect([pressure.someUs, pressure.fullUs]).toEqual([1400, 1200]);
  });

  it("counts an actor that works without events for its part of the time", () => {
    const pressure = new Pressure({ first: 0, count: 3 }, 1);
    pressure.setDuty(0, 0.25, 0);
    pressure.setDuty(2, 0.5, 0);
    pressure.set(1, StalledWaiting, 0);
    pressure.settle(1000);
    expect([pressure.someUs, pressure.fullUs]).toEqual([1000, 250]);
    // Who waits does not work meanwhile.
    pressure.set(2, StalledWaiting, 1000);
    pressure.settle(2000);
    expect([pressure.someUs, pressure.fullUs]).toEqual([2000, 1000]);
    pressure.setDuty(0, 1, 2000);
    pressure.settle(3000);
    expect(pressure.fullUs).toBe(1000);
  });

  it("counts all that has work to do as not quiet", () => {
    const pressure = new Pressure({ first: 0, count: 5 }, 1);
    expect(pressure.isQuiet).toBe(true);
    for (const activity of [Running, Stalled, Waiting, StalledWaiting, Queued, StalledQueued]) {
      pressure.set(3, activity, 0);
      expect(pressure.isQuiet).toBe(false);
    }
  });

  it("counts the time in which the processor reclaims as full, though a productive task is ready to run", () => {
    const times = (activities: readonly [number, number][], duty = 0): [number, number] => {
      const pressure = new Pressure({ first: 0, count: 5 }, 1);
      pressure.setDuty(0, duty, 0);
      for (const [actor, activity] of activities) pressure.set(actor, activity, 0);
      pressure.settle(1000);
      return [pressure.someUs, pressure.fullUs];
    };
    expect(
      times([
        [3, Stalled],
        [4, Queued],
      ]),
    ).toEqual([1000, 1000]);
    expect(
      times([
        [3, StalledQueued],
        [4, Running],
      ]),
    ).toEqual([1000, 0]);
    // Both share the processor.
    expect(
      times([
        [3, Stalled],
        [4, Running],
      ]),
    ).toEqual([1000, 500]);
    expect(
      times([
        [3, StalledWaiting],
        [4, Running],
      ]),
    ).toEqual([1000, 0]);
    expect(
      times([
        [3, StalledWaiting],
        [4, Waiting],
      ]),
    ).toEqual([1000, 1000]);
    // A task that needs a tenth of the processor gets it; one that would use all of it shares.
    expect(times([[3, Stalled]], 0.1)).toEqual([1000, 900]);
    expect(times([[3, Stalled]], 1)).toEqual([1000, 500]);
    // One of ten tasks that each would use all of it.
    expect(times([[3, Stalled]], 9)).toEqual([1000, 100]);
  });

  it("does not depend on when it is read", () => {
    const activity = fc.constantFrom(...Object.values(Activity));
    const later = fc.oneof(fc.nat(50), fc.constantFrom(300_000, 1_000_000, 7_000_000));
    const event = fc.record({ actor: fc.nat(4), activity, later });
    const duty = fc.double({ min: 0, max: 3, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 30, size: "max" }),
        duty,
        fc.constantFrom(1, 2, 4),
        (events, part, cpus) => {
          const asked = new Pressure({ first: 0, count: 5 }, cpus);
          const left = new Pressure({ first: 0, count: 5 }, cpus);
          let now = 0;
          let before = [0, 0];
          for (const { actor, activity, later } of events) {
            for (let i = 0; i < 50; i++) {
              asked.settle(now + Math.floor((later * i) / 50));
              const figures = [asked.someUs, asked.fullUs];
              expect(figures[0]).toBeGreaterThanOrEqual(before[0] as number);
              expect(figures[1]).toBeGreaterThanOrEqual(before[1] as number);
              before = figures;
            }
            now += later;
            for (const pressure of [asked, left]) {
              pressure.set(actor, activity, now);
              pressure.setDuty(0, part, now);
            }
          }
          for (const pressure of [asked, left]) pressure.settle(now + 10);
          expect([asked.someUs, asked.fullUs]).toEqual([left.someUs, left.fullUs]);
          expect(left.fullUs).toBeLessThanOrEqual(left.someUs);
          expect(left.someUs).toBeLessThanOrEqual(now + 10);
        },
      ),
    );
  });

  describe("on two processors", () => {
    const second = (activities: readonly [number, number][], duty = 0): [number, number] => {
      const pressure = new Pressure({ first: 0, count: 6 }, 2);
      pressure.setDuty(5, duty, 0);
      for (const [actor, activity] of activities) pressure.set(actor, activity, 0);
      pressure.settle(1_000_000);
      return [pressure.someUs, pressure.fullUs];
    };

    it("weights each by the time in which it was not idle", () => {
      expect(second([[3, Stalled]])).toEqual([1e6, 1e6]);
      // kswapd beside a workload: each has a processor, and half of the work stalls.
      expect(
        second([
          [3, Stalled],
          [4, Running],
        ]),
      ).toEqual([5e5, 5e5]);
      expect(
        second([
          [3, Stalled],
          [4, Waiting],
        ]),
      ).toEqual([5e5, 5e5]);
      expect(
        second([
          [3, Stalled],
          [4, StalledWaiting],
        ]),
      ).toEqual([1e6, 1e6]);
      expect(second([[3, Stalled]], 1)).toEqual([5e5, 5e5]);
      // Two processors of duty leave none idle: kswapd has half of one.
      expect(second([[3, Stalled]], 2)).toEqual([5e5, 2.5e5]);
    });

    it("keeps an actor on the processor on which it works without events", () => {
      const pressure = new Pressure({ first: 0, count: 6 }, 2);
      pressure.setDuty(5, 0.5, 0);
      for (let ms = 0; ms < 1000; ms += 100) {
        pressure.set(5, Stalled, ms * 1000);
        pressure.set(5, Idle, (ms + 50) * 1000);
      }
      pressure.settle(1_000_000);
      expect(pressure.someUs).toBe(500_000);
    });

    it("is not fully stalled while a task is ready to run", () => {
      const pressure = new Pressure({ first: 0, count: 6 }, 1);
      pressure.set(3, StalledWaiting, 0);
      pressure.set(4, Queued, 0);
      pressure.settle(1000);
      expect([pressure.someUs, pressure.fullUs]).toEqual([1000, 0]);
    });

    it("weights a short stall less than a processor that was busy all the time", () => {
      const pressure = new Pressure({ first: 0, count: 6 }, 2);
      pressure.set(4, Running, 0);
      pressure.set(3, Stalled, 0);
      pressure.set(3, Idle, 250_000);
      pressure.settle(1_000_000);
      // 0.25 s of a processor that was busy for 0.25 s, and none of one that was busy for a second.
      expect(pressure.someUs).toBe(50_000);
    });

    it("shows the least that a window can come to before it ends", () => {
      const pressure = new Pressure({ first: 0, count: 6 }, 2);
      pressure.set(3, Stalled, 0);
      pressure.settle(500_000);
      // If both were busy from now on, without a stall: 0.5 s of 0.5 s, and none of 1.5 s.
      expect(pressure.someUs).toBe(166_666);
      pressure.settle(1_000_000);
      expect(pressure.someUs).toBe(1_000_000);
    });

    it("weights them equally while actors wait for the disk again and again, which then change processors", () => {
      const pressure = new Pressure({ first: 0, count: 6 }, 4);
      pressure.set(4, Running, 0);
      let someUs = 0;
      const more = (second: number, waits: boolean): number => {
        const us = second * 1e6;
        pressure.set(3, Stalled, us);
        pressure.set(3, Idle, us + 250_000);
        if (waits) pressure.set(4, Waiting, us + 500_000);
        pressure.set(4, Running, us + 600_000);
        pressure.settle(us + 1_000_000);
        const before = someUs;
        someUs = pressure.someUs;
        return someUs - before;
      };
      // In a second with a wait after another such second: 0.25 s of one of the two processors that take part.
      expect([true, true, false, true, false].map((waits, second) => more(second, waits))).toEqual([
        50_000, 125_000, 50_000, 50_000, 50_000,
      ]);
    });

    it("leaves the driver's own work out of the weights", () => {
      expect(
        second([
          [3, Stalled],
          [2, Running],
        ]),
      ).toEqual([1e6, 1e6]);
    });
  });
});
