import type { Archive, Archived } from "../state/archive.ts";
import { Incident, reportWaits, Wait } from "../view/causes.ts";
import type { BackgroundReclaim, ReclaimContext } from "./context.ts";
import { Activity } from "./pressure.ts";
import { SWAP_CLUSTER_MAX } from "./reclaim.ts";
import { DEF_PRIORITY, Reclaimer } from "./reclaimer.ts";

const State = { Asleep: 0, Running: 1, Napping: 2 } as const;

/** kswapd gives up after this many consecutive rounds that reclaimed no page (`MAX_RECLAIM_RETRIES`, mm/internal.h). */
const MAX_RECLAIM_RETRIES = 16;
/** Wait before kswapd checks the zone once more and sleeps (HZ/10 in `kswapd_try_to_sleep`). */
const NAP_US = 100_000;

/**
 * The kernel's reclaim thread. Allocations wake it at the low watermark; it reclaims until the zone is balanced, that
 * is has `high` free pages (`balance_pgdat`). It makes rounds: passes at priorities from `DEF_PRIORITY` down to 1.
 * `high` includes the boost.
 */
export class Kswapd implements BackgroundReclaim, Archived {
  readonly #context: ReclaimContext;
  readonly #slot: number;
  readonly #reclaimer = new Reclaimer(true);
  #state: number = State.Asleep;
  #inPass = false;
  #failures = 0;
  /** The watermarks' boost at the beginning of this round, in pages; the end of the round subtracts it. */
  #boost = 0;
  /**
   * Pages that this round is still to reclaim for the boost alone, of files only, because `high` pages are free
   * (nr_boost_reclaim in `balance_pgdat`). 0: it reclaims until they are.
   */
  #boostReclaim = 0;

  constructor(context: ReclaimContext, slot: number) {
    this.#context = context;
    this.#slot = slot;
  }

  /**
   * Starts kswapd unless it runs, has given up, or the zone is balanced and not boosted (`wakeup_kswapd`); returns whether
   * it started.
   */
  wake(): boolean {
    if (this.#state === State.Running || this.#failures >= MAX_RECLAIM_RETRIES) return false;
    if (this.#balanced() && this.#context.memory.watermarks.boost === 0) return false;
    this.#run();
    return true;
  }

  /** Whether kswapd is running; it is not during a nap. */
  get isRunning(): boolean {
    return this.#state === State.Running;
  }

  /** Direct reclaim has made progress: resets the count of failed rounds, so that kswapd may be woken again. */
  encourage(): void {
    this.#failures = 0;
  }

  /** Handles kswapd's event: the start of the next slice of reclaim, or the end of a nap. */
  resume(): void {
    const { reclaim } = this.#context;
    const r = this.#reclaimer;
    if (this.#state === State.Napping) {
      this.#state = State.Asleep;
      if (!this.#balanced()) this.wake();
      return;
    }
    if (this.#failures >= MAX_RECLAIM_RETRIES) return this.#setIdle(State.Asleep);
    const { processors, pressure, timeline } = this.#context;
    const isGranted = processors.grant(this.#slot);
    pressure.set(this.#slot, isGranted ? Activity.Stalled : Activity.StalledQueued, timeline.nowUs);
    if (!isGranted) return;
    const { slowdown } = processors;
    const { sliceNs } = this.#context;
    let workNs = 0;
    let waitNs = 0;
    this.#context.settling.settle();
    while (workNs < sliceNs && waitNs === 0) {
      if (!this.#inPass) {
        if (!this.#preparePass()) break;
        reclaim.beginPass(r);
        this.#inPass = true;
      }
      if (!reclaim.passDone(r)) {
        workNs += reclaim.step(r, slowdown);
        waitNs = reclaim.waitNs;
        continue;
      }
      this.#inPass = false;
      this.#endPass();
      if (r.priority < 1 && !this.#nextRound()) break;
    }
    this.#context.settling.noticeLosses();
    const { causes } = this.#context;
    if (causes !== null && waitNs > 0) {
      reportWaits(causes, this.#slot, timeline.nowUs + Math.floor((workNs * slowdown) / 1000), reclaim.waits);
    }
    if (workNs + waitNs > 0) processors.work(this.#slot, workNs * slowdown, waitNs);
    else if (this.#failures >= MAX_RECLAIM_RETRIES) this.#setIdle(State.Asleep);
    // No work in this event: the zone was balanced at its beginning.
    else this.#nap();
  }

  archive(a: Archive): void {
    this.#reclaimer.archive(a);
    this.#state = a.number(this.#state);
    this.#inPass = a.boolean(this.#inPass);
    this.#failures = a.number(this.#failures);
    this.#boost = a.number(this.#boost);
    this.#boostReclaim = a.number(this.#boostReclaim);
  }

  /** Prepares a pass; returns false if the round has reached its goal. */
  #preparePass(): boolean {
    const r = this.#reclaimer;
    const isBalanced = this.#balanced();
    if (isBalanced && this.#boostReclaim === 0) return false;
    // The watermarks, which contain the boost, come first: the round begins again.
    if (!isBalanced && this.#boostReclaim > 0) {
      this.#boostReclaim = 0;
      r.priority = DEF_PRIORITY;
    }
    r.filesOnly = this.#boostReclaim > 0;
    r.wanted = Math.max(this.#context.memory.watermarks.ownHigh, SWAP_CLUSTER_MAX);
    return true;
  }

  /**
   * Ends a pass. The priority is decremented if it scanned fewer pages than the round's target, or reclaimed none; for a
   * boost alone not below 10, and a pass that reclaims none ends that.
   */
  #endPass(): void {
    const r = this.#reclaimer;
    const isLowest = r.filesOnly && r.priority === DEF_PRIORITY - 2;
    if ((r.scannedInPass < r.wanted && !isLowest) || r.reclaimedInPass === 0) r.priority--;
    if (!r.filesOnly) return;
    this.#boostReclaim = r.reclaimedInPass === 0 ? 0 : Math.max(0, this.#boostReclaim - r.reclaimedInPass);
  }

  #run(): void {
    const { timeline, pressure, processors } = this.#context;
    this.#state = State.Running;
    this.#context.causes?.begins(this.#slot, Wait.Kswapd);
    // PSI counts the time of kswapd as a stall (`psi_memstall_enter` in `balance_pgdat`).
    pressure.set(this.#slot, Activity.StalledQueued, timeline.nowUs);
    this.#beginRound();
    processors.wake(this.#slot);
  }

  #beginRound(): void {
    const r = this.#reclaimer;
    r.priority = DEF_PRIORITY;
    r.reclaimed = 0;
    this.#inPass = false;
    this.#boost = this.#context.memory.watermarks.boost;
    this.#boostReclaim = this.#boost;
  }

  /** Ends the round and subtracts its part of the watermarks' boost. */
  #endRound(): void {
    this.#context.reclaim.end();
    this.#context.memory.watermarks.lower(this.#boost);
    if (this.#boost > 0) this.#context.memory.compact();
  }

  /** Ends a round whose priorities are used up. Begins another one, or gives up (returns false). */
  #nextRound(): boolean {
    this.#endRound();
    this.#failures = this.#reclaimer.reclaimed > 0 ? 0 : this.#failures + 1;
    if (this.#failures >= MAX_RECLAIM_RETRIES) return false;
    this.#beginRound();
    return true;
  }

  #nap(): void {
    const { timeline } = this.#context;
    this.#endRound();
    this.#setIdle(State.Napping);
    timeline.at(this.#slot, timeline.nowUs + NAP_US);
  }

  #setIdle(state: number): void {
    const { timeline, pressure, causes } = this.#context;
    this.#state = state;
    causes?.ends(this.#slot, Wait.Kswapd);
    if (this.#failures >= MAX_RECLAIM_RETRIES) causes?.happened(this.#slot, Incident.KswapdGaveUp, 0);
    pressure.set(this.#slot, Activity.Idle, timeline.nowUs);
  }

  #balanced(): boolean {
    const { free, watermarks } = this.#context.memory;
    return free >= watermarks.high;
  }
}
