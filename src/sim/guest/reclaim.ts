import type { Costs } from "../trace/types.ts";
import { type LruList, PageFlag, type Piece } from "./lru.ts";
import { type GuestMemory, Lru, type WorkloadPages } from "./memory.ts";
import { integerSqrt } from "./watermarks.ts";

/** Reclaim begins with this priority: it looks at 1/2^12 of each list, then at twice as much, and so on (mm/vmscan.c). */
export const DEF_PRIORITY = 12;
/** Pages that reclaim works in. */
export const SWAP_CLUSTER_MAX = 32;
/** A pass over the lists is made in at most this many steps, each an event, however long the lists are. */
const STEPS_PER_PASS = 8;

/** One who reclaims: kswapd, or a task in direct reclaim. Where it stands, as flat numbers. */
export class Reclaimer {
  readonly kswapd: boolean;
  priority = DEF_PRIORITY;
  /** Pages that it wants, and has got, since it began. */
  wanted = 0;
  reclaimed = 0;
  /** Pages of each list that this pass still has to look at. */
  readonly left: [number, number, number, number] = [0, 0, 0, 0];
  /** Pages that a step takes from a list. */
  step = 0;
  /** Pages looked at, and got, in this pass. */
  scannedInPass = 0;
  reclaimedInPass = 0;
  /** Whether this pass may age active anonymous, or file, pages. */
  ageAnon = false;
  ageFile = false;
  /** Whether this pass has come to the ageing that each ends with. */
  aged = false;
  /** Activated refaults when the reclaim before this one ended. */
  seenAnonActivations = 0;
  seenFileActivations = 0;

  constructor(kswapd: boolean) {
    this.kswapd = kswapd;
  }
}

/**
 * Reclaim as Linux does it, run-length coded: how many pages a pass looks at on which list (`get_scan_count`), what
 * becomes of them (`shrink_inactive_list`, `shrink_active_list`), and what it costs. The caller turns costs into time.
 */
export class Reclaim {
  readonly #memory: GuestMemory;
  readonly #costs: Costs;
  readonly #batch: number;
  readonly #writeToSwap: (pages: number) => number;
  readonly #askFlusher: (pages: number) => void;
  readonly #piece: Piece = { owner: 0, hot: 0, cold: 0, stamp: 0, flags: 0 };
  #costNs = 0;

  /**
   * @param batch pages of a list that a step looks at, at least: the kernel's `SWAP_CLUSTER_MAX`, or more in large guests
   * @param writeToSwap queues pages for the swap device; returns how long until they are written, in nanoseconds
   * @param askFlusher has dirty pages of files written
   */
  constructor(
    memory: GuestMemory,
    costs: Costs,
    batch: number,
    writeToSwap: (pages: number) => number,
    askFlusher: (pages: number) => void,
  ) {
    this.#memory = memory;
    this.#costs = costs;
    this.#batch = batch;
    this.#writeToSwap = writeToSwap;
    this.#askFlusher = askFlusher;
  }

  /** Begins a pass of `r` at its priority: decides how many pages of each list to look at. */
  beginPass(r: Reclaimer): void {
    const m = this.#memory;
    const canSwap = m.swapFree > 0;
    r.scannedInPass = 0;
    r.reclaimedInPass = 0;
    r.aged = false;
    r.ageAnon = m.anonActivations !== r.seenAnonActivations || inactiveIsLow(m.inactiveAnon, m.activeAnon);
    r.ageFile = m.fileActivations !== r.seenFileActivations || inactiveIsLow(m.inactiveFile, m.activeFile);

    const scale = 2 ** r.priority;
    const fileIsTiny = m.file + m.free <= m.watermarks.high && !r.ageAnon && Math.floor(m.inactiveAnon / scale) > 0;
    const cacheIsEnough = Math.floor(m.inactiveFile / scale) > 0 && !r.ageFile;
    let anonShare = 0;
    let fileShare = 0;
    let whole = 1;
    if (!canSwap) fileShare = 1;
    else if (r.priority === 0 && m.swappiness > 0) anonShare = fileShare = 1;
    else if (fileIsTiny) anonShare = 1;
    else if (cacheIsEnough) fileShare = 1;
    else {
      // The kind whose reclaim has cost less is scanned more, weighted by swappiness.
      const sum = m.anonCost + m.fileCost;
      const anonCost = sum + m.anonCost;
      const fileCost = sum + m.fileCost;
      const total = anonCost + fileCost;
      anonShare = Math.floor((m.swappiness * (total + 1)) / (anonCost + 1));
      fileShare = Math.floor(((200 - m.swappiness) * (total + 1)) / (fileCost + 1));
      whole = anonShare + fileShare;
    }
    let longest = 0;
    for (let list = 0; list < 4; list++) {
      const share = list < Lru.InactiveFile ? anonShare : fileShare;
      const pages = Math.floor((Math.floor((m.lists[list] as LruList).pages / scale) * share) / whole);
      r.left[list] = pages;
      longest = Math.max(longest, pages);
    }
    r.step = Math.max(
      this.#batch,
      Math.ceil(longest / STEPS_PER_PASS),
      r.kswapd ? Math.ceil(r.wanted / STEPS_PER_PASS) : 0,
    );
  }

  /** Whether the pass of `r` is over: nothing left to look at or to age, or enough got. */
  passDone(r: Reclaimer): boolean {
    return this.#scanDone(r) && (r.aged || !this.#anonNeedsAgeing());
  }

  #scanDone(r: Reclaimer): boolean {
    const left = r.left;
    // Only inactive lists yield pages; a pass with active pages alone left goes no further (`shrink_lruvec`).
    if (left[Lru.InactiveAnon] === 0 && left[Lru.ActiveFile] === 0 && left[Lru.InactiveFile] === 0) return true;
    // The first pass of direct reclaim keeps the lists in proportion and does not stop early.
    const proportional = !r.kswapd && r.priority === DEF_PRIORITY;
    return !proportional && r.reclaimedInPass >= r.wanted;
  }

  /** Does one step of the pass: up to `r.step` pages of each list, or the ageing at its end. Returns what it cost, in nanoseconds. */
  step(r: Reclaimer): number {
    const m = this.#memory;
    this.#costNs = 0;
    for (let list = 0; list < 4; list++) {
      const want = Math.min(r.left[list] as number, r.step);
      if (want === 0) continue;
      r.left[list] = (r.left[list] as number) - want;
      const file = list >= Lru.InactiveFile;
      if (list === Lru.ActiveAnon || list === Lru.ActiveFile) {
        if (file ? r.ageFile : r.ageAnon) this.#shrinkActive(list, want);
        continue;
      }
      const scanned = Math.min(want, (m.lists[list] as LruList).pages);
      const got = file ? this.#shrinkInactiveFile(scanned) : this.#shrinkInactiveAnon(scanned);
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
    // Each pass ends with ageing active anonymous pages a little, if the inactive ones run low.
    if (this.#scanDone(r)) {
      if (this.#anonNeedsAgeing()) this.#shrinkActive(Lru.ActiveAnon, SWAP_CLUSTER_MAX);
      r.aged = true;
    }
    return this.#costNs;
  }

  #anonNeedsAgeing(): boolean {
    const m = this.#memory;
    return m.swapTotal > 0 && inactiveIsLow(m.inactiveAnon, m.activeAnon);
  }

  /** Notes the end of a reclaim of `r`: refaults from here on count as new. */
  end(r: Reclaimer): void {
    r.seenAnonActivations = this.#memory.anonActivations;
    r.seenFileActivations = this.#memory.fileActivations;
  }

  /**
   * Anonymous pages at the tail: touched since they were last looked at, they are kept, marked as referenced the first
   * time and activated the second time; untouched, they go to swap (`folio_check_references`, `shrink_folio_list`).
   */
  #shrinkInactiveAnon(count: number): number {
    const m = this.#memory;
    const list = m.lists[Lru.InactiveAnon];
    const piece = this.#piece;
    let left = count;
    let got = 0;
    while (left > 0) {
      const taken = list.take(left, piece);
      if (taken === 0) break;
      left -= taken;
      this.#costNs += taken * (this.#costs.scanNs + this.#costs.unmapNs);
      const w = m.workloads[piece.owner] as WorkloadPages;
      const youngHot = this.#youngHot(w, piece);
      const youngCold = (piece.flags & PageFlag.Fresh) !== 0 ? piece.cold : 0;
      const kept = piece.flags & PageFlag.Workingset;
      if ((piece.flags & PageFlag.Referenced) !== 0) {
        m.lists[Lru.ActiveAnon].push(w.index, youngHot, youngCold, w.sweep, kept, m.tolerance(w.workingSet));
        m.nonresidentAge += youngHot + youngCold;
      } else {
        const flags = kept | PageFlag.Referenced;
        list.push(w.index, youngHot, youngCold, w.sweep, flags, m.tolerance(w.workingSet));
      }
      got += this.#swapOut(w, piece.hot - youngHot, piece.cold - youngCold, kept);
    }
    return got;
  }

  /** How many of the piece's pages of the working set have been touched since they were last looked at. */
  #youngHot(w: WorkloadPages, piece: Piece): number {
    if ((piece.flags & PageFlag.Fresh) !== 0) return piece.hot;
    // Joined segments carry a mean of stamps, which rounding may have put a hair behind the sweep.
    const part = Math.min(1, Math.max(0, w.sweep - piece.stamp) / w.workingSet);
    const exact = piece.hot === 0 ? 0 : piece.hot * part + w.youngCarry;
    const young = Math.min(piece.hot, Math.floor(exact));
    if (piece.hot > 0) w.youngCarry = exact - young > 1 ? 0 : exact - young;
    return young;
  }

  #swapOut(w: WorkloadPages, hot: number, cold: number, flags: number): number {
    const m = this.#memory;
    const pages = Math.min(hot + cold, m.swapFree);
    const outCold = Math.min(cold, pages);
    const outHot = pages - outCold;
    // Pages for which there is no room in swap go back as active ones.
    m.lists[Lru.ActiveAnon].push(w.index, hot - outHot, cold - outCold, w.sweep, flags, m.tolerance(w.workingSet));
    if (pages === 0) return 0;
    w.hot -= outHot;
    w.cold -= outCold;
    w.swappedHot += outHot;
    w.swappedCold += outCold;
    w.anonShadows.push(outHot, m.nonresidentAge, (flags & PageFlag.Workingset) !== 0);
    m.nonresidentAge += pages;
    m.swap += pages;
    m.swapOut += pages;
    m.free += pages;
    m.noteCost(false, pages);
    this.#costNs += this.#writeToSwap(pages);
    return pages;
  }

  /** File pages at the tail: clean ones are dropped, dirty ones queued for writing and kept until that is done. */
  #shrinkInactiveFile(count: number): number {
    const m = this.#memory;
    const list = m.lists[Lru.InactiveFile];
    const piece = this.#piece;
    let left = count;
    let got = 0;
    while (left > 0) {
      const taken = list.take(left, piece);
      if (taken === 0) break;
      left -= taken;
      this.#costNs += taken * this.#costs.scanNs;
      const w = m.workloads[piece.owner] as WorkloadPages;
      const exact = (taken * w.dirty) / w.file + w.dirtyCarry;
      const dirty = Math.min(taken, Math.floor(exact), w.dirty);
      w.dirtyCarry = exact - dirty > 1 ? 0 : exact - dirty;
      const clean = taken - dirty;
      w.file -= clean;
      w.fileShadows.push(clean, m.nonresidentAge, (piece.flags & PageFlag.Workingset) !== 0);
      m.nonresidentAge += clean;
      m.free += clean;
      got += clean;
      if (dirty > 0) {
        list.push(w.index, dirty, 0, w.fileSweep, piece.flags, m.tolerance(w.fileSet));
        this.#askFlusher(dirty);
        m.noteCost(true, dirty);
      }
    }
    return got;
  }

  /** Active pages at the tail become inactive ones; their accessed bits are cleared (`shrink_active_list`). */
  #shrinkActive(from: number, count: number): void {
    const m = this.#memory;
    const file = from === Lru.ActiveFile;
    const inactive = m.lists[file ? Lru.InactiveFile : Lru.InactiveAnon];
    const piece = this.#piece;
    let left = count;
    while (left > 0) {
      const taken = (m.lists[from] as LruList).take(left, piece);
      if (taken === 0) break;
      left -= taken;
      this.#costNs += taken * (this.#costs.scanNs + (file ? 0 : this.#costs.unmapNs));
      const w = m.workloads[piece.owner] as WorkloadPages;
      if (file) {
        // A file page that was read while active is still marked as referenced.
        const reread = w.fileSweep - piece.stamp >= w.fileSet / 2 ? PageFlag.Referenced : 0;
        const flags = PageFlag.Workingset | reread;
        inactive.push(w.index, piece.hot, 0, w.fileSweep, flags, m.tolerance(w.fileSet));
      } else {
        inactive.push(w.index, piece.hot, piece.cold, w.sweep, PageFlag.Workingset, m.tolerance(w.workingSet));
      }
    }
  }
}

/** Whether a kind has too few inactive pages for its active ones; large guests keep fewer (`inactive_is_low`). */
export function inactiveIsLow(inactive: number, active: number): boolean {
  // The ratio is never below 1.
  if (inactive >= active) return false;
  const gib = Math.floor((inactive + active) / 262_144);
  const ratio = gib > 0 ? integerSqrt(10 * gib) : 1;
  return inactive * ratio < active;
}
