import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Activity, Pressure } from "../../../src/sim/guest/pressure.ts";

const { Idle, Running, Stalled } = Activity;

describe("Pressure", () => {
  it("counts the time in which an actor stalls (some), and in which no actor is productive meanwhile (full)", () => {
    const pressure = new Pressure({ first: 0, count: 3 });
    pressure.set(0, Running, 0);
    pressure.set(1, Stalled, 100);
    pressure.set(0, Idle, 300);
    pressure.set(2, Stalled, 400);
    pressure.set(1, Idle, 1000);
    pressure.set(2, Idle, 1500);
    pressure.settle(9000);
    expect([pressure.someUs, pressure.fullUs]).toEqual([1400, 1200]);
  });

  it("counts an actor that works without events for its part of the time", () => {
    const pressure = new Pressure({ first: 0, count: 3 });
    pressure.setDuty(0, 0.25, 0);
    pressure.setDuty(2, 0.5, 0);
    pressure.set(1, Stalled, 0);
    pressure.settle(1000);
    expect([pressure.someUs, pressure.fullUs]).toEqual([1000, 250]);
    // Who waits does not work meanwhile.
    pressure.set(2, Stalled, 1000);
    pressure.settle(2000);
    expect([pressure.someUs, pressure.fullUs]).toEqual([2000, 1000]);
    pressure.setDuty(0, 1, 2000);
    pressure.settle(3000);
    expect(pressure.fullUs).toBe(1000);
  });

  it("reports the number of processors wanted", () => {
    const pressure = new Pressure({ first: 0, count: 3 });
    pressure.set(0, Running, 0);
    pressure.set(1, Stalled, 0);
    expect(pressure.busy).toBe(2);
    pressure.set(0, Idle, 5);
    pressure.set(1, Running, 5);
    expect(pressure.busy).toBe(1);
  });

  it("does not depend on when it is read", () => {
    const event = fc.record({ actor: fc.nat(2), activity: fc.constantFrom(Idle, Running, Stalled), later: fc.nat(50) });
    const duty = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30, size: "max" }), duty, (events, part) => {
        const asked = new Pressure({ first: 0, count: 3 });
        const left = new Pressure({ first: 0, count: 3 });
        let now = 0;
        for (const { actor, activity, later } of events) {
          for (let i = 0; i < later; i++) asked.settle(now + i);
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
      }),
    );
  });
});
