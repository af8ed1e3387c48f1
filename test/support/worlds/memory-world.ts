import type { LruList } from "../../../src/sim/guest/lru.ts";
import { GuestMemory, Lru } from "../../../src/sim/guest/memory.ts";
import { Reclaim } from "../../../src/sim/guest/reclaim.ts";
import { Reclaimer } from "../../../src/sim/guest/reclaimer.ts";
import type { WorkloadPages } from "../../../src/sim/guest/workload-pages.ts";
import { PROFILES, type Profile } from "../../../src/sim/trace/profile.ts";
import type { Series, WorkloadSpec } from "../../../src/sim/trace/types.ts";

const { kernel: KERNEL, machine: MACHINE } = PROFILES.get("linux-6.1") as Profile;
const constant: Series = { hold: "step", at: [0], value: [0], repeatUs: 0, how: "assumed", from: null };
/** A workload that demands nothing. */
export const IDLE_APP: WorkloadSpec = {
  name: "app",
  anon: constant,
  workingSet: null,
  touch: constant,
  fileSet: constant,
  fileRead: constant,
  fileWrite: constant,
  fileWarm: true,
  swapped: 0,
  restartUs: null,
  cpu: 0,
};

/** Costs of looking at a page, and at the page tables of a mapped one. */
export const SCAN_NS = 10;
export const UNMAP_NS = 100;
/** Slow enough for nothing to be written while a pass lasts. */
export const WRITE_NS = 1_000_000;

/** A guest, of 100,000 pages if nothing else is said, with so many on its lists, all of one workload, cold or hot; others have none. */
export function world(
  pages: { inactiveAnon?: number; activeAnon?: number; inactiveFile?: number; activeFile?: number },
  options: {
    total?: number;
    swap?: number;
    swappiness?: number;
    high?: number;
    lowmemReserve?: number;
    hot?: boolean;
    flags?: number;
    others?: number;
    swapOutNs?: number;
    swapWriteNs?: number;
  } = {},
) {
  const { total = 100_000, swap = 50_000, swappiness = 60, high = 0, hot = false, flags = 0, others = 0 } = options;
  const { swapOutNs = 0, swapWriteNs = WRITE_NS } = options;
  const marks = { min: 0, low: 0, high };
  const memory = new GuestMemory({
    total,
    swapTotal: swap,
    rules: KERNEL,
    lru: "classic",
    swapQueue: MACHINE.swapQueue,
    watermarks: marks,
    lowmemReserve: options.lowmemReserve ?? 0,
    swappiness,
    workloads: new Array<WorkloadSpec>(1 + others).fill(IDLE_APP),
    swapWriteNs,
  });
  const app = memory.workloads[0] as WorkloadPages;
  const anon = (count = 0, list: number) => {
    const piece = { owner: app.index, hot: hot ? count : 0, cold: hot ? 0 : count, from: app.workingSet, to: 0, flags };
    (memory.lists[list] as LruList).push({ ...piece, to: piece.from + piece.hot }, memory.gap(app));
    app.hot += piece.hot;
    app.cold += piece.cold;
    memory.free -= count;
  };
  const file = (count = 0, list: number) => {
    memory.addFile(app, count, flags, list);
    app.fileSet += count;
    memory.free -= count;
  };
  anon(pages.inactiveAnon, Lru.InactiveAnon);
  anon(pages.activeAnon, Lru.ActiveAnon);
  file(pages.inactiveFile, Lru.InactiveFile);
  file(pages.activeFile, Lru.ActiveFile);
  const asked: number[] = [];
  const costs = { ...MACHINE.costs, scanNs: SCAN_NS, ageNs: UNMAP_NS, unmapNs: UNMAP_NS, swapOutNs };
  const clock = { nowUs: 0 };
  const flusher = {
    ask(count: number) {
      asked.push(count);
    },
  };
  const reclaim = new Reclaim({ memory, costs, batch: 32, sliceNs: 4_000_000, timeline: clock, flusher });
  return { memory, app, reclaim, asked, clock };
}

/** Makes whole passes at a priority until nothing is left to look at in `passes` of them; returns their cost. */
export function passes(reclaim: Reclaim, priority: number, count = 1): number {
  let ns = 0;
  const r = new Reclaimer(true);
  r.wanted = Number.POSITIVE_INFINITY;
  r.priority = priority;
  for (let i = 0; i < count; i++) {
    reclaim.beginPass(r);
    while (!reclaim.passDone(r)) ns += reclaim.step(r);
  }
  return ns;
}
