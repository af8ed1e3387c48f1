import { GenerationalReclaim } from "../../../src/sim/guest/generational-reclaim.ts";
import { GuestMemory } from "../../../src/sim/guest/memory.ts";
import { HUGE_PAGE, PageFlag } from "../../../src/sim/guest/piece.ts";
import { Reclaim } from "../../../src/sim/guest/reclaim.ts";
import { type PageReclaim, Reclaimer } from "../../../src/sim/guest/reclaimer.ts";
import type { WorkloadPages } from "../../../src/sim/guest/workload-pages.ts";
import type { KernelProfile } from "../../../src/sim/trace/kernel-profile.ts";
import { PROFILES, type Profile } from "../../../src/sim/trace/profile.ts";
import type { LruName, WorkloadSpec } from "../../../src/sim/trace/types.ts";
import { IDLE_APP } from "./memory-world.ts";

/** Every LRU that a guest can have: its name in a trace, and the profile of its kernel. */
export const LRUS: readonly (readonly [LruName, string])[] = [
  ["classic", "linux-6.1"],
  ["mglru", "linux-6.1"],
  ["mglru", "linux-6.12"],
];

export const SCAN_NS = 100;
export const UNMAP_NS = 10_000;
export const AGE_NS = 640;
/** Processor time of writing a page to swap. */
export const SWAP_OUT_NS = 30_000;
/** Time to write a page to swap. */
export const WRITE_NS = 2000;

/** A guest's memory of 100,000 pages with its reclaim, without the actors around; all of it free. */
export function lruWorld(
  lru: LruName,
  profile = "linux-6.1",
  { swap = 50_000, swappiness = 60, owners = 1, flushNs = 0, rules = {} as Partial<KernelProfile> } = {},
) {
  const { kernel, machine } = PROFILES.get(profile) as Profile;
  const memory = new GuestMemory({
    total: 100_000,
    swapTotal: swap,
    rules: { ...kernel, ...rules },
    lru,
    swapQueue: machine.swapQueue,
    // With generations, kswapd stops at `high`: it is out of reach here. With the classic LRU, page cache below it is spared.
    watermarks: { min: 0, low: 0, high: lru === "mglru" ? 100_000 : 0 },
    swappiness,
    workloads: new Array<WorkloadSpec>(owners).fill(IDLE_APP),
    swapWriteNs: WRITE_NS,
  });
  const clock = { nowUs: 0 };
  const asked: number[] = [];
  const flusher = {
    ask(pages: number) {
      asked.push(pages);
    },
  };
  const costs = { ...machine.costs, scanNs: SCAN_NS, unmapNs: UNMAP_NS, ageNs: AGE_NS, swapOutNs: SWAP_OUT_NS };
  let flushed = 0;
  const flushes = {
    flush(_: WorkloadPages, pages: number): number {
      flushed += pages;
      return pages * flushNs;
    },
  };
  const parts = { memory, costs, batch: 32, sliceNs: 4_000_000, timeline: clock, flusher, flushes };
  const reclaim: PageReclaim =
    memory.generations === null ? new Reclaim(parts) : new GenerationalReclaim(memory.generations, parts);
  const app = memory.workloads[0] as WorkloadPages;
  /** Maps anonymous memory of a workload, as its faults do. */
  const grow = (hot: number, cold: number, w = app) => {
    memory.free -= hot + cold;
    memory.grow(w, hot, cold);
  };
  /** Reads files of a workload in. */
  const read = (pages: number, w = app) => {
    memory.free -= pages;
    w.fileSet += pages;
    memory.addFile(w, pages, PageFlag.Referenced);
  };
  /** The same, by huge pages: as many as fit. */
  const growHuge = (hot: number, cold: number, w = app) => {
    const huge = (pages: number) => pages - (pages % HUGE_PAGE);
    const [hugeHot, hugeCold] = [huge(hot), huge(cold)];
    memory.free -= hugeHot + hugeCold;
    memory.grow(w, hugeHot, hugeCold, 0, PageFlag.Huge);
  };
  return {
    memory,
    reclaim,
    clock,
    app,
    asked,
    grow,
    growHuge,
    read,
    get flushed() {
      return flushed;
    },
  };
}

export type LruWorld = ReturnType<typeof lruWorld>;

/** All pages of a guest, wherever they are; and whether all its counts are whole numbers of 0 or more. */
export function census({ memory }: LruWorld): { pages: number; isValid: boolean } {
  const { free, kernel, balloon, anon, file, swapCache, swap, workloads } = memory;
  const { activeAnon, inactiveAnon, activeFile, inactiveFile } = memory;
  const counts = [free, anon, file, swap, swapCache.pages, activeAnon, inactiveAnon, activeFile, inactiveFile];
  for (const w of workloads) counts.push(w.hot, w.cold, w.swappedHot, w.swappedCold, w.file, w.dirty);
  const areKinds = activeAnon + inactiveAnon === anon + swapCache.pages && activeFile + inactiveFile === file;
  const isValid = areKinds && counts.every((count) => Number.isSafeInteger(count) && count >= 0);
  return { pages: free + kernel + balloon + anon + file + swapCache.pages, isValid };
}

/**
 * One round of kswapd, or of direct reclaim: passes at falling priorities until `wanted` pages are reclaimed. The clock
 * advances by the cost of each step. Returns the cost, and the number of passes.
 */
export function round(world: LruWorld, wanted: number, kswapd = true, r = new Reclaimer(kswapd)) {
  const { reclaim, clock } = world;
  r.priority = 12;
  r.wanted = wanted;
  r.reclaimed = 0;
  let ns = 0;
  let passes = 0;
  while (r.priority >= (kswapd ? 1 : 0) && r.reclaimed < wanted) {
    reclaim.beginPass(r);
    passes++;
    while (!reclaim.passDone(r)) {
      const cost = reclaim.step(r);
      ns += cost;
      clock.nowUs += Math.ceil(cost / 1000);
    }
    if (!kswapd || r.scannedInPass < wanted || r.reclaimedInPass === 0) r.priority--;
  }
  reclaim.end();
  return { ns, passes, reclaimed: r.reclaimed };
}
