import { expect, test } from "vitest";
import { Activity, Pressure } from "../../../src/sim/guest/pressure.ts";
import { Processors } from "../../../src/sim/guest/processors.ts";
import { TranslationFlushes } from "../../../src/sim/guest/translation-flushes.ts";
import type { WorkloadPages } from "../../../src/sim/guest/workload-pages.ts";
import { VmSlots } from "../../../src/sim/time/slots.ts";
import { Timeline } from "../../../src/sim/time/timeline.ts";
import type { RunView } from "../../../src/sim/view/types.ts";
import { simulate, traceOf } from "../../support/in-process/curves.ts";

/** Two workloads of a guest whose flushes take 10 us. */
function guest(cpus: number, flushNs = 10_000) {
  const timeline = new Timeline();
  const slots = new VmSlots(timeline, 2);
  const pressure = new Pressure(slots, cpus);
  const processors = new Processors({ timeline, actors: slots, cpus, turnNs: 4e6, eventless: pressure });
  const flushes = new TranslationFlushes({ slots, processors, pressure, flushNs });
  const [first, second] = [0, 1].map((index) => ({ index }) as WorkloadPages) as [WorkloadPages, WorkloadPages];
  return { timeline, slots, pressure, processors, flushes, first, second };
}

test("the pages of a workload that works on another processor are flushed, and it loses as much time as the reclaimer", () => {
  const { timeline, slots, processors, flushes, first, second } = guest(2);
  processors.work(slots.ofAnon(0), 1e6);
  expect([flushes.flush(first, 20), flushes.flush(second, 20)]).toEqual([200_000, 0]);
  timeline.next();
  // Its work has ended: it may be the reclaimer itself.
  expect(flushes.flush(first, 20)).toBe(0);
  processors.work(slots.ofAnon(0), 1e6);
  expect(timeline.dueUs(slots.ofAnon(0))).toBe(2200);
});

test("of a workload that touches memory without events, it is the part of the time for which it does", () => {
  const { slots, pressure, processors, flushes, first } = guest(2);
  pressure.setDuty(slots.ofAnon(0), 0.25, 0);
  expect(flushes.flush(first, 20)).toBe(50_000);
  pressure.setDuty(slots.ofAnon(0), 1.5, 0);
  expect(flushes.flush(first, 20)).toBe(200_000);
  // It waits for the disk.
  pressure.set(slots.ofAnon(0), Activity.Waiting, 0);
  expect(flushes.flush(first, 20)).toBe(0);
  processors.work(slots.ofFiles(0), 1e6);
  expect(flushes.flush(first, 20)).toBe(200_000);
});

test("one processor has no other to interrupt", () => {
  const { slots, pressure, flushes, first } = guest(1);
  pressure.setDuty(slots.ofAnon(0), 1, 0);
  expect(flushes.flush(first, 20)).toBe(0);
});

test("a workload that grows into swap takes longer by what flushes cost it and kswapd, but not with one processor", () => {
  /** The time at which the workload has all its memory, in seconds. */
  const seconds = (cpus: number, flush: string): number => {
    const anon = { points: [[0, "700MiB"]] };
    const guest = { memory: "512MiB", swap: "1GiB", cpus, costs: { swapWrite: "1us", flush } };
    const text = traceOf(60, { guest, workloads: [{ name: "app", anon }] });
    let at = Number.POSITIVE_INFINITY;
    const sample = ({ timeUs, guest: { anon, swap } }: RunView) => {
      if (anon + swap >= (700 * 1024) / 4) at = Math.min(at, timeUs / 1e6);
    };
    simulate(text, { sample }, { sampleEveryUs: 10_000 });
    return at;
  };
  const swapped = ((700 - 512) * 1024) / 4;
  const longer = seconds(2, "50us") - seconds(2, "0ns");
  // Each page once, half of them while the workload waits or reclaims itself.
  expect(longer).toBeGreaterThan((swapped * 50e-6) / 2);
  expect(longer).toBeLessThan(2 * swapped * 50e-6);
  expect(seconds(1, "50us")).toBe(seconds(1, "0ns"));
});
