import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { KernelProfile } from "../trace/kernel-profile.ts";
import type { LruName, SwapQueue, ThpMode, WorkloadSpec } from "../trace/types.ts";
import { FreeMemory } from "./free-memory.ts";
import { Generations } from "./generations.ts";
import type { LruList } from "./lru.ts";
import { ClassicLists, Lru, type PageLists, Refault } from "./page-lists.ts";
import { createPiece, PageFlag, type Piece } from "./piece.ts";
import { SwapCache } from "./swap-cache.ts";
import { Kind } from "./tier-feedback.ts";
import type { Age, Sweep } from "./units.ts";
import type { Watermarks } from "./watermarks.ts";
import { WorkloadPages } from "./workload-pages.ts";

/** Nonresident age of a page in swap without a known shadow entry. */
export const UNKNOWN_AGE = -1;

export { Lru } from "./page-lists.ts";

/** Sizes and rules of a guest's memory. */
export interface GuestMemorySpec {
  /** Pages that the guest's kernel manages. */
  readonly total: Pages;
  /** Pages that fit into swap. */
  readonly swapTotal: Pages;
  readonly rules: KernelProfile;
  readonly lru: LruName;
  readonly swapQueue: SwapQueue;
  /** The sums of the zones' watermarks, without a boost. */
  readonly watermarks: Watermarks;
  /** Pages of lower zones that allocations leave free beyond these zones' own watermarks; absent: 0. */
  readonly lowmemReserve?: Pages;
  /** `vm.swappiness`, 0 to 200. */
  readonly swappiness: number;
  readonly workloads: readonly WorkloadSpec[];
  /** Time that the swap device takes to write one page, in nanoseconds. */
  readonly swapWriteNs: number;
  /** Huge pages of anonymous memory; absent: `never`. */
  readonly thp?: ThpMode;
}

/**
 * The guest's pages: their numbers by kind, the LRU lists, and the kernel's counters. Each page is in exactly one
 * state: free, free on the lists of the processors, kernel, balloon, anonymous, swap cache or page cache; or an allocation in
 * progress has it (`SlowPathAllocator.held`).
 */
export class GuestMemory extends FreeMemory implements Archived {
  readonly swapTotal: Pages;
  readonly swappiness: number;
  /** The pages that reclaim may take, in the guest's LRU. */
  readonly lru: PageLists;
  /** The classic LRU's lists; empty, and not used, in a guest with generations. */
  readonly lists: readonly [LruList, LruList, LruList, LruList];
  /** The generations of the multi-generational LRU; null in a guest with the classic one. */
  readonly generations: Generations | null;
  readonly swapCache: SwapCache;
  readonly workloads: readonly WorkloadPages[];
  readonly #piece = createPiece();
  /** Pages that are being added to a list, which copies them. */
  readonly #added = createPiece();

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
  /** Their values at the end of the last round of any reclaimer (mm/vmscan.c `snapshot_refaults()`). */
  seenAnonActivations: Pages = 0;
  seenFileActivations: Pages = 0;

  constructor(spec: GuestMemorySpec) {
    const { swapTotal, swapQueue, swappiness, workloads, swapWriteNs } = spec;
    super(spec.total, spec.rules, spec.watermarks, spec.thp ?? "never", spec.lowmemReserve);
    this.swapTotal = swapTotal;
    this.swappiness = swappiness;
    const owners = workloads.length;
    const classic = new ClassicLists(owners);
    this.lists = classic.lists;
    this.generations = spec.lru === "mglru" ? new Generations(owners) : null;
    this.lru = this.generations ?? classic;
    this.swapCache = new SwapCache(owners, swapQueue, swapWriteNs);
    this.workloads = workloads.map((workload, index) => new WorkloadPages(index, workload, this.generations !== null));
  }

  get activeAnon(): Pages {
    return this.lru.activeAnon;
  }

  /** Inactive anonymous pages as the kernel counts them: with those in the swap cache. */
  get inactiveAnon(): Pages {
    return this.lru.inactiveAnon + this.swapCache.pages;
  }

  get activeFile(): Pages {
    return this.lru.activeFile;
  }

  get inactiveFile(): Pages {
    return this.lru.inactiveFile;
  }

  /** Mapped anonymous pages. */
  get anon(): Pages {
    return this.lru.inactiveAnon + this.lru.activeAnon;
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

  /** Anonymous memory in huge pages. */
  get hugeAnon(): Pages {
    let pages = 0;
    this.lru.forEachList((list) => {
      pages += list.hugePages;
    });
    return pages;
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
   * Maps new anonymous pages, which the caller has taken from the free ones. They start on the inactive list, or in the
   * youngest generation, with their accessed bit set; the sweep touches them after all other hot pages.
   *
   * @param passed how many of the hot ones the sweep has just passed: it touches them again after the others
   * @param flags `PageFlag.Huge` for huge pages
   */
  grow(w: WorkloadPages, hot: number, cold: number, passed = 0, flags = 0): void {
    const added = this.#added;
    added.owner = w.index;
    added.hot = hot;
    added.cold = cold;
    added.from = w.sweep + w.workingSet - passed;
    added.to = added.from + hot;
    added.flags = PageFlag.Fresh | flags;
    w.hot += hot;
    w.cold += cold;
    this.lru.add(Lru.InactiveAnon, added, this.gap(w));
  }

  /** Moves cold pages of a workload to the active list before the run begins: they had been used more than once. */
  beginActive(w: WorkloadPages, pages: Pages): void {
    this.lru.remove(false, w.index, false, pages);
    const added = this.#added;
    added.owner = w.index;
    added.hot = 0;
    added.cold = pages;
    added.from = 0;
    added.to = 0;
    added.flags = 0;
    this.lru.add(Lru.ActiveAnon, added, 0);
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
    this.lru.add(list, added, this.gap(w));
  }

  /** Adds page cache; the caller has taken free pages for it. */
  addFile(w: WorkloadPages, pages: Pages, flags: number, list: number = Lru.InactiveFile): void {
    w.file += pages;
    this.lru.add(list, this.#describeFile(w, pages, flags), this.tolerance(w.fileSet));
  }

  /** Puts file pages at the head of a list, with the current file sweep. */
  pushFile(list: LruList, w: WorkloadPages, pages: number, flags: number): void {
    list.push(this.#describeFile(w, pages, flags), this.tolerance(w.fileSet));
  }

  #describeFile(w: WorkloadPages, pages: number, flags: number): Readonly<Piece> {
    const added = this.#added;
    added.owner = w.index;
    added.hot = pages;
    added.cold = 0;
    added.from = w.fileSweep;
    added.to = w.fileSweep;
    added.flags = flags;
    return added;
  }

  /** Frees hot or cold anonymous memory of a workload, from swap and from memory in proportion. */
  freeAnon(w: WorkloadPages, hot: boolean, count: Pages): void {
    if (count === 0) return;
    const resident = hot ? w.hot : w.cold;
    const swapped = hot ? w.swappedHot : w.swappedCold;
    const fromSwap = Math.min(swapped, Math.round((count * swapped) / (resident + swapped)));
    const fromMemory = Math.min(resident, count - fromSwap);
    this.lru.remove(false, w.index, hot, fromMemory);
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
    this.lru.remove(true, w.index, true, count);
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
    this.lru.rebalanceHotCold(w.index, toHot, inMemory, touches);
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
      const flags = PageFlag.Fresh | (piece.flags & PageFlag.Workingset);
      this.mapHot(w, pages, piece.from, piece.to, flags, Lru.InactiveAnon);
    }
  }

  /**
   * Value of the sweep at which the workload touches the next page of its working set in swap; Infinity if there is
   * none.
   */
  nextDue(w: WorkloadPages): Sweep {
    return Math.min(w.evictedHot.nextDue, this.swapCache.nextDue(w.index));
  }

  /** Faults on resident pages while the sweep advances by `pages`: those that reclaim has unmapped to learn of accesses. */
  faultsOnTouch(w: WorkloadPages, pages: Pages): Pages {
    if (!this.rules.accessedBitFaults) return 0;
    return this.lru.notAccessed(w.index, w.sweep, w.sweep + pages);
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

  /**
   * Accounts pages that refault; returns how they come back, a `Refault`.
   *
   * @param age what `age` of their shadow entry says; `UNKNOWN_AGE` if they have none
   * @param workingset whether they had been active before their eviction (classic LRU)
   */
  refaulted(pages: Pages, age: Age, workingset: boolean, file: boolean): number {
    if (this.generations !== null) {
      const how = this.generations.refault(file ? Kind.File : Kind.Anon, age, pages);
      if (file && how !== Refault.Cold) this.refaults += pages;
      return how;
    }
    if (file) this.refaults += pages;
    if (age === UNKNOWN_AGE || !this.refaultIsActive(age, file)) return Refault.Cold;
    if (file) this.fileActivations += pages;
    else this.anonActivations += pages;
    this.nonresidentAge += pages;
    if (!workingset) return Refault.Active;
    this.noteCost(file, pages);
    return Refault.Restored;
  }

  /**
   * Unmaps anonymous pages, which the caller has taken from their list, and adds them to the swap cache; returns whether
   * its gathered pages are to be submitted to the device now.
   */
  moveToSwap(w: WorkloadPages, hot: Pages, cold: Pages, from: Sweep, to: Sweep, flags: number): boolean {
    const pages = hot + cold;
    w.hot -= hot;
    w.cold -= cold;
    w.swappedHot += hot;
    w.swappedCold += cold;
    this.swap += pages;
    this.swapOut += pages;
    this.noteCost(false, pages);
    const added = this.#added;
    added.owner = w.index;
    added.hot = hot;
    added.cold = cold;
    added.from = from;
    added.to = to;
    added.flags = flags;
    return this.swapCache.add(added, this.gap(w));
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
    this.archiveFree(a);
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
    this.seenAnonActivations = a.number(this.seenAnonActivations);
    this.seenFileActivations = a.number(this.seenFileActivations);
    this.lru.archive(a);
    this.watermarks.archive(a);
    this.swapCache.archive(a);
    for (const w of this.workloads) w.archive(a);
  }
}
