import type { Ns, Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { ReclaimWaits } from "../view/causes.ts";
import type { PageReclaim, Reclaimer } from "./reclaimer.ts";

/** Pages that the kernel asks of a shrinker in one call (`SHRINK_BATCH`), and seeks (`DEFAULT_SEEKS`). */
const SHRINK_BATCH = 128;
const DEFAULT_SEEKS = 2;

/** The balloon as the kernel's reclaim sees it. */
export interface Shrinker {
  /** Pages in the balloon. */
  readonly size: Pages;
  /**
   * Has the driver release up to `pages` pages now (`BalloonInstance.relieve`).
   * @returns the time that this takes, in nanoseconds
   */
  shrink(pages: Pages): Ns;
}

/**
 * Reclaim of a guest whose balloon has a shrinker: each pass asks it for a part of its pages that grows with the pass's
 * depth (mm/vmscan.c `do_shrink_slab()`). Pages that the balloon gives do not count as reclaimed, as those of no shrinker do
 * that frees no slabs.
 */
export class ShrinkingReclaim implements PageReclaim, Archived {
  readonly #inner: PageReclaim;
  readonly #shrinker: Shrinker;
  /** Pages that were not asked for yet, because a call asks for 128 (`nr_deferred`). */
  #deferred: Pages = 0;
  /** Time of releases that no step has accounted for yet. */
  #costNs: Ns = 0;

  constructor(inner: PageReclaim, shrinker: Shrinker) {
    this.#inner = inner;
    this.#shrinker = shrinker;
  }

  get waitNs(): Ns {
    return this.#inner.waitNs;
  }

  get waits(): Readonly<ReclaimWaits> {
    return this.#inner.waits;
  }

  beginPass(r: Reclaimer): void {
    this.#inner.beginPass(r);
    this.#shrink(r.priority);
  }

  passDone(r: Reclaimer): boolean {
    return this.#inner.passDone(r);
  }

  step(r: Reclaimer, slowdown?: number): Ns {
    const ns = this.#costNs;
    this.#costNs = 0;
    return ns + this.#inner.step(r, slowdown);
  }

  end(): void {
    this.#inner.end();
  }

  archive(a: Archive): void {
    this.#deferred = a.number(this.#deferred);
    this.#costNs = a.number(this.#costNs);
  }

  #shrink(priority: number): void {
    const freeable = this.#shrinker.size;
    if (freeable === 0) return;
    const scale = 1 << priority;
    const delta = Math.floor((Math.floor(freeable / scale) * 4) / DEFAULT_SEEKS);
    const wanted = Math.min(Math.floor(this.#deferred / scale) + delta, 2 * freeable);
    let left = wanted;
    while (left > 0 && (left >= SHRINK_BATCH || left >= freeable)) {
      const pages = Math.min(SHRINK_BATCH, left);
      this.#costNs += this.#shrinker.shrink(pages);
      left -= pages;
    }
    this.#deferred = Math.min(Math.max(0, this.#deferred + delta - (wanted - left)), 2 * freeable);
  }
}
