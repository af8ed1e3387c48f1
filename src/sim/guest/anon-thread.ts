import type { Ns, Pages, PagesPerS, Us } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { Value } from "../trace/value.ts";
import { Wait } from "../view/causes.ts";
import { waitForBatchUs } from "./batching.ts";
import type { GuestContext } from "./context.ts";
import { Lru } from "./memory.ts";
import type { Outage } from "./outage.ts";
import { Refault } from "./page-lists.ts";
import { HUGE_PAGE, PageFlag, wholeHuge } from "./piece.ts";
import { Activity } from "./pressure.ts";
import { Progress, SlowPathAllocator } from "./slow-path-allocator.ts";
import type { SwappedRun } from "./swapped-pages.ts";
import type { WorkloadPages } from "./workload-pages.ts";

/** The work whose end is the thread's pending event. */
const Doing = { Nothing: 0, Growing: 1, Faulting: 2, Reading: 3, Mapping: 4 } as const;

/**
 * Longest wait whose touches the thread makes up for afterwards, in seconds: programs have work waiting, but not without
 * end. The recorded ones touch in bursts, ten a second, and rest after each (lab/guest/hog.c).
 */
const CATCH_UP_S = 0.1;
/** Delay before the thread repeats a failed allocation. */
const RETRY_US = 1_000_000;
/** Shortest restart of a killed workload: service managers wait this long before they start a service again. */
const RESTART_MIN_US = 100_000;
/**
 * The thread allocates, and reads from swap, in chunks of about a thousandth of memory. It follows a changing demand in
 * steps of four chunks.
 */
const CHUNKS_PER_GUEST = 1024;
/**
 * Cost of a page of a huge page at its first touch, as a part of that of a single page: zeroing it. The exception, the
 * allocation and the page table are those of one page for all of them. Published measurements of hardware give a fifth to a
 * third, the growth of the recorded workloads (in an emulator) rather more than a half.
 */
const HUGE_FAULT_PART = 0.5;
const CHUNK_MIN = 64;
const STEP_CHUNKS = 4;

/** What makes a thread for anonymous memory. */
export interface AnonThreadParts {
  readonly slot: number;
  readonly pages: WorkloadPages;
  readonly outage: Outage;
  /** The series of the trace; `workingSet` is null if all of `anon` is the working set. */
  readonly values: { readonly anon: Value; readonly workingSet: Value | null; readonly touch: Value };
  /** Position of the sweep in the working set at time 0: 0, its first page, to 1, its end. */
  readonly phase: number;
}

/**
 * The thread of a workload that uses anonymous memory. It grows to the demand of the trace fault by fault, touches its
 * working set in order, and reads pages back that it touches and that are in swap: a batch is read, then each of its pages
 * is mapped by a fault (mm/memory.c `do_swap_page()`). Touching resident pages causes no event: the thread only advances
 * `sweep`.
 */
export class AnonThread implements Archived {
  readonly #context: GuestContext;
  readonly #slot: number;
  readonly #pages: WorkloadPages;
  readonly #outage: Outage;
  readonly #allocator: SlowPathAllocator;
  readonly #anon: Value;
  readonly #workingSet: Value | null;
  readonly #touch: Value;
  readonly #chunk: Pages;
  readonly #step: Pages;
  readonly #phase: number;
  readonly #run: SwappedRun = { age: 0, workingset: false, due: 0, dueEnd: 0 };
  #doing: number = Doing.Nothing;
  /** Faults that map the pages of the batch that is being read. */
  #faults: Pages = 0;
  /** Time that the thread has been busy since it last touched resident pages, in microseconds. */
  #busyUs: Us = 0;
  /** Touches missed in the first `CATCH_UP_S` of that, which the thread may make up for; may be a fraction. */
  #missed: Pages = 0;
  #settledUs = 0;
  #failed = false;
  #alive = true;
  #restartAtUs = Number.POSITIVE_INFINITY;

  constructor(context: GuestContext, { slot, pages, outage, values, phase }: AnonThreadParts) {
    this.#context = context;
    this.#slot = slot;
    this.#pages = pages;
    this.#outage = outage;
    this.#allocator = new SlowPathAllocator(context, slot, { patienceUs: 0 });
    this.#anon = values.anon;
    this.#workingSet = values.workingSet;
    this.#touch = values.touch;
    this.#phase = phase;
    this.#chunk = Math.max(CHUNK_MIN, Math.floor(context.memory.total / CHUNKS_PER_GUEST));
    // In a guest with huge pages a step is whole ones; the page more makes up for the fraction that demand has lost.
    this.#step = context.memory.hasHugePages ? STEP_CHUNKS * wholeHuge(this.#chunk) + 1 : STEP_CHUNKS * this.#chunk;
  }

  /** Microseconds that the thread has stalled in direct reclaim. */
  get reclaimStallUs(): number {
    return this.#allocator.stalledUs;
  }

  /** Pages of the allocation in progress: they are not free any more, and not mapped yet. */
  get held(): Pages {
    return this.#allocator.held;
  }

  /** Microseconds that the thread has waited for reads from swap. */
  swapStallUs = 0;

  /**
   * Touches that the trace has demanded and that the thread has not made because it waited for memory, or because of the
   * processor's part of faults; up to the last `settle`, may be a fraction. Those of an outage are not in it.
   */
  undone: Pages = 0;

  /** What the thread waits for now (`Wait`); -1: nothing that has to do with memory. */
  get waitsFor(): number {
    if (this.#allocator.reclaiming) return Wait.DirectReclaim;
    return this.#doing === Doing.Reading ? Wait.SwapRead : -1;
  }

  /**
   * Sets up the demand of time 0, in no virtual time. The pages that the trace has in swap go to swap, cold ones first.
   * The rest goes to memory, until free memory falls to the high watermark.
   */
  warmUp(): void {
    const { memory } = this.#context;
    const want = Math.floor(this.#anon.at(0));
    const goal = this.#workingSetGoal(want);
    const { swapped } = this.#pages.spec;
    const swappedHot = Math.max(0, swapped - (want - goal));
    const pages = memory.takeFree(want - swapped, memory.watermarks.high);
    const hot = Math.min(pages, goal - swappedHot);
    const passed = Math.floor(hot * this.#phase);
    const huge = (part: Pages) => (memory.hasHugePages ? part - (part % HUGE_PAGE) : 0);
    const [hugeHot, hugeCold] = [huge(hot), huge(pages - hot)];
    memory.grow(this.#pages, hugeHot, hugeCold, passed, PageFlag.Huge);
    memory.grow(this.#pages, hot - hugeHot, pages - hot - hugeCold, passed);
    memory.beginSwapped(this.#pages, swappedHot, swapped - swappedHot, hot - passed);
    this.look();
  }

  /** Microseconds that the workload has been down. */
  get downUs(): number {
    const { isDown, downUs } = this.#outage;
    return isDown ? downUs + this.#unsettledDownUs : downUs;
  }

  /** Touches lost since the last `settle`: those that the trace demands while the workload is down. */
  get unsettledLoss(): Pages {
    if (!this.#outage.isDown || this.#touches) return 0;
    const sinceUs = this.#settledUs;
    const { nowUs } = this.#context.timeline;
    const set = this.#workingSet;
    const isWanted = this.#anon.reaches(1, sinceUs, nowUs) && (set === null || set.reaches(1, sinceUs, nowUs));
    return isWanted ? this.#touch.over(sinceUs, nowUs) : 0;
  }

  /**
   * Time since the last `settle` in which the workload, which is down, was down. Time in which the trace demands no
   * memory of it does not count.
   */
  get #unsettledDownUs(): Us {
    return this.#anon.timeAtLeast(1, this.#settledUs, this.#context.timeline.nowUs);
  }

  /** Called after the OOM killer has freed the workload's memory. The caller has settled the thread just before. */
  kill(): void {
    const { restartUs } = this.#pages.spec;
    this.#alive = false;
    this.#faults = 0;
    this.#giveUp();
    const { nowUs } = this.#context.timeline;
    this.#restartAtUs = restartUs === null ? Number.POSITIVE_INFINITY : nowUs + Math.max(restartUs, RESTART_MIN_US);
    if (this.#doing === Doing.Nothing) this.#rest();
  }

  get alive(): boolean {
    return this.#alive;
  }

  /**
   * A series of the trace, or the state of the workload's pages, has changed: an idle thread schedules its next action
   * anew.
   */
  look(): void {
    if (this.#doing === Doing.Nothing) this.#decide();
  }

  /** Called after reclaim: if it evicted pages of the working set, schedules the first fault on them. */
  notice(): void {
    if (this.#pages.swappedHot === 0 || this.#doing !== Doing.Nothing || !this.#alive) return;
    const { timeline } = this.#context;
    timeline.at(this.#slot, Math.min(timeline.dueUs(this.#slot), this.#nextLookUs()));
  }

  /** Advances `sweep`, and the time and touches lost in an outage, to the current time. */
  settle(): void {
    const { nowUs } = this.#context.timeline;
    if (nowUs === this.#settledUs) return;
    if (this.#touches) this.#advance(nowUs);
    else this.#miss(nowUs);
    if (this.#outage.isDown) {
      this.#outage.lostPages += this.unsettledLoss;
      this.#outage.downUs += this.#unsettledDownUs;
    }
    this.#settledUs = nowUs;
  }

  /** Advances the sweep to the present time, by less if there is not time enough for the faults on the way. */
  #advance(nowUs: number): void {
    const { memory, costs, processors, backing } = this.#context;
    const w = this.#pages;
    const pages = this.#touch.over(this.#settledUs, nowUs);
    const faults = memory.faultsOnTouch(w, pages);
    const us = nowUs - this.#settledUs;
    let made = pages;
    if (faults > 0) {
      const needNs = faults * costs.faultNs;
      const ns = us * 1000 * processors.shareSince(this.#settledUs);
      if (needNs > ns) made = (pages * ns) / needNs;
    }
    if (backing !== null) made = backing.touchHot(w, made, us * 1000);
    w.sweep += made;
    this.undone += pages - made;
  }

  /** Counts the touches that the thread misses up to the present time, in which it reads from swap or reclaims. */
  #miss(nowUs: number): void {
    const fromUs = this.#settledUs;
    const isMissing = this.#alive && this.#pages.workingSet > 0;
    if (this.#doing >= Doing.Faulting) {
      const untilUs = Math.min(nowUs, fromUs + Math.max(0, CATCH_UP_S * 1e6 - this.#busyUs));
      this.#busyUs += nowUs - fromUs;
      if (!isMissing) return;
      this.#missed += this.#touch.over(fromUs, untilUs);
      this.undone += this.#touch.over(untilUs, nowUs);
    } else if (this.#allocator.reclaiming && isMissing) this.undone += this.#touch.over(fromUs, nowUs);
  }

  /** The thread does not make up for touches that it has missed. */
  #giveUp(): void {
    this.undone += this.#missed;
    this.#missed = 0;
    this.#busyUs = 0;
  }

  /**
   * Makes up for touches that the thread has missed while it was busy; returns whether it is busy with their faults. Not
   * while it has pages to read that it has touched before.
   */
  #catchUp(): boolean {
    const w = this.#pages;
    if (this.#busyUs === 0 || w.evictedHot.dueBy(w.sweep) > 0) return false;
    const { memory, timeline, costs } = this.#context;
    const pages = this.#touch.at(timeline.nowUs) * Math.min(CATCH_UP_S, this.#busyUs / 1e6);
    this.#missed = Math.max(0, this.#missed - pages);
    this.#giveUp();
    const faults = memory.faultsOnTouch(w, pages);
    w.sweep += pages;
    if (faults === 0) return false;
    this.#spend(faults * costs.faultNs);
    return true;
  }

  /** Maps the pages of the batch that has been read. */
  #map(): void {
    const faults = this.#faults;
    this.#faults = 0;
    this.#spend(faults * this.#context.costs.swapFaultNs);
  }

  /** Spends the processor time of faults. Each is followed by another read: other actors work in between. */
  #spend(ns: Ns): void {
    const { timeline, pressure, processors } = this.#context;
    this.#doing = Doing.Mapping;
    pressure.set(this.#slot, Activity.Running, timeline.nowUs);
    processors.interleave(this.#slot, ns);
  }

  /** Whether the thread touches its working set now. It does not while it waits for a fault. */
  get #touches(): boolean {
    return this.#doing === Doing.Nothing && this.#alive && this.#pages.workingSet > 0;
  }

  /** Handles the thread's event. */
  resume(): void {
    this.settle();
    if (this.#allocator.reclaiming) this.#continue(this.#allocator.resume());
    else if (this.#faults > 0 && this.#alive) this.#map();
    else this.#decide();
  }

  archive(a: Archive): void {
    this.#allocator.archive(a);
    this.#doing = a.number(this.#doing);
    this.#faults = a.number(this.#faults);
    this.#busyUs = a.number(this.#busyUs);
    this.#missed = a.number(this.#missed);
    this.undone = a.number(this.undone);
    this.#settledUs = a.number(this.#settledUs);
    this.#failed = a.boolean(this.#failed);
    this.#alive = a.boolean(this.#alive);
    this.#restartAtUs = a.number(this.#restartAtUs);
    this.swapStallUs = a.number(this.swapStallUs);
  }

  #decide(): void {
    this.settle();
    if (!this.#alive) {
      if (this.#context.timeline.nowUs < this.#restartAtUs) return this.#rest();
      this.#alive = true;
      this.#restartAtUs = Number.POSITIVE_INFINITY;
    }
    const { memory } = this.#context;
    const w = this.#pages;
    const want = Math.floor(this.#anon.at(this.#context.timeline.nowUs));
    const goal = this.#workingSetGoal(want);
    const surplus = w.anon - want;
    if (surplus > 0) {
      const hot = Math.min(surplus, Math.max(0, w.workingSet - goal));
      memory.freeAnon(w, true, hot);
      memory.freeAnon(w, false, surplus - hot);
    }
    memory.setWorkingSet(w, Math.min(goal, w.anon));
    if (surplus >= 0) this.#outage.end();
    if (surplus < 0) {
      this.#doing = Doing.Growing;
      const { pressure, processors, timeline, costs } = this.#context;
      const isGranted = processors.grant(this.#slot);
      pressure.set(this.#slot, isGranted ? Activity.Running : Activity.Queued, timeline.nowUs);
      if (!isGranted) return;
      const huge = memory.takeHuge(Math.min(-surplus, wholeHuge(this.#chunk)));
      if (huge > 0) return this.#grow(huge, PageFlag.Huge, costs.faultNs * HUGE_FAULT_PART);
      return this.#continue(this.#allocator.ask(Math.min(-surplus, this.#chunk)));
    }
    this.#touchSwapped();
  }

  /** Faults on the pages of the working set that the sweep has reached and that are in swap. */
  #touchSwapped(): void {
    if (this.#catchUp()) return;
    const { memory, pressure, timeline } = this.#context;
    const w = this.#pages;
    memory.mapCached(w);
    // One chunk at a time: the remaining faults follow after this one is read.
    const faults = Math.min(w.evictedHot.dueBy(w.sweep), this.#chunk);
    if (faults === 0) return this.#rest();
    this.#doing = Doing.Faulting;
    pressure.set(this.#slot, Activity.Running, timeline.nowUs);
    this.#continue(this.#allocator.ask(faults));
  }

  /** Uses the pages of the allocation, and schedules the event after the time that this takes. */
  #continue(progress: number): void {
    if (progress === Progress.Waiting) return;
    const { memory, timeline, costs, pressure } = this.#context;
    const w = this.#pages;
    const got = this.#allocator.got;
    if (progress === Progress.Failed) {
      memory.allocFails++;
      this.#failed = true;
    }
    if (!this.#alive || got === 0) {
      memory.free += got;
      return this.#rest();
    }
    if (this.#doing === Doing.Growing) return this.#grow(got, 0, costs.faultNs);
    // Entries that were merged in the meantime may be due later.
    const pages = Math.min(got, w.evictedHot.dueBy(w.sweep));
    memory.free += got - pages;
    const missed = this.#swapIn(pages);
    this.#doing = Doing.Reading;
    this.#faults = pages;
    // Waiting for pages that were active before their eviction is a stall, waiting for others is not (`swap_readpage`).
    pressure.set(this.#slot, 2 * missed >= pages ? Activity.StalledWaiting : Activity.Waiting, timeline.nowUs);
    const us = Math.ceil((pages * costs.swapReadNs) / 1000);
    this.swapStallUs += us;
    this.#context.causes?.waits(this.#slot, Wait.SwapRead, timeline.nowUs, us, pages);
    timeline.at(this.#slot, timeline.nowUs + us + this.#hostWaitUs(pages));
  }

  /** Maps new pages, and schedules the event after their first touches, at `faultNs` each. */
  #grow(pages: Pages, flags: number, faultNs: number): void {
    const { memory, processors, backing } = this.#context;
    const w = this.#pages;
    const hot = Math.min(pages, Math.max(0, this.#workingSetGoal(w.anon + pages) - w.workingSet));
    memory.grow(w, hot, pages - hot, 0, flags);
    const waitNs = backing === null ? 0 : backing.touchFree(pages);
    processors.work(this.#slot, pages * faultNs * processors.slowdown, waitNs);
  }

  /** The wait for the host in which the thread touches pages that were free. */
  #hostWaitUs(pages: Pages): Us {
    const { backing } = this.#context;
    return backing === null ? 0 : Math.ceil(backing.touchFree(pages) / 1000);
  }

  /**
   * Maps pages of the working set that are read from swap. Recently evicted ones become active at once
   * (`GuestMemory.refaulted`). Returns how many of these had been active before their eviction: those are
   * PG_workingset again (mm/workingset.c `workingset_refault()`).
   */
  #swapIn(pages: Pages): Pages {
    const { memory } = this.#context;
    const w = this.#pages;
    const run = this.#run;
    memory.swapIn += pages;
    let left = pages;
    let workingset = 0;
    while (left > 0) {
      const some = w.evictedHot.take(left, w.sweep, run);
      const how = memory.refaulted(some, run.age, run.workingset, false);
      const restored = how === Refault.Restored;
      if (restored) workingset += some;
      const flags = PageFlag.Fresh | (restored ? PageFlag.Workingset : 0);
      memory.mapHot(w, some, run.due, run.dueEnd, flags, how === Refault.Cold ? Lru.InactiveAnon : Lru.ActiveAnon);
      left -= some;
    }
    return workingset;
  }

  /** Makes the thread idle and schedules its next action. */
  #rest(): void {
    const { timeline, pressure, processors } = this.#context;
    processors.leave(this.#slot);
    const now = timeline.nowUs;
    this.#doing = Doing.Nothing;
    this.#settledUs = now;
    this.#faults = 0;
    this.#giveUp();
    const rate = this.#alive ? this.#touch.at(now) : 0;
    pressure.set(this.#slot, Activity.Idle, now);
    pressure.setDuty(this.#slot, this.#alive ? this.#pages.spec.cpu + this.#touchingAt(rate) : 0, now);
    // A thread that was killed during an allocation may get here after its restart time.
    const next = this.#alive ? this.#nextLookUs() : Math.max(now, this.#restartAtUs);
    timeline.at(this.#slot, this.#failed ? Math.min(next, now + RETRY_US) : next);
    this.#failed = false;
  }

  /** The part of the time in which the thread touches resident pages at a rate, with the faults of those just ahead. */
  #touchingAt(rate: PagesPerS): number {
    const { memory, costs } = this.#context;
    const w = this.#pages;
    if (rate === 0 || w.workingSet === 0) return 0;
    const ahead = rate * CATCH_UP_S;
    const faults = memory.faultsOnTouch(w, ahead) / ahead;
    return Math.min(1, (rate * (costs.touchNs + faults * costs.faultNs)) / 1e9);
  }

  #nextLookUs(): number {
    const { backing, timeline } = this.#context;
    const now = timeline.nowUs;
    const w = this.#pages;
    const rate = Math.min(this.#touch.soon(now), backing?.hotLimit(w) ?? Number.POSITIVE_INFINITY);
    let next = this.#anon.nextStepUs(now, this.#step);
    if (this.#workingSet !== null) next = Math.min(next, this.#workingSet.nextStepUs(now, this.#step));
    if (rate > 0 && w.swappedHot > 0) {
      const pages = Math.max(0, this.#context.memory.nextDue(w) - w.sweep);
      const dueUs = this.#settledUs + Math.ceil((pages * 1e6) / rate);
      next = Math.min(next, Math.max(now, dueUs + waitForBatchUs(rate, 0, this.#chunk)));
    }
    return next;
  }

  /** Size of the working set that the trace demands when the workload has `anon` pages. */
  #workingSetGoal(anon: Pages): Pages {
    if (this.#workingSet === null) return anon;
    return Math.min(anon, Math.floor(this.#workingSet.at(this.#context.timeline.nowUs)));
  }
}
