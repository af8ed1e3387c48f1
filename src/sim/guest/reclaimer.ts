import type { Ns, Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { ReclaimWaits } from "../view/causes.ts";

/**
 * First priority of a round. A pass at priority p scans 1/2^p of each list, so a lower number is deeper (mm/vmscan.c).
 */
export const DEF_PRIORITY = 12;

/** What kswapd and tasks in direct reclaim ask of reclaim. Implemented for each LRU. */
export interface PageReclaim {
  /** Begins a pass of `r` at `r.priority`. */
  beginPass(r: Reclaimer): void;
  /** Whether the pass of `r` is over. */
  passDone(r: Reclaimer): boolean;
  /**
   * Continues the pass of `r` until the pass or a slice of time is over.
   *
   * @param slowdown factor, at least 1, by which other work on the processors lengthens this
   * @returns the cost of the step, in nanoseconds of processor time: times `slowdown`, and with `waitNs`, it is the
   * step's virtual time
   */
  step(r: Reclaimer, slowdown?: number): Ns;
  /** Time for which the last step waits after its work, without a processor, in nanoseconds. */
  readonly waitNs: Ns;
  /** What that time is for, as far as it is for the swap device. */
  readonly waits: Readonly<ReclaimWaits>;
  /** Ends a round of any reclaimer. */
  end(): void;
}

/**
 * The state of one reclaimer, kswapd or a task in direct reclaim, as plain numbers. A round makes passes at falling
 * priorities.
 */
export class Reclaimer implements Archived {
  readonly kswapd: boolean;
  priority = DEF_PRIORITY;
  /** Pages that this round shall reclaim (the kernel's `nr_to_reclaim`), and pages reclaimed in it. */
  wanted: Pages = 0;
  reclaimed: Pages = 0;
  /** Pages of each list that this pass shall scan, and pages that are left to scan. */
  readonly targets: [Pages, Pages, Pages, Pages] = [0, 0, 0, 0];
  readonly left: [Pages, Pages, Pages, Pages] = [0, 0, 0, 0];
  /** Pages scanned, and reclaimed, in this pass. */
  scannedInPass: Pages = 0;
  reclaimedInPass: Pages = 0;
  /** Whether this pass deactivates anonymous, or file, pages (the kernel's `may_deactivate`). */
  deactivateAnon = false;
  deactivateFile = false;
  /** Whether its passes must not swap (the kernel's `may_swap` is 0): kswapd, where it reclaims for a boost alone. */
  filesOnly = false;
  /** Whether this pass has met pages that are being written to swap. */
  scannedUnwritten = false;
  /** Whether this pass is over. */
  over = true;

  // Only with the multi-generational LRU:
  /** Pages that this pass has looked at, those among them that it did not isolate included. */
  visited: Pages = 0;
  /** Number of the youngest generation when this pass began. */
  youngest = 0;
  /** Whether this pass has evicted anonymous pages (the kernel's `need_swapping`). */
  hasSwapped = false;
  /** Whether this pass has still to age, and whether this round ages before passes (`memcgs_need_aging`). */
  mayAge = false;
  ages = false;

  constructor(kswapd: boolean) {
    this.kswapd = kswapd;
  }

  archive(a: Archive): void {
    this.priority = a.number(this.priority);
    this.wanted = a.number(this.wanted);
    this.filesOnly = a.boolean(this.filesOnly);
    this.reclaimed = a.number(this.reclaimed);
    for (let list = 0; list < 4; list++) {
      this.targets[list] = a.number(this.targets[list] as number);
      this.left[list] = a.number(this.left[list] as number);
    }
    this.scannedInPass = a.number(this.scannedInPass);
    this.reclaimedInPass = a.number(this.reclaimedInPass);
    this.deactivateAnon = a.boolean(this.deactivateAnon);
    this.deactivateFile = a.boolean(this.deactivateFile);
    this.scannedUnwritten = a.boolean(this.scannedUnwritten);
    this.over = a.boolean(this.over);
    this.visited = a.number(this.visited);
    this.youngest = a.number(this.youngest);
    this.hasSwapped = a.boolean(this.hasSwapped);
    this.mayAge = a.boolean(this.mayAge);
    this.ages = a.boolean(this.ages);
  }
}
