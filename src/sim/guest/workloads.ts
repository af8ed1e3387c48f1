import type { Ns, Pages, PagesPerS } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { Timeline } from "../time/timeline.ts";
import type { AnonThread } from "./anon-thread.ts";
import type { OomKiller, Settling } from "./context.ts";
import type { FileThread } from "./file-thread.ts";
import type { Writers } from "./flusher.ts";
import type { GuestMemory } from "./memory.ts";
import type { Outage } from "./outage.ts";

/** The effect of OOM kills on one workload, up to now. */
export interface OutageView {
  readonly kills: number;
  /** Virtual time of the first kill; 0 if there was none. */
  readonly firstKillUs: number;
  /** Down: killed, or restarted and not yet back at its demand. Alive: not killed, or restarted. */
  readonly isDown: boolean;
  readonly isAlive: boolean;
  readonly downUs: number;
  /** Lost accesses to pages: pages that kills freed, and touches, reads and writes not made while killed or down. */
  readonly lostPages: number;
}

/** Has the balloon give pages before a kill: the time that this takes, in nanoseconds; null if it gives none. */
export type OomRelief = () => Ns | null;

/** One workload: its two threads, and the account of its outages that they share. */
interface Workload {
  readonly anon: AnonThread;
  readonly files: FileThread;
  readonly outage: Outage;
}

/** The guest's workloads: passes calls to their threads, sums over them, and kills one if the kernel is out of memory. */
export class Workloads implements Settling, Writers, OomKiller, Archived {
  /** Time of the last `settle`. */
  settledUs = 0;
  readonly #timeline: Timeline;
  readonly #memory: GuestMemory;
  readonly #killed: (workload: number) => void;
  readonly #relief: OomRelief | undefined;
  readonly #workloads: Workload[] = [];

  /**
   * @param killed called with the index of the workload that the OOM killer has killed
   * @param relief called before the OOM killer chooses a workload: it kills none if the balloon gives pages; absent: the balloon
   * gives none
   */
  constructor(timeline: Timeline, memory: GuestMemory, killed: (workload: number) => void, relief?: OomRelief) {
    this.#relief = relief;
    this.#timeline = timeline;
    this.#memory = memory;
    this.#killed = killed;
  }

  /** Adds the next workload. */
  add(workload: Workload): void {
    this.#workloads.push(workload);
  }

  /** Sets up the demand of time 0: first all anonymous memory, then page cache. */
  warmUp(): void {
    for (const { anon } of this.#workloads) anon.warmUp();
    for (const { files } of this.#workloads) files.warmUp();
  }

  /** Called after all changes at one time: each idle thread schedules its next action anew. */
  look(): void {
    for (const { anon, files } of this.#workloads) {
      anon.look();
      files.setAlive(anon.alive);
    }
    for (const { files } of this.#workloads) files.look();
  }

  /** Handles the event of a workload's thread for anonymous memory. */
  resumeAnon(workload: number): void {
    const { anon, files } = this.#of(workload);
    anon.resume();
    files.setAlive(anon.alive);
  }

  /** Handles the event of a workload's thread for files. */
  resumeFiles(workload: number): void {
    this.#of(workload).files.resume();
  }

  /**
   * Integrates touches, reads and writes up to now. Call it only before a change of state: sums of fractions depend on
   * the times at which they are split, so a caller that only reads would change the results.
   */
  settle(): void {
    const now = this.#timeline.nowUs;
    if (now === this.settledUs) return;
    this.settledUs = now;
    for (const { anon } of this.#workloads) anon.settle();
    for (const { files } of this.#workloads) files.settle();
  }

  noticeLosses(): void {
    for (const { anon } of this.#workloads) anon.notice();
    for (const { files } of this.#workloads) files.notice();
  }

  oomKill(): Ns | null {
    const ns = this.#relief?.() ?? null;
    if (ns !== null) return ns;
    const victim = this.#memory.oomVictim();
    if (victim === null) return null;
    const { anon, files, outage } = this.#of(victim.index);
    anon.settle();
    outage.begin(this.#timeline.nowUs, victim.anon);
    this.#memory.oomKill(victim);
    anon.kill();
    files.setAlive(false);
    this.#killed(victim.index);
    return 0;
  }

  /** What the threads of a workload wait for now (`Wait`); -1: nothing. */
  waitsOf(workload: number): readonly number[] {
    const { anon, files } = this.#of(workload);
    return [anon.waitsFor, files.waitsFor];
  }

  get dirtyRate(): PagesPerS {
    return this.#workloads.reduce((sum, { files }) => sum + files.dirtyRate, 0);
  }

  /** Dirty pages now, between settles: each thread computes its own as if the others wrote none. */
  get dirty(): Pages {
    return this.#workloads.reduce((sum, { files }) => sum + files.dirty, 0);
  }

  /** Time that the threads have waited in direct reclaim, for swap reads and for refaulted file pages. */
  get stallUs(): number {
    let sum = 0;
    for (const { anon } of this.#workloads) sum += anon.reclaimStallUs + anon.swapStallUs;
    for (const { files } of this.#workloads) sum += files.reclaimStallUs + files.refaultStallUs;
    return sum;
  }

  /** The effect of OOM kills on a workload so far. */
  outageOf(workload: number): OutageView {
    const { anon, files, outage } = this.#of(workload);
    const { kills, firstKillUs, isDown } = outage;
    const lost = outage.lostPages + anon.unsettledLoss + files.unsettledLoss;
    return { kills, firstKillUs, isDown, isAlive: anon.alive, downUs: anon.downUs, lostPages: Math.floor(lost) };
  }

  /** Time that workloads have been down, in microseconds, and their lost accesses to pages; sums over all workloads. */
  get downUs(): number {
    return this.#workloads.reduce((sum, { anon }) => sum + anon.downUs, 0);
  }
  get lostPages(): number {
    return this.#workloads.reduce(
      (sum, { outage }, i) => (outage.kills === 0 ? sum : sum + this.outageOf(i).lostPages),
      0,
    );
  }

  /** Accesses to pages that the trace has demanded and that the workloads have not made because they waited. */
  get undonePages(): number {
    return Math.floor(this.#workloads.reduce((sum, { anon, files }) => sum + anon.undone + files.undone, 0));
  }

  /** Pages that allocations in progress have taken, by kind. */
  get heldByAnon(): Pages {
    return this.#workloads.reduce((sum, { anon }) => sum + anon.held, 0);
  }
  get heldByFiles(): Pages {
    return this.#workloads.reduce((sum, { files }) => sum + files.held, 0);
  }

  /** All but `settledUs`, which the guest's checkpoints have further behind. */
  archive(a: Archive): void {
    for (const { anon } of this.#workloads) anon.archive(a);
    for (const { files } of this.#workloads) files.archive(a);
    for (const { outage } of this.#workloads) outage.archive(a);
  }

  #of(workload: number): Workload {
    return this.#workloads[workload] as Workload;
  }
}
