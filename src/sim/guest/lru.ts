import type { Archive, Archived } from "../state/archive.ts";

/** The page flags by which reclaim treats a page at the tail of a list; bits of `Piece.flags`. */
export const PageFlag = {
  /** PG_referenced: reclaim has found the page accessed once, or it was read again. */
  Referenced: 1,
  /** Not scanned since it was faulted in: its accessed bit is set, hot or cold. */
  Fresh: 2,
  /** PG_workingset: the page has been on the active list. */
  Workingset: 4,
  /** PG_reclaim, of a page of a file: reclaim has scanned the page and found it dirty. */
  Dirty: 8,
} as const;

/** Consecutive pages of one owner on a list. Its `hot` pages belong to the working set, its `cold` ones do not. */
export interface Piece {
  /** Index of the workload. */
  owner: number;
  hot: number;
  cold: number;
  /**
   * Anonymous pages: the values of the owner's sweep (`WorkloadPages.sweep`) at which it touches the first hot page,
   * counted from the tail, and the last one; the others lie evenly between. Pages of files: the sweep over the files at
   * which they were marked, in both fields.
   */
  from: number;
  to: number;
  /** Bits of `PageFlag`. */
  flags: number;
}

/** A piece as the list stores it. */
type Segment = Piece;

const MIN_SEGMENTS = 64;
const SEGMENTS_PER_OWNER = 32;
const FLAG_COMBINATIONS = 16;

/**
 * One of the kernel's LRU lists, run-length coded: pages that were added together form one segment. The list does not
 * store whether a page has been touched. It computes that when reclaim scans the page: the page was touched if its
 * owner's sweep has passed it. Therefore touching needs no events.
 *
 * The number of segments is bounded. Added pages join the segment at the head if owner, flags and sweep agree; a full
 * list merges its segments in pairs of the same owner and flags.
 */
export class LruList implements Archived {
  /** Pages on the list. */
  pages = 0;
  /** A ring of reused segments; the segment at the list's tail has the index `#tail`. */
  readonly #ring: Segment[];
  #tail = 0;
  #length = 0;
  /** For `#halve`: the segment of each owner and flags that has no partner yet. */
  readonly #single: (Segment | null)[];
  /** Sums of each owner's pages on this list. */
  readonly #hot: number[];
  readonly #cold: number[];

  /** @param owners number of workloads */
  constructor(owners: number) {
    const capacity = Math.max(MIN_SEGMENTS, owners * SEGMENTS_PER_OWNER);
    this.#ring = Array.from({ length: capacity }, () => ({ owner: 0, hot: 0, cold: 0, from: 0, to: 0, flags: 0 }));
    this.#single = new Array<Segment | null>(Math.max(1, owners) * FLAG_COMBINATIONS).fill(null);
    this.#hot = new Array<number>(owners).fill(0);
    this.#cold = new Array<number>(owners).fill(0);
  }

  /**
   * Adds pages at the head.
   * @param pages copied; the caller may reuse the object
   * @param gap largest distance between `pages.from` and the head's `to` at which the pages join the head, in pages of
   * sweep
   */
  push(pages: Readonly<Piece>, gap: number): void {
    if (pages.hot + pages.cold === 0) return;
    this.#countAdded(pages.owner, pages.hot, pages.cold);
    if (this.#length > 0) {
      const head = this.#at(this.#length - 1);
      const follows = head.hot === 0 || pages.hot === 0 || Math.abs(head.to - pages.from) <= gap;
      if (head.owner === pages.owner && head.flags === pages.flags && follows) {
        join(head, pages);
        return;
      }
      if (this.#length === this.#ring.length) this.#halve();
    }
    copy(pages, this.#at(this.#length++));
  }

  /** Removes up to `count` pages of the segment at the tail, describes them in `piece`, and returns their number. */
  take(count: number, piece: Piece): number {
    if (this.#length === 0) return 0;
    const segment = this.#at(0);
    const all = segment.hot + segment.cold;
    const pages = Math.min(count, all);
    copy(segment, piece);
    if (pages === all) this.#dropTail();
    else {
      // Hot and cold in proportion; rounding must not take more cold pages than the segment has.
      const inProportion = Math.min(Math.round((pages * segment.hot) / all), segment.hot, pages);
      piece.hot = Math.max(inProportion, pages - segment.cold);
      piece.cold = pages - piece.hot;
      if (piece.hot > 0) piece.to = segment.from + ((segment.to - segment.from) * piece.hot) / segment.hot;
      segment.from = piece.to;
      segment.hot -= piece.hot;
      segment.cold -= piece.cold;
    }
    this.#countRemoved(piece.owner, piece.hot, piece.cold);
    return pages;
  }

  /** Number of an owner's hot, or cold, pages on the list. */
  pagesOf(owner: number, hot: boolean): number {
    return (hot ? this.#hot : this.#cold)[owner] as number;
  }

  /** Removes `count` of an owner's hot or cold pages (at most all of them), from each segment in proportion. */
  remove(owner: number, hot: boolean, count: number): void {
    if (count === 0) return;
    let left = count;
    let of = this.pagesOf(owner, hot);
    for (let i = 0; i < this.#length && left > 0; i++) {
      const segment = this.#at(i);
      if (segment.owner !== owner) continue;
      const here = hot ? segment.hot : segment.cold;
      const taken = Math.min(here, Math.round((left * here) / of));
      if (hot) segment.hot -= taken;
      else segment.cold -= taken;
      of -= here;
      left -= taken;
    }
    this.#countRemoved(owner, hot ? count : 0, hot ? 0 : count);
    this.#dropEmpty();
  }

  /**
   * Makes `count` of an owner's cold pages hot, or hot ones cold (at most all of them), in each segment in proportion.
   * In a segment without hot pages the new ones get `from` and `to` as the values of the sweep that touch them.
   */
  rebalanceHotCold(owner: number, toHot: boolean, count: number, from: number, to: number): void {
    let left = count;
    let of = this.pagesOf(owner, !toHot);
    for (let i = 0; i < this.#length && left > 0; i++) {
      const segment = this.#at(i);
      if (segment.owner !== owner) continue;
      const here = toHot ? segment.cold : segment.hot;
      const moved = Math.min(here, Math.round((left * here) / of));
      if (segment.hot === 0) {
        segment.from = from;
        segment.to = to;
      }
      segment.hot += toHot ? moved : -moved;
      segment.cold -= toHot ? moved : -moved;
      of -= here;
      left -= moved;
    }
    this.#countRemoved(owner, toHot ? 0 : count, toHot ? count : 0);
    this.#countAdded(owner, toHot ? count : 0, toHot ? 0 : count);
  }

  /**
   * Removes up to `count` hot pages that the owner's sweep has passed, all of one segment, describes them in `piece`, and
   * returns their number; 0 if there are none.
   */
  takePassed(owner: number, sweep: number, count: number, piece: Piece): number {
    for (let i = 0; i < this.#length; i++) {
      const segment = this.#at(i);
      if (segment.owner !== owner) continue;
      const pages = Math.min(count, passed(segment, sweep));
      if (pages === 0) continue;
      copy(segment, piece);
      piece.hot = pages;
      piece.cold = 0;
      piece.to = segment.from + ((segment.to - segment.from) * pages) / segment.hot;
      segment.from = piece.to;
      segment.hot -= pages;
      this.#countRemoved(owner, pages, 0);
      this.#dropEmpty();
      return pages;
    }
    return 0;
  }

  /** Value of the sweep that touches the first of an owner's hot pages; Infinity if there are none. */
  nextDue(owner: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#length; i++) {
      const segment = this.#at(i);
      if (segment.owner === owner && segment.hot > 0) next = Math.min(next, segment.from);
    }
    return next;
  }

  /**
   * Removes one segment of an owner whose pages have been read again since they were marked: the kernel activates them at
   * that read. Describes it in `piece` and returns its number of pages; 0 if there is no such segment.
   */
  takeReread(owner: number, sweep: number, setSize: number, piece: Piece): number {
    for (let i = 0; i < this.#length; i++) {
      const segment = this.#at(i);
      if (segment.owner !== owner || rereadAt(segment, setSize) > sweep) continue;
      copy(segment, piece);
      const pages = piece.hot + piece.cold;
      segment.hot = 0;
      segment.cold = 0;
      this.#countRemoved(owner, piece.hot, piece.cold);
      this.#dropEmpty();
      return pages;
    }
    return 0;
  }

  /**
   * Value of the sweep over the files at which `takeReread` finds the owner's next segment; Infinity if there is none.
   */
  nextReread(owner: number, setSize: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#length; i++) {
      const segment = this.#at(i);
      if (segment.owner === owner) next = Math.min(next, rereadAt(segment, setSize));
    }
    return next;
  }

  /** Visits the segments, from the tail; for checks. */
  forEach(visit: (segment: Readonly<Piece>) => void): void {
    for (let i = 0; i < this.#length; i++) visit(this.#at(i));
  }

  archive(a: Archive): void {
    this.#tail = a.number(this.#tail);
    this.#length = a.number(this.#length);
    this.#hot.fill(0);
    this.#cold.fill(0);
    this.pages = 0;
    for (let i = 0; i < this.#length; i++) {
      const segment = this.#at(i);
      segment.owner = a.number(segment.owner);
      segment.hot = a.number(segment.hot);
      segment.cold = a.number(segment.cold);
      segment.from = a.number(segment.from);
      segment.to = a.number(segment.to);
      segment.flags = a.number(segment.flags);
      this.#countAdded(segment.owner, segment.hot, segment.cold);
    }
  }

  /** Counts added pages of an owner. Negative counts would turn 0 into -0, which V8 boxes: see `#countRemoved`. */
  #countAdded(owner: number, hot: number, cold: number): void {
    this.#hot[owner] = (this.#hot[owner] as number) + hot;
    this.#cold[owner] = (this.#cold[owner] as number) + cold;
    this.pages += hot + cold;
  }

  /** Counts removed pages of an owner. */
  #countRemoved(owner: number, hot: number, cold: number): void {
    this.#hot[owner] = (this.#hot[owner] as number) - hot;
    this.#cold[owner] = (this.#cold[owner] as number) - cold;
    this.pages -= hot + cold;
  }

  /** The i-th segment from the tail. */
  #at(i: number): Segment {
    const at = this.#tail + i;
    const ring = this.#ring;
    return ring[at < ring.length ? at : at - ring.length] as Segment;
  }

  #dropTail(): void {
    this.#tail = this.#tail + 1 === this.#ring.length ? 0 : this.#tail + 1;
    this.#length--;
  }

  /** Merges every second segment of the same owner and flags into the one before it. */
  #halve(): void {
    const single = this.#single.fill(null);
    for (let i = 0; i < this.#length; i++) {
      const segment = this.#at(i);
      const kind = segment.owner * FLAG_COMBINATIONS + segment.flags;
      const partner = single[kind] as Segment | null;
      single[kind] = partner === null ? segment : null;
      if (partner === null) continue;
      join(partner, segment);
      segment.hot = 0;
      segment.cold = 0;
    }
    this.#dropEmpty();
  }

  /** Removes empty segments. */
  #dropEmpty(): void {
    let to = 0;
    for (let i = 0; i < this.#length; i++) {
      const segment = this.#at(i);
      if (segment.hot + segment.cold === 0) continue;
      if (to !== i) copy(segment, this.#at(to));
      to++;
    }
    this.#length = to;
  }
}

function copy(from: Readonly<Piece>, to: Piece): void {
  to.owner = from.owner;
  to.hot = from.hot;
  to.cold = from.cold;
  to.from = from.from;
  to.to = from.to;
  to.flags = from.flags;
}

/**
 * Adds pages to a segment. If both were marked at a single value of the sweep, the result has their mean, weighted by
 * pages.
 */
function join(segment: Segment, { hot, cold, from, to }: Readonly<Piece>): void {
  if (segment.hot === 0 || hot === 0) {
    if (hot > 0) {
      segment.from = from;
      segment.to = to;
    }
  } else if (from === to && segment.from === segment.to) {
    segment.from = (segment.from * segment.hot + from * hot) / (segment.hot + hot);
    segment.to = segment.from;
  } else {
    segment.from = Math.min(segment.from, from);
    segment.to = Math.max(segment.to, to);
  }
  segment.hot += hot;
  segment.cold += cold;
}

/** How many hot pages of a piece the owner's sweep has passed. */
export function passed(piece: Piece, sweep: number): number {
  if (sweep >= piece.to) return piece.hot;
  if (sweep <= piece.from) return 0;
  return Math.round((piece.hot * (sweep - piece.from)) / (piece.to - piece.from));
}

/**
 * Value of the sweep over the files at which the read that activates a segment has happened (`mark_page_accessed`): the
 * first read of an inactive page marks it as referenced, the next one activates it.
 */
function rereadAt(segment: Segment, setSize: number): number {
  return segment.to + ((segment.flags & PageFlag.Referenced) !== 0 ? 1 : 2) * setSize;
}
