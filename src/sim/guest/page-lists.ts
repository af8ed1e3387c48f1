import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import { LruList } from "./lru.ts";
import type { Piece, Touches } from "./piece.ts";
import type { Sweep } from "./units.ts";

/** Indices of the classic LRU's four lists, in the order in which its reclaim scans them. */
export const Lru = { InactiveAnon: 0, ActiveAnon: 1, InactiveFile: 2, ActiveFile: 3 } as const;

/** How refaulting pages come back into memory. */
export const Refault = {
  /** As pages that were not in memory before. */
  Cold: 0,
  /** As pages in use: with the classic LRU they become active at once. */
  Active: 1,
  /** As pages in use that should not have been evicted (PG_workingset): waiting for them is a stall. */
  Restored: 2,
} as const;

/**
 * The pages that reclaim may take, in the order of an LRU: what allocations, the workloads' threads and the rest of the
 * guest ask of it. Implemented by the classic lists and by generations; the reclaim of each (`PageReclaim`) knows its own.
 * Pages in the swap cache are on none of these lists.
 */
export interface PageLists extends Archived {
  /** Pages by kind and activity, as the kernel reports them (Active(anon) and the like). */
  readonly activeAnon: Pages;
  readonly inactiveAnon: Pages;
  readonly activeFile: Pages;
  readonly inactiveFile: Pages;
  /**
   * Adds pages that have just come into memory, at the young end.
   * @param list the classic LRU's list for them, an index of `Lru`: an LRU without these lists takes the kind from it
   * @param pages copied; the caller may reuse the object
   * @param gap see `LruList.push`
   */
  add(list: number, pages: Readonly<Piece>, gap: Sweep): void;
  /** Number of an owner's hot, or cold, pages: of files or anonymous ones. */
  pagesOf(isFile: boolean, owner: number, hot: boolean): Pages;
  /** Removes `count` of them (at most all), from everywhere in proportion. */
  remove(isFile: boolean, owner: number, hot: boolean, count: Pages): void;
  /** Makes `count` of an owner's cold anonymous pages hot, or hot ones cold (see `LruList.rebalanceHotCold`). */
  rebalanceHotCold(owner: number, toHot: boolean, count: Pages, touches: Touches): void;
  /** Number of an owner's hot pages with a cleared accessed bit that its sweep touches between two values. */
  notAccessed(owner: number, from: Sweep, to: Sweep): Pages;
  /** Removes file pages that their owner's reads have made active (see `LruList.takeReread`); 0 if there are none. */
  takeReread(owner: number, sweep: Sweep, setSize: Pages, piece: Piece): Pages;
  /** Value of the file sweep at which that happens next; Infinity if it does not. */
  nextReread(owner: number, setSize: Pages): Sweep;
  /** Visits the lists; for checks. */
  forEachList(visit: (list: LruList) => void): void;
}

/** The classic LRU: an active and an inactive list of each kind. */
export class ClassicLists implements PageLists {
  /** The lists, by `Lru`. */
  readonly lists: readonly [LruList, LruList, LruList, LruList];
  readonly #anon: readonly LruList[];
  readonly #file: readonly LruList[];

  /** @param owners number of workloads */
  constructor(owners: number) {
    this.lists = [new LruList(owners), new LruList(owners), new LruList(owners), new LruList(owners)];
    this.#anon = [this.lists[Lru.InactiveAnon], this.lists[Lru.ActiveAnon]];
    this.#file = [this.lists[Lru.InactiveFile], this.lists[Lru.ActiveFile]];
  }

  get activeAnon(): Pages {
    return this.lists[Lru.ActiveAnon].pages;
  }

  get inactiveAnon(): Pages {
    return this.lists[Lru.InactiveAnon].pages;
  }

  get activeFile(): Pages {
    return this.lists[Lru.ActiveFile].pages;
  }

  get inactiveFile(): Pages {
    return this.lists[Lru.InactiveFile].pages;
  }

  add(list: number, pages: Readonly<Piece>, gap: Sweep): void {
    (this.lists[list] as LruList).push(pages, gap);
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
    return (
      this.lists[Lru.InactiveAnon].notAccessed(owner, from, to) +
      this.lists[Lru.ActiveAnon].notAccessed(owner, from, to)
    );
  }

  takeReread(owner: number, sweep: Sweep, setSize: Pages, piece: Piece): Pages {
    return this.lists[Lru.InactiveFile].takeReread(owner, sweep, setSize, piece);
  }

  nextReread(owner: number, setSize: Pages): Sweep {
    return this.lists[Lru.InactiveFile].nextReread(owner, setSize);
  }

  forEachList(visit: (list: LruList) => void): void {
    for (const list of this.lists) visit(list);
  }

  archive(a: Archive): void {
    for (const list of this.lists) list.archive(a);
  }
}

/** Number of an owner's hot, or cold, pages on some lists. */
export function pagesOn(lists: readonly LruList[], owner: number, hot: boolean): Pages {
  let pages = 0;
  for (const list of lists) pages += list.pagesOf(owner, hot);
  return pages;
}

/** Removes `count` of an owner's hot or cold pages (at most all) from some lists, from each in proportion. */
export function removeFrom(lists: readonly LruList[], owner: number, hot: boolean, count: Pages): void {
  let left = count;
  let of = pagesOn(lists, owner, hot);
  for (let i = 0; i < lists.length && left > 0; i++) {
    const list = lists[i] as LruList;
    const here = list.pagesOf(owner, hot);
    const taken = part(left, here, of);
    list.remove(owner, hot, taken);
    of -= here;
    left -= taken;
  }
}

/** Makes `count` of an owner's cold pages hot, or hot ones cold, on some lists, on each in proportion. */
export function rebalanceOn(
  lists: readonly LruList[],
  owner: number,
  toHot: boolean,
  count: Pages,
  touches: Touches,
): void {
  let left = count;
  let of = pagesOn(lists, owner, !toHot);
  for (let i = 0; i < lists.length; i++) {
    const list = lists[i] as LruList;
    const here = list.pagesOf(owner, !toHot);
    const changed = part(left, here, of);
    list.rebalanceHotCold(owner, toHot, changed, touches);
    of -= here;
    left -= changed;
  }
}

/** The part of `count` pages that falls to `here` of `of` pages. */
const part = (count: Pages, here: Pages, of: Pages): Pages =>
  of === 0 ? 0 : Math.min(here, Math.round((count * here) / of));
