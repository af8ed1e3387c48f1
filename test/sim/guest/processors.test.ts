import { describe, expect, it } from "vitest";
import { Processors } from "../../../src/sim/guest/processors.ts";
import { Timeline } from "../../../src/sim/time/timeline.ts";

const TURN_NS = 10_000_000;

function world(cpus: number, duty = 0) {
  const timeline = new Timeline();
  const first = timeline.reserve(4);
  const processors = new Processors({
    timeline,
    actors: { first, count: 4 },
    cpus,
    turnNs: TURN_NS,
    eventless: { duty },
  });
  return { timeline, processors };
}

/** Times in milliseconds at which actors work that have steps of so many milliseconds left, each asking again at its end. */
function schedule(cpus: number, steps: Record<number, number[]>): [number, number][] {
  const { timeline, processors } = world(cpus);
  for (const slot of Object.keys(steps)) timeline.at(Number(slot), 0);
  const worked: [number, number][] = [];
  while (timeline.nextUs() < Number.POSITIVE_INFINITY) {
    const slot = timeline.next();
    if (steps[slot]?.length === 0 || !processors.grant(slot)) continue;
    const ms = steps[slot]?.shift() as number;
    worked.push([slot, timeline.nowUs / 1000]);
    processors.work(slot, ms * 1e6);
  }
  return worked;
}

describe("Processors", () => {
  it("lets actors work at once while there are processors for all of them", () => {
    expect(schedule(2, { 0: [4, 4], 1: [7] })).toEqual([
      [0, 0],
      [1, 0],
      [0, 4],
    ]);
  });

  it("gives turns of a tick if there are more actors than processors", () => {
    // Three steps of 4 ms are a turn of 12: the tick has passed before the third one ends.
    expect(schedule(1, { 0: [4, 4, 4, 4], 1: [5, 5, 5] })).toEqual([
      [0, 0],
      [0, 4],
      [0, 8],
      [1, 12],
      [1, 17],
      [0, 22],
      [1, 26],
    ]);
  });

  it("serves those that wait in their order, and each of them", () => {
    const order = schedule(1, { 0: [12, 12], 1: [12, 12], 2: [12, 12], 3: [12] }).map(([slot]) => slot);
    expect(order).toEqual([0, 1, 2, 3, 0, 1, 2]);
  });

  it("serves an actor that wakes up before one that goes on", () => {
    const { timeline, processors } = world(1);
    expect(processors.grant(0)).toBe(true);
    processors.wake(1);
    processors.work(0, 1e6);
    expect([timeline.next(), processors.grant(1)]).toEqual([1, false]);
    expect([timeline.next(), timeline.nowUs, processors.grant(0)]).toEqual([0, 1000, false]);
    expect([timeline.next(), timeline.nowUs, processors.grant(1)]).toEqual([1, 1000, true]);
  });

  it("gives an actor its processor for the whole event, unless another one has woken up in it", () => {
    const { processors, timeline } = world(1);
    expect(processors.grant(0)).toBe(true);
    processors.work(0, 1e6);
    expect(processors.grant(1)).toBe(false);
    timeline.next();
    timeline.next();
    // It has waited, so it is not one that goes on.
    expect([processors.grant(1), processors.grant(1)]).toEqual([true, true]);
    processors.wake(2);
    expect(processors.grant(1)).toBe(false);
  });

  it("forgets who does not need a processor any more", () => {
    const { timeline, processors } = world(1);
    processors.grant(0);
    processors.work(0, 1e6);
    expect(processors.grant(1)).toBe(false);
    processors.leave(1);
    timeline.cancel(1);
    timeline.next();
    expect(processors.grant(2)).toBe(true);
  });

  it("shares a processor between a turn and interleaved work", () => {
    const { timeline, processors } = world(1);
    processors.grant(0);
    processors.work(0, 4e6 * processors.slowdown);
    processors.interleave(1, 3e6);
    expect([timeline.dueUs(0), timeline.dueUs(1)]).toEqual([4000, 6000]);
    timeline.next();
    // Interleaved work does not keep the other from going on, at half the speed.
    expect([processors.grant(0), processors.slowdown]).toEqual([true, 2]);
  });

  it("slows work down where work without events needs the processors", () => {
    const { processors } = world(2, 1.5);
    expect(processors.slowdown).toBe(1.25);
    expect(world(2, 1).processors.slowdown).toBe(1);
  });

  it("lets a wait at the end of a step leave the processor free", () => {
    const { timeline, processors } = world(1);
    processors.grant(0);
    processors.work(0, 1e6, 9e6);
    expect(timeline.dueUs(0)).toBe(10_000);
    timeline.at(1, 1000);
    timeline.next();
    expect(processors.grant(1)).toBe(true);
  });

  it("have an actor's next work take longer by the interrupts since its last one began", () => {
    const { timeline, processors } = world(2);
    processors.work(0, 4e6);
    expect([processors.isWorking(0), processors.isWorking(1)]).toEqual([true, false]);
    processors.interrupt(0, 1e6);
    processors.interrupt(0, 2e6);
    expect([timeline.dueUs(0), timeline.next()]).toEqual([4000, 0]);
    expect(processors.isWorking(0)).toBe(false);
    processors.work(0, 4e6);
    expect([timeline.dueUs(0), timeline.next()]).toEqual([11_000, 0]);
    processors.interrupt(0, 1e6);
    processors.interleave(0, 4e6);
    expect([timeline.dueUs(0), processors.isWorking(0), timeline.next()]).toEqual([16_000, true, 0]);
    processors.work(0, 4e6);
    expect(timeline.dueUs(0)).toBe(20_000);
  });
});
