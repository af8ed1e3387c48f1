import type { Archive, Archived } from "../state/archive.ts";
import type { SwapQueue } from "../trace/types.ts";
import { LruList, type Piece } from "./lru.ts";

/**
 * The swap cache as reclaim fills it: anonymous pages that are unmapped and have their place in swap, but are still in
 * memory. The device writes one after the other; then they wait at the tail of the inactive list for the next one who
 * reclaims, who frees them (mm/page_io.c `end_swap_bio_write()`, mm/swap.c `folio_rotate_reclaimable()`).
 *
 * No write is an event: how far the device has come is computed when somebody wants to know.
 */
export class SwapCache implements Archived {
  readonly #queue: SwapQueue;
  readonly #writeNs: number;
  readonly #unwritten: LruList;
  readonly #written: LruList;
  readonly #piece: Piece = { owner: 0, hot: 0, cold: 0, from: 0, to: 0, flags: 0 };
  /** The youngest unwritten pages, which nobody has handed to the device yet. */
  #gathered = 0;
  /** How far apart the sweep may come to pages that are joined. */
  #gap = 0;
  /** When the device will have written all it was given, in microseconds. */
  #busyUntilUs = 0;

  /**
   * @param owners number of workloads
   * @param writeNs what the device takes to write a page, in nanoseconds
   */
  constructor(owners: number, queue: SwapQueue, writeNs: number) {
    this.#queue = queue;
    this.#writeNs = writeNs;
    this.#unwritten = new LruList(owners);
    this.#written = new LruList(owners);
  }

  /** All its pages. */
  get pages(): number {
    return this.#unwritten.pages + this.#written.pages;
  }

  /** Pages that are not written yet, as of the last `settle`. */
  get unwritten(): number {
    return this.#unwritten.pages;
  }

  /**
   * Adds pages that have just been unmapped, with the sweep that comes to them (see `Piece`); true once so many are
   * gathered that they are to be handed over.
   */
  add(pages: Readonly<Piece>, gap: number): boolean {
    this.#unwritten.push(pages, gap);
    this.#gap = gap;
    this.#gathered += pages.hot + pages.cold;
    return this.#gathered >= this.#queue.plugPages;
  }

  /** Hands what is gathered to the device; returns how long whoever does so has to wait for it, in nanoseconds. */
  submit(nowUs: number): number {
    if (this.#gathered === 0) return 0;
    this.#busyUntilUs = Math.max(this.#busyUntilUs, nowUs) + (this.#gathered * this.#writeNs) / 1000;
    this.#gathered = 0;
    return Math.max(0, (this.#busyUntilUs - nowUs) * 1000 - this.#queue.depthPages * this.#writeNs);
  }

  /** How long the device takes for the next `pages` pages, in nanoseconds. */
  waitNs(nowUs: number, pages: number): number {
    const all = (this.#busyUntilUs - nowUs) * 1000;
    return Math.max(0, Math.min(all, pages * this.#writeNs));
  }

  /** Brings up to now which pages are written. */
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

  /** Takes up to `count` written pages of one kind out, into `piece`; returns how many. */
  take(count: number, piece: Piece): number {
    return this.#written.take(count, piece);
  }

  /** Pages of an owner, hot or cold ones. */
  pagesOf(owner: number, hot: boolean): number {
    return this.#unwritten.pagesOf(owner, hot) + this.#written.pagesOf(owner, hot);
  }

  /** Takes `count` of an owner's hot or cold pages out, written ones first. */
  remove(owner: number, hot: boolean, count: number): void {
    const written = Math.min(count, this.#written.pagesOf(owner, hot));
    this.#written.remove(owner, hot, written);
    this.#unwritten.remove(owner, hot, count - written);
    this.#gathered = Math.min(this.#gathered, this.#unwritten.pages);
  }

  /** Takes hot pages of an owner out that its sweep has come by, up to `count`, of one kind, into `piece`; returns how many. */
  takePassed(owner: number, sweep: number, count: number, piece: Piece): number {
    const written = this.#written.takePassed(owner, sweep, count, piece);
    if (written > 0) return written;
    const pages = this.#unwritten.takePassed(owner, sweep, count, piece);
    this.#gathered = Math.min(this.#gathered, this.#unwritten.pages);
    return pages;
  }

  /** The sweep that comes to the first of an owner's hot pages; Infinity if there are none. */
  nextDue(owner: number): number {
    return Math.min(this.#unwritten.nextDue(owner), this.#written.nextDue(owner));
  }

  /** Makes `count` of an owner's cold pages hot, or hot ones cold, written ones first. */
  rebalanceHotCold(owner: number, toHot: boolean, count: number, from: number, to: number): void {
    const written = Math.min(count, this.#written.pagesOf(owner, !toHot));
    this.#written.rebalanceHotCold(owner, toHot, written, from, to);
    this.#unwritten.rebalanceHotCold(owner, toHot, count - written, from, to);
  }

  /** Shows its runs of pages; for checks. */
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
