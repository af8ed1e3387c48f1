import type { Pages } from "../../../common/units.ts";
import type { WorkloadPages } from "../../guest/workload-pages.ts";
import { SwappedLap } from "./swapped-lap.ts";

/** Pages of a workload that the host has swapped, and the sizes of their kinds when the book was last balanced. */
export class WorkloadBook {
  readonly hot = new SwappedLap();
  readonly files = new SwappedLap();
  readonly #w: WorkloadPages;
  #cold: Pages = 0;
  #hotSize: Pages = 0;
  #coldSize: Pages = 0;
  #fileSize: Pages = 0;

  constructor(w: WorkloadPages) {
    this.#w = w;
  }

  get swapped(): Pages {
    return this.hot.pages + this.#cold + this.files.pages;
  }

  /** Pages that the host backs: hot, cold and cached ones. */
  get backed(): [hot: Pages, cold: Pages, files: Pages] {
    const { hot, cold, file } = this.#w;
    return [hot - this.hot.pages, cold - this.#cold, file - this.files.pages];
  }

  /** Pages of the workload: hot, cold and cached ones. */
  get size(): Pages {
    const { hot, cold, file } = this.#w;
    return hot + cold + file;
  }

  /** The host swaps so many pages of each kind, chosen at random. */
  swapOut(hot: Pages, cold: Pages, files: Pages): void {
    this.hot.add(hot, this.#w.hot);
    this.#cold += cold;
    this.files.add(files, this.#w.file);
  }

  /** The guest is about to write so many pages to its own swap; returns how many the host has to read for that. */
  readForSwap(hot: Pages, cold: Pages): Pages {
    const fromHot = Math.min(this.hot.pages, partOf(this.hot.pages, hot, this.#w.hot));
    const fromCold = Math.min(this.#cold, partOf(this.#cold, cold, this.#w.cold));
    this.hot.remove(fromHot);
    this.#cold -= fromCold;
    this.#hotSize = Math.max(0, this.#hotSize - hot);
    this.#coldSize = Math.max(0, this.#coldSize - cold);
    return fromHot + fromCold;
  }

  /**
   * Follows the workload's pages: swapped ones move with those that have become cold or hot; of a kind that has become smaller, they
   * are free now in proportion. Returns how many are.
   */
  balance(): Pages {
    const { hot, files } = this;
    const w = this.#w;
    const before = this.swapped;
    const cooled = Math.min(Math.max(0, this.#hotSize - w.hot), Math.max(0, w.cold - this.#coldSize));
    const warmed = Math.min(Math.max(0, this.#coldSize - w.cold), Math.max(0, w.hot - this.#hotSize));
    if (cooled > 0 && hot.pages > 0) {
      const pages = partOf(hot.pages, cooled, this.#hotSize);
      hot.remove(pages);
      this.#cold += pages;
    }
    if (warmed > 0 && this.#cold > 0) {
      const pages = partOf(this.#cold, warmed, this.#coldSize);
      this.#cold -= pages;
      hot.add(pages, w.hot);
    }
    hot.remove(hot.pages - leftOf(hot.pages, this.#hotSize - cooled + warmed, w.hot));
    this.#cold = leftOf(this.#cold, this.#coldSize + cooled - warmed, w.cold);
    files.remove(files.pages - leftOf(files.pages, this.#fileSize, w.file));
    return before - this.swapped;
  }

  /** Notes the sizes of the workload's kinds of pages, for the next time that the book is balanced. */
  noteSizes(): void {
    this.#hotSize = this.#w.hot;
    this.#coldSize = this.#w.cold;
    this.#fileSize = this.#w.file;
  }

  /** @param bad called with what can't be true */
  check(bad: (what: string) => void): void {
    const { hot, cold, file } = this.#w;
    const [swappedHot, swappedFiles] = [this.hot.pages, this.files.pages];
    if (swappedHot < 0 || swappedHot > hot) bad(`${swappedHot} of ${hot} hot pages are swapped`);
    if (this.#cold < 0 || this.#cold > cold) bad(`${this.#cold} of ${cold} cold pages are swapped`);
    if (swappedFiles < 0 || swappedFiles > file) bad(`${swappedFiles} of ${file} cached pages are swapped`);
  }
}

/** How many swapped pages a kind still has after its size has changed. */
export const leftOf = (swapped: Pages, before: Pages, now: Pages): Pages =>
  swapped === 0 ? 0 : Math.min(now, before > now ? swapped - partOf(swapped, before - now, before) : swapped);

/** `count` of `of` as a part of `pages`: whole pages, at most all. */
const partOf = (pages: Pages, count: Pages, of: Pages): Pages =>
  of === 0 ? pages : Math.min(pages, Math.round((pages * count) / of));
