import type { Percent } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import { PressureAverage } from "./pressure-average.ts";

/** State of an actor as pressure stall information sees it. */
export const Activity = { Idle: 0, Running: 1, Stalled: 2 } as const;

/**
 * Pressure stall information of the guest (kernel/sched/psi.c). `some` is the time in which at least one task, kswapd
 * included, waits for memory or reclaims it. `full` is the part of it in which no other task does productive work. An
 * idle actor that works without events for a part of the time (its duty) is productive for that part.
 */
export class Pressure implements Archived {
  someUs = 0;
  /** The time of `full`, in whole nanoseconds: sums do not depend on where they are split. */
  #fullNs = 0;
  readonly #fullAverage = new PressureAverage();
  readonly #activity: Uint8Array;
  /** Duty of each actor: thousandths of the time in which it works, without events, while it is idle. */
  readonly #duty: Uint16Array;
  #stalled = 0;
  #running = 0;
  #sinceUs = 0;

  readonly #first: number;

  /** @param actors the slots of the guest's actors, by which they are known */
  constructor(actors: { readonly first: number; readonly count: number }) {
    this.#first = actors.first;
    this.#activity = new Uint8Array(actors.count);
    this.#duty = new Uint16Array(actors.count);
  }

  get fullUs(): number {
    return Math.floor(this.#fullNs / 1000);
  }

  /** `full` as the kernel's average over ten seconds (avg10), 0 to 100. */
  fullPercent(nowUs: number): Percent {
    this.settle(nowUs);
    return this.#fullAverage.percent(nowUs);
  }

  archive(a: Archive): void {
    this.someUs = a.number(this.someUs);
    this.#fullNs = a.number(this.#fullNs);
    this.#fullAverage.archive(a);
    a.numbers(this.#activity);
    a.numbers(this.#duty);
    this.#stalled = a.number(this.#stalled);
    this.#running = a.number(this.#running);
    this.#sinceUs = a.number(this.#sinceUs);
  }

  /** Accounts the time up to now. */
  settle(nowUs: number): void {
    const sinceUs = this.#sinceUs;
    const us = nowUs - sinceUs;
    this.#sinceUs = nowUs;
    if (us === 0 || this.#stalled === 0) return;
    this.someUs += us;
    if (this.#running > 0) return;
    let productive = 0;
    for (let i = 0; i < this.#duty.length; i++) {
      if (this.#activity[i] === Activity.Idle) productive += this.#duty[i] as number;
    }
    const nsPerUs = Math.max(0, 1000 - productive);
    this.#fullNs += us * nsPerUs;
    if (nsPerUs > 0) this.#fullAverage.add(sinceUs, nowUs, nsPerUs);
  }

  /** Changes the activity of an actor. */
  set(slot: number, activity: number, nowUs: number): void {
    const actor = slot - this.#first;
    const before = this.#activity[actor];
    if (before === activity) return;
    this.settle(nowUs);
    if (before === Activity.Stalled) this.#stalled--;
    else if (before === Activity.Running) this.#running--;
    if (activity === Activity.Stalled) this.#stalled++;
    else if (activity === Activity.Running) this.#running++;
    this.#activity[actor] = activity;
  }

  /** Sets the duty of an actor: the part of the time, 0..1, in which it works while it is idle. */
  setDuty(slot: number, part: number, nowUs: number): void {
    const actor = slot - this.#first;
    const duty = Math.round(part * 1000);
    if (this.#duty[actor] === duty) return;
    this.settle(nowUs);
    this.#duty[actor] = duty;
  }

  /** Number of actors that run or stall; a stalled actor may wait for the disk. */
  get busy(): number {
    return this.#stalled + this.#running;
  }
}
