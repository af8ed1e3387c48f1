import type { Percent } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import { Slot } from "../time/slots.ts";
import { PressureAverage } from "./pressure-average.ts";
import {
  archiveProcessor,
  createProcessor,
  fullNsPerUs,
  meanOver,
  type Processor,
  weightedByTime,
} from "./pressure-processor.ts";

/** State of an actor as pressure stall information sees it. */
export const Activity = {
  Idle: 0,
  /** It works. */
  Running: 1,
  /** It reclaims memory. */
  Stalled: 2,
  /** It waits for the disk, for pages that do not count as missed memory. */
  Waiting: 3,
  /** It waits for the disk, for pages that count as missed memory. */
  StalledWaiting: 4,
  /** It could work, but other actors have the processors. */
  Queued: 5,
  /** It could reclaim memory, but other actors have the processors. */
  StalledQueued: 6,
} as const;

const isStalled = (activity: number): boolean =>
  activity === Activity.Stalled || activity === Activity.StalledWaiting || activity === Activity.StalledQueued;

const waitsForDisk = (activity: number): boolean =>
  activity === Activity.Waiting || activity === Activity.StalledWaiting;

/**
 * Time over which the times of several processors are weighted, in microseconds. The kernel does it whenever
 * /proc/pressure is read, and else every two seconds.
 */
const WINDOW_US = 1_000_000;

/**
 * Pressure stall information of the guest (kernel/sched/psi.c). The kernel accounts each processor by itself: `some` is
 * the time in which at least one of its tasks, kswapd included, waits for memory or reclaims it, `full` the part of it in
 * which none of its tasks does productive work, because none can or because the processor reclaims. The guest's figures are the means over the processors, weighted by
 * the times in which they were not idle (`collect_percpu_times()`).
 *
 * An actor stays on its processor, but begins to work on an idle one if another actor has its own. Actors that wait for the
 * disk again and again change processors, several times in a window. So in a window with such a wait, after another one, all
 * actors that wait or stall are taken to have been on each of their processors for the same time. An idle actor that
 * works without events for a part of the time (its duty) is productive for that part. The balloon driver's own work, a
 * few milliseconds a cycle, does not count among the weights: cycles in which nothing happens can be skipped.
 */
export class Pressure implements Archived {
  /** Processors of the guest. */
  readonly cpus: number;
  /**
   * The times of windows that have ended; with one processor all times. In whole nanoseconds: sums do not depend on where
   * they are split.
   */
  #someNs = 0;
  #fullNs = 0;
  readonly #fullAverage = new PressureAverage();
  readonly #activity: Uint8Array;
  /** Duty of each actor, in thousandths of a processor. */
  readonly #duty: Uint32Array;
  /** The processor that each actor is on. */
  readonly #home: Uint16Array;
  readonly #processors: Processor[];
  #stalled = 0;
  #notIdle = 0;
  #sinceUs = 0;
  #windowUs = 0;
  /** Whether any processor has stalled in this window. */
  #hasStalled = false;
  /** Whether an actor has begun to wait for the disk in this window. */
  #waits = false;
  /** Whether one had in the window before: if one does in this, too, actors change their processors in it. */
  #mixes = false;

  readonly #first: number;

  /**
   * @param actors the slots of the guest's actors, by which they are known
   * @param cpus processors of the guest
   * @param busyCpus how many of them work without events may use
   */
  constructor(actors: { readonly first: number; readonly count: number }, cpus: number, busyCpus = 0) {
    this.cpus = cpus;
    this.#first = actors.first;
    this.#activity = new Uint8Array(actors.count);
    this.#duty = new Uint32Array(actors.count);
    this.#home = new Uint16Array(actors.count);
    this.#processors = Array.from({ length: Math.min(cpus, actors.count + busyCpus) }, createProcessor);
    for (let i = 0; i < actors.count; i++) this.#home[i] = i % this.#processors.length;
  }

  /**
   * Time of `some`, in microseconds. Within a window of several processors it is the least that it can be at the
   * window's end, so that it never falls.
   */
  get someUs(): number {
    return Math.floor((this.#someNs + this.#pending(true)) / 1000);
  }

  /** Time of `full`, in microseconds; within a window as `someUs`. */
  get fullUs(): number {
    return Math.floor((this.#fullNs + this.#pending(false)) / 1000);
  }

  /** `full` as the kernel's average over ten seconds (avg10), 0 to 100. */
  fullPercent(nowUs: number): Percent {
    this.settle(nowUs);
    return this.#fullAverage.percent(nowUs);
  }

  archive(a: Archive): void {
    this.#someNs = a.number(this.#someNs);
    this.#fullNs = a.number(this.#fullNs);
    this.#fullAverage.archive(a);
    a.numbers(this.#activity);
    a.numbers(this.#duty);
    a.numbers(this.#home);
    for (const processor of this.#processors) archiveProcessor(processor, a);
    this.duty = a.number(this.duty);
    this.#stalled = a.number(this.#stalled);
    this.#notIdle = a.number(this.#notIdle);
    this.#sinceUs = a.number(this.#sinceUs);
    this.#windowUs = a.number(this.#windowUs);
    this.#hasStalled = a.boolean(this.#hasStalled);
    this.#waits = a.boolean(this.#waits);
    this.#mixes = a.boolean(this.#mixes);
  }

  /** Accounts the time up to now. */
  settle(nowUs: number): void {
    const us = nowUs - this.#sinceUs;
    if (us === 0) return;
    if (this.cpus === 1) this.#settleOne(us, nowUs);
    else this.#settleMany(nowUs);
    this.#sinceUs = nowUs;
  }

  /** Changes the activity of an actor. */
  set(slot: number, activity: number, nowUs: number): void {
    const actor = slot - this.#first;
    const before = this.#activity[actor] as number;
    if (before === activity) return;
    this.settle(nowUs);
    if (waitsForDisk(activity)) this.#waits = true;
    this.#count(actor, before, -1);
    this.#activity[actor] = activity;
    // Before the actor's place is chosen: its own duty does not drive it away.
    if (this.#duty[actor] !== 0 && (before === Activity.Idle || activity === Activity.Idle)) this.#spreadDuty();
    if (before === Activity.Idle && this.cpus > 1) this.#place(actor);
    this.#count(actor, activity, 1);
  }

  /** Sets the duty of an actor: how many processors it uses, in the mean, while it is idle. */
  setDuty(slot: number, processors: number, nowUs: number): void {
    const actor = slot - this.#first;
    const duty = Math.round(processors * 1000);
    if (this.#duty[actor] === duty) return;
    this.settle(nowUs);
    this.#duty[actor] = duty;
    this.#spreadDuty();
  }

  /** Processors that idle actors use, in the mean, for work without events. */
  duty = 0;

  /** Processors that an actor uses, in the mean, for work without events. */
  dutyOf(slot: number): number {
    const actor = slot - this.#first;
    return this.#activity[actor] === Activity.Idle ? (this.#duty[actor] as number) / 1000 : 0;
  }

  /** Whether an actor stalls now. */
  isStalled(slot: number): boolean {
    return isStalled(this.#activity[slot - this.#first] as number);
  }

  /** Whether no actor runs, stalls, or waits for the disk. */
  get isQuiet(): boolean {
    return this.#notIdle === 0;
  }

  /** Adds an actor to its processor's numbers, or removes it. */
  #count(actor: number, activity: number, sign: 1 | -1): void {
    if (activity === Activity.Idle) return;
    const processor = this.#processors[this.#home[actor] as number] as Processor;
    this.#notIdle += sign;
    if (isStalled(activity)) {
      this.#stalled += sign;
      processor.stalled += sign;
      if (activity === Activity.Stalled) processor.reclaiming += sign;
    } else if (activity === Activity.Running) processor.running += sign;
    else if (activity === Activity.Queued) processor.queued += sign;
    if (waitsForDisk(activity)) processor.waiting += sign;
    if (actor !== Slot.Balloon || activity !== Activity.Running) processor.occupied += sign;
  }

  /** Moves an actor that begins to work to an idle processor, if another actor has its own (`select_idle_sibling()`). */
  #place(actor: number): void {
    const processors = this.#processors;
    const home = this.#home[actor] as number;
    let best = home;
    let least = this.#load(home);
    for (let i = 0; i < processors.length; i++) {
      const load = this.#load(i);
      if (load < least) {
        best = i;
        least = load;
      }
    }
    this.#home[actor] = best;
  }

  /** What makes a processor less attractive: its actors, then its duty. */
  #load(i: number): number {
    const { occupied, duty } = this.#processors[i] as Processor;
    return occupied * 1000 + Math.min(999, duty);
  }

  /** Distributes the duties of idle actors over the processors, from each actor's own on. */
  #spreadDuty(): void {
    const processors = this.#processors;
    let thousandths = 0;
    for (const processor of processors) processor.duty = 0;
    for (let actor = 0; actor < this.#duty.length; actor++) {
      if (this.#activity[actor] !== Activity.Idle) continue;
      let left = this.#duty[actor] as number;
      thousandths += left;
      for (let i = this.#home[actor] as number; left > 0; i = (i + 1) % processors.length) {
        const isLast = (i + 1) % processors.length === this.#home[actor];
        const part = isLast ? left : Math.min(left, 1000);
        (processors[i] as Processor).duty += part;
        left -= part;
      }
    }
    this.duty = thousandths / 1000;
  }

  /** With one processor the weights cancel out. */
  #settleOne(us: number, nowUs: number): void {
    if (this.#stalled === 0) return;
    this.#someNs += us * 1000;
    const nsPerUs = fullNsPerUs(this.#processors[0] as Processor);
    if (nsPerUs === 0) return;
    this.#fullNs += us * nsPerUs;
    this.#fullAverage.add(this.#sinceUs, nowUs, nsPerUs);
  }

  #settleMany(nowUs: number): void {
    for (let at = this.#sinceUs; at < nowUs; ) {
      const end = this.#windowUs + WINDOW_US;
      if (at === this.#windowUs && nowUs >= end && !this.#hasStalled) {
        at = this.#settleWindows(nowUs);
        continue;
      }
      const until = Math.min(end, nowUs);
      this.#account(until - at);
      at = until;
      if (at === end) this.#endWindows(1);
    }
  }

  /** Accounts all whole windows up to now, in which nothing changes; returns the time at which they end. */
  #settleWindows(nowUs: number): number {
    // The windows after one with waits differ.
    const windows = this.#waits || this.#mixes ? 1 : Math.floor((nowUs - this.#windowUs) / WINDOW_US);
    this.#account(WINDOW_US);
    this.#endWindows(windows);
    return this.#windowUs;
  }

  /** Accounts a part of a window on each processor. */
  #account(us: number): void {
    for (const processor of this.#processors) {
      const duty = Math.min(1000, processor.duty);
      processor.nonidleNs += us * (processor.occupied > 0 ? 1000 : duty);
      if (processor.stalled + processor.waiting > 0) processor.takesPart = true;
      if (processor.stalled === 0) continue;
      this.#hasStalled = true;
      processor.someNs += us * 1000;
      processor.fullNs += us * fullNsPerUs(processor);
    }
  }

  /** Adds the weighted times of a window, as often as there were windows like it, and begins the next one. */
  #endWindows(windows: number): void {
    const fromUs = this.#windowUs;
    this.#windowUs += windows * WINDOW_US;
    if (this.#hasStalled) {
      const full = Math.round(this.#weighted(false, 0));
      this.#someNs += windows * Math.round(this.#weighted(true, 0));
      this.#fullNs += windows * full;
      if (full > 0) this.#fullAverage.add(fromUs, this.#windowUs, full / WINDOW_US);
      this.#hasStalled = false;
    }
    for (const processor of this.#processors) {
      processor.someNs = processor.fullNs = processor.nonidleNs = 0;
      processor.takesPart = false;
    }
    this.#mixes = this.#waits;
    this.#waits = false;
  }

  /** The least that this window, which has not ended, adds to a figure. */
  #pending(some: boolean): number {
    if (!this.#hasStalled) return 0;
    const leftUs = this.#windowUs + WINDOW_US - this.#sinceUs;
    return Math.floor(this.#weighted(some, leftUs * 1000 * this.#processors.length));
  }

  /**
   * A figure of this window, in nanoseconds.
   * @param moreNs time by which all processors together may still be busy in this window; 0: it has ended
   */
  #weighted(some: boolean, moreNs: number): number {
    const processors = this.#processors;
    const apart = weightedByTime(processors, some, moreNs);
    if (!this.#mixes) return apart;
    if (moreNs > 0) return Math.min(apart, meanOver(processors, some, processors.length));
    return this.#waits ? meanOver(processors, some, processors.filter(({ takesPart }) => takesPart).length) : apart;
  }
}
