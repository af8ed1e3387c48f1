import type { Archive, Archived } from "../state/archive.ts";

/**
 * What kills by the OOM killer have cost a workload. It is down from a kill until it is back and has all the anonymous
 * memory that the trace wants it to have then; its two threads account for the time and the accesses.
 */
export class Outage implements Archived {
  kills = 0;
  /** When the first kill was; 0 where there was none. */
  firstKillUs = 0;
  /** Whether the workload is down. */
  isDown = false;
  /** Microseconds that it has been down, as of the last time that its thread of anonymous memory was settled. */
  downUs = 0;
  /** Accesses to pages that it has lost, as of the last time that its threads were settled; a fraction. */
  lostPages = 0;

  /** A kill takes `pages` pages: each has to be filled again. A workload that is down already stays down. */
  begin(nowUs: number, pages: number): void {
    if (this.kills === 0) this.firstKillUs = nowUs;
    this.kills++;
    this.isDown = true;
    this.lostPages += pages;
  }

  /** The workload has all the memory that the trace wants it to have. */
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
