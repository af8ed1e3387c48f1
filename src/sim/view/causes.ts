import type { Ns, Pages, Us } from "../../common/units.ts";
import type { Observer, RunView } from "./types.ts";

/** What an actor of the guest waits for. */
export const Wait = {
  /** Its allocation found no free page above `min`: it reclaims pages itself. The waits below up to `Relief` are parts of it. */
  DirectReclaim: 0,
  /** In reclaim, for room in the queue of the swap device. */
  SwapQueue: 1,
  /** In reclaim, for pages that the swap device is writing. */
  SwapWritten: 2,
  /** In reclaim, for dirty pages of files: before a round is repeated. */
  FileWriteback: 3,
  /** In reclaim, a sleep before a round is repeated. */
  Retry: 4,
  /** In reclaim, until the balloon has given pages instead of a kill. */
  Relief: 11,
  /** For pages of its working set that are in swap. */
  SwapRead: 5,
  /** For pages of files that had been in use before they were evicted. */
  Refault: 6,
  /** For other pages of files that had been in the page cache. */
  Reread: 10,
  /** For pages of files that had not been there. */
  FileRead: 7,
  /** A writer to files: too many pages are dirty. */
  DirtyLimit: 8,
  /** kswapd reclaims. Nothing waits, but the work is counted as a stall by PSI. */
  Kswapd: 9,
} as const;

/** What happens at one instant. */
export const Incident = {
  /** An allocation that may not sleep failed. */
  NoSleepFailed: 0,
  /** An allocation that may sleep failed. */
  AllocationFailed: 1,
  /** No free block of 2 MiB was left for the driver. */
  LargeFailed: 2,
  /** A daemon's own limits, its floor or its limit of pressure, permitted fewer pages. */
  Limited: 3,
  /** Reclaim found nothing: the actor calls the OOM killer. */
  OutOfMemory: 4,
  /** The balloon gave pages instead of a kill. */
  Relief: 5,
  /** kswapd has given up: round after round it reclaimed nothing. */
  KswapdGaveUp: 6,
  /** The host refused pages of a LOCK, or of an UNLOCK. */
  Refused: 7,
  UnlockRefused: 8,
  /** The host did not carry out another command. */
  CommandFailed: 9,
  /** The host demanded a reset. */
  Reset: 10,
} as const;

/** A line along which the host's target moves: the target at its end, and when that is. */
export interface TargetLine {
  readonly target: Pages;
  readonly untilUs: Us;
}

/**
 * Is told why a run stalls: each wait, failure and refusal of the model, when it happens. Actors are numbers of `Slot`, workloads
 * two numbers each after them. A sink only reads: a run is the same with and without one.
 */
export interface CauseSink extends Observer {
  /** Called once, before the first event, with the run's live view. */
  attach(view: RunView): void;
  /** An actor begins to wait (`Wait`), for a time that is not known yet. */
  begins(actor: number, wait: number): void;
  /** That wait is over. */
  ends(actor: number, wait: number): void;
  /**
   * An actor waits for a time that is known.
   * @param fromUs when it begins: now, a little later, or before, for waits that are computed afterwards
   * @param pages that it waits for; 0 where that is no number of pages
   */
  waits(actor: number, wait: number, fromUs: Us, us: Us, pages: Pages): void;
  /**
   * The trace changes the host's target now; `target` follows.
   * @param before the target just before, in pages
   * @param line along which it moves from now on; null: it does not move
   */
  retargets?(before: Pages, line: TargetLine | null): void;
  /**
   * Something has happened (`Incident`).
   * @param actor whom it happened to, or who did it
   * @param pages that it is about; 0 if it is not about pages
   */
  happened(actor: number, incident: number, pages: Pages): void;
}

/** The parts of a reclaimer's wait in its last step, in nanoseconds. */
export interface ReclaimWaits {
  /** For room in the swap device's queue. */
  queueNs: Ns;
  /** For pages that the device is writing. */
  writtenNs: Ns;
}

/** Reports the waits of a step of reclaim, which begin when its work ends. */
export function reportWaits(sink: CauseSink, actor: number, fromUs: Us, { queueNs, writtenNs }: ReclaimWaits): void {
  const queueUs = Math.ceil(queueNs / 1000);
  if (queueNs > 0) sink.waits(actor, Wait.SwapQueue, fromUs, queueUs, 0);
  // Both together take whole microseconds, as the event at their end does.
  const writtenUs = Math.ceil((queueNs + writtenNs) / 1000) - queueUs;
  if (writtenNs > 0) sink.waits(actor, Wait.SwapWritten, fromUs + queueUs, writtenUs, 0);
}
