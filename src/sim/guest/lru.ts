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

const MIN_SEGMENTS = 64;
const SEGMENTS_PER_OWNER = 32;

// Columns of a segment.
const OWNER = 0;
const HOT = 1;
const COLD = 2;
const STAMP = 3;
const FLAGS = 4;
const WIDTH = 5;

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
  readonly #capacity: number;
  /** Segments from the tail to the head, `WIDTH` numbers each. */
  readonly #segments: Float64Array;
  /** Where the tail's segment begins, and where the head's ends. */
  #begin = 0;
  #end = 0;
  /** For merging: where the last segment of each owner and flags was put. */
  readonly #last: Int32Array;

  /** @param owners number of workloads whose pages can be on it */
  constructor(owners: number) {
    this.#capacity = Math.max(MIN_SEGMENTS, owners * SEGMENTS_PER_OWNER) * WIDTH;
    this.#segments = new Float64Array(2 * this.#capacity);
    this.#last = new Int32Array(Math.max(1, owners) * FLAG_COMBINATIONS);
  }

  /**
   * Adds pages at the head.
   * @param tolerance how far stamps may differ for pages to count as alike, in pages of sweep
   */
  push(owner: number, hot: number, cold: number, stamp: number, flags: number, tolerance: number): void {
    if (hot + cold === 0) return;
    this.pages += hot + cold;
    const segments = this.#segments;
    const head = this.#end - WIDTH;
    if (head >= this.#begin && segments[head + OWNER] === owner && segments[head + FLAGS] === flags) {
      const apart = (segments[head + STAMP] as number) - stamp;
      if (apart <= tolerance && -apart <= tolerance) {
        this.#join(head, hot, cold, stamp);
        return;
      }
    }
    if (this.#end - this.#begin === this.#capacity) this.#halve();
    if (this.#end === segments.length) {
      segments.copyWithin(0, this.#begin, this.#end);
      this.#end -= this.#begin;
      this.#begin = 0;
    }
    const at = this.#end;
    segments[at + OWNER] = owner;
    segments[at + HOT] = hot;
    segments[at + COLD] = cold;
    segments[at + STAMP] = stamp;
    segments[at + FLAGS] = flags;
    this.#end = at + WIDTH;
  }

  /** Takes up to `count` pages off the tail, all of one segment, into `piece`; returns how many. */
  take(count: number, piece: Piece): number {
    const at = this.#begin;
    if (at === this.#end) return 0;
    const segments = this.#segments;
    const hot = segments[at + HOT] as number;
    const cold = segments[at + COLD] as number;
    const pages = Math.min(count, hot + cold);
    // In proportion, but never more cold ones than there are.
    const takenHot = Math.max(Math.min(Math.round((pages * hot) / (hot + cold)), hot, pages), pages - cold);
    piece.owner = segments[at + OWNER] as number;
    piece.hot = takenHot;
    piece.cold = pages - takenHot;
    piece.stamp = segments[at + STAMP] as number;
    piece.flags = segments[at + FLAGS] as number;
    segments[at + HOT] = hot - takenHot;
    segments[at + COLD] = cold - piece.cold;
    this.pages -= pages;
    if (pages === hot + cold) this.#begin = at + WIDTH;
    return pages;
  }

  /** Pages of an owner on the list: hot ones, or cold ones. */
  pagesOf(owner: number, hot: boolean): number {
    const segments = this.#segments;
    const column = hot ? HOT : COLD;
    let sum = 0;
    for (let at = this.#begin; at < this.#end; at += WIDTH) {
      if (segments[at + OWNER] === owner) sum += segments[at + column] as number;
    }
    return sum;
  }

  /** Takes `count` of an owner's hot or cold pages off the list, in proportion from all over it. */
  remove(owner: number, hot: boolean, count: number): void {
    if (count === 0) return;
    const segments = this.#segments;
    const column = hot ? HOT : COLD;
    let left = count;
    let of = this.pagesOf(owner, hot);
    for (let at = this.#begin; at < this.#end && left > 0; at += WIDTH) {
      if (segments[at + OWNER] !== owner) continue;
      const here = segments[at + column] as number;
      const taken = Math.min(here, Math.round((left * here) / of));
      segments[at + column] = here - taken;
      of -= here;
      left -= taken;
      this.pages -= taken;
    }
    this.#dropEmpty();
  }

  /** Makes `count` of an owner's cold pages hot, or hot ones cold, in proportion all over the list. */
  recolour(owner: number, toHot: boolean, count: number): void {
    if (count === 0) return;
    const segments = this.#segments;
    const from = toHot ? COLD : HOT;
    const to = toHot ? HOT : COLD;
    let left = count;
    let of = this.pagesOf(owner, !toHot);
    for (let at = this.#begin; at < this.#end && left > 0; at += WIDTH) {
      if (segments[at + OWNER] !== owner) continue;
      const here = segments[at + from] as number;
      const moved = Math.min(here, Math.round((left * here) / of));
      segments[at + from] = here - moved;
      segments[at + to] = (segments[at + to] as number) + moved;
      of -= here;
      left -= moved;
    }
  }

  /**
   * Takes one segment of an owner off the list whose pages have been read again since they were marked: those that the
   * kernel would have activated at that moment. Returns its pages, 0 if there is none.
   */
  takeReread(owner: number, sweep: number, setSize: number, piece: Piece): number {
    const segments = this.#segments;
    for (let at = this.#begin; at < this.#end; at += WIDTH) {
      if (segments[at + OWNER] !== owner || this.#rereadAt(at, setSize) > sweep) continue;
      piece.owner = owner;
      piece.hot = segments[at + HOT] as number;
      piece.cold = segments[at + COLD] as number;
      piece.stamp = segments[at + STAMP] as number;
      piece.flags = segments[at + FLAGS] as number;
      this.pages -= piece.hot + piece.cold;
      segments.copyWithin(at, at + WIDTH, this.#end);
      this.#end -= WIDTH;
      return piece.hot + piece.cold;
    }
    return 0;
  }

  /** The sweep at which the first of an owner's segments will have been read again often enough; Infinity if none. */
  nextReread(owner: number, setSize: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (let at = this.#begin; at < this.#end; at += WIDTH) {
      if (this.#segments[at + OWNER] === owner) next = Math.min(next, this.#rereadAt(at, setSize));
    }
    return next;
  }

  /** `mark_page_accessed`: the first read of an inactive page marks it referenced, the next one activates it. */
  #rereadAt(at: number, setSize: number): number {
    const missing = ((this.#segments[at + FLAGS] as number) & PageFlag.Referenced) !== 0 ? 1 : 2;
    return (this.#segments[at + STAMP] as number) + missing * setSize;
  }

  /** Adds pages to a segment; its stamp becomes the mean of both, by pages. */
  #join(at: number, hot: number, cold: number, stamp: number): void {
    const segments = this.#segments;
    const here = (segments[at + HOT] as number) + (segments[at + COLD] as number);
    const more = hot + cold;
    segments[at + STAMP] = ((segments[at + STAMP] as number) * here + stamp * more) / (here + more);
    segments[at + HOT] = (segments[at + HOT] as number) + hot;
    segments[at + COLD] = (segments[at + COLD] as number) + cold;
  }

  /** Joins every second segment of each kind (owner and flags) to the one of its kind before it. */
  #halve(): void {
    const segments = this.#segments;
    const last = this.#last.fill(-1);
    let to = this.#begin;
    for (let at = this.#begin; at < this.#end; at += WIDTH) {
      const kind = (segments[at + OWNER] as number) * FLAG_COMBINATIONS + (segments[at + FLAGS] as number);
      const partner = last[kind] as number;
      if (partner >= 0) {
        const hot = segments[at + HOT] as number;
        this.#join(partner, hot, segments[at + COLD] as number, segments[at + STAMP] as number);
        last[kind] = -1;
        continue;
      }
      segments.copyWithin(to, at, at + WIDTH);
      last[kind] = to;
      to += WIDTH;
    }
    this.#end = to;
  }

  #dropEmpty(): void {
    const segments = this.#segments;
    let to = this.#begin;
    for (let at = this.#begin; at < this.#end; at += WIDTH) {
      if ((segments[at + HOT] as number) + (segments[at + COLD] as number) === 0) continue;
      if (to !== at) segments.copyWithin(to, at, at + WIDTH);
      to += WIDTH;
    }
    this.#end = to;
  }
}
