import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { SwapQueue, WorkloadSpec } from "../trace/types.ts";
import { BoostedWatermarks } from "./boosted-watermarks.ts";
import type { KernelProfile } from "./kernel-profile.ts";
import { createPiece, LruList, PageFlag, type Touches } from "./lru.ts";
import { SwapCache } from "./swap-cache.ts";
import type { Age, Sweep } from "./units.ts";
import type { Watermarks } from "./watermarks.ts";
import { WorkloadPages } from "./workload-pages.ts";

/** Nonresident age of a page in swap without a known shadow entry. */
export const UNKNOWN_AGE = -1;

/** Indices of the four LRU lists, in the order in which reclaim scans them. */
export const Lru = { InactiveAnon: 0, ActiveAnon: 1, InactiveFile: 2, ActiveFile: 3 } as const;

/** Sizes and rules of a guest's memory. */
export interface GuestMemorySpec {
  /** Pages that the guest's kernel manages. */
  readonly total: Pages;
  /** Pages that fit into swap. */
  readonly swapTotal: Pages;
  readonly rules: KernelProfile;
  readonly swapQueue: SwapQueue;
  /** The watermarks without a boost. */
  readonly watermarks: Watermarks;
  /** `vm.swappiness`, 0 to 200. */
  readonly swappiness: number;
  readonly workloads: readonly WorkloadSpec[];
  /** Time that the swap device takes to write one page, in nanoseconds. */
  readonly swapWriteNs: number;
}

/**
 * The guest's pages: their numbers by kind, the LRU lists, and the kernel's counters. Each page is in exactly one
 * state: free, kernel, balloon, anonymous, swap cache or page cache.
 */
export class GuestMemory implements Archived {
  readonly total: Pages;
  readonly swapTotal: Pages;
  readonly rules: KernelProfile;
  readonly watermarks: BoostedWatermarks;
  readonly swappiness: number;
  readonly lists: readonly [LruList, LruList, LruList, LruList];
  readonly swapCache: SwapCache;
  readonly workloads: readonly WorkloadPages[];
  readonly #piece = createPiece();
  /** Pages that are being added to a list, which copies them. */
  readonly #added = createPiece();

  free: Pages;
  kernel: Pages = 0;
  balloon: Pages = 0;
  swap: Pages = 0;

  swapOut: Pages = 0;
  swapIn: Pages = 0;
  refaults: Pages = 0;
  scanKswapd: Pages = 0;
  scanDirect: Pages = 0;
  stealKswapd: Pages = 0;
  stealDirect: Pages = 0;
  allocStalls = 0;
  allocFails = 0;
  oomKills = 0;

  /** Evictions and activations so far: the clock of refault distances (mm/workingset.c). */
  nonresidentAge: Age = 0;
  /** Recent cost of reclaiming each kind, in pages (`lru_note_cost`). */
  anonCost: Pages = 0;
  fileCost: Pages = 0;
  /** Refaulted pages of each kind that became active at once. */
  anonActivations: Pages = 0;
  fileActivations: Pages = 0;

  constructor({ total, swapTotal, rules, swapQueue, watermarks, swappiness, workloads, swapWriteNs }: GuestMemorySpec) {
    // V8 may have stored it as a floating-point number; all counters that are computed from it would then be of that
    // kind, each new value a new object.
    this.total = Math.round(total);
    this.swapTotal = swapTotal;
    this.rules = rules;
    this.watermarks = new BoostedWatermarks(watermarks, total, rules);
    this.swappiness = swappiness;
    this.free = this.total;
    const owners = workloads.length;
    this.lists = [new LruList(owners), new LruList(owners), new LruList(owners), new LruList(owners)];
    this.swapCache = new SwapCache(owners, swapQueue, swapWriteNs);
    this.workloads = workloads.map((spec, index) => new WorkloadPages(index, spec));
  }

  get activeAnon(): Pages {
    return this.lists[Lru.ActiveAnon].pages;
  }

  /** Inactive anonymous pages as the kernel counts them: with those in the swap cache. */
  get inactiveAnon(): Pages {
    return this.lists[Lru.InactiveAnon].pages + this.swapCache.pages;
  }

  get activeFile(): Pages {
    return this.lists[Lru.ActiveFile].pages;
  }

  get inactiveFile(): Pages {
    return this.lists[Lru.InactiveFile].pages;
  }

  /** Mapped anonymous pages. */
  get anon(): Pages {
    return this.lists[Lru.InactiveAnon].pages + this.activeAnon;
  }

  get file(): Pages {
    return this.activeFile + this.inactiveFile;
  }

  get swapFree(): Pages {
    return this.swapTotal - this.swap;
  }

  /** Pages in swap at time 0. */
  get swapAtStart(): Pages {
    return this.workloads.reduce((sum, { spec }) => sum + spec.swapped, 0);
  }

  get dirty(): Pages {
    let sum = 0;
    for (const w of this.workloads) sum += w.dirty;
    return sum;
  }

  /** Pages that reclaim could free (`zone_reclaimable_pages`): anonymous ones only while swap has room. */
  get reclaimable(): Pages {
    return this.file + (this.swapFree > 0 ? this.anon + this.swapCache.pages : 0);
  }

  /** Takes up to `count` free pages, down to `mark`, and returns their number. The caller accounts them elsewhere. */
  takeFree(count: Pages, mark: Pages): Pages {
    const pages = Math.max(0, Math.min(count, this.free - mark));
    this.free -= pages;
    return pages;
  }

  /**
   * Takes up to `count` free pages for an unmovable allocation, down to `reserve` below `min`, and returns their
   * number. If it has to take pages from pageblocks of movable pages, it boosts the watermarks, `min` too.
   *
   * @param reclaimed whether the caller has just done direct reclaim. The pages that it freed are in blocks of movable
   * pages, unless kswapd has reached the high watermark
   */
  takeUnmovable(count: Pages, reserve: Pages, reclaimed: boolean): Pages {
    const marks = this.watermarks;
    const trickle = reclaimed && this.free < marks.high;
    const pages = this.takeFree(count, Math.max(marks.min - reserve, marks.scattered));
    if (trickle ? pages > 0 : pages < count && this.free > marks.min - reserve) marks.raise();
    const scattered = this.takeFree(count - pages, marks.min - reserve);
    return pages + scattered;
  }

  /** Largest distance in file sweep at which segments of files are merged: 1/16 of the files' pages. */
  tolerance(setSize: Pages): Sweep {
    return setSize / 16;
  }

  /** Largest distance in sweep at which segments of anonymous pages are merged: 1/256 of the working set. */
  gap(w: WorkloadPages): Sweep {
    return w.workingSet / 256;
  }

  /**
   * Maps new anonymous pages, which the caller has taken from the free ones. They start on the inactive list with their
   * accessed bit set; the sweep touches them after all other hot pages.
   *
   * @param passed how many of the hot ones the sweep has just passed: it touches them again after the others
   */
  grow(w: WorkloadPages, hot: number, cold: number, passed = 0): void {
    const added = this.#added;
    added.owner = w.index;
    added.hot = hot;
    added.cold = cold;
    added.from = w.sweep + w.workingSet - passed;
    added.to = added.from + hot;
    added.flags = PageFlag.Fresh;
    w.hot += hot;
    w.cold += cold;
    this.lists[Lru.InactiveAnon].push(added, this.gap(w));
  }

  /** Puts anonymous pages into swap before the run begins; the sweep touches the hot ones from `from` on. */
  beginSwapped(w: WorkloadPages, hot: Pages, cold: Pages, from: Sweep): void {
    w.evictedHot.push(hot, UNKNOWN_AGE, false, from, from + hot);
    w.swappedHot = hot;
    w.swappedCold = cold;
    this.swap += hot + cold;
  }

  /**
   * Maps pages of the working set that were in swap; the caller has taken free pages for them. The sweep has passed them
   * between `from` and `to`.
   */
  mapHot(w: WorkloadPages, pages: Pages, from: Sweep, to: Sweep, flags: number, list: number): void {
    w.hot += pages;
    w.swappedHot -= pages;
    this.swap -= pages;
    const laps = w.workingSet * (Math.floor((w.sweep - to) / w.workingSet) + 1);
    const added = this.#added;
    added.owner = w.index;
    added.hot = pages;
    added.cold = 0;
    added.from = from + laps;
    added.to = to + laps;
    added.flags = flags;
    (this.lists[list] as LruList).push(added, this.gap(w));
  }

  /** Adds page cache; the caller has taken free pages for it. */
  addFile(w: WorkloadPages, pages: Pages, flags: number, list: number = Lru.InactiveFile): void {
    w.file += pages;
    this.pushFile(this.lists[list] as LruList, w, pages, flags);
  }

  /** Puts file pages at the head of a list, with the current file sweep. */
  pushFile(list: LruList, w: WorkloadPages, pages: number, flags: number): void {
    const added = this.#added;
    added.owner = w.index;
    added.hot = pages;
    added.cold = 0;
    added.from = w.fileSweep;
    added.to = w.fileSweep;
    added.flags = flags;
    list.push(added, this.tolerance(w.fileSet));
  }

  /** Frees hot or cold anonymous memory of a workload, from swap and from memory in proportion. */
  freeAnon(w: WorkloadPages, hot: boolean, count: Pages): void {
    if (count === 0) return;
    const resident = hot ? w.hot : w.cold;
    const swapped = hot ? w.swappedHot : w.swappedCold;
    const fromSwap = Math.min(swapped, Math.round((count * swapped) / (resident + swapped)));
    const fromMemory = Math.min(resident, count - fromSwap);
    this.#removeFrom(Lru.InactiveAnon, Lru.ActiveAnon, w.index, hot, fromMemory);
    this.free += fromMemory;
    const cached = this.#cachedPart(w.index, hot, count - fromMemory, swapped);
    this.swapCache.remove(w.index, hot, cached);
    this.free += cached;
    this.swap -= count - fromMemory;
    if (hot) {
      w.hot -= fromMemory;
      w.swappedHot -= count - fromMemory;
      w.evictedHot.remove(count - fromMemory - cached);
    } else {
      w.cold -= fromMemory;
      w.swappedCold -= count - fromMemory;
    }
  }

  /** Frees page cache of a workload whose files shrink. */
  freeFile(w: WorkloadPages, count: Pages): void {
    if (count === 0) return;
    this.#removeFrom(Lru.InactiveFile, Lru.ActiveFile, w.index, true, count);
    w.file -= count;
    w.dirty = Math.min(w.dirty, w.file);
    w.scannedDirty = Math.floor((w.scannedDirty * w.file) / (w.file + count));
    w.scannedStillDirty = Math.min(w.scannedStillDirty, w.scannedDirty, w.dirty);
    this.free += count;
  }

  /** Sets the size of the working set: makes cold pages hot, or hot ones cold, in memory and in swap in proportion. */
  setWorkingSet(w: WorkloadPages, target: Pages): void {
    const toHot = target > w.workingSet;
    const count = Math.abs(target - w.workingSet);
    if (count === 0) return;
    const resident = toHot ? w.cold : w.hot;
    const swapped = toHot ? w.swappedCold : w.swappedHot;
    const inSwap = Math.min(swapped, Math.round((count * swapped) / (resident + swapped)));
    const inMemory = Math.min(resident, count - inSwap);
    const sign = toHot ? 1 : -1;
    const touches = { from: w.sweep, to: w.sweep + target };
    this.#rebalanceHotCold(w, toHot, inMemory, touches);
    w.hot += sign * inMemory;
    w.cold -= sign * inMemory;
    const cached = this.#cachedPart(w.index, !toHot, count - inMemory, swapped);
    this.swapCache.rebalanceHotCold(w.index, toHot, cached, touches);
    w.swappedHot += sign * (count - inMemory);
    w.swappedCold -= sign * (count - inMemory);
    const evicted = count - inMemory - cached;
    if (!toHot) w.evictedHot.remove(evicted);
    else w.evictedHot.push(evicted, UNKNOWN_AGE, false, touches.from, touches.to);
  }

  /**
   * Maps the pages of the working set that the sweep has passed and that are still in the swap cache; frees their swap.
   */
  mapCached(w: WorkloadPages): void {
    const piece = this.#piece;
    for (;;) {
      const pages = this.swapCache.takePassed(w.index, w.sweep, w.swappedHot, piece);
      if (pages === 0) return;
      this.mapHot(w, pages, piece.from, piece.to, PageFlag.Fresh | piece.flags, Lru.InactiveAnon);
    }
  }

  /**
   * Value of the sweep at which the workload touches the next page of its working set in swap; Infinity if there is
   * none.
   */
  nextDue(w: WorkloadPages): Sweep {
    return Math.min(w.evictedHot.nextDue, this.swapCache.nextDue(w.index));
  }

  /** How many of `count` of the `swapped` pages in swap are in the swap cache, in proportion. */
  #cachedPart(owner: number, hot: boolean, count: Pages, swapped: Pages): Pages {
    if (count === 0) return 0;
    const cached = this.swapCache.pagesOf(owner, hot);
    return Math.round((count * cached) / swapped);
  }

  /** The OOM killer's victim: the workload with the most anonymous memory, swap included; null if no workload has any. */
  oomVictim(): WorkloadPages | null {
    let victim: WorkloadPages | null = null;
    for (const w of this.workloads) if (w.anon > 0 && (victim === null || w.anon > victim.anon)) victim = w;
    return victim;
  }

  /** Frees all anonymous memory of the OOM killer's victim. */
  oomKill(victim: WorkloadPages): void {
    this.oomKills++;
    this.freeAnon(victim, true, victim.workingSet);
    this.freeAnon(victim, false, victim.cold + victim.swappedCold);
  }

  /**
   * Whether a refaulting page becomes active at once: it does if its refault distance, the evictions and activations
   * since its eviction, is at most the number of pages that it competes with (`workingset_refault`, mm/workingset.c).
   *
   * @param age the nonresident age at its eviction
   * @param file whether it is a page of a file, not an anonymous one
   */
  refaultIsActive(age: Age, file: boolean): boolean {
    let competing = this.activeFile + (file ? 0 : this.inactiveFile);
    if (this.swapFree > 0) competing += this.activeAnon + (file ? this.inactiveAnon : 0);
    return this.nonresidentAge - age <= competing;
  }

  /** Adds to the cost of reclaiming a kind. Halves both costs when they exceed a quarter of the lists (mm/swap.c). */
  noteCost(file: boolean, pages: Pages): void {
    if (file) this.fileCost += pages;
    else this.anonCost += pages;
    if (this.fileCost + this.anonCost > (this.anon + this.swapCache.pages + this.file) / 4) {
      this.fileCost = Math.floor(this.fileCost / 2);
      this.anonCost = Math.floor(this.anonCost / 2);
    }
  }

  archive(a: Archive): void {
    this.free = a.number(this.free);
    this.kernel = a.number(this.kernel);
    this.balloon = a.number(this.balloon);
    this.swap = a.number(this.swap);
    this.swapOut = a.number(this.swapOut);
    this.swapIn = a.number(this.swapIn);
    this.refaults = a.number(this.refaults);
    this.scanKswapd = a.number(this.scanKswapd);
    this.scanDirect = a.number(this.scanDirect);
    this.stealKswapd = a.number(this.stealKswapd);
    this.stealDirect = a.number(this.stealDirect);
    this.allocStalls = a.number(this.allocStalls);
    this.allocFails = a.number(this.allocFails);
    this.oomKills = a.number(this.oomKills);
    this.nonresidentAge = a.number(this.nonresidentAge);
    this.anonCost = a.number(this.anonCost);
    this.fileCost = a.number(this.fileCost);
    this.anonActivations = a.number(this.anonActivations);
    this.fileActivations = a.number(this.fileActivations);
    for (const list of this.lists) list.archive(a);
    this.watermarks.archive(a);
    this.swapCache.archive(a);
    for (const w of this.workloads) w.archive(a);
  }

  #removeFrom(inactive: number, active: number, owner: number, hot: boolean, count: Pages): void {
    const lists = [this.lists[inactive] as LruList, this.lists[active] as LruList] as const;
    const first = lists[0].pagesOf(owner, hot);
    const both = first + lists[1].pagesOf(owner, hot);
    const fromFirst = both === 0 ? 0 : Math.min(first, Math.round((count * first) / both));
    lists[0].remove(owner, hot, fromFirst);
    lists[1].remove(owner, hot, count - fromFirst);
  }

  #rebalanceHotCold(w: WorkloadPages, toHot: boolean, count: Pages, touches: Touches): void {
    const inactive = this.lists[Lru.InactiveAnon];
    const active = this.lists[Lru.ActiveAnon];
    const first = inactive.pagesOf(w.index, !toHot);
    const both = first + active.pagesOf(w.index, !toHot);
    const inFirst = both === 0 ? 0 : Math.min(first, Math.round((count * first) / both));
    inactive.rebalanceHotCold(w.index, toHot, inFirst, touches);
    active.rebalanceHotCold(w.index, toHot, count - inFirst, touches);
  }
}
