import type { Ns, Pages, PagesPerS } from "../../common/units.ts";
import type { BackingView } from "../view/types.ts";
import type { WorkloadPages } from "./workload-pages.ts";

/**
 * What the host of a VM does to the guest's memory without its knowledge: it backs pages when they are touched, and swaps some. A
 * guest that touches a page which is not backed waits; its kernel counts the wait as running. Implemented by the model of a host.
 */
export interface Backing extends BackingView {
  /**
   * The guest has taken so many free pages, and touches them now.
   * @returns the wait of the thread that touches them, in nanoseconds
   */
  touchFree(pages: Pages): Ns;
  /**
   * A workload's sweep is to touch so many pages of its working set, may be a fraction, in a time.
   * @returns how many of them it touches in that time; the host has read those back that it had swapped
   */
  touchHot(w: WorkloadPages, pages: Pages, ns: Ns): Pages;
  /** A workload is to read so many cached pages of its files in a time; returns how many it reads, as `touchHot`. */
  readCached(w: WorkloadPages, pages: Pages, ns: Ns): Pages;
  /**
   * The guest is about to write anonymous pages to its own swap: its device reads them.
   * @returns the wait until the host has read back those that it had swapped, in nanoseconds
   */
  readForSwap(w: WorkloadPages, hot: Pages, cold: Pages): Ns;
  /** The most pages a second of its working set that a workload can touch now; Infinity if none of them is swapped. */
  hotLimit(w: WorkloadPages): PagesPerS;
  /** The most cached pages a second that a workload can read now; Infinity if the host has swapped none of them. */
  cachedLimit(w: WorkloadPages): PagesPerS;
  /** Whether the guest accesses swapped pages in a row, without an event for each. */
  readonly isSwept: boolean;
  /**
   * The guest reports so many free blocks of 2 MiB, any of those that were unreported: the host takes their memory, and forgets
   * their content in its swap.
   */
  discardFree(blocks: number, unreported: number): void;
}
