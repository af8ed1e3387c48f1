import type { Pages } from "../../common/units.ts";
import type { Sweep } from "./units.ts";

/** Page flags that decide what reclaim does with a page; bits of `Piece.flags`. */
export const PageFlag = {
  /**
   * PG_referenced. Of an anonymous page, with the classic LRU alone: a scan on the inactive list has found it accessed once.
   * Of a file page: a read has marked it (a write, too, where `KernelProfile.writesActivate`); reclaim that deactivates the
   * page keeps the mark or sets it by the reads since then.
   */
  Referenced: 1,
  /** The accessed bit is set in all pages, cold ones too: they were faulted in and not scanned since. */
  Fresh: 2,
  /** PG_workingset: the page has been active before. Set at deactivation, and at a refault of such a page. */
  Workingset: 4,
  /**
   * PG_reclaim, for a file page: reclaim has scanned the page and found it dirty. It stays set when the page is
   * written.
   */
  Dirty: 8,
  /** The same bit, for an anonymous page in the swap cache: it is of a huge page that was split. */
  Split: 8,
  /**
   * The pages are huge ones of `HUGE_PAGE` pages, each mapped as a whole: reclaim scans a huge page as one, and it has one
   * accessed bit. Hot and cold pages together are a multiple of `HUGE_PAGE`; hot pages that are none share their last huge
   * page with cold ones, which count as accessed with them.
   */
  Huge: 16,
} as const;

/** Pages of a huge page: 2 MiB, which is a pageblock, too. */
export const HUGE_PAGE: Pages = 512;

/** Number of huge pages that contain so many pages. */
export const hugePagesOf = (pages: Pages): number => Math.ceil(pages / HUGE_PAGE);

/** Number of pages of the huge pages that contain so many pages. */
export const wholeHuge = (pages: Pages): Pages => hugePagesOf(pages) * HUGE_PAGE;

/** How many of `cold` pages are in the last of the huge pages that contain `hot` pages. */
export const coldBeside = (hot: Pages, cold: Pages): Pages => Math.min(cold, wholeHuge(hot) - hot);

/** Values of a workload's sweep at which it touches the first and the last of some hot pages. */
export interface Touches {
  readonly from: Sweep;
  readonly to: Sweep;
}

/**
 * Pages of one owner. Its `hot` pages belong to the working set, its `cold` pages do not; the two are interleaved
 * evenly. File pages count as hot.
 */
export interface Piece {
  /** Index of the workload. */
  owner: number;
  hot: Pages;
  cold: Pages;
  /**
   * Anonymous pages: the values of the owner's sweep (`WorkloadPages.sweep`) at which it touches the first hot page
   * (the one nearest to the list's tail) and the last hot page next; values between are interpolated. A hot page is
   * accessed if the sweep has passed its value. File pages: the file sweep at which they were put on the list; equal in
   * both fields unless segments were merged.
   */
  from: Sweep;
  to: Sweep;
  /** Bits of `PageFlag`. */
  flags: number;
}

/**
 * Creates an empty piece for repeated use: reclaim moves pieces so often that a new one for each move would double the
 * garbage of a run.
 */
export const createPiece = (): Piece => ({ owner: 0, hot: 0, cold: 0, from: 0, to: 0, flags: 0 });

/** Copies a piece into another. */
export function copy(from: Readonly<Piece>, to: Piece): void {
  to.owner = from.owner;
  to.hot = from.hot;
  to.cold = from.cold;
  to.from = from.from;
  to.to = from.to;
  to.flags = from.flags;
}

/**
 * Adds pages to a piece. Values of the sweep: those of the part with hot pages if only one has any; the mean,
 * weighted by pages, if both parts have a single value; else the range that covers both.
 */
export function join(piece: Piece, { hot, cold, from, to }: Readonly<Piece>): void {
  if (piece.hot === 0 || hot === 0) {
    if (hot > 0) {
      piece.from = from;
      piece.to = to;
    }
  } else if (from === to && piece.from === piece.to) {
    piece.from = (piece.from * piece.hot + from * hot) / (piece.hot + hot);
    piece.to = piece.from;
  } else {
    piece.from = Math.min(piece.from, from);
    piece.to = Math.max(piece.to, to);
  }
  piece.hot += hot;
  piece.cold += cold;
}

/** Hot pages among `pages` of a piece: in proportion, and no more hot or cold ones than the piece has. */
export function hotPart(pages: Pages, { hot, cold }: Readonly<Piece>): Pages {
  // Most pieces have one of both: no division for them.
  if (cold === 0) return pages;
  if (hot === 0) return 0;
  return Math.max(Math.min(Math.round((pages * hot) / (hot + cold)), hot, pages), pages - cold);
}

/** Number of hot pages of a piece that the owner's sweep has passed; of a huge page, all as soon as it has passed one. */
export function passed(piece: Piece, sweep: Sweep): Pages {
  if (sweep >= piece.to) return piece.hot;
  if (sweep <= piece.from) return 0;
  const pages = Math.round((piece.hot * (sweep - piece.from)) / (piece.to - piece.from));
  return (piece.flags & PageFlag.Huge) === 0 ? pages : Math.min(piece.hot, wholeHuge(pages));
}
