import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ArchiveReader, ArchiveWriter } from "../../../src/sim/state/archive.ts";
import { SLOTS_BEFORE_WORKLOADS, VmSlots } from "../../../src/sim/time/slots.ts";
import { Timeline } from "../../../src/sim/time/timeline.ts";
import { seeded, whole } from "../../support/generators/random.ts";

/** What a timeline does, event by event: a list that is searched for the least (time, order of scheduling). */
class NaiveTimeline {
  now = 0;
  #order = 0;
  readonly pending = new Map<number, { slot: number; at: number; order: number }>();

  at(slot: number, at: number): void {
    this.pending.set(slot, { slot, at, order: this.#order++ });
  }

  first(): { slot: number; at: number } | undefined {
    return [...this.pending.values()].sort((a, b) => a.at - b.at || a.order - b.order)[0];
  }

  next(): number {
    const first = this.first();
    if (first === undefined) return -1;
    this.now = first.at;
    this.pending.delete(first.slot);
    return first.slot;
  }

  dueUs(slot: number): number {
    return this.pending.get(slot)?.at ?? Number.POSITIVE_INFINITY;
  }
}

const slot = fc.nat(1000);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("at" as const), slot, in: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("at" as const), slot, in: fc.nat(1000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("never" as const), slot }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel" as const), slot }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("next" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("again" as const), in: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reserve" as const), count: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restore" as const) }) },
);

/** A timeline with the state of another one. */
function restored(timeline: Timeline, slots: number): Timeline {
  const writer = new ArchiveWriter();
  timeline.archive(writer);
  const copy = new Timeline();
  copy.reserve(slots);
  const reader = new ArchiveReader(writer.state());
  copy.archive(reader);
  expect(reader.isSpent).toBe(true);
  return copy;
}

describe("Timeline", () => {
  it("gives out events by time, those of one time in the order in which they were scheduled", () => {
    const range = fc.tuple(fc.nat(), fc.nat(), fc.nat());
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(step, { maxLength: 150, size: "max" }),
        range,
        (few, steps, r) => {
          let timeline = new Timeline();
          let slots = few;
          expect(timeline.reserve(slots)).toBe(0);
          const naive = new NaiveTimeline();
          for (const s of steps) {
            if (s.kind === "at") {
              timeline.at(s.slot % slots, timeline.nowUs + s.in);
              naive.at(s.slot % slots, naive.now + s.in);
            } else if (s.kind === "never") {
              timeline.at(s.slot % slots, Number.POSITIVE_INFINITY);
              naive.pending.delete(s.slot % slots);
            } else if (s.kind === "cancel") {
              timeline.cancel(s.slot % slots);
              naive.pending.delete(s.slot % slots);
            } else if (s.kind === "reserve") {
              expect(timeline.reserve(s.count)).toBe(slots);
              slots += s.count;
            } else if (s.kind === "restore") timeline = restored(timeline, slots);
            else {
              const taken = naive.next();
              expect(timeline.next()).toBe(taken);
              if (s.kind === "again" && taken >= 0) {
                timeline.at(taken, timeline.nowUs + s.in);
                naive.at(taken, naive.now + s.in);
              }
            }
            expect(timeline.nowUs).toBe(naive.now);
            // Not after each step: a query may bring the events in order that the next step needs.
            if (s.kind === "next") continue;
            expect(timeline.nextSlot()).toBe(naive.first()?.slot ?? -1);
            expect(timeline.nextUs()).toBe(naive.first()?.at ?? Number.POSITIVE_INFINITY);
            const all = Array.from({ length: slots }, (_, i) => i);
            expect(all.map((i) => timeline.dueUs(i))).toEqual(all.map((i) => naive.dueUs(i)));
            const [first, except] = [r[0] % slots, r[2] % slots];
            const count = r[1] % (slots - first + 1);
            const among = all.slice(first, first + count).filter((i) => i !== except);
            expect(timeline.nextUsAmong(first, count, except)).toBe(Math.min(...among.map((i) => naive.dueUs(i))));
          }
          while (naive.pending.size > 0) expect(timeline.next()).toBe(naive.next());
          expect(timeline.next()).toBe(-1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("schedules nothing in the past, nor at a fraction of a microsecond", () => {
    const timeline = new Timeline();
    timeline.reserve(2);
    timeline.at(0, 10);
    timeline.next();
    expect(() => timeline.at(1, 9)).toThrow("an event at 9 µs can't be scheduled at 10 µs");
    expect(() => timeline.at(1, 10.5)).toThrow(RangeError);
    expect(() => timeline.at(1, Number.NaN)).toThrow(RangeError);
  });

  it("never comes to what lies beyond exact numbers", () => {
    const timeline = new Timeline();
    timeline.reserve(2);
    timeline.at(0, Number.MAX_SAFE_INTEGER + 1);
    timeline.at(1, Number.POSITIVE_INFINITY);
    expect(timeline.next()).toBe(-1);
    expect(timeline.nextUs()).toBe(Number.POSITIVE_INFINITY);
  });

  it("carries what falls below a microsecond, so that many short durations add up exactly", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000), { minLength: 1, maxLength: 50, size: "max" }), (durations) => {
        const timeline = new Timeline();
        timeline.reserve(2);
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
        const one = new Timeline();
        one.reserve(1);
        const all = new Timeline();
        all.reserve(1);
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
    const timeline = new Timeline();
    timeline.reserve(1);
    expect(timeline.pass(0, 0.4, 1000)).toBe(0);
    expect(timeline.pass(0, 0.5, 1000)).toBe(1);
  });
});

describe("VmSlots", () => {
  it("gives each VM slots of its own, one an actor and two a workload", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 6 }), (workloads) => {
        const timeline = new Timeline();
        const vms = workloads.map((count) => new VmSlots(timeline, count));
        const slots = vms.flatMap((vm, i) => [
          ...Array.from({ length: SLOTS_BEFORE_WORKLOADS }, (_, actor) => vm.of(actor)),
          ...Array.from({ length: workloads[i] as number }, (_, w) => [vm.ofAnon(w), vm.ofFiles(w)]).flat(),
        ]);
        expect(slots).toEqual(slots.map((_, i) => i));
        expect(timeline.reserve(1)).toBe(slots.length);
        for (const slot of slots) {
          const owners = vms.filter((vm) => vm.has(slot));
          expect(owners).toHaveLength(1);
          expect(owners[0]?.of(owners[0].actorOf(slot))).toBe(slot);
        }
      }),
    );
  });

  it("gives a VM that reports free pages one more behind them, which is no actor's", () => {
    const timeline = new Timeline();
    const first = new VmSlots(timeline, 2, true);
    const second = new VmSlots(timeline, 2);
    expect(first.count).toBe(second.count);
    expect(first.reporting).toBe(first.ofFiles(1) + 1);
    expect([first.has(first.reporting), second.has(first.reporting)]).toEqual([true, false]);
    expect(second.first).toBe(first.reporting + 1);
    expect(second.reporting).toBe(-1);
  });
});

describe("a timeline of many VMs", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  /** Reads of times and sequence numbers, which is what events are compared by, that an event costs on average. */
  function readsPerEvent(vms: number): number {
    let reads = 0;
    const Real = Float64Array;
    class Counted {
      constructor(length: number) {
        const array = new Real(length);
        // biome-ignore lint/correctness/noConstructorReturn: stands for an array
        return new Proxy(array, {
          get(target, key) {
            if (typeof key === "string" && /^\d+$/.test(key)) reads++;
            const value = Reflect.get(target, key);
            return typeof value === "function" ? value.bind(target) : value;
          },
          set: (target, key, value) => Reflect.set(target, key, value),
        });
      }
    }
    vi.stubGlobal("Float64Array", Counted);
    const timeline = new Timeline();
    const slots = Array.from({ length: vms }, () => new VmSlots(timeline, 2));
    vi.unstubAllGlobals();
    const random = seeded("many VMs");
    const below = (count: number) => whole(random, 0, count - 1);
    for (const vm of slots) for (let i = 0; i < vm.count; i++) timeline.at(vm.of(i), below(1_000_000));
    const events = 20_000;
    reads = 0;
    for (let i = 0; i < events; i++) {
      const slot = timeline.next();
      const vm = slots[Math.floor(slot / 11)] as VmSlots;
      // An actor wakes another one of its VM, which is due later, or cancels it; then it goes on.
      const other = vm.of(below(vm.count));
      if (below(8) === 0) timeline.cancel(other);
      else if (below(4) === 0) timeline.at(other, timeline.nowUs + below(1000));
      timeline.at(slot, timeline.nowUs + 1 + below(2_000_000));
    }
    return reads / events;
  }

  it("costs a number of comparisons an event that grows like the logarithm of the number of VMs", () => {
    const [one, ten, hundred, thousand] = [1, 10, 100, 1000].map(readsPerEvent) as [number, number, number, number];
    // Each factor of ten adds as much as the one before: about three levels of the heap, of two comparisons.
    for (const added of [ten - one, hundred - ten, thousand - hundred]) expect(added).toBeLessThan(12);
    expect(one).toBeLessThan(12);
  });
});
