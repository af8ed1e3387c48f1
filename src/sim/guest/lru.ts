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
const SEGMENTS_PER_OWNER = 12;

/**
 * One of the kernel's LRU lists, run-length coded: pages that came together stay together as one segment, head to tail.
 * Whether a page has been touched is not stored but computed, when reclaim looks, from its owner's sweep over its working
 * set: that is what makes touching free of events.
 *
 * The number of segments is bounded: neighbours of one owner that are alike are merged, and when the list is full the two
 * that are most alike are.
 */
export class LruList {
  /** Pages on the list. */
  pages = 0;
  readonly #capacity: number;
  // Segments from the tail (0) to the head.
  readonly #owner: Int32Array;
  readonly #hot: Float64Array;
  readonly #cold: Float64Array;
  readonly #stamp: Float64Array;
  readonly #flags: Uint8Array;
  #length = 0;

  constructor(owners: number) {
    this.#capacity = Math.max(MIN_SEGMENTS, owners * SEGMENTS_PER_OWNER);
    this.#owner = new Int32Array(this.#capacity);
    this.#hot = new Float64Array(this.#capacity);
    this.#cold = new Float64Array(this.#capacity);
    this.#stamp = new Float64Array(this.#capacity);
    this.#flags = new Uint8Array(this.#capacity);
  }

  /**
   * Adds pages at the head.
   * @param tolerance how far stamps may differ for pages to count as alike, in pages of sweep
   */
  push(owner: number, hot: number, cold: number, stamp: number, flags: number, tolerance: number): void {
    const pages = hot + cold;
    if (pages === 0) return;
    this.pages += pages;
    const head = this.#length - 1;
    if (head >= 0 && this.#alike(head, owner, flags) && Math.abs((this.#stamp[head] as number) - stamp) <= tolerance) {
      this.#blend(head, hot, cold, stamp);
      return;
    }
    if (this.#length === this.#capacity) this.#compact();
    const at = this.#length++;
    this.#owner[at] = owner;
    this.#hot[at] = hot;
    this.#cold[at] = cold;
    this.#stamp[at] = stamp;
    this.#flags[at] = flags;
  }

  /** Takes up to `count` pages off the tail, all of one segment, into `piece`; returns how many. */
  take(count: number, piece: Piece): number {
    if (this.#length === 0) return 0;
    const hot = this.#hot[0] as number;
    const cold = this.#cold[0] as number;
    const pages = Math.min(count, hot + cold);
    // In proportion, but never more cold ones than there are.
    const takenHot = Math.max(Math.min(Math.round((pages * hot) / (hot + cold)), hot, pages), pages - cold);
    piece.owner = this.#owner[0] as number;
    piece.hot = takenHot;
    piece.cold = pages - takenHot;
    piece.stamp = this.#stamp[0] as number;
    piece.flags = this.#flags[0] as number;
    this.#hot[0] = hot - takenHot;
    this.#cold[0] = cold - piece.cold;
    this.pages -= pages;
    if (pages === hot + cold) this.#removeAt(0);
    return pages;
  }

  /** Pages of an owner on the list: hot ones, or cold ones. */
  pagesOf(owner: number, hot: boolean): number {
    const column = hot ? this.#hot : this.#cold;
    let sum = 0;
    for (let i = 0; i < this.#length; i++) if (this.#owner[i] === owner) sum += column[i] as number;
    return sum;
  }

  /** Takes `count` of an owner's hot or cold pages off the list, in proportion from all over it. */
  remove(owner: number, hot: boolean, count: number): void {
    const column = hot ? this.#hot : this.#cold;
    let left = count;
    let of = this.pagesOf(owner, hot);
    for (let i = 0; i < this.#length && left > 0; i++) {
      if (this.#owner[i] !== owner) continue;
      const here = column[i] as number;
      const taken = Math.min(here, Math.round((left * here) / of));
      column[i] = here - taken;
      of -= here;
      left -= taken;
      this.pages -= taken;
    }
    this.#sweepEmpty();
  }

  /** Makes `count` of an owner's cold pages hot, or hot ones cold, in proportion all over the list. */
  recolour(owner: number, toHot: boolean, count: number): void {
    const from = toHot ? this.#cold : this.#hot;
    const to = toHot ? this.#hot : this.#cold;
    let left = count;
    let of = this.pagesOf(owner, !toHot);
    for (let i = 0; i < this.#length && left > 0; i++) {
      if (this.#owner[i] !== owner) continue;
      const here = from[i] as number;
      const moved = Math.min(here, Math.round((left * here) / of));
      from[i] = here - moved;
      to[i] = (to[i] as number) + moved;
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
      if (this.#owner[i] !== owner || (this.#stamp[i] as number) + this.#readsMissing(i) * setSize > sweep) continue;
      piece.owner = owner;
      piece.hot = this.#hot[i] as number;
      piece.cold = this.#cold[i] as number;
      piece.stamp = this.#stamp[i] as number;
      piece.flags = this.#flags[i] as number;
      const pages = piece.hot + piece.cold;
      this.pages -= pages;
      this.#removeAt(i);
      return pages;
    }
    return 0;
  }

  /** The sweep at which the first of an owner's segments will have been read again often enough; Infinity if none. */
  nextReread(owner: number, setSize: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#length; i++) {
      if (this.#owner[i] === owner) next = Math.min(next, (this.#stamp[i] as number) + this.#readsMissing(i) * setSize);
    }
    return next;
  }

  /** `mark_page_accessed`: the first read of an inactive page marks it referenced, the next one activates it. */
  #readsMissing(i: number): number {
    return ((this.#flags[i] as number) & PageFlag.Referenced) !== 0 ? 1 : 2;
  }

  #alike(i: number, owner: number, flags: number): boolean {
    return this.#owner[i] === owner && this.#flags[i] === flags;
  }

  /** Adds pages to a segment; its stamp becomes the mean of both, by pages. */
  #blend(i: number, hot: number, cold: number, stamp: number): void {
    const here = (this.#hot[i] as number) + (this.#cold[i] as number);
    const more = hot + cold;
    this.#stamp[i] = ((this.#stamp[i] as number) * here + stamp * more) / (here + more);
    this.#hot[i] = (this.#hot[i] as number) + hot;
    this.#cold[i] = (this.#cold[i] as number) + cold;
  }

  /** Merges the two segments that are most alike: of one owner, with equal flags, nearest in stamp. */
  #compact(): void {
    let best = -1;
    let into = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#length; i++) {
      for (let j = i + 1; j < this.#length; j++) {
        if (!this.#alike(j, this.#owner[i] as number, this.#flags[i] as number)) continue;
        // Among pairs, distance on the list counts as well: pages must not travel far.
        const difference = Math.abs((this.#stamp[i] as number) - (this.#stamp[j] as number)) * (j - i);
        if (difference < least) {
          least = difference;
          into = i;
          best = j;
        }
        break;
      }
    }
    // There are at most 8 combinations of flags an owner, so a full list always has two segments that are alike.
    this.#blend(into, this.#hot[best] as number, this.#cold[best] as number, this.#stamp[best] as number);
    this.#removeAt(best);
  }

  #removeAt(i: number): void {
    this.#length--;
    this.#owner.copyWithin(i, i + 1, this.#length + 1);
    this.#hot.copyWithin(i, i + 1, this.#length + 1);
    this.#cold.copyWithin(i, i + 1, this.#length + 1);
    this.#stamp.copyWithin(i, i + 1, this.#length + 1);
    this.#flags.copyWithin(i, i + 1, this.#length + 1);
  }

  #sweepEmpty(): void {
    for (let i = this.#length - 1; i >= 0; i--)
      if ((this.#hot[i] as number) + (this.#cold[i] as number) === 0) this.#removeAt(i);
  }
}
