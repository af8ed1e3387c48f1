import type { Archive, Archived } from "../state/archive.ts";
import { type GuestContext, slowdown } from "./context.ts";
import { Activity } from "./pressure.ts";
import { DEF_PRIORITY, Reclaimer } from "./reclaimer.ts";

/** How an attempt to get pages stands. */
export const Progress = {
  /** All pages are there. */
  Done: 0,
  /** The actor has an event pending in which it goes on. */
  Waiting: 1,
  /** Some pages are there, and it has waited so long for them that they are handed over before the rest. */
  Partial: 2,
  /** Reclaim found nothing, and nobody is left to kill; what is there is in `got`. */
  Failed: 3,
} as const;

/** Fruitless rounds of direct reclaim before the OOM killer is asked (`MAX_RECLAIM_RETRIES`, mm/internal.h). */
const MAX_FRUITLESS_ROUNDS = 16;
/** How long a direct reclaimer waits for writeback when it finds nothing but dirty pages, in nanoseconds (HZ/10). */
const WRITEBACK_WAIT_NS = 100_000_000;

/**
 * An allocation that may sleep, page by page in the kernel and run by run here (`__alloc_pages_slowpath`): free pages down
 * to min, kswapd woken at low; below that the caller reclaims for itself, round after round, and in the end has somebody
 * killed. Each step of reclaim is an event of the actor's slot.
 */
export class SlowPathAllocator implements Archived {
  /** Pages asked for, and got. */
  wanted = 0;
  got = 0;
  /** Time that it has spent in reclaim so far, in microseconds. */
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
  #fruitlessRounds = 0;

  /**
   * @param options unmovable: its pages can't be moved (no __GFP_MOVABLE); noRetry: it gives up after one fruitless round,
   * without the OOM killer (__GFP_NORETRY); retryNs: how long it sleeps before it repeats one, a tick for a worker of the
   * kernel (PF_WQ_WORKER); patienceUs: it hands over what it has got once it has waited this long
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

  /** Whether it is in direct reclaim: the event of its slot belongs to `resume`. */
  get reclaiming(): boolean {
    return this.#reclaiming;
  }

  /** Pages that it has taken from the free ones and not handed over yet. */
  get held(): number {
    return this.#reclaiming ? this.got : 0;
  }

  /** Asks for pages. They are taken from the free ones as they come; the caller says where they go. */
  ask(wanted: number): number {
    this.wanted = wanted;
    this.got = 0;
    this.#fruitlessRounds = 0;
    this.#askedAtUs = this.#context.timeline.nowUs;
    return this.#take();
  }

  /** Goes on in the event that `Progress.Waiting` announced. */
  resume(): number {
    const { reclaim } = this.#context;
    const r = this.#reclaimer;
    if (this.#pausing) {
      this.#pausing = false;
      this.#context.pressure.set(this.#slot, Activity.Stalled, this.#context.timeline.nowUs);
      return this.#beginRound();
    }
    for (;;) {
      if (!reclaim.passDone(r)) return this.#step();
      if (r.reclaimed >= r.wanted) return this.#reclaimed();
      r.priority--;
      if (r.priority < 0) return r.reclaimed > 0 ? this.#reclaimed() : this.#fruitless();
      reclaim.beginPass(r);
    }
  }

  archive(a: Archive): void {
    this.wanted = a.number(this.wanted);
    this.got = a.number(this.got);
    this.stalledUs = a.number(this.stalledUs);
    this.#reclaimer.archive(a);
    this.#reclaiming = a.boolean(this.#reclaiming);
    this.#pausing = a.boolean(this.#pausing);
    this.#stalledSinceUs = a.number(this.#stalledSinceUs);
    this.#askedAtUs = a.number(this.#askedAtUs);
    this.#fruitlessRounds = a.number(this.#fruitlessRounds);
  }

  /** @param reclaimed whether it has just reclaimed for itself, and got something */
  #take(reclaimed = false): number {
    const { memory, wakeKswapd } = this.#context;
    const missing = this.wanted - this.got;
    this.got += this.#unmovable
      ? memory.takeUnmovable(missing, 0, reclaimed)
      : memory.takeFree(missing, memory.watermarks.min);
    const woken = memory.free <= memory.watermarks.low && wakeKswapd();
    if (this.got === this.wanted) return Progress.Done;
    const { nowUs } = this.#context.timeline;
    if (this.got > 0 && nowUs - this.#askedAtUs >= this.#patienceUs) return Progress.Partial;
    memory.allocStalls++;
    this.#reclaiming = true;
    this.#stalledSinceUs = nowUs;
    const { pressure, cpus } = this.#context;
    pressure.set(this.#slot, Activity.Stalled, nowUs);
    if (!woken || pressure.busy <= cpus) return this.#beginRound();
    // Without a processor of its own for it kswapd, which has slept, goes first (check_preempt_wakeup, kernel/sched/fair.c).
    return this.#pause(0);
  }

  #beginRound(): number {
    const r = this.#reclaimer;
    r.priority = DEF_PRIORITY;
    r.wanted = this.#context.reclaimBatch;
    r.reclaimed = 0;
    this.#context.reclaim.beginPass(r);
    return this.resume();
  }

  #step(): number {
    const { timeline, reclaim, settle, noticeLosses } = this.#context;
    settle();
    const slower = slowdown(this.#context);
    const ns = reclaim.step(this.#reclaimer, slower);
    noticeLosses();
    timeline.after(this.#slot, ns * slower);
    return Progress.Waiting;
  }

  #reclaimed(): number {
    this.#context.reclaim.end(this.#reclaimer);
    this.#context.encourageKswapd();
    this.#endReclaim();
    this.#fruitlessRounds = 0;
    return this.#take(true);
  }

  /** A round has got nothing (`should_reclaim_retry`, `__alloc_pages_may_oom`). */
  #fruitless(): number {
    const { memory, oomKill } = this.#context;
    const { base, min } = memory.watermarks;
    this.#context.reclaim.end(this.#reclaimer);
    if (memory.free > memory.watermarks.min) {
      this.#endReclaim();
      return this.#take();
    }
    if (this.#noRetry) return this.#fail();
    this.#fruitlessRounds++;
    // While kswapd is at work it may still take back what it has raised the watermarks by.
    const hopeless = memory.reclaimable + memory.free <= (this.#context.kswapdRuns() ? base.min : min);
    if (!hopeless && this.#fruitlessRounds <= MAX_FRUITLESS_ROUNDS) {
      if (memory.dirty > 0) return this.#pause(WRITEBACK_WAIT_NS);
      // Sleeping until the next attempt is no stall of reclaim.
      this.#context.pressure.set(this.#slot, Activity.Idle, this.#context.timeline.nowUs);
      return this.#pause(this.#retryNs);
    }
    if (!oomKill()) return this.#fail();
    this.#endReclaim();
    this.#fruitlessRounds = 0;
    return this.#take();
  }

  /** Begins a round after a while. */
  #pause(ns: number): number {
    this.#pausing = true;
    this.#context.timeline.after(this.#slot, ns);
    return Progress.Waiting;
  }

  #fail(): number {
    this.#endReclaim();
    return Progress.Failed;
  }

  #endReclaim(): void {
    const { timeline, pressure } = this.#context;
    this.#reclaiming = false;
    this.stalledUs += timeline.nowUs - this.#stalledSinceUs;
    pressure.set(this.#slot, Activity.Running, timeline.nowUs);
  }
}
