import type { Ns, Pages, PagesPerS } from "../../../common/units.ts";
import { LARGE_PAGE_FRAMES } from "../../../engine/index.ts";
import type { Backing } from "../../guest/backing.ts";
import type { GuestMemory } from "../../guest/memory.ts";
import type { WorkloadPages } from "../../guest/workload-pages.ts";
import type { BalloonFrames } from "../../state/balloon-frames.ts";
import { split } from "./split.ts";
import type { SwappedLap } from "./swapped-lap.ts";
import { leftOf, WorkloadBook } from "./workload-book.ts";

/** What the host grants a VM until it meets it again. */
export interface Grant {
  /** Pages that the host may back for the VM; for each one more it swaps a page first, and the VM waits for that. */
  readonly backed: Pages;
  /** Waits for one page: until the host has read it, or written one to make room. */
  readonly readNs: Ns;
  readonly writeNs: Ns;
  /** Wait of a thread that needs pages beyond the grant, in nanoseconds; 0: none but for the writes. */
  readonly blockNs: Ns;
}

export const UNLIMITED: Grant = { backed: Number.POSITIVE_INFINITY, readNs: 0, writeNs: 0, blockNs: 0 };

/**
 * Pages that a VM may have backed without meeting the host: for pages that come back one by one, which would else make it meet
 * the host in every quantum.
 */
export const LEASE: Pages = 256;

/**
 * The host's book of one VM: which of the guest's pages it backs with memory, and which it has swapped. A page is backed when the
 * guest touches it first, loses its backing when the host locks it in the balloon, and gets it back when it is touched after
 * that. Free pages that the guest has touched stay backed, until it reports them. The guest takes these before others, and so does its balloon.
 *
 * The host chooses the pages that it swaps at random: a part of each kind of page in proportion. Those that the guest accesses
 * come back when it comes to them. Every number is exact at any time but those of kinds of swapped pages, which follow the kinds'
 * sizes when the book is balanced.
 */
export class VmBook implements Backing {
  /** Pages that the guest has not touched, since the VM was powered on, the host gave them back, or the guest reported them. */
  untouched: Pages = 0;
  /** Pages of the balloon that the host has. */
  locked: Pages = 0;
  /** Total wait of the guest's threads for the host, in nanoseconds. */
  waitNs: Ns = 0;
  /** Pages that the host has read from its swap for the guest, and written to make room for it; ascending. */
  reads: Pages = 0;
  written: Pages = 0;
  readonly #memory: GuestMemory;
  readonly #frames: BalloonFrames;
  readonly #populates: boolean;
  readonly #workloads: readonly WorkloadBook[];
  #grant: Grant = UNLIMITED;
  /** Pages beyond the grant for which the VM has waited. */
  #paid: Pages = 0;
  /** Swapped pages that the guest has as free ones, and those of its kernel and of all other pages. */
  #free: Pages = 0;
  #other: Pages = 0;
  #otherSize: Pages = 0;

  /** @param populates as `TargetPolicy.populates` */
  constructor(memory: GuestMemory, frames: BalloonFrames, populates: boolean) {
    this.#memory = memory;
    this.#frames = frames;
    this.#populates = populates;
    this.#workloads = memory.workloads.map((w) => new WorkloadBook(w));
  }

  /** Begins: a part of the guest's free pages, 0 to 1, was touched before. Called after the guest's warm-up. */
  begin(touched: number): void {
    this.locked = this.#frames.locked.frames;
    this.untouched = this.#populates ? 0 : Math.round(this.#freePages * (1 - touched));
    this.balance();
  }

  /** Makes up to `count` free pages untouched that were touched; returns their number. Only before the run begins. */
  forget(count: Pages): Pages {
    const pages = Math.min(count, this.#freePages - this.untouched);
    this.untouched += pages;
    return pages;
  }

  /** Pages of the guest that the host has swapped. */
  get swapped(): Pages {
    let sum = this.#free + this.#other;
    for (const book of this.#workloads) sum += book.swapped;
    return sum;
  }

  /** Pages of the guest that the host backs with memory. */
  get backed(): Pages {
    return this.#memory.total - this.locked - this.untouched - this.swapped;
  }

  /** Whether the guest accesses swapped pages in a row, without an event for each. */
  get isSwept(): boolean {
    return this.#workloads.some(({ hot, files }) => hot.pages > 0 || files.pages > 0);
  }

  /** Begins the time until the host meets the VM again. */
  grant(grant: Grant): void {
    this.#grant = grant;
    this.#paid = 0;
  }

  /** Keeps no more of the grant than a lease, for a VM that does not meet the host at the end of the quantum. */
  keepLease(): void {
    const { backed } = this;
    if (this.#grant.backed > backed + LEASE) this.#grant = { ...this.#grant, backed: backed + LEASE };
    this.#paid = 0;
  }

  touchFree(pages: Pages): Ns {
    if (pages === 0) return 0;
    const before = this.untouched;
    const given = this.#follow();
    const fresh = Math.min(pages, Math.max(0, before + given - this.untouched));
    const touchable = this.#freePages - this.untouched;
    const reused = pages - fresh;
    const read = this.#free === 0 || reused === 0 ? 0 : Math.round((this.#free * reused) / (touchable + reused));
    const back = Math.max(read, this.#free - touchable);
    this.#free -= back;
    return this.#waited(this.#readNs(back) + this.#payNs());
  }

  touchHot(w: WorkloadPages, pages: Pages, ns: Ns): Pages {
    return this.#pass((this.#workloads[w.index] as WorkloadBook).hot, pages, w.workingSet, ns);
  }

  readCached(w: WorkloadPages, pages: Pages, ns: Ns): Pages {
    return this.#pass((this.#workloads[w.index] as WorkloadBook).files, pages, w.fileSet, ns);
  }

  readForSwap(w: WorkloadPages, hot: Pages, cold: Pages): Ns {
    const back = (this.#workloads[w.index] as WorkloadBook).readForSwap(hot, cold);
    return back === 0 ? 0 : this.#waited(this.#readNs(back) + this.#payNs());
  }

  hotLimit(w: WorkloadPages): PagesPerS {
    return this.#limit((this.#workloads[w.index] as WorkloadBook).hot, w.workingSet);
  }

  cachedLimit(w: WorkloadPages): PagesPerS {
    return this.#limit((this.#workloads[w.index] as WorkloadBook).files, w.fileSet);
  }

  /**
   * Of the touched free pages as many as possible lie outside of whole free blocks, which was a guest's memory before; the others
   * evenly in the unreported ones.
   */
  discardFree(blocks: number, unreported: number): void {
    this.balance();
    const touched = Math.max(0, this.#memory.freeBlocks * LARGE_PAGE_FRAMES - this.untouched);
    // Rounded up: no page of a reported block is left.
    const pages = Math.ceil((touched * blocks) / unreported);
    const touchable = this.#freePages - this.untouched;
    const forgotten = pages === 0 ? 0 : Math.round((this.#free * pages) / touchable);
    this.untouched += pages;
    this.#free -= Math.max(forgotten, this.#free - (touchable - pages));
  }

  /** Follows the guest's pages: of a kind that has become smaller, the swapped ones are free now in proportion. */
  balance(): void {
    this.#follow();
    if (this.swapped > 0) {
      for (const book of this.#workloads) this.#free += book.balance();
      const otherLeft = leftOf(this.#other, this.#otherSize, this.#otherPages);
      this.#free += this.#other - otherLeft;
      this.#other = otherLeft;
      // Free pages of which the guest has made something else without touching them: the host has nothing to keep of them.
      this.#free = Math.max(0, Math.min(this.#free, this.#freePages - this.untouched));
    }
    for (const book of this.#workloads) book.noteSizes();
    this.#otherSize = this.#otherPages;
  }

  /** The host swaps pages of the guest, chosen at random among those that it backs: at most so many. */
  swapOut(pages: Pages): void {
    const books = this.#workloads;
    const kinds = [
      this.#freePages - this.untouched - this.#free,
      this.#otherPages - this.#other,
      ...books.flatMap((book) => book.backed),
    ];
    const [free = 0, other = 0, ...rest] = split(Math.min(pages, this.backed), kinds);
    this.#free += free;
    this.#other += other;
    books.forEach((book, index) => {
      const [hot = 0, cold = 0, files = 0] = rest.slice(3 * index, 3 * index + 3);
      book.swapOut(hot, cold, files);
    });
  }

  /** @throws {Error} if the book can't be true */
  check(): void {
    const bad = (what: string): never => {
      throw new Error(`the host's book of a VM is wrong: ${what}`);
    };
    const reported = this.#memory.reportedBlocks * LARGE_PAGE_FRAMES;
    if (this.untouched < reported) bad(`${reported} free pages are reported, ${this.untouched} untouched`);
    if (this.untouched < 0 || this.untouched > this.#freePages) bad(`${this.untouched} untouched pages`);
    if (this.#free < 0 || this.#free > this.#freePages - this.untouched) bad(`${this.#free} free pages are swapped`);
    if (this.#other < 0 || this.#other > this.#otherPages) bad(`${this.#other} of the kernel's pages are swapped`);
    for (const book of this.#workloads) book.check(bad);
    if (this.backed < 0) bad(`${this.backed} backed pages`);
  }

  /** Free pages of the guest, those of its balloon that the host does not have among them. */
  get #freePages(): Pages {
    const { free, processorFree, balloon } = this.#memory;
    return free + processorFree + balloon - this.locked;
  }

  /** Pages of the kernel, of the swap cache, and of allocations in progress. */
  get #otherPages(): Pages {
    let pages = this.#memory.total - this.#freePages - this.locked;
    for (const book of this.#workloads) pages -= book.size;
    return pages;
  }

  /** Follows the host's locked pages and the guest's free ones; returns how many pages the host has given back. */
  #follow(): Pages {
    const locked = this.#frames.locked.frames;
    const taken = locked - this.locked;
    this.locked = locked;
    const given = this.#populates ? 0 : Math.max(0, -taken);
    const untouched = this.untouched + given;
    this.untouched = Math.min(untouched, this.#freePages);
    if (taken > 0 && this.#free > 0) {
      const wereTouched = Math.max(0, taken - (untouched - this.untouched));
      const touchable = this.#freePages - this.untouched + wereTouched;
      if (touchable > 0) this.#free -= Math.min(this.#free, Math.round((this.#free * wereTouched) / touchable));
    }
    return given;
  }

  #pass(lap: SwappedLap, pages: Pages, size: Pages, ns: Ns): Pages {
    if (pages === 0 || size === 0) return pages;
    if (lap.pages === 0) return lap.pass(pages, size, 0, ns);
    const made = lap.pass(pages, size, this.#pageNs, ns);
    const beyond = Math.max(0, this.backed - this.#grant.backed - this.#paid);
    this.#paid += beyond;
    this.written += beyond;
    this.#waited(this.#readNs(lap.came) + beyond * this.#grant.writeNs);
    return made;
  }

  #limit(lap: SwappedLap, size: Pages): PagesPerS {
    const pageNs = lap.density(size) * this.#pageNs;
    return pageNs === 0 ? Number.POSITIVE_INFINITY : 1e9 / pageNs;
  }

  /** The wait for a page that is swapped now. */
  get #pageNs(): Ns {
    const { backed, readNs, writeNs } = this.#grant;
    return this.backed < backed + this.#paid ? readNs : readNs + writeNs;
  }

  #readNs(pages: Pages): Ns {
    this.reads += pages;
    return pages * this.#grant.readNs;
  }

  /** The wait for the host's writes of as many pages as are backed beyond the grant. */
  #payNs(): Ns {
    const { backed, writeNs, blockNs } = this.#grant;
    const beyond = Math.max(0, this.backed - backed - this.#paid);
    if (beyond === 0) return 0;
    this.#paid += beyond;
    this.written += beyond;
    return Math.max(blockNs, beyond * writeNs);
  }

  #waited(ns: Ns): Ns {
    this.waitNs += ns;
    return ns;
  }
}
