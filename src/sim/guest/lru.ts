import type { Archive, Archived } from "../state/archive.ts";
/** Why a page at the tail of a list is treated as it is; bits of `LruList` flags. */
export const PageFlag = {
  /** PG_referenced: reclaim has seen it in use once, or it was read twice. */
  Referenced: 1,
  /** Has not been looked at since it was faulted in: its accessed bit is set, whoever touches it. */
  Fresh: 2,
  /** PG_workingset: has been on the active list. */
  Workingset: 4,
  /** PG_reclaim of a page of a file: was dirty when reclaim came by. */
  Dirty: 8,
} as const;

/** A piece of a list: pages of one owner that came onto it together. `hot` ones are touched again and again. */
export interface Piece {
  owner: number;
  hot: number;
  cold: number;
  /**
   * Of anonymous pages: the owner's sweep (`WorkloadPages.sweep`) that comes next to the first hot one, from the tail, and
   * to the last one; those between lie evenly. Of pages of files: the sweep at which they were marked, twice the same.
   */
  from: number;
  to: number;
  flags: number;
}

/** A run of pages on a list, in the order in which they came. */
type Segment = Piece;

const MIN_SEGMENTS = 64;
const SEGMENTS_PER_OWNER = 32;
const FLAG_COMBINATIONS = 16;

/**
 * One of the kernel's LRU lists, run-length coded: pages that came together stay together as one segment, head to tail.
 * Whether a page has been touched is not stored but computed, when reclaim looks: it has if its owner's sweep over the
 * working set has come by. That is what makes touching free of events.
 *
 * The number of segments is bounded: pages that are like those at the head join them, and when the list is full every two
 * segments of one kind become one.
 */
export class LruList implements Archived {
  /** Pages on the list. */
  pages = 0;
  /** A ring of segments that are used again and again; the tail's is at `#tail`. */
  readonly #ring: Segment[];
  #tail = 0;
  #length = 0;
  /** For merging: the segment of each owner and flags that still looks for a partner. */
  readonly #single: (Segment | null)[];
  /** Pages of each owner, so that nobody has to add them up. */
  readonly #hot: number[];
  readonly #cold: number[];

  /** @param owners number of workloads whose pages can be on it */
  constructor(owners: number) {
    const capacity = Math.max(MIN_SEGMENTS, owners * SEGMENTS_PER_OWNER);
    this.#ring = Array.from({ length: capacity }, () => ({ owner: 0, hot: 0, cold: 0, from: 0, to: 0, flags: 0 }));
    this.#single = new Array<Segment | null>(Math.max(1, owners) * FLAG_COMBINATIONS).fill(null);
    this.#hot = new Array<number>(owners).fill(0);
    this.#cold = new Array<number>(owners).fill(0);
  }

  /**
   * Adds pages at the head.
   * @param gap how far `from` may be from the head's `to` for the pages to join those at the head, in pages of sweep
   */
  push(pages: Readonly<Piece>, gap: number): void {
    if (pages.hot + pages.cold === 0) return;
    this.#come(pages.owner, pages.hot, pages.cold);
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

  /** Takes up to `count` pages off the tail, all of one segment, into `piece`; returns how many. */
  take(count: number, piece: Piece): number {
    if (this.#length === 0) return 0;
    const segment = this.#at(0);
    const all = segment.hot + segment.cold;
    const pages = Math.min(count, all);
    copy(segment, piece);
    if (pages === all) this.#dropTail();
    else {
      // In proportion, but never more cold ones than there are.
      const inProportion = Math.min(Math.round((pages * segment.hot) / all), segment.hot, pages);
      piece.hot = Math.max(inProportion, pages - segment.cold);
      piece.cold = pages - piece.hot;
      if (piece.hot > 0) piece.to = segment.from + ((segment.to - segment.from) * piece.hot) / segment.hot;
      segment.from = piece.to;
      segment.hot -= piece.hot;
      segment.cold -= piece.cold;
    }
    this.#go(piece.owner, piece.hot, piece.cold);
    return pages;
  }

  /** Pages of an owner on the list: hot ones, or cold ones. */
  pagesOf(owner: number, hot: boolean): number {
    return (hot ? this.#hot : this.#cold)[owner] as number;
  }

  /** Takes `count` of an owner's hot or cold pages, no more than there are, off the list, in proportion from all over it. */
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
    this.#go(owner, hot ? count : 0, hot ? 0 : count);
    this.#dropEmpty();
  }

  /**
   * Makes `count` of an owner's cold pages hot, or hot ones cold, no more than there are, in proportion all over the list.
   * Where all were cold the sweep comes to the hot ones between `from` and `to`.
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
    this.#go(owner, toHot ? 0 : count, toHot ? count : 0);
    this.#come(owner, toHot ? count : 0, toHot ? 0 : count);
  }

  /**
   * Takes hot pages of an owner off the list that the sweep has come by, up to `count`, all of one segment, into `piece`;
   * returns how many, 0 if there are none.
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
      this.#go(owner, pages, 0);
      this.#dropEmpty();
      return pages;
    }
    return 0;
  }

  /** The sweep that comes to the first of an owner's hot pages; Infinity if there are none. */
  nextDue(owner: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#length; i++) {
      const segment = this.#at(i);
      if (segment.owner === owner && segment.hot > 0) next = Math.min(next, segment.from);
    }
    return next;
  }

  /**
   * Takes one segment of an owner off the list whose pages have been read again since they were marked: those that the
   * kernel would have activated at that moment. Returns its pages, 0 if there is none.
   */
  takeReread(owner: number, sweep: number, setSize: number, piece: Piece): number {
    for (let i = 0; i < this.#length; i++) {
      const segment = this.#at(i);
      if (segment.owner !== owner || rereadAt(segment, setSize) > sweep) continue;
      copy(segment, piece);
      const pages = piece.hot + piece.cold;
      segment.hot = 0;
      segment.cold = 0;
      this.#go(owner, piece.hot, piece.cold);
      this.#dropEmpty();
      return pages;
    }
    return 0;
  }

  /** The sweep at which the first of an owner's segments will have been read again often enough; Infinity if none. */
  nextReread(owner: number, setSize: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#length; i++) {
      const segment = this.#at(i);
      if (segment.owner === owner) next = Math.min(next, rereadAt(segment, setSize));
    }
    return next;
  }

  /** Shows its segments, from the tail; for checks. */
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
      this.#come(segment.owner, segment.hot, segment.cold);
    }
  }

  /** Pages of an owner come onto the list. Taking some off by their negative would make a 0 into -0, which V8 boxes. */
  #come(owner: number, hot: number, cold: number): void {
    this.#hot[owner] = (this.#hot[owner] as number) + hot;
    this.#cold[owner] = (this.#cold[owner] as number) + cold;
    this.pages += hot + cold;
  }

  /** Pages of an owner go off it. */
  #go(owner: number, hot: number, cold: number): void {
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

  /** Joins every second segment of each kind (owner and flags) to the one of its kind before it. */
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

  /** Closes the gaps that emptied segments leave. */
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

/** Adds pages to a segment; where both were marked at one moment each, that becomes the mean of both, by pages. */
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

/** How many hot pages of a piece the owner's sweep has come by. */
export function passed(piece: Piece, sweep: number): number {
  if (sweep >= piece.to) return piece.hot;
  if (sweep <= piece.from) return 0;
  return Math.round((piece.hot * (sweep - piece.from)) / (piece.to - piece.from));
}

/** `mark_page_accessed`: the first read of an inactive page marks it referenced, the next one activates it. */
function rereadAt(segment: Segment, setSize: number): number {
  return segment.to + ((segment.flags & PageFlag.Referenced) !== 0 ? 1 : 2) * setSize;
}
