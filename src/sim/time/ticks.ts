import type { Ticks, Us } from "../../common/units.ts";
import type { FreeReply, KernelClock } from "../../engine/index.ts";
import type { AnswerPath } from "./pending-answer.ts";
import type { Timeline } from "./timeline.ts";

const US_PER_SECOND = 1_000_000;

/** The jiffies counter begins five minutes before it wraps (`INITIAL_JIFFIES`, linux/jiffies.h). */
const BOOT_SECONDS_BEFORE_WRAP = 300;

/** Timers this many ticks ahead leave the wheel's finest level; each further level reaches eight times as far. */
const FINEST_REACH = 63;
/** Levels of the wheel (`LVL_DEPTH`). */
const levelsOf = (hz: number): number => (hz > 100 ? 9 : 8);

/**
 * The tick at which a timer of the kernel that is due at `tick` expires. Since Linux 4.8 the timer wheel has buckets of
 * one tick for timers less than 63 ticks ahead, of 8 ticks for less than 504, of 64 for less than 4,032 and so on. A
 * timer expires when the bucket after its own begins (kernel/time/timer.c, `calc_index`), so no timer is early.
 *
 * @param tick later than `now`, and within the reach of the last level (some 12 days)
 * @param now the current tick
 * @param hz ticks a second; the bucket boundaries are multiples on the absolute jiffies counter
 */
export function wheelTick(tick: Ticks, now: Ticks, hz: number): Ticks {
  let bucket = 1;
  const levels = levelsOf(hz);
  for (let reach = FINEST_REACH, level = 1; tick - now >= reach && level < levels; reach *= 8, level++) bucket *= 8;
  // The counter wraps at a multiple of every bucket, so only its distance from the wrap at boot matters.
  const boot = BOOT_SECONDS_BEFORE_WRAP * hz;
  return (Math.floor((tick - boot) / bucket) + 1) * bucket + boot;
}

/** How a guest's kernel counts time. */
export interface TickRules {
  /** Ticks a second. */
  readonly hz: number;
  /** Whether timers expire late by the granularity of the timer wheel (Linux 4.8 and later). */
  readonly isWheel: boolean;
  /** Position of virtual time 0 in a second of the kernel's clock, in whole microseconds; else 0. */
  readonly phaseUs?: number;
}

/** The clock of the guest's kernel: its ticks in virtual time, and one timer, which has a slot of the timeline. */
export class TickClock implements KernelClock {
  readonly hz: number;
  readonly #timeline: Timeline;
  readonly #slot: number;
  readonly #isWheel: boolean;
  readonly #phaseUs: number;
  readonly #answers: AnswerPath | null;

  /**
   * @param slot the timeline's slot of the timer
   * @param answers where the ends of sleeps go; absent: the driver does not sleep
   */
  constructor(timeline: Timeline, slot: number, { hz, isWheel, phaseUs = 0 }: TickRules, answers?: AnswerPath) {
    this.#answers = answers ?? null;
    this.#timeline = timeline;
    this.#slot = slot;
    this.hz = hz;
    this.#isWheel = isWheel;
    this.#phaseUs = phaseUs;
  }

  ticks(): Ticks {
    return this.#tickOf(this.#timeline.nowUs);
  }

  /** The tick of a microsecond of virtual time. */
  #tickOf(virtualUs: Us): Ticks {
    const us = virtualUs + this.#phaseUs;
    const seconds = Math.floor(us / US_PER_SECOND);
    return seconds * this.hz + Math.floor(((us - seconds * US_PER_SECOND) * this.hz) / US_PER_SECOND);
  }

  /** The microsecond of virtual time at which a tick begins. */
  tickUs(tick: Ticks): Us {
    const seconds = Math.floor(tick / this.hz);
    return seconds * US_PER_SECOND + Math.ceil(((tick - seconds * this.hz) * US_PER_SECOND) / this.hz) - this.#phaseUs;
  }

  /** The tick at which a timer expires that was set at `now` for `tick`. */
  #expiry(tick: Ticks, now: Ticks): Ticks {
    return this.#isWheel ? wheelTick(tick, now, this.hz) : tick;
  }

  /**
   * When the n-th cycle after the one due at `dueUs` begins, if all are idle. Each must end less than a quarter of a
   * second after its whole second: then the next one is due at the next whole second.
   * @param dueUs in microseconds
   * @param cpu number of the processor on which the driver's timer runs
   */
  laterCycleUs(dueUs: number, n: number, cpu: number): number {
    if (n === 0) return dueUs;
    const due = this.#tickOf(dueUs);
    const skew = cpu * 3;
    const second = due + skew - ((due + skew) % this.hz) - skew;
    const tick = second + n * this.hz;
    return this.tickUs(this.#expiry(tick, tick - this.hz));
  }

  /** Schedules the event of the slot. `Vm` calls the driver at the event, so the callback is not stored. */
  wakeAt(tick: Ticks, _wake: () => void): void {
    this.#timeline.at(this.#slot, this.tickUs(this.#expiry(tick, this.ticks())));
  }

  wakeExactlyAt(tick: Ticks, _wake: () => void): void {
    this.#timeline.at(this.#slot, this.tickUs(tick));
  }

  /** Schedules it for now, after the events that are due already. */
  wakeNow(_wake: () => void): void {
    this.#timeline.at(this.#slot, this.#timeline.nowUs);
  }

  /** `msleep()`: the kernel rounds up to ticks, and adds one, for the current one is not whole. */
  sleep(ms: number, reply: FreeReply): void {
    if (this.#answers === null) throw new RangeError("sleep: this clock has no sleepers");
    const now = this.ticks();
    const tick = now + Math.ceil((ms * this.hz) / 1000) + 1;
    this.#answers.expect(reply);
    this.#answers.wake(this.tickUs(this.#expiry(tick, now)));
  }
}
