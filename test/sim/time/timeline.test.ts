import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Timeline } from "../../../src/sim/time/timeline.ts";

/** What a timeline does, event by event: a list that is searched for the least (time, order of scheduling). */
class NaiveTimeline {
  now = 0;
  #order = 0;
  pending: { slot: number; at: number; order: number }[] = [];

  at(slot: number, at: number): void {
    this.cancel(slot);
    this.pending.push({ slot, at, order: this.#order++ });
  }

  cancel(slot: number): void {
    this.pending = this.pending.filter((event) => event.slot !== slot);
  }

  next(): number {
    const first = this.pending.toSorted((a, b) => a.at - b.at || a.order - b.order)[0];
    if (first === undefined) return -1;
    this.now = first.at;
    this.cancel(first.slot);
    return first.slot;
  }
}

const SLOTS = 5;
const slot = fc.nat(SLOTS - 1);
const step = fc.oneof(
  fc.record({ kind: fc.constant("at" as const), slot, in: fc.nat(3) }),
  fc.record({ kind: fc.constant("cancel" as const), slot }),
  fc.record({ kind: fc.constant("next" as const) }),
);

describe("Timeline", () => {
  it("gives out events by time, those of one time in the order in which they were scheduled", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        const timeline = new Timeline(SLOTS);
        const naive = new NaiveTimeline();
        for (const s of steps) {
          if (s.kind === "at") {
            timeline.at(s.slot, timeline.nowUs + s.in);
            naive.at(s.slot, naive.now + s.in);
          } else if (s.kind === "cancel") {
            timeline.cancel(s.slot);
            naive.cancel(s.slot);
          } else expect(timeline.next()).toBe(naive.next());
          expect(timeline.nowUs).toBe(naive.now);
          const times = naive.pending.map((event) => event.at);
          expect(timeline.nextUs()).toBe(Math.min(...times));
          const others = naive.pending.filter((event) => event.slot !== 2).map((event) => event.at);
          expect(timeline.nextUsAmong(0, SLOTS, 2)).toBe(Math.min(...others));
        }
      }),
    );
  });

  it("schedules nothing in the past, nor at a fraction of a microsecond", () => {
    const timeline = new Timeline(2);
    timeline.at(0, 10);
    timeline.next();
    expect(() => timeline.at(1, 9)).toThrow("an event at 9 µs can't be scheduled at 10 µs");
    expect(() => timeline.at(1, 10.5)).toThrow(RangeError);
    expect(() => timeline.at(1, Number.NaN)).toThrow(RangeError);
  });

  it("never comes to what lies beyond exact numbers", () => {
    const timeline = new Timeline(2);
    timeline.at(0, Number.MAX_SAFE_INTEGER + 1);
    timeline.at(1, Number.POSITIVE_INFINITY);
    expect(timeline.next()).toBe(-1);
    expect(timeline.nextUs()).toBe(Number.POSITIVE_INFINITY);
  });

  it("carries what falls below a microsecond, so that many short durations add up exactly", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000), { minLength: 1, maxLength: 50, size: "max" }), (durations) => {
        const timeline = new Timeline(2);
        let ns = 0;
        for (const duration of durations) {
          timeline.after(0, duration);
          timeline.next();
          ns += duration;
          expect(timeline.nowUs).toBe(Math.floor(ns / 1000));
        }
        // The other slot carries nothing of this.
        timeline.after(1, 999);
        expect(timeline.dueUs(1)).toBe(timeline.nowUs);
      }),
    );
  });

  it("passes many equal durations at once as one after the other", () => {
    fc.assert(
      fc.property(fc.nat(1e7), fc.nat(999), fc.nat(200), (ns, carry, times) => {
        const one = new Timeline(1);
        const all = new Timeline(1);
        one.pass(0, carry, 1);
        all.pass(0, carry, 1);
        let us = 0;
        for (let i = 0; i < times; i++) us += one.pass(0, ns, 1);
        expect(all.pass(0, ns, times)).toBe(us);
        expect(all.pass(0, 500, 1)).toBe(one.pass(0, 500, 1));
      }),
    );
  });

  it("counts costs in whole nanoseconds", () => {
    const timeline = new Timeline(1);
    expect(timeline.pass(0, 0.4, 1000)).toBe(0);
    expect(timeline.pass(0, 0.5, 1000)).toBe(1);
  });
});
