import type { Archive, Archived } from "../state/archive.ts";

/**
 * The cost of OOM kills to one workload. The workload is down from a kill until it has restarted and has all the
 * anonymous memory that the trace then wants it to have. Its two threads account for the time and the lost accesses.
 */
export class Outage implements Archived {
  kills = 0;
  /** Time of the first kill; 0 if there was none. */
  firstKillUs = 0;
  /** Whether the workload is down. */
  isDown = false;
  /** Time down, in microseconds, up to the last `settle` of the workload's anonymous thread. */
  downUs = 0;
  /** Lost accesses to pages, up to the last `settle` of the workload's threads; may be a fraction. */
  lostPages = 0;

  /**
   * Begins an outage with a kill of `pages` pages, each of which has to be filled again. A workload may be down
   * already.
   */
  begin(nowUs: number, pages: number): void {
    if (this.kills === 0) this.firstKillUs = nowUs;
    this.kills++;
    this.isDown = true;
    this.lostPages += pages;
  }

  /** Ends the outage: the workload has all the memory that the trace wants it to have. */
  end(): void {
    this.isDown = false;
  }

  archive(a: Archive): void {
    this.kills = a.number(this.kills);
    this.firstKillUs = a.number(this.firstKillUs);
    this.isDown = a.boolean(this.isDown);
    this.downUs = a.number(this.downUs);
    this.lostPages = a.number(this.lostPages);
  }
}
