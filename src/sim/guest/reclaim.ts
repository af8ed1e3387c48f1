import type { Ns, Pages } from "../../common/units.ts";
import type { Costs } from "../trace/types.ts";
import type { ReclaimWaits } from "../view/causes.ts";
import type { Backing } from "./backing.ts";
import type { LruList } from "./lru.ts";
import { type GuestMemory, Lru } from "./memory.ts";
import { coldBeside, createPiece, HUGE_PAGE, hugePagesOf, PageFlag, type Piece, passed } from "./piece.ts";
import { putPages } from "./put-pages.ts";
import { DEF_PRIORITY, type PageReclaim, type Reclaimer } from "./reclaimer.ts";
import { inactiveIsLow, setTargets } from "./scan-targets.ts";
import type { Sweep } from "./units.ts";
import type { WorkloadPages } from "./workload-pages.ts";

/** Pages of one list that reclaim scans before it turns to the next list, in the kernel. */
export const SWAP_CLUSTER_MAX = 32;
/**
 * Work after which a step of reclaim ends, in nanoseconds. Each step is one event, and the pages that it frees are free from its beginning.
 * In a guest of one processor a step is a scheduler's slice, in which no other task runs. In a guest of several, whose other tasks run
 * meanwhile, a step is as short as the recorded direct reclaim of a task: 0.1 to 1 ms (docs/fidelity.md).
 */
const SLICE_NS = { one: 4_000_000, more: 500_000 } as const;

/**
 * Work after which a step of reclaim ends in a guest with so many processors.
 * @param batch pages that reclaim scans of a list at once: steps are longer by as much in large guests, which bounds the number of events
 */
export const sliceNsOf = (cpus: number, batch: Pages): Ns =>
  cpus > 1 ? Math.min(SLICE_NS.one, (SLICE_NS.more * batch) / SWAP_CLUSTER_MAX) : SLICE_NS.one;
/**
 * A pass that has met pages under writeback waits until this many of them are written, at most this long
 * (`reclaim_throttle`).
 */
const THROTTLED_PAGES = SWAP_CLUSTER_MAX;
const THROTTLED_NS = 100_000_000;

/**
 * Parts of the pages that reclaim frees in blocks which are not wholly free afterwards, besides those of anonymous pages in the order
 * of the classic LRU, which is all of them: with these parts the model boosts the watermarks as often as the recorded guests
 * (docs/fidelity.md). Files are read, and so allocated and freed, in long runs; and the pages of a huge page lie beside each other.
 */
const SCATTERED = { file: 0.45, generations: 0.7, split: 0.25 } as const;

/** How many of some anonymous pages of a piece that reclaim frees lie among pages that it does not free. */
export const scatteredOf = ({ flags }: Readonly<Piece>, pages: Pages, hasGenerations: boolean): Pages => {
  const part = (flags & PageFlag.Split) === 0 ? 1 : SCATTERED.split;
  return Math.round(pages * part * (hasGenerations ? SCATTERED.generations : 1));
};

/** How many of some pages of files that reclaim frees lie among pages that it does not free. */
export const scatteredFilesOf = (pages: Pages): Pages => Math.round(pages * SCATTERED.file);

/**
 * Processor time of writing a page of a huge page to swap, as a part of that of a single page: its slot follows the one before, and one
 * request writes many. By the recorded reclaim of both (docs/fidelity.md).
 */
const SPLIT_OUT_PART = 0.4;

/** Processor time of writing so many pages to swap, beside unmapping and flushes. */
export const swapOutNsOf = ({ swapOutNs }: Costs, pages: Pages, flags: number): Ns =>
  pages * swapOutNs * ((flags & PageFlag.Split) === 0 ? 1 : SPLIT_OUT_PART);

/** What reclaim asks of the flusher. Implemented by `Flusher`. */
export interface Writeback {
  /** Asks for so many dirty file pages to be written. */
  ask(pages: Pages): void;
}

/** What reclaim asks of the guest's other processors. Implemented by `TranslationFlushes`. */
export interface Flushes {
  /** Flushes the translations of so many pages of a workload. @returns the time that the reclaimer waits for it */
  flush(w: WorkloadPages, pages: Pages): Ns;
}

/** What reclaim works with. */
export interface ReclaimParts {
  readonly memory: GuestMemory;
  readonly costs: Costs;
  /**
   * Pages that reclaim scans on one list before it turns to the next list: the kernel's `SWAP_CLUSTER_MAX`, or more in
   * large guests, which bounds the number of events.
   */
  readonly batch: Pages;
  /** Work after which a step ends (`sliceNsOf`). */
  readonly sliceNs: Ns;
  readonly timeline: { readonly nowUs: number };
  readonly flusher: Writeback;
  /** Flushes of translations on other processors; absent: they take no time. */
  readonly flushes?: Flushes | null;
  /** The host under the guest; null or absent: the guest has its memory for itself. */
  readonly backing?: Backing | null;
}

/**
 * Linux's reclaim on run-length coded lists: how many pages of each list a pass scans (`get_scan_count`), what becomes
 * of them (`shrink_inactive_list`, `shrink_active_list`), and the cost in processor time. The caller turns costs into
 * virtual time.
 *
 * A workload touches its hot pages in a fixed order, lap after lap; its *sweep* counts the pages that it has touched. A
 * `Piece` stores the values of the sweep at which its first and its last hot page are touched next. A hot page is
 * young, that is touched since its last scan, if the sweep has passed that value.
 */
export class Reclaim implements PageReclaim {
  readonly #memory: GuestMemory;
  readonly #costs: Costs;
  readonly #batch: Pages;
  readonly #sliceNs: Ns;
  readonly #timeline: { readonly nowUs: number };
  readonly #flusher: Writeback;
  readonly #flushes: Flushes | null;
  readonly #backing: Backing | null;
  readonly #piece = createPiece();
  /** Pages that the last scan of inactive anonymous pages scanned beyond the number that it was to scan. */
  #scannedBeyond = 0;
  /** Processor time of the current step so far. */
  #costNs = 0;
  /** Time that the reclaimer waits for the swap device in the current step, in nanoseconds. */
  waitNs: Ns = 0;
  readonly waits: ReclaimWaits = { queueNs: 0, writtenNs: 0 };
  /** Factor by which other tasks on the processors lengthen the step. */
  #slowdown = 1;

  constructor({ memory, costs, batch, sliceNs, timeline, flusher, flushes = null, backing = null }: ReclaimParts) {
    this.#memory = memory;
    this.#costs = costs;
    this.#batch = batch;
    this.#sliceNs = sliceNs;
    this.#timeline = timeline;
    this.#flusher = flusher;
    this.#flushes = flushes;
    this.#backing = backing;
  }

  /** Begins a pass of `r` at `r.priority`: computes how many pages of each list to scan. */
  beginPass(r: Reclaimer): void {
    const m = this.#memory;
    r.scannedInPass = 0;
    r.reclaimedInPass = 0;
    r.scannedUnwritten = false;
    r.over = false;
    m.swapCache.settle(this.#timeline.nowUs);
    setTargets(m, r);
  }

  /** Whether the pass of `r` is over. A pass with nothing to scan and nothing to age is over before its first step. */
  passDone(r: Reclaimer): boolean {
    return r.over || (this.#scanDone(r) && !this.#isInactiveAnonLow());
  }

  /**
   * Continues the pass of `r`, a batch of each list in turn, until the pass or a slice of time is over.
   *
   * @param slowdown factor, at least 1, by which other work on the processors lengthens this
   * @returns the cost of the step, in nanoseconds of processor time: times `slowdown`, and with `waitNs`, it is the
   * step's virtual time
   */
  step(r: Reclaimer, slowdown = 1): Ns {
    this.#costNs = 0;
    this.waitNs = 0;
    this.waits.queueNs = 0;
    this.waits.writtenNs = 0;
    this.#slowdown = slowdown;
    let isDone = this.#scanDone(r);
    while (!isDone && this.#costNs + this.waitNs < this.#sliceNs) {
      for (let list = 0; list < 4; list++) if (r.left[list] !== 0) this.#scan(r, list);
      this.#balance(r);
      isDone = this.#scanDone(r);
    }
    if (isDone) this.#finish(r);
    return this.#costNs;
  }

  /** Scans a batch of one list. */
  #scan(r: Reclaimer, list: number): void {
    const m = this.#memory;
    const want = Math.min(r.left[list] as number, this.#batch);
    r.left[list] = (r.left[list] as number) - want;
    const file = list >= Lru.InactiveFile;
    if (list === Lru.ActiveAnon || list === Lru.ActiveFile) {
      if (file ? r.deactivateFile : r.deactivateAnon) this.#shrinkActive(list, want);
      return;
    }
    let scanned = Math.min(want, file ? m.inactiveFile : m.inactiveAnon);
    const got = file ? this.#shrinkInactiveFile(scanned) : this.#shrinkInactiveAnon(r, scanned);
    // A huge page is scanned as a whole, also where fewer pages were to be scanned (`isolate_lru_folios`).
    if (!file) scanned += this.#scannedBeyond;
    r.scannedInPass += scanned;
    r.reclaimedInPass += got;
    r.reclaimed += got;
    if (r.kswapd) {
      m.scanKswapd += scanned;
      m.stealKswapd += got;
    } else {
      m.scanDirect += scanned;
      m.stealDirect += got;
    }
  }

  /** Whether the pass has no pages left to scan. Active anonymous pages alone do not keep it going (`shrink_lruvec`). */
  #scanDone(r: Reclaimer): boolean {
    const left = r.left;
    return left[Lru.InactiveAnon] === 0 && left[Lru.ActiveFile] === 0 && left[Lru.InactiveFile] === 0;
  }

  /**
   * Once a pass has reclaimed enough, it stops scanning the kind with fewer pages left to scan; of the other kind it
   * scans the same fraction of the target (`shrink_lruvec`). Direct reclaim at `DEF_PRIORITY` scans its full targets
   * instead.
   */
  #balance(r: Reclaimer): void {
    if (r.reclaimedInPass < r.wanted || (!r.kswapd && r.priority === DEF_PRIORITY)) return;
    const { left, targets } = r;
    const anon = left[Lru.InactiveAnon] + left[Lru.ActiveAnon];
    const file = left[Lru.InactiveFile] + left[Lru.ActiveFile];
    if (anon === 0 || file === 0) {
      left.fill(0);
      return;
    }
    const less = file > anon ? Lru.InactiveAnon : Lru.InactiveFile;
    const more = file > anon ? Lru.InactiveFile : Lru.InactiveAnon;
    const target = targets[less] + (targets[less + 1] as number) + 1;
    const percentage = Math.floor((Math.min(anon, file) * 100) / target);
    for (let list: number = more; list <= more + 1; list++) {
      const due = Math.floor(((targets[list] as number) * (100 - percentage)) / 100);
      const scanned = (targets[list] as number) - (left[list] as number);
      left[list] = Math.max(0, due - scanned);
    }
    left[less] = left[less + 1] = 0;
  }

  /**
   * Ends a pass: submits gathered writes to the swap device, waits if the pass has met pages under writeback and the kernel
   * makes this reclaimer wait, and ages active anonymous pages if there are too few inactive ones.
   */
  #finish(r: Reclaimer): void {
    const { swapCache, rules } = this.#memory;
    this.#submit();
    if (r.scannedUnwritten && (r.kswapd || rules.reclaimWaits === "all")) {
      const ns = Math.min(THROTTLED_NS, swapCache.waitNs(this.#now, THROTTLED_PAGES));
      this.waitNs += ns;
      this.waits.writtenNs = ns;
    }
    if (this.#isInactiveAnonLow()) this.#shrinkActive(Lru.ActiveAnon, SWAP_CLUSTER_MAX);
    r.over = true;
  }

  /** Virtual time within the step, in microseconds. */
  get #now(): number {
    return this.#timeline.nowUs + (this.#costNs * this.#slowdown + this.waitNs) / 1000;
  }

  /** Submits gathered pages to the swap device, all but the last `later`. */
  #submit(later: Pages = 0): void {
    const ns = this.#memory.swapCache.submit(this.#now, later);
    this.waitNs += ns;
    this.waits.queueNs += ns;
  }

  #isInactiveAnonLow(): boolean {
    const m = this.#memory;
    return m.swapTotal > 0 && inactiveIsLow(m.inactiveAnon, m.activeAnon);
  }

  /** Ends a round: takes a snapshot of the activation counters (`snapshot_refaults`). */
  end(): void {
    const m = this.#memory;
    m.seenAnonActivations = m.anonActivations;
    m.seenFileActivations = m.fileActivations;
  }

  /**
   * Scans inactive anonymous pages and returns how many it freed. Pages in the swap cache come first: written ones are
   * freed. Then come the pages at the list's tail. A young page stays in memory: the first time it is marked as
   * referenced, the second time it becomes active. Other pages are unmapped and go to swap (`folio_check_references`,
   * `shrink_folio_list`). A huge page costs as much as a page if it stays; otherwise it is split, and its pages go to swap
   * one by one.
   */
  #shrinkInactiveAnon(r: Reclaimer, count: Pages): Pages {
    const m = this.#memory;
    const list = m.lists[Lru.InactiveAnon];
    const piece = this.#piece;
    m.swapCache.settle(this.#now);
    const got = this.#freeWritten(count);
    let left = count - got;
    while (left > 0) {
      const taken = list.take(left, piece);
      if (taken === 0) break;
      left -= taken;
      m.swapCache.pass(taken);
      const huge = piece.flags & PageFlag.Huge;
      const w = m.workloads[piece.owner] as WorkloadPages;
      const fresh = (piece.flags & PageFlag.Fresh) !== 0;
      const { from, to } = piece;
      const youngHot = fresh ? piece.hot : passed(piece, w.sweep);
      const youngCold = fresh ? piece.cold : huge === 0 ? 0 : coldBeside(youngHot, piece.cold);
      const young = youngHot + youngCold;
      if (huge !== 0) this.#costNs += this.#hugeCost(taken, young);
      else {
        const { scanNs, ageNs, unmapNs } = this.#costs;
        this.#costNs += taken * scanNs + young * ageNs + (taken - young) * unmapNs;
      }
      const workingset = piece.flags & PageFlag.Workingset;
      const kept = workingset | huge;
      const until = fresh
        ? to
        : huge === 0
          ? Math.min(to, w.sweep)
          : from + ((to - from) * youngHot) / Math.max(1, piece.hot);
      if ((piece.flags & PageFlag.Referenced) !== 0) {
        this.#put(m.lists[Lru.ActiveAnon], w, youngHot, youngCold, from, until, kept);
        m.nonresidentAge += young;
      } else this.#put(list, w, youngHot, youngCold, from, until, kept | PageFlag.Referenced);
      const out = workingset | (huge === 0 ? 0 : PageFlag.Split);
      this.#swapOut(w, piece.hot - youngHot, piece.cold - youngCold, Math.max(from, until), to, out);
    }
    // The list is empty. The remaining inactive pages are in the swap cache, under writeback.
    if (left > 0) {
      r.scannedUnwritten = true;
      this.#costNs += left * this.#costs.scanNs;
    }
    this.#scannedBeyond = Math.max(0, -left);
    return got;
  }

  /**
   * Processor time of scanning huge pages of so many pages: a huge page costs as much as a page. Those that are not young are
   * split (mm/huge_memory.c `split_huge_page_to_list()`), and their pages are then scanned and unmapped one by one. The split itself
   * has no cost of its own: the recorded kswapd takes less time for such a page than for a single one (docs/fidelity.md).
   */
  #hugeCost(pages: Pages, young: Pages): Ns {
    const { scanNs, ageNs, unmapNs } = this.#costs;
    return hugePagesOf(pages) * scanNs + hugePagesOf(young) * ageNs + (pages - young) * (scanNs + unmapNs);
  }

  /** Frees up to `count` pages that the swap device has written; returns their number. */
  #freeWritten(count: Pages): Pages {
    const m = this.#memory;
    const piece = this.#piece;
    let got = 0;
    let scattered = 0;
    while (got < count) {
      const taken = m.swapCache.take(count - got, piece, m.lists[Lru.InactiveAnon].pages === 0);
      if (taken === 0) break;
      got += taken;
      scattered += scatteredOf(piece, taken, false);
      const w = m.workloads[piece.owner] as WorkloadPages;
      w.evictedHot.push(piece.hot, m.nonresidentAge, (piece.flags & PageFlag.Workingset) !== 0, piece.from, piece.to);
      m.nonresidentAge += taken;
    }
    m.reclaimed(got, scattered);
    this.#costNs += got * this.#costs.scanNs;
    return got;
  }

  /** See `putPages`. */
  #put(list: LruList, w: WorkloadPages, hot: Pages, cold: Pages, from: Sweep, to: Sweep, flags: number): void {
    putPages(list, this.#memory.gap(w), w, hot, cold, from, to, flags);
  }

  /** Unmaps pages and gathers them for the swap device. Pages for which swap has no room become active. */
  #swapOut(w: WorkloadPages, hot: Pages, cold: Pages, from: Sweep, to: Sweep, flags: number): void {
    const m = this.#memory;
    const pages = Math.min(hot + cold, m.swapFree);
    const outCold = Math.min(cold, pages);
    const outHot = pages - outCold;
    const middle = hot === 0 ? to : from + ((to - from) * outHot) / hot;
    this.#put(m.lists[Lru.ActiveAnon], w, hot - outHot, cold - outCold, middle, to, flags & PageFlag.Workingset);
    if (pages === 0) return;
    const ns = swapOutNsOf(this.#costs, pages, flags) + (this.#flushes?.flush(w, pages) ?? 0);
    if (this.#backing !== null) this.waitNs += this.#backing.readForSwap(w, outHot, outCold);
    const isFull = m.moveToSwap(w, outHot, outCold, from, middle, flags);
    if ((flags & PageFlag.Split) !== 0) return this.#submitHeld(pages, ns);
    this.#costNs += ns;
    if (isFull) this.#submit();
  }

  /**
   * Works on pages of huge pages, which have just been gathered, and submits them to the swap device whenever a request is full. Reclaim
   * isolates the pages of a huge page together, and puts them back when it has worked on all of them.
   * @param ns processor time for all of the pages
   */
  #submitHeld(pages: Pages, ns: Ns): void {
    const { swapCache, lists } = this.#memory;
    const startNs = this.#costNs;
    for (let later = pages; later > 0; ) {
      const huge = Math.min(HUGE_PAGE, later);
      for (let left = huge; left > 0; ) {
        const some = Math.min(left, swapCache.room(later));
        left -= some;
        later -= some;
        this.#costNs = startNs + (ns * (pages - later)) / pages;
        if (swapCache.room(later) === 0) this.#submit(later);
      }
      swapCache.settleHeld(this.#now, huge + later, lists[Lru.InactiveAnon].pages);
    }
  }

  /**
   * Scans inactive file pages at the tail and returns how many it freed: drops clean pages; keeps dirty ones and asks
   * the flusher to write them. The share of dirty pages is computed, for pages scanned dirty before (`PageFlag.Dirty`)
   * and for others. Pages that were read again are not on this list any more: `FileThread` activates them.
   */
  #shrinkInactiveFile(count: Pages): Pages {
    const m = this.#memory;
    const list = m.lists[Lru.InactiveFile];
    const piece = this.#piece;
    let left = count;
    let got = 0;
    while (left > 0) {
      const taken = list.take(left, piece);
      left -= taken;
      this.#costNs += taken * this.#costs.scanNs;
      const w = m.workloads[piece.owner] as WorkloadPages;
      const dirty = w.takeDirty(taken, (piece.flags & PageFlag.Dirty) !== 0);
      const clean = taken - dirty;
      w.file -= clean;
      w.fileShadows.push(clean, m.nonresidentAge, (piece.flags & PageFlag.Workingset) !== 0);
      m.nonresidentAge += clean;
      m.reclaimed(clean, scatteredFilesOf(clean));
      got += clean;
      if (dirty > 0) {
        w.noteScannedDirty(dirty);
        m.pushFile(list, w, dirty, piece.flags | PageFlag.Dirty);
        this.#flusher.ask(dirty);
        m.noteCost(true, dirty);
      }
    }
    return got;
  }

  /**
   * Moves active pages at the tail to the inactive list and clears their accessed bits (`shrink_active_list`): `#put`
   * sets when their hot pages are touched next.
   */
  #shrinkActive(from: number, count: Pages): void {
    const m = this.#memory;
    const file = from === Lru.ActiveFile;
    const inactive = m.lists[file ? Lru.InactiveFile : Lru.InactiveAnon];
    const piece = this.#piece;
    let left = count;
    while (left > 0) {
      const taken = (m.lists[from] as LruList).take(left, piece);
      if (taken === 0) break;
      left -= taken;
      const huge = piece.flags & PageFlag.Huge;
      const { scanNs, ageNs } = this.#costs;
      this.#costNs += (huge === 0 ? taken : hugePagesOf(taken)) * (scanNs + (file ? 0 : ageNs));
      const w = m.workloads[piece.owner] as WorkloadPages;
      if (file) {
        // A file page counts as referenced if the sweep has read at least half of the files since the page was marked.
        // A page that was activated when it was read in is marked by that read.
        const reread =
          w.fileSweep - piece.to >= w.fileSet / 2 ? PageFlag.Referenced : piece.flags & PageFlag.Referenced;
        const flags = PageFlag.Workingset | reread;
        m.pushFile(inactive, w, piece.hot, flags);
      } else {
        const flags = PageFlag.Workingset | (piece.flags & PageFlag.Huge);
        this.#put(inactive, w, piece.hot, piece.cold, piece.from, piece.to, flags);
      }
    }
  }
}
