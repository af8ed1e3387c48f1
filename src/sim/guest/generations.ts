import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import { LruList } from "./lru.ts";
import { Lru, type PageLists, pagesOn, Refault, rebalanceOn, removeFrom } from "./page-lists.ts";
import { coldBeside, createPiece, hugePagesOf, PageFlag, type Piece, passed, type Touches } from "./piece.ts";
import { putPages } from "./put-pages.ts";
import { KINDS, Kind, MAX_REFS, TierFeedback, tierOf } from "./tier-feedback.ts";
import type { Age, Sweep } from "./units.ts";
import type { WorkloadPages } from "./workload-pages.ts";

/** Generations that stay: what is in these is active (`MIN_NR_GENS`); and generations at most (`MAX_NR_GENS`). */
export const MIN_GENERATIONS = 2;
const MAX_GENERATIONS = 4;
/** A shadow entry is the number of the oldest generation times this, plus the page's `refs`. */
const REFS_RADIX = 8;

/** A generation of one kind by its number: the kernel's `seq`. */
export type Seq = number;

/**
 * The lists of the multi-generational LRU (include/linux/mmzone.h `lru_gen_struct`): two to four generations, numbered in
 * the order of their birth, each with a list of anonymous pages and one of files. Both kinds have the same youngest
 * generation, `maxSeq`; the oldest one is each kind's own, `minSeq`. The aging makes generations (`age`); the eviction
 * takes pages from the oldest (`GenerationalReclaim`).
 */
export class Generations implements PageLists, Archived {
  readonly feedback = new TierFeedback();
  /** Number of the youngest generation. */
  maxSeq: Seq = MIN_GENERATIONS + 1;
  /** Numbers of the oldest generation, by `Kind`. */
  readonly minSeq: [Seq, Seq] = [0, 0];
  /** The list of each generation, by its number modulo `MAX_GENERATIONS`, and kind. */
  readonly #lists: LruList[];
  readonly #anon: LruList[] = [];
  readonly #file: LruList[] = [];
  readonly #piece = createPiece();

  /** @param owners number of workloads */
  constructor(owners: number) {
    this.#lists = Array.from({ length: MAX_GENERATIONS * KINDS }, () => new LruList(owners));
    this.#sortByKind();
  }

  get activeAnon(): Pages {
    return this.#active(Kind.Anon);
  }

  get inactiveAnon(): Pages {
    return pagesIn(this.#anon) - this.#active(Kind.Anon);
  }

  get activeFile(): Pages {
    return this.#active(Kind.File);
  }

  get inactiveFile(): Pages {
    return pagesIn(this.#file) - this.#active(Kind.File);
  }

  /** The list of a generation and kind. */
  of(seq: Seq, kind: number): LruList {
    return this.#lists[(seq % MAX_GENERATIONS) * KINDS + kind] as LruList;
  }

  /** The list from which a kind is evicted. */
  oldest(kind: number): LruList {
    return this.of(this.minSeq[kind] as Seq, kind);
  }

  /** Number of a kind's generations. */
  count(kind: number): number {
    return this.maxSeq - (this.minSeq[kind] as Seq) + 1;
  }

  /**
   * Anonymous pages begin in the youngest generation: a fault brings them. Pages of files that were read or written begin in
   * the oldest, or in the one after it if there are four (`lru_gen_add_folio()`).
   */
  add(list: number, pages: Readonly<Piece>, gap: Sweep): void {
    if (list < Lru.InactiveFile) {
      this.of(this.maxSeq, Kind.Anon).push(pages, gap);
      return;
    }
    const min = this.minSeq[Kind.File];
    this.of(min + MIN_GENERATIONS >= this.maxSeq ? min : min + 1, Kind.File).push(pages, gap);
  }

  pagesOf(isFile: boolean, owner: number, hot: boolean): Pages {
    return pagesOn(isFile ? this.#file : this.#anon, owner, hot);
  }

  remove(isFile: boolean, owner: number, hot: boolean, count: Pages): void {
    removeFrom(isFile ? this.#file : this.#anon, owner, hot, count);
  }

  rebalanceHotCold(owner: number, toHot: boolean, count: Pages, touches: Touches): void {
    rebalanceOn(this.#anon, owner, toHot, count, touches);
  }

  notAccessed(owner: number, from: Sweep, to: Sweep): Pages {
    let pages = 0;
    for (const list of this.#anon) pages += list.notAccessed(owner, from, to);
    return pages;
  }

  /** Reads only count (mm/swap.c `folio_inc_refs()`): they move no page. */
  takeReread(): Pages {
    return 0;
  }

  nextReread(): Sweep {
    return Number.POSITIVE_INFINITY;
  }

  forEachList(visit: (list: LruList) => void): void {
    for (const list of this.#lists) visit(list);
  }

  /**
   * How often file pages were read beyond the first time, at most `MAX_REFS` (`folio_lru_refs()`). Their owner reads all
   * its files in one lap of its file sweep; pages count as read again when a whole lap has passed.
   */
  refsOf({ flags, to }: Readonly<Piece>, { fileSweep, fileSet }: WorkloadPages): number {
    if ((flags & PageFlag.Workingset) !== 0) return MAX_REFS;
    const laps = fileSet === 0 ? 0 : Math.floor((fileSweep - to) / fileSet);
    const first = (flags & PageFlag.Referenced) === 0 ? 1 : 0;
    return Math.max(0, Math.min(MAX_REFS, laps - first));
  }

  /** The shadow entry of pages that are evicted now (`lru_gen_eviction()`); counts them. */
  evict(kind: number, refs: number, pages: Pages): Age {
    this.feedback.evict(kind, tierOf(refs), pages);
    return (this.minSeq[kind] as Seq) * REFS_RADIX + refs;
  }

  /**
   * How refaulting pages come back, a `Refault`. A refault counts if the generation that the pages were evicted from is
   * still the oldest (`lru_gen_refault()`).
   * @param age their shadow entry; negative if it is not known
   */
  refault(kind: number, age: Age, pages: Pages): number {
    if (age < 0 || Math.floor(age / REFS_RADIX) !== this.minSeq[kind]) return Refault.Cold;
    const refs = Math.min(MAX_REFS, age % REFS_RADIX);
    this.feedback.refault(kind, tierOf(refs), pages);
    return kind === Kind.Anon || refs >= MAX_REFS - 1 ? Refault.Restored : Refault.Active;
  }

  /** Moves pages of a kind's oldest generation to the old end of the next one (`folio_inc_gen()`); reads count anew. */
  protect(kind: number, pages: Readonly<Piece>, gap: Sweep): void {
    this.of((this.minSeq[kind] as Seq) + 1, kind).pushTail(pages, gap);
  }

  /**
   * Begins a new generation (`inc_max_seq()`).
   * @param isSwappable whether anonymous pages can be swapped out: if not, their oldest generation may have to become
   * part of the youngest
   */
  begin(isSwappable: boolean): void {
    for (let kind = KINDS - 1; kind >= 0; kind--) {
      if (this.count(kind) === MAX_GENERATIONS) this.#endOldest(kind, kind === Kind.File || isSwappable);
    }
    this.maxSeq++;
  }

  /**
   * Ends oldest generations without pages (`try_to_inc_min_seq()`). With swap, files never have an older generation than
   * anonymous pages.
   * @param isRotating whether there are pages in the swap cache that belong to the oldest anonymous generation
   * @returns whether any ended
   */
  endEmpty(isSwappable: boolean, isRotating: boolean): boolean {
    const anon = isSwappable && !isRotating ? this.#oldestWithPages(Kind.Anon) : this.minSeq[Kind.Anon];
    const file = this.#oldestWithPages(Kind.File);
    const toAnon = isSwappable ? Math.min(anon, file) : anon;
    const toFile = isSwappable ? Math.max(toAnon, this.minSeq[Kind.File]) : file;
    const hasEnded = this.#endUntil(Kind.Anon, toAnon);
    return this.#endUntil(Kind.File, toFile) || hasEnded;
  }

  /**
   * Walks the page tables of all workloads: clears accessed bits, and moves the pages that had them set to the youngest
   * generation (`walk_mm()`).
   * @param gap see `LruList.push`, by workload
   * @returns the number of entries of page tables looked at: one for a page, and one for a huge page
   */
  promoteAccessed(workloads: readonly WorkloadPages[], gap: (w: WorkloadPages) => Sweep): Pages {
    let mapped = 0;
    for (let i = 0; i < MAX_GENERATIONS; i++) {
      // The youngest first: pages that join it are behind its own.
      const seq = i === 0 ? this.maxSeq : this.maxSeq + i;
      mapped += this.#promoteFrom(this.of(seq, Kind.Anon), workloads, gap);
    }
    return mapped;
  }

  archive(a: Archive): void {
    this.maxSeq = a.number(this.maxSeq);
    for (let kind = 0; kind < KINDS; kind++) this.minSeq[kind] = a.number(this.minSeq[kind] as Seq);
    for (const list of this.#lists) list.archive(a);
    this.feedback.archive(a);
  }

  #promoteFrom(list: LruList, workloads: readonly WorkloadPages[], gap: (w: WorkloadPages) => Sweep): Pages {
    const youngest = this.of(this.maxSeq, Kind.Anon);
    const piece = this.#piece;
    let mapped = 0;
    for (let left = list.pages; left > 0; ) {
      left -= list.take(left, piece);
      const w = workloads[piece.owner] as WorkloadPages;
      const { hot, cold, from, to, flags } = piece;
      const huge = flags & PageFlag.Huge;
      mapped += huge === 0 ? hot + cold : hugePagesOf(hot + cold);
      if ((flags & PageFlag.Fresh) !== 0) {
        putPages(youngest, gap(w), w, hot, cold, from, to, huge);
        continue;
      }
      const young = passed(piece, w.sweep);
      const until = young === hot ? to : from + ((to - from) * young) / hot;
      const beside = huge === 0 ? 0 : coldBeside(young, cold);
      putPages(youngest, gap(w), w, young, beside, from, until, huge);
      putPages(list, gap(w), w, hot - young, cold - beside, until, to, flags);
    }
    return mapped;
  }

  #active(kind: number): Pages {
    return this.of(this.maxSeq, kind).pages + this.of(this.maxSeq - 1, kind).pages;
  }

  /** Number of a kind's oldest generation that has pages or has to stay. */
  #oldestWithPages(kind: number): Seq {
    let seq = this.minSeq[kind] as Seq;
    while (seq + MIN_GENERATIONS <= this.maxSeq && this.of(seq, kind).pages === 0) seq++;
    return seq;
  }

  #endUntil(kind: number, seq: Seq): boolean {
    if (seq === this.minSeq[kind]) return false;
    this.feedback.endGeneration(kind);
    this.minSeq[kind] = seq;
    return true;
  }

  /** Ends a kind's oldest generation (`inc_min_seq()`); its pages become the oldest of the next one, or remain. */
  #endOldest(kind: number, doesMove: boolean): void {
    const seq = this.minSeq[kind] as Seq;
    if (doesMove) {
      const old = this.of(seq, kind);
      const next = this.of(seq + 1, kind);
      const piece = this.#piece;
      while (next.take(Number.POSITIVE_INFINITY, piece) > 0) old.push(piece, 0);
      this.#lists[(seq % MAX_GENERATIONS) * KINDS + kind] = next;
      this.#lists[((seq + 1) % MAX_GENERATIONS) * KINDS + kind] = old;
      this.#sortByKind();
    }
    this.#endUntil(kind, seq + 1);
  }

  #sortByKind(): void {
    for (let i = 0; i < MAX_GENERATIONS; i++) {
      this.#anon[i] = this.#lists[i * KINDS + Kind.Anon] as LruList;
      this.#file[i] = this.#lists[i * KINDS + Kind.File] as LruList;
    }
  }
}

/** Pages on some lists. */
function pagesIn(lists: readonly LruList[]): Pages {
  let pages = 0;
  for (const list of lists) pages += list.pages;
  return pages;
}
