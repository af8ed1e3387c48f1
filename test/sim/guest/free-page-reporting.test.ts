import fc from "fast-check";
import { expect, test } from "vitest";
import type { Backing } from "../../../src/sim/guest/backing.ts";
import { FreeMemory } from "../../../src/sim/guest/free-memory.ts";
import { FreePageReporting } from "../../../src/sim/guest/free-page-reporting.ts";
import { Timeline } from "../../../src/sim/time/timeline.ts";
import { LINUX_6_1 } from "../../../src/sim/trace/kernel-profile.ts";

const BLOCK = 512;
const MARKS = { min: 1000, low: 1250, high: 1500 };
/** The zone must have more free than this. */
const LEAST_FREE = MARKS.low + 32 * BLOCK;

interface Report {
  readonly atUs: number;
  readonly messages: number;
  readonly pages: number;
}

/** A guest's free memory with the reporting of it, without a guest. */
class Rig {
  readonly timeline = new Timeline();
  readonly memory: FreeMemory;
  readonly reporting: FreePageReporting;
  readonly reports: Report[] = [];
  readonly discarded: [blocks: number, unreported: number][] = [];

  constructor(total: number, free: number) {
    this.memory = new FreeMemory(total, LINUX_6_1, MARKS, "never");
    this.memory.free = free;
    const { timeline, memory } = this;
    const backing = {
      isSwept: false,
      discardFree: (blocks: number, unreported: number) => this.discarded.push([blocks, unreported]),
    } as unknown as Backing;
    this.reporting = new FreePageReporting({
      ...{ timeline, slot: timeline.reserve(1), memory, backing },
      settling: { settle: () => {} },
      reported: (messages, pages) => this.reports.push({ atUs: timeline.nowUs, messages, pages }),
    });
    this.reporting.look();
  }

  /** Runs all passes that are due up to a time; returns their number. */
  runTo(us: number): number {
    let passes = 0;
    for (; this.timeline.nextUs() <= us; passes++) {
      this.timeline.next();
      this.reporting.resume();
      this.reporting.look();
    }
    return passes;
  }
}

test("a guest with a GiB free reports it within eight passes, two seconds apart, and then has no events", () => {
  const { runTo, timeline, reports, discarded, memory } = bound(new Rig(4 * 2 ** 18, 2 ** 18));
  expect(runTo(3600e6)).toBe(8);
  expect(timeline.nextUs()).toBe(Number.POSITIVE_INFINITY);
  expect(reports).toEqual(
    Array.from({ length: 8 }, (_, i) => ({ atUs: 2e6 * (i + 1), messages: 2, pages: 64 * BLOCK })),
  );
  expect(discarded).toEqual(Array.from({ length: 8 }, (_, i) => [64, 512 - 64 * i]));
  expect(memory.reportedBlocks).toBe(512);
});

test("a guest of any size with all of its memory free needs about 30 seconds at most", () => {
  for (const gib of [0.5, 1, 2, 7, 64, 1024]) {
    const rig = new Rig(gib * 2 ** 18, gib * 2 ** 18);
    rig.runTo(3600e6);
    expect(rig.reports.reduce((sum, { pages }) => sum + pages, 0)).toBe(gib * 2 ** 18);
    expect((rig.reports.at(-1) as Report).atUs).toBeLessThanOrEqual(32e6);
  }
});

test("below the low watermark and a message of blocks nothing is reported, until a block becomes free", () => {
  const short = new Rig(2 ** 18, LEAST_FREE);
  expect(short.runTo(60e6)).toBe(1);
  expect(short.reports).toEqual([]);
  // A page more, which makes no further block: the kernel does not hear of it.
  short.memory.giveMovable(1, 0);
  short.reporting.look();
  expect(short.timeline.nextUs()).toBe(Number.POSITIVE_INFINITY);
  short.memory.giveMovable(BLOCK, 0);
  short.reporting.look();
  expect(short.runTo(120e6)).toBe(1);
  expect(short.memory.reportedBlocks).toBe(short.memory.freeBlocks);
  const enough = new Rig(2 ** 18, LEAST_FREE + 1);
  enough.runTo(60e6);
  expect(enough.memory.reportedBlocks).toBe(34);
});

test("a boosted low watermark counts", () => {
  const rig = new Rig(2 ** 18, LEAST_FREE + 1);
  rig.memory.watermarks.raise();
  rig.runTo(60e6);
  expect(rig.reports).toEqual([]);
});

test("pages outside of whole blocks are not reported", () => {
  const rig = new Rig(2 ** 18, 2 ** 18);
  rig.memory.scatteredFree = 2 ** 17 + 1;
  rig.runTo(60e6);
  expect(rig.memory.reportedBlocks).toBe(255);
  // Single pages that become free there ask for no pass, either.
  rig.memory.free -= 100;
  rig.memory.giveMovable(100, 100);
  rig.reporting.look();
  expect(rig.timeline.nextUs()).toBe(Number.POSITIVE_INFINITY);
});

test("a driver that is unloaded reports nothing more", () => {
  const rig = new Rig(2 ** 18, 2 ** 18);
  rig.runTo(2e6);
  rig.reporting.end();
  expect(rig.runTo(60e6)).toBe(0);
});

/** mm/page_reporting.c, block by block: `page_reporting_cycle()` on one list, and what requests it. */
class NaiveKernel {
  /** The list: whether each block is reported; allocations take from its head. */
  list: boolean[] = [];
  dueUs = Number.POSITIVE_INFINITY;
  reports: Report[] = [];

  follow(blocks: number, nowUs: number): void {
    if (blocks > this.list.length && this.dueUs === Number.POSITIVE_INFINITY) this.dueUs = nowUs + 2e6;
    while (this.list.length > blocks) this.list.shift();
    while (this.list.length < blocks) this.list.unshift(false);
  }

  pass(free: number): void {
    const nowUs = this.dueUs;
    this.dueUs = Number.POSITIVE_INFINITY;
    if (free <= LEAST_FREE) return;
    let budget = Math.ceil(this.list.length / (32 * 16));
    let room = 32;
    let messages = 0;
    let isolated: number[] = [];
    const all: number[] = [];
    const send = (): void => {
      for (const at of isolated) this.list[at] = true;
      all.push(...isolated);
      isolated = [];
      room = 32;
      messages++;
    };
    for (let at = 0; at < this.list.length; at++) {
      if (this.list[at] || isolated.includes(at)) continue;
      if (budget < 0) {
        this.dueUs = nowUs + 2e6;
        break;
      }
      if (room === 0) {
        send();
        budget--;
        at = -1;
        continue;
      }
      isolated.push(at);
      room--;
    }
    if (isolated.length > 0) send();
    if (all.length > 0) this.reports.push({ atUs: nowUs, messages, pages: all.length * BLOCK });
    // To the tail.
    this.list.sort((a, b) => Number(a) - Number(b));
  }
}

const step = fc.record({
  kind: fc.constantFrom("take", "give", "huge", "wait"),
  pages: fc.integer({ min: 1, max: 2 ** 19 }),
});

test("any guest reports what the kernel's loops report, block by block", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 20 }), fc.array(step, { maxLength: 25 }), (free, steps) => {
      const rig = new Rig(2 ** 20, free);
      const kernel = new NaiveKernel();
      kernel.follow(rig.memory.freeBlocks, 0);
      for (const { kind, pages } of steps) {
        const untilUs = rig.timeline.nowUs + (kind === "wait" ? pages * 50 : 0);
        while (kernel.dueUs <= untilUs) kernel.pass(rig.memory.free);
        rig.runTo(untilUs);
        rig.timeline.nowUs = untilUs;
        if (kind === "take") rig.memory.takeFree(pages, 0);
        else if (kind === "huge") rig.memory.takeUnmovableBlocks(Math.floor(pages / BLOCK));
        else if (kind === "give") rig.memory.giveMovable(Math.min(pages, 2 ** 20 - rig.memory.free), 0);
        rig.reporting.look();
        kernel.follow(rig.memory.freeBlocks, untilUs);
        expect(rig.memory.reportedBlocks).toBe(kernel.list.filter((isReported) => isReported).length);
      }
      while (kernel.dueUs < Number.POSITIVE_INFINITY) kernel.pass(rig.memory.free);
      rig.runTo(Number.MAX_SAFE_INTEGER);
      expect(rig.reports).toEqual(kernel.reports);
    }),
    { numRuns: 200 },
  );
});

/** Its methods, for destructuring. */
function bound(rig: Rig): Pick<Rig, "timeline" | "reports" | "discarded" | "memory"> & { runTo: Rig["runTo"] } {
  const { timeline, reports, discarded, memory } = rig;
  return { timeline, reports, discarded, memory, runTo: (us) => rig.runTo(us) };
}
