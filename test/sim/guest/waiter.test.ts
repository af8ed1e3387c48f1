import { describe, expect, it } from "vitest";
import type { GuestContext } from "../../../src/sim/guest/context.ts";
import { GuestMemory } from "../../../src/sim/guest/memory.ts";
import { Pressure } from "../../../src/sim/guest/pressure.ts";
import { PROFILES, type Profile } from "../../../src/sim/guest/profile.ts";
import { Reclaim } from "../../../src/sim/guest/reclaim.ts";
import { PageWaiter, Progress } from "../../../src/sim/guest/waiter.ts";
import type { WorkloadPages } from "../../../src/sim/guest/workload-pages.ts";
import { Timeline } from "../../../src/sim/time/timeline.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { traceOf } from "../../support/curves.ts";

const PROFILE = PROFILES.get("linux-6.1") as Profile;
const SLOT = 0;
const MARKS = { min: 100, low: 125, high: 150 };
/** Looking at a clean page of the cache takes a microsecond. */
const COSTS = { ...PROFILE.costs, scanNs: 1000 };

/** A zone of 1,000 pages without swap, one waiter, and what it does to the others. */
function world(options: {
  free: number;
  cache?: number;
  dirty?: number;
  cpus?: number;
  wait?: ConstructorParameters<typeof PageWaiter>[2];
}) {
  const { free, cache = 0, dirty = 0, cpus = 1, wait = {} } = options;
  const { workloads } = readTrace(traceOf(1, { guest: { memory: 1000 }, workloads: [{ name: "app" }] })).trace;
  const memory = new GuestMemory(1000, 0, PROFILE, MARKS, 60, workloads, 0);
  const app = memory.workloads[0] as WorkloadPages;
  memory.free = free;
  app.fileSet = cache;
  memory.addFile(app, cache, 0);
  app.dirty = dirty;
  memory.kernel = 1000 - free - cache;
  const timeline = new Timeline(1);
  const heard = { wakes: 0, kills: 0, asked: 0, killable: 1 };
  const context: GuestContext = {
    timeline,
    memory,
    reclaim: new Reclaim(
      memory,
      COSTS,
      32,
      () => timeline.nowUs,
      (pages) => {
        heard.asked += pages;
      },
    ),
    pressure: new Pressure(1),
    costs: COSTS,
    cpus,
    tickNs: 10_000_000,
    reclaimBatch: 32,
    settle: () => undefined,
    noticeLosses: () => undefined,
    wakeKswapd: () => {
      heard.wakes++;
      return false;
    },
    kswapdRuns: () => false,
    encourageKswapd: () => undefined,
    oomKill: () => {
      heard.kills++;
      if (heard.killable-- <= 0) return false;
      memory.kernel -= 200;
      memory.free += 200;
      return true;
    },
  };
  const waiter = new PageWaiter(context, SLOT, wait);
  /** Runs until the attempt is over; returns how it ended. */
  const finish = (begun: number): number => {
    let progress = begun;
    while (progress === Progress.Waiting) {
      timeline.next();
      progress = waiter.resume();
    }
    return progress;
  };
  return { memory, app, timeline, heard, waiter, ask: (pages: number) => finish(waiter.ask(pages)) };
}

describe("PageWaiter", () => {
  it("takes free pages down to min at once, and wakes kswapd at low", () => {
    const { memory, waiter, heard, ask, timeline } = world({ free: 300 });
    expect([ask(174), waiter.got, memory.free, heard.wakes]).toEqual([Progress.Done, 174, 126, 0]);
    expect([ask(26), waiter.got, memory.free, heard.wakes]).toEqual([Progress.Done, 26, 100, 1]);
    expect([timeline.nowUs, memory.allocStalls, waiter.stalledUs]).toEqual([0, 0, 0]);
  });

  it("reclaims what is missing, in the time that takes", () => {
    const { memory, app, waiter, ask, timeline } = world({ free: 110, cache: 500 });
    expect(ask(60)).toBe(Progress.Done);
    expect([waiter.got, memory.free + app.file]).toEqual([60, 550]);
    expect(memory.stealDirect).toBeGreaterThanOrEqual(50);
    expect(timeline.nowUs).toBe(memory.scanDirect);
    expect(waiter.stalledUs).toBe(timeline.nowUs);
  });

  it("hands over a part once it has waited for long", () => {
    const patient = world({ free: 100, cache: 500, wait: { patienceUs: 40 } });
    expect(patient.ask(200)).toBe(Progress.Partial);
    expect(patient.waiter.got).toBeGreaterThan(0);
    expect(patient.waiter.got).toBeLessThan(200);
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
    const { waiter } = world({ free: 110, cache: 500 });
    expect(waiter.held).toBe(0);
    expect(waiter.ask(60)).toBe(Progress.Waiting);
    expect([waiter.held, waiter.reclaiming]).toEqual([10, true]);
  });

  it("has somebody killed at once where nothing can be reclaimed, and fails when nobody is left", () => {
    const { waiter, heard, ask, timeline } = world({ free: 110, wait: { retryNs: 1_000_000 } });
    expect([ask(60), waiter.got, heard.kills, timeline.nowUs]).toEqual([Progress.Done, 60, 1, 0]);
    expect([ask(300), waiter.got, heard.kills]).toEqual([Progress.Failed, 150, 2]);
    expect(waiter.reclaiming).toBe(false);
  });

  it("waits sixteen times for the disk before it has somebody killed", () => {
    const { memory, heard, ask, timeline } = world({ free: 100, cache: 50, dirty: 50 });
    expect([ask(20), heard.kills]).toEqual([Progress.Done, 1]);
    expect(timeline.nowUs).toBeGreaterThanOrEqual(1_600_000);
    expect(timeline.nowUs).toBeLessThan(1_700_000);
    expect(heard.asked).toBeGreaterThan(50);
    expect(memory.file).toBe(50);
  });

  it("gives up after one round if it may not retry, and has nobody killed", () => {
    const { waiter, heard, ask } = world({ free: 110, wait: { noRetry: true } });
    expect([ask(60), waiter.got, heard.kills]).toEqual([Progress.Failed, 10, 0]);
    const dirty = world({ free: 100, cache: 50, dirty: 50, wait: { noRetry: true } });
    expect([dirty.ask(20), dirty.heard.kills]).toEqual([Progress.Failed, 0]);
    expect(dirty.timeline.nowUs).toBeLessThan(1000);
  });
});
