import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import { Incident, reportWaits, Wait } from "../view/causes.ts";
import type { GuestContext } from "./context.ts";
import { Activity } from "./pressure.ts";
import { SWAP_CLUSTER_MAX } from "./reclaim.ts";
import { DEF_PRIORITY, Reclaimer } from "./reclaimer.ts";

/** The result of `ask` and `resume`. */
export const Progress = {
  /** All pages are allocated. */
  Done: 0,
  /** The allocation is in direct reclaim. The actor passes the next event of its slot to `resume`. */
  Waiting: 1,
  /** Some pages are allocated, and the allocation has taken `patienceUs` or longer: the caller gets these pages now. */
  Partial: 2,
  /**
   * Reclaim found no page and the OOM killer no victim; or reclaim found no page and `noRetry` is set. `got` pages are
   * allocated.
   */
  Failed: 3,
} as const;

/** Repetitions of a round that reclaimed no page, before the OOM killer runs (`MAX_RECLAIM_RETRIES`, mm/internal.h). */
const MAX_RECLAIM_RETRIES = 16;
/** Wait before such a round is repeated if any page is dirty, in nanoseconds (HZ/10); in kernels where all reclaimers wait. */
const WRITEBACK_WAIT_NS = 100_000_000;

/**
 * Allocations that may sleep (`__alloc_pages_slowpath`); the kernel allocates page by page, the model many pages at a
 * time. An allocation takes free pages down to `min` and wakes kswapd at `low`. At `min` it makes rounds of direct
 * reclaim and, if they reclaim no page, calls the OOM killer. A step of reclaim takes effect at once; its duration ends
 * with an event in the actor's slot. While `reclaiming` is true, the actor must pass its events to `resume`.
 */
export class SlowPathAllocator implements Archived {
  /** Pages requested by the current allocation, and pages allocated so far. */
  wanted: Pages = 0;
  got: Pages = 0;
  /** The part of `got` that was taken from outside of free blocks; of movable pages only. */
  gotScattered: Pages = 0;
  /** Total time of this actor's allocations in direct reclaim, waits included, in microseconds. */
  stalledUs = 0;
  readonly #context: GuestContext;
  readonly #slot: number;
  readonly #unmovable: boolean;
  readonly #retryNs: number;
  readonly #noRetry: boolean;
  readonly #patienceUs: number;
  readonly #reclaimer = new Reclaimer(false);
  #reclaiming = false;
  #pausing = false;
  #stalledSinceUs = 0;
  #askedAtUs = 0;
  #failedRounds = 0;

  /**
   * @param options unmovable: the allocation may boost the watermarks (no __GFP_MOVABLE); noRetry: it fails after one
   * round without a page, without the OOM killer (__GFP_NORETRY); retryNs: sleep before such a round is repeated, a
   * tick for a workqueue worker (PF_WQ_WORKER); patienceUs: time after which an allocation returns the pages that it
   * has; 0 for a caller that uses each page before it allocates the next one
   */
  constructor(
    context: GuestContext,
    slot: number,
    options: { unmovable?: boolean; noRetry?: boolean; retryNs?: number; patienceUs?: number } = {},
  ) {
    this.#context = context;
    this.#slot = slot;
    this.#unmovable = options.unmovable ?? false;
    this.#retryNs = options.retryNs ?? 0;
    this.#noRetry = options.noRetry ?? false;
    this.#patienceUs = options.patienceUs ?? Number.POSITIVE_INFINITY;
  }

  /** Whether an allocation is in direct reclaim. */
  get reclaiming(): boolean {
    return this.#reclaiming;
  }

  /** Pages that the allocation in direct reclaim has so far; 0 if there is none. */
  get held(): Pages {
    return this.#reclaiming ? this.got : 0;
  }

  /**
   * Begins an allocation and returns its `Progress`. Takes the pages from the free ones; the caller adds them to its
   * own number.
   */
  ask(wanted: Pages): number {
    this.wanted = wanted;
    this.got = 0;
    this.gotScattered = 0;
    this.#failedRounds = 0;
    this.#askedAtUs = this.#context.timeline.nowUs;
    return this.#take();
  }

  /** Continues the allocation at the next event after `Progress.Waiting`; returns its `Progress`. */
  resume(): number {
    if (this.#pausing) {
      this.#pausing = false;
      // The balloon has given pages, which took that long.
      if (this.#failedRounds === 0) {
        this.#endReclaim();
        return this.#take();
      }
      return this.#beginRound();
    }
    return this.#proceed();
  }

  archive(a: Archive): void {
    this.wanted = a.number(this.wanted);
    this.got = a.number(this.got);
    this.gotScattered = a.number(this.gotScattered);
    this.stalledUs = a.number(this.stalledUs);
    this.#reclaimer.archive(a);
    this.#reclaiming = a.boolean(this.#reclaiming);
    this.#pausing = a.boolean(this.#pausing);
    this.#stalledSinceUs = a.number(this.#stalledSinceUs);
    this.#askedAtUs = a.number(this.#askedAtUs);
    this.#failedRounds = a.number(this.#failedRounds);
  }

  #take(): number {
    const { memory, kswapd } = this.#context;
    const { watermarks } = memory;
    const missing = this.wanted - this.got;
    const { boost } = watermarks;
    const { scatteredFree } = memory;
    if (this.#unmovable) this.got += memory.takeUnmovable(missing, 0);
    else {
      this.got += this.#takeMovable(missing);
      this.gotScattered += scatteredFree - memory.scatteredFree;
    }
    // A boost wakes kswapd, whatever is free (ZONE_BOOSTED_WATERMARK in `rmqueue`).
    const isLow = memory.free <= watermarks.low || watermarks.boost > boost;
    if (isLow) kswapd.wake();
    if (this.got === this.wanted) return Progress.Done;
    const { nowUs } = this.#context.timeline;
    if (this.got > 0 && nowUs - this.#askedAtUs >= this.#patienceUs) return Progress.Partial;
    memory.allocStalls++;
    this.#reclaiming = true;
    this.#stalledSinceUs = nowUs;
    this.#context.causes?.begins(this.#slot, Wait.DirectReclaim);
    return this.#beginRound();
  }

  /**
   * Takes free pages down to `min`; for a caller that does not retry, a little further. A caller without patience uses each
   * page before it allocates the next one: it gets those down to `low`, or else a few, so that kswapd, woken at `low`, works
   * before many more are taken.
   */
  #takeMovable(count: Pages): Pages {
    const { memory } = this.#context;
    const { low, min } = memory.watermarks;
    if (this.#noRetry) return memory.takeLots(count);
    if (this.#patienceUs > 0) return memory.takeFree(count, min);
    const above = memory.takeFree(count, low);
    if (above > 0) return above;
    return memory.takeFree(Math.min(count, Math.max(SWAP_CLUSTER_MAX, Math.floor((low - min) / 8))), min);
  }

  #beginRound(): number {
    const r = this.#reclaimer;
    r.priority = DEF_PRIORITY;
    r.wanted = this.#context.reclaimBatch;
    r.reclaimed = 0;
    this.#context.reclaim.beginPass(r);
    return this.#proceed();
  }

  /** Reclaims, once the actor has a processor, up to the end of the next step or of the round. */
  #proceed(): number {
    const { reclaim, processors, pressure, timeline } = this.#context;
    const r = this.#reclaimer;
    do {
      const isGranted = processors.grant(this.#slot);
      pressure.set(this.#slot, isGranted ? Activity.Stalled : Activity.StalledQueued, timeline.nowUs);
      if (!isGranted) return Progress.Waiting;
      while (reclaim.passDone(r)) {
        if (r.reclaimed >= r.wanted) return this.#progress();
        r.priority--;
        if (r.priority < 0) return r.reclaimed > 0 ? this.#progress() : this.#noProgress();
        reclaim.beginPass(r);
      }
    } while (this.#isEmptyStep());
    return Progress.Waiting;
  }

  /**
   * Reclaims for a step. The end of one of a pass with nothing to scan, which takes no time, is no event, unless another actor
   * of the guest has one in the same microsecond: a round may have a dozen of these, and the OOM killer waits for 17 rounds.
   * @returns whether the round goes on now; if not, the end of the step is the actor's next event
   */
  #isEmptyStep(): boolean {
    const { processors, reclaim, settling, slots } = this.#context;
    const r = this.#reclaimer;
    const { reclaimed } = r;
    settling.settle();
    const { slowdown } = processors;
    const ns = reclaim.step(r, slowdown);
    settling.noticeLosses();
    const isEmpty = ns === 0 && reclaim.waitNs === 0 && r.reclaimed === reclaimed && reclaim.passDone(r);
    if (isEmpty && !slots.areDueNow) return true;
    const { causes, timeline } = this.#context;
    if (causes !== null && reclaim.waitNs > 0) {
      reportWaits(causes, this.#slot, timeline.nowUs + Math.floor((ns * slowdown) / 1000), reclaim.waits);
    }
    processors.work(this.#slot, ns * slowdown, reclaim.waitNs);
    return false;
  }

  #progress(): number {
    this.#context.reclaim.end();
    this.#context.kswapd.encourage();
    this.#failedRounds = 0;
    // The pages of the round may not be enough for the watermark, which a boost or others' allocations have moved away.
    const { memory } = this.#context;
    if (this.#noRetry && memory.free <= memory.watermarks.min) return this.#fail();
    this.#endReclaim();
    return this.#take();
  }

  /** Handles a round that reclaimed no page (`should_reclaim_retry`, `__alloc_pages_may_oom`). */
  #noProgress(): number {
    const { memory, kswapd, oomKiller } = this.#context;
    const { base, min } = memory.watermarks;
    this.#context.reclaim.end();
    memory.drainProcessors();
    if (memory.free > memory.watermarks.min) {
      this.#endReclaim();
      return this.#take();
    }
    if (this.#noRetry) return this.#fail();
    this.#failedRounds++;
    // kswapd, if it runs, will subtract the boost: pages above the base `min` may then be enough.
    const hopeless = memory.reclaimable + memory.free <= (kswapd.isRunning ? base.min : min);
    if (!hopeless && this.#failedRounds <= MAX_RECLAIM_RETRIES) {
      if (memory.dirty > 0 && memory.rules.reclaimWaits === "all") {
        this.#context.pressure.set(this.#slot, Activity.StalledWaiting, this.#context.timeline.nowUs);
        return this.#pause(WRITEBACK_WAIT_NS, Wait.FileWriteback);
      }
      // PSI does not count the sleep before the next round as a stall.
      this.#context.pressure.set(this.#slot, Activity.Idle, this.#context.timeline.nowUs);
      return this.#pause(this.#retryNs, Wait.Retry);
    }
    this.#context.causes?.happened(this.#slot, Incident.OutOfMemory, this.wanted - this.got);
    const ns = oomKiller.oomKill();
    if (ns === null) return this.#fail();
    this.#failedRounds = 0;
    if (ns > 0) {
      this.#context.pressure.set(this.#slot, Activity.Idle, this.#context.timeline.nowUs);
      this.#context.causes?.happened(this.#slot, Incident.Relief, 0);
      return this.#pause(ns, Wait.Relief);
    }
    this.#endReclaim();
    return this.#take();
  }

  /** Waits, then begins a round, or allocates what the balloon gave if no round has failed since. */
  #pause(ns: number, wait: number): number {
    this.#pausing = true;
    const { timeline, causes } = this.#context;
    const us = timeline.pass(this.#slot, ns, 1);
    if (ns > 0) causes?.waits(this.#slot, wait, timeline.nowUs, us, 0);
    timeline.at(this.#slot, timeline.nowUs + us);
    return Progress.Waiting;
  }

  #fail(): number {
    this.#context.causes?.happened(this.#slot, Incident.AllocationFailed, this.wanted - this.got);
    this.#endReclaim();
    return Progress.Failed;
  }

  #endReclaim(): void {
    const { timeline, pressure, causes } = this.#context;
    this.#reclaiming = false;
    causes?.ends(this.#slot, Wait.DirectReclaim);
    this.stalledUs += timeline.nowUs - this.#stalledSinceUs;
    pressure.set(this.#slot, Activity.Running, timeline.nowUs);
  }
}
