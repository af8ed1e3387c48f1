/** Why a page at the tail of a list is treated as it is; bits of `LruList` flags. */
export const PageFlag = {
  /** PG_referenced: reclaim has seen it in use once, or it was read twice. */
  Referenced: 1,
  /** Has not been looked at since it was faulted in: its accessed bit is set, whoever touches it. */
  Fresh: 2,
  /** PG_workingset: has been on the active list. */
  Workingset: 4,
} as const;

/** A piece of a list: pages of one owner that came onto it together. `hot` ones are touched again and again. */
export interface Piece {
  owner: number;
  hot: number;
  cold: number;
  /** The owner's sweep when their accessed bits were last cleared (`Workload.sweep`). */
  stamp: number;
  flags: number;
}

/** A run of pages on a list, in the order in which they came. */
type Segment = Piece;

const MIN_SEGMENTS = 64;
const SEGMENTS_PER_OWNER = 32;
const FLAG_COMBINATIONS = 8;

/**
 * One of the kernel's LRU lists, run-length coded: pages that came together stay together as one segment, head to tail.
 * Whether a page has been touched is not stored but computed, when reclaim looks, from its owner's sweep over its working
 * set: that is what makes touching free of events.
 *
 * The number of segments is bounded: pages that are like those at the head join them, and when the list is full every two
 * segments of one kind become one.
 */
export class LruList {
  /** Pages on the list. */
  pages = 0;
  /** A ring of segments that are used again and again; the tail's is at `#tail`. */
  readonly #ring: Segment[];
  #tail = 0;
  #length = 0;
  /** For merging: the segment of each owner and flags that still looks for a partner. */
  readonly #single: (Segment | null)[];

  /** @param owners number of workloads whose pages can be on it */
  constructor(owners: number) {
    const capacity = Math.max(MIN_SEGMENTS, owners * SEGMENTS_PER_OWNER);
    this.#ring = Array.from({ length: capacity }, () => ({ owner: 0, hot: 0, cold: 0, stamp: 0, flags: 0 }));
    this.#single = new Array<Segment | null>(Math.max(1, owners) * FLAG_COMBINATIONS).fill(null);
  }

  /**
   * Adds pages at the head.
   * @param tolerance how far stamps may differ for pages to count as alike, in pages of sweep
   */
  push(owner: number, hot: number, cold: number, stamp: number, flags: number, tolerance: number): void {
    if (hot + cold === 0) return;
    this.pages += hot + cold;
    if (this.#length > 0) {
      const head = this.#at(this.#length - 1);
      if (head.owner === owner && head.flags === flags && Math.abs(head.stamp - stamp) <= tolerance) {
        join(head, hot, cold, stamp);
        return;
      }
      if (this.#length === this.#ring.length) this.#halve();
    }
    const segment = this.#at(this.#length++);
    segment.owner = owner;
    segment.hot = hot;
    segment.cold = cold;
    segment.stamp = stamp;
    segment.flags = flags;
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
      segment.hot -= piece.hot;
      segment.cold -= piece.cold;
    }
    this.pages -= pages;
    return pages;
  }

  /** Pages of an owner on the list: hot ones, or cold ones. */
  pagesOf(owner: number, hot: boolean): number {
    let sum = 0;
    for (let i = 0; i < this.#length; i++) {
      const segment = this.#at(i);
      if (segment.owner === owner) sum += hot ? segment.hot : segment.cold;
    }
    return sum;
  }

  /** Takes `count` of an owner's hot or cold pages off the list, in proportion from all over it. */
  remove(owner: number, hot: boolean, count: number): void {
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
      this.pages -= taken;
    }
    this.#dropEmpty();
  }

  /** Makes `count` of an owner's cold pages hot, or hot ones cold, in proportion all over the list. */
  recolour(owner: number, toHot: boolean, count: number): void {
    let left = count;
    let of = this.pagesOf(owner, !toHot);
    for (let i = 0; i < this.#length && left > 0; i++) {
      const segment = this.#at(i);
      if (segment.owner !== owner) continue;
      const here = toHot ? segment.cold : segment.hot;
      const moved = Math.min(here, Math.round((left * here) / of));
      segment.hot += toHot ? moved : -moved;
      segment.cold -= toHot ? moved : -moved;
      of -= here;
      left -= moved;
    }
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
      this.pages -= pages;
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
      join(partner, segment.hot, segment.cold, segment.stamp);
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

function copy(from: Segment, to: Piece): void {
  to.owner = from.owner;
  to.hot = from.hot;
  to.cold = from.cold;
  to.stamp = from.stamp;
  to.flags = from.flags;
}

/** Adds pages to a segment; its stamp becomes the mean of both, by pages. */
function join(segment: Segment, hot: number, cold: number, stamp: number): void {
  const here = segment.hot + segment.cold;
  const more = hot + cold;
  segment.stamp = (segment.stamp * here + stamp * more) / (here + more);
  segment.hot += hot;
  segment.cold += cold;
}

/** `mark_page_accessed`: the first read of an inactive page marks it referenced, the next one activates it. */
function rereadAt(segment: Segment, setSize: number): number {
  return segment.stamp + ((segment.flags & PageFlag.Referenced) !== 0 ? 1 : 2) * setSize;
}
