import type { WorkloadSpec } from "../trace/types.ts";
import { LruList, PageFlag } from "./lru.ts";
import type { Profile } from "./profile.ts";
import { ShadowQueue } from "./shadows.ts";
import type { Watermarks } from "./watermarks.ts";

/** The four lists, in the order in which reclaim goes through them. */
export const Lru = { InactiveAnon: 0, ActiveAnon: 1, InactiveFile: 2, ActiveFile: 3 } as const;

/** Pages of one workload and where they are. The sum over all workloads, lists and places never loses a page. */
export class WorkloadPages {
  readonly index: number;
  readonly spec: WorkloadSpec;
  /** Anonymous pages in memory: of the working set, and the rest. */
  hot = 0;
  cold = 0;
  /** Anonymous pages in swap. */
  swappedHot = 0;
  swappedCold = 0;
  /** File pages in the page cache, and how many of them are dirty. */
  file = 0;
  dirty = 0;
  /** How far the workload has gone over its working set, in pages touched since the run began; in order, round and round. */
  sweep = 0;
  /** The same over its files, in pages read. */
  fileSweep = 0;
  /** Size of the files now. */
  fileSet = 0;
  readonly fileShadows = new ShadowQueue();
  readonly anonShadows = new ShadowQueue();
  /** Rounding left over from page counts that were computed as fractions. */
  youngCarry = 0;
  dirtyCarry = 0;

  constructor(index: number, spec: WorkloadSpec) {
    this.index = index;
    this.spec = spec;
  }

  /** All anonymous memory that the workload has mapped. */
  get anon(): number {
    return this.hot + this.cold + this.swappedHot + this.swappedCold;
  }

  get resident(): number {
    return this.hot + this.cold;
  }

  get swapped(): number {
    return this.swappedHot + this.swappedCold;
  }

  get workingSet(): number {
    return this.hot + this.swappedHot;
  }
}

/**
 * The guest's pages: how many there are of each kind, on which lists, and the counters that the kernel keeps of them.
 * Every page is in exactly one place: free, kernel, balloon, anonymous or page cache.
 */
export class GuestMemory {
  readonly total: number;
  readonly swapTotal: number;
  readonly profile: Profile;
  readonly watermarks: Watermarks;
  readonly swappiness: number;
  readonly lists: readonly [LruList, LruList, LruList, LruList];
  readonly workloads: readonly WorkloadPages[];

  free: number;
  kernel = 0;
  balloon = 0;
  swap = 0;

  swapOut = 0;
  swapIn = 0;
  refaults = 0;
  scanKswapd = 0;
  scanDirect = 0;
  stealKswapd = 0;
  stealDirect = 0;
  allocStalls = 0;
  allocFails = 0;
  oomKills = 0;

  /** Evictions and activations so far: the clock that refault distances are measured on (mm/workingset.c). */
  nonresidentAge = 0;
  /** What reclaim of each kind has cost lately, in pages (`lru_note_cost`). */
  anonCost = 0;
  fileCost = 0;
  /** Refaults that were activated, of each kind. */
  anonActivations = 0;
  fileActivations = 0;

  constructor(
    total: number,
    swapTotal: number,
    profile: Profile,
    marks: Watermarks,
    swappiness: number,
    workloads: readonly WorkloadSpec[],
  ) {
    this.total = total;
    this.swapTotal = swapTotal;
    this.profile = profile;
    this.watermarks = marks;
    this.swappiness = swappiness;
    this.free = total;
    const owners = workloads.length;
    this.lists = [new LruList(owners), new LruList(owners), new LruList(owners), new LruList(owners)];
    this.workloads = workloads.map((spec, index) => new WorkloadPages(index, spec));
  }

  get activeAnon(): number {
    return this.lists[Lru.ActiveAnon].pages;
  }

  get inactiveAnon(): number {
    return this.lists[Lru.InactiveAnon].pages;
  }

  get activeFile(): number {
    return this.lists[Lru.ActiveFile].pages;
  }

  get inactiveFile(): number {
    return this.lists[Lru.InactiveFile].pages;
  }

  get anon(): number {
    return this.activeAnon + this.inactiveAnon;
  }

  get file(): number {
    return this.activeFile + this.inactiveFile;
  }

  get swapFree(): number {
    return this.swapTotal - this.swap;
  }

  get dirty(): number {
    let sum = 0;
    for (const w of this.workloads) sum += w.dirty;
    return sum;
  }

  /** Pages that reclaim could get at all (`zone_reclaimable_pages`): anonymous ones only while there is swap for them. */
  get reclaimable(): number {
    return this.file + (this.swapFree > 0 ? this.anon : 0);
  }

  /** Takes up to `count` free pages, down to `mark`; returns how many. The caller says where they go. */
  takeFree(count: number, mark: number): number {
    const pages = Math.max(0, Math.min(count, this.free - mark));
    this.free -= pages;
    return pages;
  }

  /** Stamps of one segment may differ by this: a sixteenth of a sweep. */
  tolerance(setSize: number): number {
    return setSize / 16;
  }

  /** New anonymous pages, taken from the free ones before: they start on the inactive list with their accessed bit set. */
  addAnon(
    w: WorkloadPages,
    hot: number,
    cold: number,
    flags: number = PageFlag.Fresh,
    list: number = Lru.InactiveAnon,
  ): void {
    w.hot += hot;
    w.cold += cold;
    (this.lists[list] as LruList).push(w.index, hot, cold, w.sweep, flags, this.tolerance(w.workingSet));
  }

  /** New page cache, taken from the free pages before. */
  addFile(w: WorkloadPages, pages: number, flags: number, list: number = Lru.InactiveFile): void {
    w.file += pages;
    (this.lists[list] as LruList).push(w.index, pages, 0, w.fileSweep, flags, this.tolerance(w.fileSet));
  }

  /** A workload gives anonymous memory back, hot or cold, from swap and from memory in proportion. */
  freeAnon(w: WorkloadPages, hot: boolean, count: number): void {
    if (count === 0) return;
    const resident = hot ? w.hot : w.cold;
    const swapped = hot ? w.swappedHot : w.swappedCold;
    const fromSwap = Math.min(swapped, Math.round((count * swapped) / (resident + swapped)));
    const fromMemory = Math.min(resident, count - fromSwap);
    this.#removeFrom(Lru.InactiveAnon, Lru.ActiveAnon, w.index, hot, fromMemory);
    this.free += fromMemory;
    this.swap -= count - fromMemory;
    if (hot) {
      w.hot -= fromMemory;
      w.swappedHot -= count - fromMemory;
      w.anonShadows.keep(w.swappedHot);
    } else {
      w.cold -= fromMemory;
      w.swappedCold -= count - fromMemory;
    }
  }

  /** Page cache goes away with its file. */
  freeFile(w: WorkloadPages, count: number): void {
    this.#removeFrom(Lru.InactiveFile, Lru.ActiveFile, w.index, true, count);
    w.file -= count;
    w.dirty = Math.min(w.dirty, w.file);
    this.free += count;
  }

  /** The working set grows or shrinks to `target` pages of what the workload has: pages change their colour, in place. */
  setWorkingSet(w: WorkloadPages, target: number): void {
    const toHot = target > w.workingSet;
    const count = Math.abs(target - w.workingSet);
    if (count === 0) return;
    const resident = toHot ? w.cold : w.hot;
    const swapped = toHot ? w.swappedCold : w.swappedHot;
    const inSwap = Math.min(swapped, Math.round((count * swapped) / (resident + swapped)));
    const inMemory = Math.min(resident, count - inSwap);
    const sign = toHot ? 1 : -1;
    this.#recolour(w.index, toHot, inMemory);
    w.hot += sign * inMemory;
    w.cold -= sign * inMemory;
    w.swappedHot += sign * (count - inMemory);
    w.anonShadows.keep(w.swappedHot);
    w.swappedCold -= sign * (count - inMemory);
  }

  /** Kills the workload with the most memory, swap included; returns it, or null if there is nobody to kill. */
  oomKill(): WorkloadPages | null {
    let victim: WorkloadPages | null = null;
    for (const w of this.workloads) if (w.anon > 0 && (victim === null || w.anon > victim.anon)) victim = w;
    if (victim === null) return null;
    this.oomKills++;
    this.freeAnon(victim, true, victim.workingSet);
    this.freeAnon(victim, false, victim.cold + victim.swappedCold);
    return victim;
  }

  /** Notes what reclaim of a kind has cost; old cost fades once it reaches a quarter of the lists (mm/swap.c). */
  noteCost(file: boolean, pages: number): void {
    if (file) this.fileCost += pages;
    else this.anonCost += pages;
    if (this.fileCost + this.anonCost > (this.anon + this.file) / 4) {
      this.fileCost = Math.floor(this.fileCost / 2);
      this.anonCost = Math.floor(this.anonCost / 2);
    }
  }

  #removeFrom(inactive: number, active: number, owner: number, hot: boolean, count: number): void {
    const lists = [this.lists[inactive] as LruList, this.lists[active] as LruList] as const;
    const first = lists[0].pagesOf(owner, hot);
    const both = first + lists[1].pagesOf(owner, hot);
    const fromFirst = both === 0 ? 0 : Math.min(first, Math.round((count * first) / both));
    lists[0].remove(owner, hot, fromFirst);
    lists[1].remove(owner, hot, count - fromFirst);
  }

  #recolour(owner: number, toHot: boolean, count: number): void {
    const inactive = this.lists[Lru.InactiveAnon];
    const active = this.lists[Lru.ActiveAnon];
    const first = inactive.pagesOf(owner, !toHot);
    const both = first + active.pagesOf(owner, !toHot);
    const inFirst = both === 0 ? 0 : Math.min(first, Math.round((count * first) / both));
    inactive.recolour(owner, toHot, inFirst);
    active.recolour(owner, toHot, count - inFirst);
  }
}
