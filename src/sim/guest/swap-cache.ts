import type { Ns, Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { SwapQueue } from "../trace/types.ts";
import { LruList } from "./lru.ts";
import { createPiece, type Piece, type Touches } from "./piece.ts";

/**
 * The swap cache: anonymous pages that reclaim has unmapped, that have a slot of swap, and that are still in memory.
 * The device writes them one after the other. A written page waits at the tail of the inactive list until the next pass
 * frees it (mm/page_io.c `end_swap_bio_write()`, mm/swap.c `folio_rotate_reclaimable()`); `take` removes such pages.
 *
 * Writes cause no events: `settle` computes the device's progress.
 */
export class SwapCache implements Archived {
  readonly #queue: SwapQueue;
  readonly #writeNs: number;
  readonly #unwritten: LruList;
  readonly #written: LruList;
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
  }

  /** All pages of the swap cache. */
  get pages(): Pages {
    return this.#unwritten.pages + this.#written.pages;
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
   * Submits the gathered pages to the device; returns how long the caller has to wait for room in the queue, in
   * nanoseconds.
   */
  submit(nowUs: number): Ns {
    if (this.#gathered === 0) return 0;
    this.#busyUntilUs = Math.max(this.#busyUntilUs, nowUs) + (this.#gathered * this.#writeNs) / 1000;
    this.#gathered = 0;
    return Math.max(0, (this.#busyUntilUs - nowUs) * 1000 - this.#queue.depthPages * this.#writeNs);
  }

  /** Time until the device has written the next `pages` pages, in nanoseconds. */
  waitNs(nowUs: number, pages: Pages): number {
    const all = (this.#busyUntilUs - nowUs) * 1000;
    return Math.max(0, Math.min(all, pages * this.#writeNs));
  }

  /** Moves the pages that the device has written by now to the written ones. */
  settle(nowUs: number): void {
    const given = this.#unwritten.pages - this.#gathered;
    if (given === 0) return;
    const left = this.#busyUntilUs <= nowUs ? 0 : Math.ceil(((this.#busyUntilUs - nowUs) * 1000) / this.#writeNs);
    const piece = this.#piece;
    for (let done = given - left; done > 0; ) {
      done -= this.#unwritten.take(done, piece);
      this.#written.push(piece, this.#gap);
    }
  }

  /** Removes up to `count` written pages of one segment, describes them in `piece`, and returns their number. */
  take(count: Pages, piece: Piece): Pages {
    return this.#written.take(count, piece);
  }

  /** Number of an owner's hot, or cold, pages. */
  pagesOf(owner: number, hot: boolean): Pages {
    return this.#unwritten.pagesOf(owner, hot) + this.#written.pagesOf(owner, hot);
  }

  /** Removes `count` of an owner's hot or cold pages, written ones first. */
  remove(owner: number, hot: boolean, count: Pages): void {
    const written = Math.min(count, this.#written.pagesOf(owner, hot));
    this.#written.remove(owner, hot, written);
    this.#unwritten.remove(owner, hot, count - written);
    this.#gathered = Math.min(this.#gathered, this.#unwritten.pages);
  }

  /** Removes up to `count` hot pages that the owner's sweep has passed (see `LruList.takePassed`), written ones first. */
  takePassed(owner: number, sweep: number, count: Pages, piece: Piece): Pages {
    const written = this.#written.takePassed(owner, sweep, count, piece);
    if (written > 0) return written;
    const pages = this.#unwritten.takePassed(owner, sweep, count, piece);
    this.#gathered = Math.min(this.#gathered, this.#unwritten.pages);
    return pages;
  }

  /** Value of the sweep at which the owner touches the next of its hot pages here; Infinity if there are none. */
  nextDue(owner: number): number {
    return Math.min(this.#unwritten.nextDue(owner), this.#written.nextDue(owner));
  }

  /** Makes `count` of an owner's cold pages hot, or hot ones cold, written ones first. */
  rebalanceHotCold(owner: number, toHot: boolean, count: Pages, touches: Touches): void {
    const written = Math.min(count, this.#written.pagesOf(owner, !toHot));
    this.#written.rebalanceHotCold(owner, toHot, written, touches);
    this.#unwritten.rebalanceHotCold(owner, toHot, count - written, touches);
  }

  /** Visits the segments; for checks. */
  forEach(visit: (segment: Readonly<Piece>) => void): void {
    this.#unwritten.forEach(visit);
    this.#written.forEach(visit);
  }

  archive(a: Archive): void {
    this.#unwritten.archive(a);
    this.#written.archive(a);
    this.#gathered = a.number(this.#gathered);
    this.#gap = a.number(this.#gap);
    this.#busyUntilUs = a.number(this.#busyUntilUs);
  }
}
