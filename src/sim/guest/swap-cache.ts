import type { Ns, Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { SwapQueue } from "../trace/types.ts";
import { LruList } from "./lru.ts";
import { createPiece, type Piece, type Touches } from "./piece.ts";
import { Turns } from "./turns.ts";

/**
 * The swap cache: anonymous pages that reclaim has unmapped, that have a slot of swap, and that are still in memory.
 * The device writes them one after the other. A written page waits at the tail of the inactive list until the next pass
 * frees it (mm/page_io.c `end_swap_bio_write()`, mm/swap.c `folio_rotate_reclaimable()`); `take` removes such pages.
 *
 * A page that the device has written while reclaim still had it isolated misses this rotation: reclaim puts the page back at the head of
 * the inactive list, and frees it after all pages that were on the list then (mm/vmscan.c `shrink_inactive_list()`). Only pages of huge
 * pages do so in the model: reclaim isolates 512 of them together, but 32 single pages.
 *
 * Writes cause no events: `settle` computes the device's progress.
 */
export class SwapCache implements Archived {
  readonly #queue: SwapQueue;
  readonly #writeNs: number;
  readonly #unwritten: LruList;
  readonly #written: LruList;
  readonly #missed: LruList;
  /** When the pages that missed their rotation are at the tail of the inactive list. */
  readonly #turns = new Turns();
  /** The three lists, in the order in which the cache gives up their pages. */
  readonly #lists: readonly LruList[];
  readonly #piece = createPiece();
  /** The youngest unwritten pages, which reclaim has not submitted to the device yet. */
  #gathered: Pages = 0;
  /** The `gap` of the last `add`, used for merging written pages (see `LruList.push`). */
  #gap = 0;
  /** Time at which the device will have written all submitted pages, in microseconds. */
  #busyUntilUs = 0;

  /**
   * @param owners number of workloads
   * @param writeNs time that the device takes to write one page, in nanoseconds
   */
  constructor(owners: number, queue: SwapQueue, writeNs: number) {
    this.#queue = queue;
    this.#writeNs = writeNs;
    this.#unwritten = new LruList(owners);
    this.#written = new LruList(owners);
    this.#missed = new LruList(owners);
    this.#lists = [this.#written, this.#missed, this.#unwritten];
  }

  /** All pages of the swap cache. */
  get pages(): Pages {
    return this.#unwritten.pages + this.#written.pages + this.#missed.pages;
  }

  /** Pages that are not written yet, as of the last `settle`. */
  get unwritten(): Pages {
    return this.#unwritten.pages;
  }

  /**
   * Adds pages that have just been unmapped. Returns true if the gathered pages are to be submitted now.
   */
  add(pages: Readonly<Piece>, gap: number): boolean {
    this.#unwritten.push(pages, gap);
    this.#gap = gap;
    this.#gathered += pages.hot + pages.cold;
    return this.#gathered >= this.#queue.plugPages;
  }

  /**
   * How many more pages of a huge page are gathered before they are submitted, if the last `later` pages do not count yet; at
   * least 0.
   */
  room(later: Pages): Pages {
    return Math.max(0, this.#queue.mergePages - (this.#gathered - later));
  }

  /**
   * Submits the gathered pages to the device, all but the last `later`; returns how long the caller has to wait for room in the
   * queue, in nanoseconds.
   */
  submit(nowUs: number, later: Pages = 0): Ns {
    const pages = this.#gathered - later;
    if (pages <= 0) return 0;
    this.#busyUntilUs = Math.max(this.#busyUntilUs, nowUs) + (pages * this.#writeNs) / 1000;
    this.#gathered -= pages;
    return Math.max(0, (this.#busyUntilUs - nowUs) * 1000 - this.#queue.depthPages * this.#writeNs);
  }

  /** Time until the device has written the next `pages` pages, in nanoseconds. */
  waitNs(nowUs: number, pages: Pages): number {
    const all = (this.#busyUntilUs - nowUs) * 1000;
    return Math.max(0, Math.min(all, pages * this.#writeNs));
  }

  /** Moves the pages that the device has written by now to the written ones. */
  settle(nowUs: number): void {
    this.#move(this.#writtenBy(nowUs), this.#written);
  }

  /**
   * Moves the pages that the device has written by now to the written ones, but those among the `held` pages that were added last to the
   * ones that missed their rotation: reclaim has them isolated, and now puts them back at the head of the inactive list.
   * @param ahead pages on the inactive list, which reclaim takes before
   */
  settleHeld(nowUs: number, held: Pages, ahead: Pages): void {
    const done = this.#writtenBy(nowUs);
    const rotated = Math.min(done, this.#unwritten.pages - held);
    this.#move(rotated, this.#written);
    if (done <= rotated) return;
    this.#turns.add(done - rotated, ahead, this.#missed.pages);
    this.#move(done - rotated, this.#missed);
  }

  /** Reclaim has taken so many other pages from the tail of the inactive list. */
  pass(pages: Pages): void {
    if (this.#missed.pages > 0) this.#turns.pass(pages);
  }

  /** Pages among the unwritten ones that the device has written by now. */
  #writtenBy(nowUs: number): Pages {
    const given = this.#unwritten.pages - this.#gathered;
    if (given === 0) return 0;
    const left = this.#busyUntilUs <= nowUs ? 0 : Math.ceil(((this.#busyUntilUs - nowUs) * 1000) / this.#writeNs);
    return Math.max(0, given - left);
  }

  #move(pages: Pages, to: LruList): void {
    const piece = this.#piece;
    for (let left = pages; left > 0; ) {
      left -= this.#unwritten.take(left, piece);
      to.push(piece, this.#gap);
    }
  }

  /**
   * Removes up to `count` written pages at the tail, of one segment, describes them in `piece`, and returns their number.
   * @param isEmpty whether no other pages are on the inactive list
   */
  take(count: Pages, piece: Piece, isEmpty = false): Pages {
    const taken = this.#written.take(count, piece);
    if (taken > 0 || this.#missed.pages === 0) return taken;
    const due = isEmpty ? count : Math.min(count, this.#turns.due(this.#missed.pages));
    const missed = due === 0 ? 0 : this.#missed.take(due, piece);
    this.#turns.take(missed);
    return missed;
  }

  /** Number of an owner's hot, or cold, pages. */
  pagesOf(owner: number, hot: boolean): Pages {
    return this.#lists.reduce((sum, list) => sum + list.pagesOf(owner, hot), 0);
  }

  /** Removes `count` of an owner's hot or cold pages, written ones first. */
  remove(owner: number, hot: boolean, count: Pages): void {
    this.#spread(count, owner, hot, (list, some) => list.remove(owner, hot, some));
    this.#gathered = Math.min(this.#gathered, this.#unwritten.pages);
  }

  /** Removes up to `count` hot pages that the owner's sweep has passed (see `LruList.takePassed`), written ones first. */
  takePassed(owner: number, sweep: number, count: Pages, piece: Piece): Pages {
    for (const list of this.#lists) {
      const pages = list.takePassed(owner, sweep, count, piece);
      this.#gathered = Math.min(this.#gathered, this.#unwritten.pages);
      if (pages > 0) return pages;
    }
    return 0;
  }

  /** Value of the sweep at which the owner touches the next of its hot pages here; Infinity if there are none. */
  nextDue(owner: number): number {
    return Math.min(this.#unwritten.nextDue(owner), this.#written.nextDue(owner), this.#missed.nextDue(owner));
  }

  /** Makes `count` of an owner's cold pages hot, or hot ones cold, written ones first. */
  rebalanceHotCold(owner: number, toHot: boolean, count: Pages, touches: Touches): void {
    this.#spread(count, owner, !toHot, (list, some) => list.rebalanceHotCold(owner, toHot, some, touches));
  }

  /** Has the lists give up `count` of an owner's hot or cold pages, in the order of `#lists`. */
  #spread(count: Pages, owner: number, hot: boolean, giveUp: (list: LruList, pages: Pages) => void): void {
    let left = count;
    for (const list of this.#lists) {
      const some = Math.min(left, list.pagesOf(owner, hot));
      giveUp(list, some);
      left -= some;
    }
  }

  /** Visits the segments; for checks. */
  forEach(visit: (segment: Readonly<Piece>) => void): void {
    for (const list of this.#lists) list.forEach(visit);
  }

  archive(a: Archive): void {
    for (const list of this.#lists) list.archive(a);
    this.#turns.archive(a);
    this.#gathered = a.number(this.#gathered);
    this.#gap = a.number(this.#gap);
    this.#busyUntilUs = a.number(this.#busyUntilUs);
  }
}
