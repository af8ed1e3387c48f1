import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";

/**
 * First priority of a round. A pass at priority p scans 1/2^p of each list, so a lower number is deeper (mm/vmscan.c).
 */
export const DEF_PRIORITY = 12;

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
  /** Whether this pass has met pages that are being written to swap. */
  scannedUnwritten = false;
  /** Whether this pass is over. */
  over = true;
  /** `anonActivations` and `fileActivations` at the end of this reclaimer's last round. */
  seenAnonActivations: Pages = 0;
  seenFileActivations: Pages = 0;

  constructor(kswapd: boolean) {
    this.kswapd = kswapd;
  }

  archive(a: Archive): void {
    this.priority = a.number(this.priority);
    this.wanted = a.number(this.wanted);
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
    this.seenAnonActivations = a.number(this.seenAnonActivations);
    this.seenFileActivations = a.number(this.seenFileActivations);
  }
}
