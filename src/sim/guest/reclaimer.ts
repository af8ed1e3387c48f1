import type { Archive, Archived } from "../state/archive.ts";

/** First priority of a round: a pass scans 1/2^12 of each list, the next one twice as much, and so on (mm/vmscan.c). */
export const DEF_PRIORITY = 12;

/** The progress of one reclaimer, kswapd or a task in direct reclaim, as plain numbers. */
export class Reclaimer implements Archived {
  readonly kswapd: boolean;
  priority = DEF_PRIORITY;
  /** Pages wanted by this round, and reclaimed in it. */
  wanted = 0;
  reclaimed = 0;
  /** Pages of each list that this pass is to scan, and those that are left to scan. */
  readonly targets: [number, number, number, number] = [0, 0, 0, 0];
  readonly left: [number, number, number, number] = [0, 0, 0, 0];
  /** Pages scanned, and reclaimed, in this pass. */
  scannedInPass = 0;
  reclaimedInPass = 0;
  /** Whether this pass ages active anonymous, or file, pages. */
  ageAnon = false;
  ageFile = false;
  /** Whether this pass has scanned pages that are being written to swap. */
  scannedUnwritten = false;
  /** Whether this pass is over. */
  over = true;
  /** `anonActivations` and `fileActivations` at the end of the round before this one. */
  seenAnonActivations = 0;
  seenFileActivations = 0;

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
    this.ageAnon = a.boolean(this.ageAnon);
    this.ageFile = a.boolean(this.ageFile);
    this.scannedUnwritten = a.boolean(this.scannedUnwritten);
    this.over = a.boolean(this.over);
    this.seenAnonActivations = a.number(this.seenAnonActivations);
    this.seenFileActivations = a.number(this.seenFileActivations);
  }
}
