import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { WorkloadSpec } from "../trace/types.ts";
import { ShadowQueue } from "./shadows.ts";
import { SwappedPages } from "./swapped-pages.ts";
import type { Sweep } from "./units.ts";

/** Numbers of one workload's pages by kind and state, and its sweeps. */
export class WorkloadPages implements Archived {
  readonly index: number;
  readonly spec: WorkloadSpec;
  /** Anonymous pages in memory, without the swap cache: of the working set, and others. */
  hot: Pages = 0;
  cold: Pages = 0;
  /** Anonymous pages in swap; those in the swap cache are in memory, too. */
  swappedHot: Pages = 0;
  swappedCold: Pages = 0;
  /** File pages in the page cache, and how many of them are dirty. */
  file: Pages = 0;
  dirty: Pages = 0;
  /** File pages that reclaim has scanned and found dirty (`PageFlag.Dirty`), and how many of these are still dirty. */
  scannedDirty: Pages = 0;
  scannedStillDirty: Pages = 0;
  /** Sweep over the working set: touches since the run began, in a fixed order, lap after lap. Never reset. */
  sweep: Sweep = 0;
  /** File sweep: pages of files read since the run began. */
  fileSweep: Sweep = 0;
  /** Size of the files now, in pages. */
  fileSet: Pages = 0;
  readonly fileShadows: ShadowQueue;
  /** Pages of the working set that are in swap and not in the swap cache. */
  readonly evictedHot: SwappedPages;
  /** Fraction of a dirty page that the last scan did not count. */
  dirtyCarry: Pages = 0;

  /** @param hasGenerations whether the ages of evicted pages are generations */
  constructor(index: number, spec: WorkloadSpec, hasGenerations: boolean) {
    this.fileShadows = new ShadowQueue(hasGenerations);
    this.evictedHot = new SwappedPages(hasGenerations);
    this.index = index;
    this.spec = spec;
  }

  /** Removes `pages` from `scannedDirty`; returns how many of them are still dirty, in proportion (a fraction). */
  takeScannedDirty(pages: Pages): Pages {
    const dirty = this.scannedDirty === 0 ? 0 : Math.min(pages, (pages * this.scannedStillDirty) / this.scannedDirty);
    this.scannedDirty = Math.max(0, this.scannedDirty - pages);
    this.scannedStillDirty = Math.max(0, Math.min(this.scannedStillDirty - Math.round(dirty), this.scannedDirty));
    return dirty;
  }

  /**
   * How many of some file pages that reclaim has taken from their list are dirty: their part of the workload's dirty pages,
   * computed for pages scanned dirty before (`PageFlag.Dirty`) and for others.
   */
  takeDirty(pages: Pages, wasDirty: boolean): Pages {
    const part = wasDirty
      ? this.takeScannedDirty(pages)
      : (pages * (this.dirty - this.scannedStillDirty)) / Math.max(1, this.file - this.scannedDirty);
    const exact = part + this.dirtyCarry;
    // Of the workload's file pages, at least as many must remain as are dirty.
    const dirty = Math.max(Math.min(pages, Math.floor(exact), this.dirty), this.dirty + pages - this.file);
    this.dirtyCarry = exact < dirty || exact - dirty > 1 ? 0 : exact - dirty;
    return dirty;
  }

  /** Counts pages that reclaim has found dirty. */
  noteScannedDirty(pages: Pages): void {
    this.scannedDirty += pages;
    this.scannedStillDirty = Math.min(this.scannedStillDirty + pages, this.dirty);
  }

  /** Marks dirty pages as clean, those that reclaim has scanned first. */
  clean(pages: Pages): void {
    this.dirty -= pages;
    this.scannedStillDirty = Math.max(0, this.scannedStillDirty - pages);
  }

  archive(a: Archive): void {
    this.hot = a.number(this.hot);
    this.cold = a.number(this.cold);
    this.swappedHot = a.number(this.swappedHot);
    this.swappedCold = a.number(this.swappedCold);
    this.file = a.number(this.file);
    this.dirty = a.number(this.dirty);
    this.scannedDirty = a.number(this.scannedDirty);
    this.scannedStillDirty = a.number(this.scannedStillDirty);
    this.sweep = a.number(this.sweep);
    this.fileSweep = a.number(this.fileSweep);
    this.fileSet = a.number(this.fileSet);
    this.dirtyCarry = a.number(this.dirtyCarry);
    this.fileShadows.archive(a);
    this.evictedHot.archive(a);
  }

  /** All anonymous memory of the workload, in memory and in swap. */
  get anon(): Pages {
    return this.hot + this.cold + this.swappedHot + this.swappedCold;
  }

  get resident(): Pages {
    return this.hot + this.cold;
  }

  get swapped(): Pages {
    return this.swappedHot + this.swappedCold;
  }

  get workingSet(): Pages {
    return this.hot + this.swappedHot;
  }
}
