import { describe, expect, it } from "vitest";
import type { GuestContext } from "../../../src/sim/guest/context.ts";
import { GenerationalReclaim } from "../../../src/sim/guest/generational-reclaim.ts";
import { GuestMemory } from "../../../src/sim/guest/memory.ts";
import { Pressure } from "../../../src/sim/guest/pressure.ts";
import { Processors } from "../../../src/sim/guest/processors.ts";
import { Reclaim } from "../../../src/sim/guest/reclaim.ts";
import { Progress, SlowPathAllocator } from "../../../src/sim/guest/slow-path-allocator.ts";
import type { WorkloadPages } from "../../../src/sim/guest/workload-pages.ts";
import { VmSlots } from "../../../src/sim/time/slots.ts";
import { Timeline } from "../../../src/sim/time/timeline.ts";
import { PROFILES, type Profile } from "../../../src/sim/trace/profile.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import type { LruName } from "../../../src/sim/trace/types.ts";
import { traceOf } from "../../support/in-process/curves.ts";

const { machine: MACHINE } = PROFILES.get("linux-6.1") as Profile;
const SLOT = 0;
const MARKS = { min: 100, low: 125, high: 150 };
/** Looking at a clean page of the cache takes a microsecond. */
const COSTS = { ...MACHINE.costs, scanNs: 1000 };

/** A zone of 1,000 pages, without swap unless that is given, one allocator, and what it does to the others. */
function world(options: {
  free: number;
  anon?: number;
  swap?: number;
  lru?: LruName;
  cache?: number;
  dirty?: number;
  cpus?: number;
  profile?: string;
  wait?: ConstructorParameters<typeof SlowPathAllocator>[2];
}) {
  const {
    free,
    anon = 0,
    swap = 0,
    lru = "classic",
    cache = 0,
    dirty = 0,
    cpus = 1,
    profile = "linux-6.1",
    wait = {},
  } = options;
  const { workloads } = readTrace(traceOf(1, { guest: { memory: 1000 }, workloads: [{ name: "app" }] })).trace;
  const memory = new GuestMemory({
    total: 1000,
    swapTotal: swap,
    rules: (PROFILES.get(profile) as Profile).kernel,
    lru,
    swapQueue: MACHINE.swapQueue,
    watermarks: MARKS,
    swappiness: 60,
    workloads,
    swapWriteNs: 0,
  });
  const app = memory.workloads[0] as WorkloadPages;
  memory.free = free;
  app.fileSet = cache;
  memory.addFile(app, cache, 0);
  app.dirty = dirty;
  memory.grow(app, 0, anon);
  memory.kernel = 1000 - free - cache - anon;
  const timeline = new Timeline();
  const slots = new VmSlots(timeline, 0);
  const heard = { events: 0, wakes: 0, kills: 0, asked: 0, killable: 1 };
  const actors = { first: 0, count: 1 };
  const pressure = new Pressure(actors, cpus);
  const flusher = {
    ask(pages: number) {
      heard.asked += pages;
    },
  };
  const parts = { memory, costs: COSTS, batch: 32, sliceNs: 4_000_000, timeline, flusher };
  const context: GuestContext = {
    timeline,
    slots,
    memory,
    reclaim: memory.generations === null ? new Reclaim(parts) : new GenerationalReclaim(memory.generations, parts),
    pressure,
    processors: new Processors({ timeline, actors, cpus, turnNs: 10_000_000, eventless: pressure }),
    costs: COSTS,
    backing: null,
    balloon: "kernel",
    tickNs: 10_000_000,
    reclaimBatch: 32,
    settling: { settle() {}, noticeLosses() {} },
    sliceNs: 4_000_000,
    causes: null,
    kswapd: {
      isRunning: false,
      wake() {
        heard.wakes++;
        return false;
      },
      encourage() {},
    },
    oomKiller: {
      oomKill() {
        heard.kills++;
        if (heard.killable-- <= 0) return null;
        memory.kernel -= 200;
        memory.free += 200;
        return 0;
      },
    },
  };
  const allocator = new SlowPathAllocator(context, SLOT, wait);
  /** Runs until the attempt is over; returns how it ended. */
  const finish = (begun: number): number => {
    let progress = begun;
    while (progress === Progress.Waiting) {
      timeline.next();
      heard.events++;
      progress = allocator.resume();
    }
    return progress;
  };
  return { memory, app, timeline, heard, allocator, ask: (pages: number) => finish(allocator.ask(pages)) };
}

describe("SlowPathAllocator", () => {
  it("takes free pages down to min at once, and wakes kswapd at low", () => {
    const { memory, allocator, heard, ask, timeline } = world({ free: 300 });
    expect([ask(174), allocator.got, memory.free, heard.wakes]).toEqual([Progress.Done, 174, 126, 0]);
    expect([ask(26), allocator.got, memory.free, heard.wakes]).toEqual([Progress.Done, 26, 100, 1]);
    expect([timeline.nowUs, memory.allocStalls, allocator.stalledUs]).toEqual([0, 0, 0]);
  });

  it("gives pages one after the other to a caller without patience, so that kswapd is woken before they are used up", () => {
    const { memory, allocator, heard, ask } = world({ free: 300, wait: { patienceUs: 0 } });
    const { low, min } = memory.watermarks;
    expect([ask(250), memory.free, heard.wakes]).toEqual([Progress.Partial, low, 1]);
    while (memory.free > min) {
      expect(ask(250)).toBe(Progress.Partial);
      expect(allocator.got).toBeLessThanOrEqual(32);
    }
    expect(memory.allocStalls).toBe(0);
  });

  it("reclaims what is missing, in the time that takes", () => {
    const { memory, app, allocator, ask, timeline } = world({ free: 110, cache: 500 });
    expect(ask(60)).toBe(Progress.Done);
    expect([allocator.got, memory.free + app.file]).toEqual([60, 550]);
    expect(memory.stealDirect).toBeGreaterThanOrEqual(50);
    expect(timeline.nowUs).toBe(memory.scanDirect);
    expect(allocator.stalledUs).toBe(timeline.nowUs);
  });

  it("hands over a part once it has waited for long", () => {
    const patient = world({ free: 100, cache: 500, wait: { patienceUs: 40 } });
    expect(patient.ask(200)).toBe(Progress.Partial);
    expect(patient.allocator.got).toBeGreaterThan(0);
    expect(patient.allocator.got).toBeLessThan(200);
    expect(patient.timeline.nowUs).toBeGreaterThanOrEqual(40);
    // At the first end of a round at which it has waited so long.
    const waited = (patienceUs: number) => {
      const { ask, timeline } = world({ free: 100, cache: 500, wait: { patienceUs } });
      expect(ask(200)).toBe(Progress.Partial);
      return timeline.nowUs;
    };
    const round = waited(1);
    expect(waited(round)).toBe(round);
    expect(waited(round + 1)).toBeGreaterThan(round);
    const eager = world({ free: 100, cache: 500 });
    expect(eager.ask(200)).toBe(Progress.Done);
  });

  it("holds what it has got while it waits", () => {
    const { allocator } = world({ free: 110, cache: 500 });
    expect(allocator.held).toBe(0);
    expect(allocator.ask(60)).toBe(Progress.Waiting);
    expect([allocator.held, allocator.reclaiming]).toEqual([10, true]);
  });

  it("has a workload killed at once where nothing can be reclaimed, and fails when none is left", () => {
    const { allocator, heard, ask, timeline } = world({ free: 110, wait: { retryNs: 1_000_000 } });
    expect([ask(60), allocator.got, heard.kills, timeline.nowUs]).toEqual([Progress.Done, 60, 1, 0]);
    expect([ask(300), allocator.got, heard.kills]).toEqual([Progress.Failed, 150, 2]);
    expect(allocator.reclaiming).toBe(false);
  });

  it("waits sixteen times for the disk before it has a workload killed, in kernels where all reclaimers wait", () => {
    const late = world({ free: 100, cache: 50, dirty: 50 });
    expect([late.ask(20), late.heard.kills]).toEqual([Progress.Done, 1]);
    expect(late.timeline.nowUs).toBeLessThan(100_000);
    const { memory, heard, ask, timeline } = world({ free: 100, cache: 50, dirty: 50, profile: "linux-2.6.32" });
    expect([ask(20), heard.kills]).toEqual([Progress.Done, 1]);
    expect(timeline.nowUs).toBeGreaterThanOrEqual(1_600_000);
    expect(timeline.nowUs).toBeLessThan(1_700_000);
    expect(heard.asked).toBeGreaterThan(50);
    expect(memory.file).toBe(50);
  });

  it("gives up after one round if it may not retry, without a kill", () => {
    const { allocator, heard, ask } = world({ free: 110, wait: { noRetry: true } });
    expect([ask(60), allocator.got, heard.kills]).toEqual([Progress.Failed, 10, 0]);
    const dirty = world({ free: 100, cache: 50, dirty: 50, wait: { noRetry: true } });
    expect([dirty.ask(20), dirty.heard.kills]).toEqual([Progress.Failed, 0]);
    expect(dirty.timeline.nowUs).toBeLessThan(1000);
  });

  it("makes no events of passes that have nothing to scan, also while it waits for the OOM killer", () => {
    // Swap with less room than a batch counts as reclaimable, but the multi-generational LRU does not evict to it.
    const full = { free: 100, anon: 500, swap: 12, lru: "mglru" } as const;
    const { memory, allocator, heard, ask, timeline } = world(full);
    expect([ask(60), allocator.got, heard.kills]).toEqual([Progress.Done, 60, 1]);
    expect([timeline.nowUs, memory.scanDirect, memory.anon]).toEqual([0, 0, 500]);
    // One event for each of the 16 repetitions, of a dozen passes.
    expect(heard.events).toBe(16);
    const once = world({ ...full, wait: { noRetry: true } });
    expect([once.ask(60), once.heard.events, once.timeline.nowUs]).toEqual([Progress.Failed, 0, 0]);
  });
});
