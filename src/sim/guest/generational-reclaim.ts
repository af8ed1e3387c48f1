import type { Ns, Pages } from "../../common/units.ts";
import type { Costs } from "../trace/types.ts";
import type { ReclaimWaits } from "../view/causes.ts";
import type { Backing } from "./backing.ts";
import { type Generations, MIN_GENERATIONS } from "./generations.ts";
import type { GuestMemory } from "./memory.ts";
import { coldBeside, createPiece, hugePagesOf, PageFlag, type Piece, passed } from "./piece.ts";
import { putPages } from "./put-pages.ts";
import {
  type Flushes,
  type ReclaimParts,
  scatteredFilesOf,
  scatteredOf,
  swapOutNsOf,
  type Writeback,
} from "./reclaim.ts";
import { DEF_PRIORITY, type PageReclaim, type Reclaimer } from "./reclaimer.ts";
import { Kind, LAST_TIER, MAX_REFS, tierOf } from "./tier-feedback.ts";
import type { WorkloadPages } from "./workload-pages.ts";

/** Pages that the eviction isolates at a time, and looks at for that at most (`MIN_LRU_BATCH`, `MAX_LRU_BATCH`). */
export const MIN_LRU_BATCH: Pages = 64;
const MAX_LRU_BATCH: Pages = 64 * MIN_LRU_BATCH;
/**
 * Pages of a page table beyond a young one whose accessed bits the eviction clears together with that page's
 * (`lru_gen_look_around()`: 64 in all, half of them behind it): the reverse map is used once for so many young pages.
 */
const LOOK_AROUND: Pages = MIN_LRU_BATCH / 2;
/** Bounds of the priority at which 6.12 begins (`set_initial_priority()`). */
const LOWEST_INITIAL_PRIORITY = DEF_PRIORITY / 2;

/**
 * The reclaim of the multi-generational LRU (mm/vmscan.c `lru_gen_shrink_lruvec()`): evicts from the oldest generation,
 * and ages when there are too few of them. The caller turns costs into virtual time.
 */
export class GenerationalReclaim implements PageReclaim {
  readonly #memory: GuestMemory;
  readonly #lru: Generations;
  readonly #costs: Costs;
  readonly #batch: Pages;
  readonly #sliceNs: Ns;
  readonly #timeline: { readonly nowUs: number };
  readonly #flusher: Writeback;
  readonly #flushes: Flushes | null;
  readonly #backing: Backing | null;
  readonly #gap: (w: WorkloadPages) => number;
  readonly #piece = createPiece();
  waitNs: Ns = 0;
  readonly waits: ReclaimWaits = { queueNs: 0, writtenNs: 0 };
  /** Processor time of the current step so far. */
  #costNs = 0;
  /** Factor by which other tasks on the processors lengthen the step. */
  #slowdown = 1;
  /** Pages isolated, and reclaimed, by the current batch. */
  #isolated: Pages = 0;
  #got: Pages = 0;

  constructor(
    lru: Generations,
    { memory, costs, batch, sliceNs, timeline, flusher, flushes = null, backing = null }: ReclaimParts,
  ) {
    this.#memory = memory;
    this.#lru = lru;
    this.#costs = costs;
    this.#batch = Math.max(MIN_LRU_BATCH, 2 * batch);
    this.#sliceNs = sliceNs;
    this.#timeline = timeline;
    this.#flusher = flusher;
    this.#flushes = flushes;
    this.#backing = backing;
    this.#gap = (w) => memory.gap(w);
  }

  beginPass(r: Reclaimer): void {
    r.scannedInPass = 0;
    r.reclaimedInPass = 0;
    r.over = false;
    r.visited = 0;
    r.hasSwapped = false;
    r.youngest = this.#lru.maxSeq;
    // A round begins without aging: `balance_pgdat()` clears `memcgs_need_aging`.
    if (r.priority === DEF_PRIORITY && r.reclaimed === 0) r.ages = false;
    r.mayAge = r.kswapd && this.#memory.rules.generations === "6.1";
    if (r.kswapd && this.#memory.rules.generations === "6.12") r.priority = this.#initialPriority(r);
  }

  passDone(r: Reclaimer): boolean {
    return r.over;
  }

  step(r: Reclaimer, slowdown = 1): Ns {
    this.#costNs = 0;
    this.waitNs = 0;
    this.waits.queueNs = 0;
    this.#slowdown = slowdown;
    if (r.mayAge) this.#ageNode(r);
    while (!r.over && this.#costNs + this.waitNs < this.#sliceNs) this.#continuePass(r);
    if (r.over) this.#submit();
    return this.#costNs;
  }

  /** The aging keeps its own account of refaults. */
  end(): void {}

  /** kswapd's aging before a pass (`lru_gen_age_node()` of 6.1): not if the pass before evicted enough without it. */
  #ageNode(r: Reclaimer): void {
    r.mayAge = false;
    if (!r.ages) r.ages = true;
    else if (this.#needsAging(this.#maySwap(r))) this.#age();
  }

  /** Evicts a batch, unless the pass is over (`lru_gen_shrink_lruvec()`). */
  #continuePass(r: Reclaimer): void {
    this.#memory.swapCache.settle(this.#now);
    const isSwappable = this.#maySwap(r);
    const needsAging = this.#needsAging(isSwappable);
    const count = this.#pagesToScan(r, isSwappable, needsAging);
    const visited = count === 0 ? 0 : this.#evict(r, isSwappable);
    if (visited === 0) {
      r.over = true;
      return;
    }
    r.visited += visited;
    if (r.visited < count && !this.#stopsEarly(r)) return;
    r.over = true;
    if (r.reclaimedInPass >= MIN_LRU_BATCH && !needsAging) r.ages = false;
  }

  /** Pages that this pass shall look at; 0 ends it (`get_nr_to_scan()`). May age. */
  #pagesToScan(r: Reclaimer, isSwappable: boolean, needsAging: boolean): Pages {
    const lru = this.#lru;
    const kind = isSwappable ? Kind.Anon : Kind.File;
    const count = Math.floor(this.#pages(isSwappable) / (1 << r.priority));
    if (!needsAging) return count;
    if (r.priority === DEF_PRIORITY) return lru.count(kind) > MIN_GENERATIONS ? count : 0;
    if (this.#memory.rules.generations === "6.1") {
      // kswapd ages before its passes.
      if (r.kswapd) return 0;
      this.#age();
      return count;
    }
    this.#age();
    return 0;
  }

  /** Whether a pass has done enough before it has looked at all its pages (`should_abort_scan()`). */
  #stopsEarly(r: Reclaimer): boolean {
    const { free, watermarks, rules } = this.#memory;
    if (rules.generations === "6.12") {
      if ((r.kswapd ? r.reclaimedInPass : r.reclaimed) >= r.wanted) return true;
      return r.kswapd && free >= watermarks.high + MIN_LRU_BATCH;
    }
    if (!r.kswapd) {
      if (this.#lru.maxSeq - r.youngest > 1) return true;
      if (r.reclaimed >= r.wanted && r.hasSwapped) return true;
    } else if (r.reclaimedInPass < r.wanted) return false;
    if (r.priority > DEF_PRIORITY - 2 || (r.kswapd ? watermarks.high : watermarks.low) > free) return false;
    r.reclaimed += MIN_LRU_BATCH;
    return true;
  }

  /** The priority at which a round of 6.12 begins: deep enough for one pass to reach its goal. */
  #initialPriority({ priority, wanted }: Reclaimer): number {
    if (priority !== DEF_PRIORITY || wanted < MIN_LRU_BATCH) return priority;
    const { inactiveFile, inactiveAnon, swapFree } = this.#memory;
    const evictable = inactiveFile + (swapFree > 0 ? inactiveAnon : 0);
    const bits = (n: number): number => (n < 1 ? 0 : Math.floor(Math.log2(n)) + 1);
    const fitting = bits(evictable) - 1 - bits(wanted - 1);
    return Math.max(LOWEST_INITIAL_PRIORITY, Math.min(DEF_PRIORITY, fitting));
  }

  /** Whether a pass evicts anonymous pages: not one of kswapd for a boost alone (`may_swap` in `balance_pgdat()`). */
  #maySwap(r: Reclaimer): boolean {
    return !r.filesOnly && this.#isSwappable;
  }

  /** Whether anonymous pages may be evicted: swap has room for a batch (`get_swappiness()`). */
  get #isSwappable(): boolean {
    const { swapFree, swappiness } = this.#memory;
    return swapFree >= MIN_LRU_BATCH && swappiness > 0;
  }

  /** All pages that may be evicted. */
  #pages(isSwappable: boolean): Pages {
    const { file, anon, swapCache } = this.#memory;
    return isSwappable ? file + anon + swapCache.pages : file;
  }

  /**
   * Whether there should be a new generation (`should_run_aging()`): there are two, or three with too many pages in the
   * youngest or too few in the oldest.
   */
  #needsAging(isSwappable: boolean): boolean {
    const lru = this.#lru;
    const generations = lru.count(isSwappable ? Kind.Anon : Kind.File);
    if (generations !== MIN_GENERATIONS + 1) return generations <= MIN_GENERATIONS;
    const total = this.#pages(isSwappable);
    const old = lru.maxSeq - MIN_GENERATIONS;
    const { swapCache } = this.#memory;
    let inYoungest = lru.of(lru.maxSeq, Kind.File).pages;
    let inOld = lru.minSeq[Kind.File] > old ? 0 : lru.of(old, Kind.File).pages;
    if (isSwappable) {
      inYoungest += lru.of(lru.maxSeq, Kind.Anon).pages;
      inOld += lru.of(old, Kind.Anon).pages + swapCache.pages - swapCache.unwritten;
    }
    return inYoungest * MIN_GENERATIONS > total || inOld * (MIN_GENERATIONS + 2) < total;
  }

  /**
   * Makes a generation (`try_to_inc_max_seq()`). A walk costs `scan` for each mapped page: it reads page tables one entry
   * after the other and needs no reverse map. Without an accessed bit in hardware the kernel does not walk.
   */
  #age(): void {
    const m = this.#memory;
    if (!m.rules.accessedBitFaults) {
      this.#costNs += this.#lru.promoteAccessed(m.workloads, this.#gap) * this.#costs.scanNs;
    }
    this.#lru.begin(this.#isSwappable);
  }

  /** Evicts a batch of one kind; returns the pages looked at, 0 if the pass can't go on (`evict_folios()`). */
  #evict(r: Reclaimer, isSwappable: boolean): Pages {
    const m = this.#memory;
    const lru = this.#lru;
    this.#isolated = 0;
    this.#got = 0;
    let visited = this.#evictEither(r, isSwappable);
    r.scannedInPass += this.#isolated;
    r.reclaimedInPass += this.#got;
    r.reclaimed += this.#got;
    if (r.kswapd) {
      m.scanKswapd += this.#isolated;
      m.stealKswapd += this.#got;
    } else {
      m.scanDirect += this.#isolated;
      m.stealDirect += this.#got;
    }
    if (lru.endEmpty(isSwappable, this.#isRotating)) visited++;
    return lru.count(isSwappable ? Kind.Anon : Kind.File) === MIN_GENERATIONS ? 0 : visited;
  }

  /** Evicts of the kind with the older generation, or that which refaults less; else of the other (`isolate_folios()`). */
  #evictEither(r: Reclaimer, isSwappable: boolean): Pages {
    const { feedback, minSeq } = this.#lru;
    const { swappiness } = this.#memory;
    if (!isSwappable) return this.#evictFile(feedback.lastTier(Kind.File));
    let kind: number = Kind.File;
    let lastTier = -1;
    if (minSeq[Kind.Anon] < minSeq[Kind.File] || swappiness === 200) kind = Kind.Anon;
    else if (swappiness > 1) {
      kind = feedback.kindToEvict(swappiness);
      lastTier = feedback.lastTierBesides(kind, swappiness);
    }
    if (lastTier < 0) lastTier = feedback.lastTier(kind);
    const visited = kind === Kind.Anon ? this.#evictAnon(r) : this.#evictFile(lastTier);
    if (visited > 0) return visited;
    return kind === Kind.Anon ? this.#evictFile(feedback.lastTier(Kind.File)) : this.#evictAnon(r);
  }

  /**
   * Evicts anonymous pages: frees those that the swap device has written, which wait at the old end, and swaps out others.
   * Those that were accessed go to the youngest generation.
   */
  #evictAnon(r: Reclaimer): Pages {
    const m = this.#memory;
    const lru = this.#lru;
    if (lru.count(Kind.Anon) === MIN_GENERATIONS) return 0;
    const { scanNs, ageNs, unmapNs } = this.#costs;
    const list = lru.oldest(Kind.Anon);
    const piece = this.#piece;
    let visited = this.#freeWritten();
    while (this.#isolated < this.#batch && visited < MAX_LRU_BATCH) {
      const taken = list.take(this.#batch - this.#isolated, piece);
      if (taken === 0) break;
      visited += taken;
      const w = m.workloads[piece.owner] as WorkloadPages;
      const huge = piece.flags & PageFlag.Huge;
      const looked = huge === 0 ? taken : hugePagesOf(taken);
      this.#costNs += looked * scanNs;
      if ((piece.flags & PageFlag.Workingset) !== 0) {
        piece.flags &= ~PageFlag.Workingset;
        lru.feedback.protect(Kind.Anon, LAST_TIER, taken);
        lru.protect(Kind.Anon, piece, m.gap(w));
        continue;
      }
      this.#isolated += taken;
      r.hasSwapped = true;
      const isFresh = (piece.flags & PageFlag.Fresh) !== 0;
      const { hot, cold, from, to } = piece;
      const youngHot = isFresh ? hot : passed(piece, w.sweep);
      const youngCold = isFresh ? cold : huge === 0 ? 0 : coldBeside(youngHot, cold);
      const young = youngHot + youngCold;
      const until = isFresh || youngHot === hot ? to : from + ((to - from) * youngHot) / hot;
      // A huge page is split, and its pages are scanned and unmapped one by one.
      const unmapped = huge === 0 ? unmapNs : unmapNs + scanNs;
      const aged = huge === 0 ? young / LOOK_AROUND : hugePagesOf(young);
      this.#costNs += (taken - young) * unmapped + aged * ageNs;
      const youngest = lru.of(lru.maxSeq, Kind.Anon);
      putPages(youngest, m.gap(w), w, youngHot, youngCold, from, until, huge);
      this.#swapOut(w, hot - youngHot, cold - youngCold, until, to, huge === 0 ? 0 : PageFlag.Split);
    }
    if (this.#isolated === 0) visited += this.#passUnwritten(MAX_LRU_BATCH - visited);
    return this.#isolated > 0 || visited >= MAX_LRU_BATCH ? visited : 0;
  }

  /** Looks at up to `count` pages that are being written to swap, and leaves them (`sort_folio()`); returns their number. */
  #passUnwritten(count: Pages): Pages {
    const pages = Math.min(count, this.#memory.swapCache.unwritten);
    this.#costNs += pages * this.#costs.scanNs;
    return pages;
  }

  /** Swaps pages out; those for which there is no room stay. */
  #swapOut(w: WorkloadPages, hot: Pages, cold: Pages, from: number, to: number, flags: number): void {
    const m = this.#memory;
    const pages = Math.min(hot + cold, m.swapFree);
    const outCold = Math.min(cold, pages);
    const outHot = pages - outCold;
    const middle = hot === 0 ? to : from + ((to - from) * outHot) / hot;
    const youngest = this.#lru.of(this.#lru.maxSeq, Kind.Anon);
    putPages(youngest, m.gap(w), w, hot - outHot, cold - outCold, middle, to, 0);
    if (pages === 0) return;
    this.#costNs += swapOutNsOf(this.#costs, pages, flags) + (this.#flushes?.flush(w, pages) ?? 0);
    if (this.#backing !== null) this.waitNs += this.#backing.readForSwap(w, outHot, outCold);
    if (m.moveToSwap(w, outHot, outCold, from, middle, flags)) this.#submit();
  }

  /** Frees pages that the swap device has written, up to a batch; returns their number. */
  #freeWritten(): Pages {
    const m = this.#memory;
    const piece = this.#piece;
    let got = 0;
    let scattered = 0;
    while (got < this.#batch) {
      const taken = m.swapCache.take(this.#batch - got, piece);
      if (taken === 0) break;
      got += taken;
      scattered += scatteredOf(piece, taken, true);
      const w = m.workloads[piece.owner] as WorkloadPages;
      const age = this.#lru.evict(Kind.Anon, 0, taken);
      w.evictedHot.push(piece.hot, age, false, piece.from, piece.to);
    }
    m.reclaimed(got, scattered);
    this.#costNs += got * this.#costs.scanNs;
    this.#isolated += got;
    this.#got += got;
    return got;
  }

  /**
   * Evicts file pages up to a tier; those of higher tiers, and those read very often, go to the next generation. Dirty
   * pages go there, too, in 6.1, and reclaim does not ask the flusher to write them; in 6.12 dirty pages go to the youngest
   * generation, and reclaim asks the flusher.
   */
  #evictFile(lastTier: number): Pages {
    const m = this.#memory;
    const lru = this.#lru;
    if (lru.count(Kind.File) === MIN_GENERATIONS) return 0;
    const list = lru.oldest(Kind.File);
    const piece = this.#piece;
    let visited = 0;
    while (this.#isolated < this.#batch && visited < MAX_LRU_BATCH) {
      const taken = list.take(this.#batch - this.#isolated, piece);
      if (taken === 0) break;
      visited += taken;
      this.#costNs += taken * this.#costs.scanNs;
      const w = m.workloads[piece.owner] as WorkloadPages;
      const refs = lru.refsOf(piece, w);
      const tier = tierOf(refs);
      if (tier > lastTier || refs === MAX_REFS) {
        lru.feedback.protect(Kind.File, tier, taken);
        lru.protect(Kind.File, this.#readAnew(piece, w), m.tolerance(w.fileSet));
        continue;
      }
      const dirty = w.takeDirty(taken, (piece.flags & PageFlag.Dirty) !== 0);
      const clean = taken - dirty;
      this.#isolated += clean;
      this.#got += clean;
      w.file -= clean;
      w.fileShadows.push(clean, lru.evict(Kind.File, refs, clean), false);
      m.reclaimed(clean, scatteredFilesOf(clean));
      if (dirty > 0) this.#keepDirty(w, dirty);
    }
    return this.#isolated > 0 || visited >= MAX_LRU_BATCH ? visited : 0;
  }

  #keepDirty(w: WorkloadPages, dirty: Pages): void {
    const m = this.#memory;
    const lru = this.#lru;
    w.noteScannedDirty(dirty);
    const isOld = m.rules.generations === "6.1";
    if (!isOld) {
      this.#isolated += dirty;
      this.#flusher.ask(dirty);
    }
    m.pushFile(lru.of(isOld ? lru.minSeq[Kind.File] + 1 : lru.maxSeq, Kind.File), w, dirty, PageFlag.Dirty);
  }

  /** The piece as pages that have not been read since now. */
  #readAnew(piece: Piece, { fileSweep }: WorkloadPages): Piece {
    piece.flags &= PageFlag.Dirty;
    piece.from = fileSweep;
    piece.to = fileSweep;
    return piece;
  }

  /** Whether pages that the swap device has written wait at the old end of the oldest generation. */
  get #isRotating(): boolean {
    const { swapCache } = this.#memory;
    return swapCache.pages > swapCache.unwritten;
  }

  /** Virtual time within the step, in microseconds. */
  get #now(): number {
    return this.#timeline.nowUs + (this.#costNs * this.#slowdown + this.waitNs) / 1000;
  }

  #submit(): void {
    const ns = this.#memory.swapCache.submit(this.#now);
    this.waitNs += ns;
    this.waits.queueNs += ns;
  }
}
