import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import {
  copy,
  createPiece,
  HUGE_PAGE,
  hotPart,
  join,
  PageFlag,
  type Piece,
  passed,
  type Touches,
  wholeHuge,
} from "./piece.ts";
import type { Sweep } from "./units.ts";

/** A piece that is on a list. */
type Segment = Piece;

const MIN_SEGMENTS = 64;
const SEGMENTS_PER_OWNER = 32;
const FLAG_COMBINATIONS = 32;

/**
 * An LRU list, run-length coded: one of the classic LRU's four lists, the pages of one kind in a generation, or a queue of
 * the swap cache. The tail is its oldest end. The list does not store accessed bits: a hot page has been accessed if its owner's sweep has passed the value
 * that the segment stores for the page (`passed`). Therefore touching pages causes no events.
 *
 * The number of segments is bounded. Added pages join the segment at the head if owner and flags are equal and the
 * sweeps adjoin; a full list merges segments in pairs of equal owner and flags, at the expense of their order. The
 * bound exceeds the number of combinations of owner and flags, so there is always a pair.
 */
export class LruList implements Archived {
  /** Pages on the list. */
  pages: Pages = 0;
  /** Ring buffer of reused segments; `#tail` is the index of the segment at the list's tail. */
  readonly #ring: Segment[];
  #tail = 0;
  #length = 0;
  /** For `#halve`: the segment of each owner and flags that has no partner yet. */
  readonly #unpaired: (Segment | null)[];
  /** Numbers of each owner's hot and cold pages on this list. */
  readonly #hot: Pages[];
  readonly #cold: Pages[];

  /** @param owners number of workloads */
  constructor(owners: number) {
    const capacity = Math.max(MIN_SEGMENTS, owners * SEGMENTS_PER_OWNER);
    this.#ring = Array.from({ length: capacity }, createPiece);
    this.#unpaired = new Array<Segment | null>(Math.max(1, owners) * FLAG_COMBINATIONS).fill(null);
    this.#hot = new Array<number>(owners).fill(0);
    this.#cold = new Array<number>(owners).fill(0);
  }

  /**
   * Adds pages at the head.
   * @param pages copied; the caller may reuse the object
   * @param gap largest distance between `pages.from` and the head's `to` at which the pages join the head, in touches
   * (units of the sweep)
   */
  push(pages: Readonly<Piece>, gap: Sweep): void {
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

  /** Adds pages at the tail; otherwise like `push`. */
  pushTail(pages: Readonly<Piece>, gap: Sweep): void {
    if (pages.hot + pages.cold === 0) return;
    this.#countAdded(pages.owner, pages.hot, pages.cold);
    if (this.#length > 0) {
      const tail = this.#at(0);
      const follows = tail.hot === 0 || pages.hot === 0 || Math.abs(pages.to - tail.from) <= gap;
      if (tail.owner === pages.owner && tail.flags === pages.flags && follows) {
        join(tail, pages);
        return;
      }
      if (this.#length === this.#ring.length) this.#halve();
    }
    this.#tail = this.#tail === 0 ? this.#ring.length - 1 : this.#tail - 1;
    this.#length++;
    copy(pages, this.#at(0));
  }

  /**
   * Removes up to `count` pages of the segment at the tail, describes them in `piece`, and returns their number. Of huge
   * pages it removes whole ones, at least one: their pages may be more than `count`.
   */
  take(count: Pages, piece: Piece): Pages {
    if (this.#length === 0) return 0;
    const segment = this.#at(0);
    const all = segment.hot + segment.cold;
    const pages = Math.min((segment.flags & PageFlag.Huge) === 0 ? count : wholeHuge(count), all);
    copy(segment, piece);
    if (pages === all) this.#dropTail();
    else {
      piece.hot = hotPart(pages, segment);
      piece.cold = pages - piece.hot;
      if (piece.hot > 0) piece.to = segment.from + ((segment.to - segment.from) * piece.hot) / segment.hot;
      segment.from = piece.to;
      segment.hot -= piece.hot;
      segment.cold -= piece.cold;
    }
    this.#countRemoved(piece.owner, piece.hot, piece.cold);
    return pages;
  }

  /** Pages of huge pages on the list; for views. */
  get hugePages(): Pages {
    let pages = 0;
    for (let i = 0; i < this.#length; i++) {
      const { flags, hot, cold } = this.#at(i);
      if ((flags & PageFlag.Huge) !== 0) pages += hot + cold;
    }
    return pages;
  }

  /** Number of an owner's hot, or cold, pages on the list. */
  pagesOf(owner: number, hot: boolean): Pages {
    return (hot ? this.#hot : this.#cold)[owner] as number;
  }

  /**
   * Removes `count` of an owner's hot or cold pages (at most all of them), from each segment in proportion. Huge pages are
   * removed as wholes; if more pages are to be removed than that and all single pages are, a huge page is split, the other
   * pages of which stay as single ones (mm/huge_memory.c `__split_huge_pmd()`).
   */
  remove(owner: number, hot: boolean, count: Pages): void {
    if (count === 0) return;
    let left = count;
    let of = this.pagesOf(owner, hot);
    for (let i = 0; i < this.#length && left > 0 && of > 0; i++) {
      const segment = this.#at(i);
      if (segment.owner !== owner) continue;
      const here = hot ? segment.hot : segment.cold;
      let taken = Math.min(here, Math.round((left * here) / of));
      if ((segment.flags & PageFlag.Huge) !== 0) taken -= taken % HUGE_PAGE;
      if (hot) segment.hot -= taken;
      else segment.cold -= taken;
      of -= here;
      left -= taken;
    }
    if (left > 0) this.#removeParts(owner, hot, left);
    this.#countRemoved(owner, hot ? count : 0, hot ? 0 : count);
    this.#dropEmpty();
  }

  /** Removes pages that whole huge pages have left: single pages first, then parts of huge pages, which are split. */
  #removeParts(owner: number, hot: boolean, count: Pages): void {
    let left = count;
    for (const kind of [0, PageFlag.Huge]) {
      for (let i = 0; i < this.#length && left > 0; i++) {
        const segment = this.#at(i);
        if (segment.owner !== owner || (segment.flags & PageFlag.Huge) !== kind) continue;
        const taken = Math.min(left, hot ? segment.hot : segment.cold);
        if (hot) segment.hot -= taken;
        else segment.cold -= taken;
        left -= taken;
      }
    }
    this.#splitParts();
  }

  /** Makes single pages of those that are left of partly removed huge pages. */
  #splitParts(): void {
    for (let i = 0; i < this.#length; i++) {
      const segment = this.#at(i);
      const rest = (segment.flags & PageFlag.Huge) === 0 ? 0 : (segment.hot + segment.cold) % HUGE_PAGE;
      if (rest === 0) continue;
      if (this.#length === this.#ring.length) {
        // Merging moves segments, and may complete this one.
        this.#halve();
        return this.#splitParts();
      }
      for (let j = this.#length++; j > i; j--) copy(this.#at(j - 1), this.#at(j));
      const single = this.#at(i + 1);
      single.flags &= ~PageFlag.Huge;
      const pages = segment.hot + segment.cold - rest;
      const hot = hotPart(pages, segment);
      if (segment.hot > 0) segment.to = segment.from + ((segment.to - segment.from) * hot) / segment.hot;
      segment.hot = hot;
      segment.cold = pages - hot;
      single.from = segment.to;
      single.hot -= segment.hot;
      single.cold -= segment.cold;
    }
  }

  /**
   * Makes `count` of an owner's cold pages hot, or hot ones cold (at most all of them), in each segment in proportion.
   * In a segment without hot pages the new ones get `from` and `to`; in another they are interpolated like the hot
   * pages that it has.
   */
  rebalanceHotCold(owner: number, toHot: boolean, count: Pages, { from, to }: Touches): void {
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
   * Removes up to `count` hot pages that the owner's sweep has passed, from the first segment that has any, describes
   * them in `piece`, and returns their number; 0 if there are none.
   */
  takePassed(owner: number, sweep: Sweep, count: Pages, piece: Piece): Pages {
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

  /**
   * Value of the sweep at which the owner touches the next of its hot pages on this list; Infinity if there are none.
   */
  nextDue(owner: number): Sweep {
    let next = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#length; i++) {
      const segment = this.#at(i);
      if (segment.owner === owner && segment.hot > 0) next = Math.min(next, segment.from);
    }
    return next;
  }

  /** Number of an owner's hot pages with a cleared accessed bit that its sweep touches between two values. */
  notAccessed(owner: number, from: Sweep, to: Sweep): Pages {
    let pages = 0;
    for (let i = 0; i < this.#length; i++) {
      const segment = this.#at(i);
      if (segment.owner !== owner || segment.hot === 0 || (segment.flags & PageFlag.Fresh) !== 0) continue;
      pages += passed(segment, to) - passed(segment, from);
    }
    return pages;
  }

  /**
   * Removes one segment of an owner whose pages the owner has read often enough to activate them
   * (`mark_page_accessed`). Describes it in `piece` and returns its number of pages; 0 if there is no such segment.
   */
  takeReread(owner: number, sweep: Sweep, setSize: Pages, piece: Piece): Pages {
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
   * Value of the file sweep at which the owner's next segment is to be activated (`takeReread`); Infinity if there is
   * none.
   */
  nextReread(owner: number, setSize: Pages): Sweep {
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

  /** Counts added pages of an owner. */
  #countAdded(owner: number, hot: Pages, cold: Pages): void {
    this.#hot[owner] = (this.#hot[owner] as number) + hot;
    this.#cold[owner] = (this.#cold[owner] as number) + cold;
    this.pages += hot + cold;
  }

  /**
   * Counts removed pages of an owner. Separate, because negative arguments would turn 0 into -0, which V8 stores boxed.
   */
  #countRemoved(owner: number, hot: Pages, cold: Pages): void {
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

  /** Merges every second segment of equal owner and flags into the one of the pair that is nearer to the tail. */
  #halve(): void {
    const unpaired = this.#unpaired.fill(null);
    for (let i = 0; i < this.#length; i++) {
      const segment = this.#at(i);
      const kind = segment.owner * FLAG_COMBINATIONS + segment.flags;
      const partner = unpaired[kind] as Segment | null;
      unpaired[kind] = partner === null ? segment : null;
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

/**
 * Value of the file sweep at which a segment is activated (`mark_page_accessed`): when the owner has read all its files
 * once more if the pages are marked as referenced, else twice more, the first time to mark them.
 */
function rereadAt(segment: Segment, setSize: Pages): Sweep {
  return segment.to + ((segment.flags & PageFlag.Referenced) !== 0 ? 1 : 2) * setSize;
}
