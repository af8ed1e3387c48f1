import type { Clock } from "../../engine/index.ts";
import type { Timeline } from "./timeline.ts";

const US_PER_SECOND = 1_000_000;

/** The jiffies counter does not begin at 0 but five minutes before it wraps (`INITIAL_JIFFIES`, linux/jiffies.h). */
const BOOT_SECONDS_BEFORE_WRAP = 300;

/** Timers this far ahead, in ticks, leave the wheel's finest level; each further level reaches eight times as far. */
const FINEST_REACH = 63;
/** Levels of the wheel; slow ticks need one less to reach as far. */
const levelsOf = (hz: number): number => (hz > 100 ? 9 : 8);

/**
 * When a timer of the kernel that is due at `tick` really runs. Since Linux 4.8 the timer wheel is not sorted: it has
 * buckets of one tick for timers less than 63 ticks ahead, of 8 ticks for less than 504, of 64 for less than 4,032 and so
 * on, and a timer runs when the bucket after its own begins (kernel/time/timer.c, `calc_index`), so that none is early.
 *
 * @param tick when it is due, later than `now`, and less than what the last level reaches (some 12 days)
 * @param now the tick that runs now
 * @param hz ticks a second; the buckets lie on the absolute jiffies counter
 */
export function wheelTick(tick: number, now: number, hz: number): number {
  let bucket = 1;
  const levels = levelsOf(hz);
  for (let reach = FINEST_REACH, level = 1; tick - now >= reach && level < levels; reach *= 8, level++) bucket *= 8;
  // The counter wraps at a multiple of every bucket, so only its distance from the wrap at boot matters.
  const boot = BOOT_SECONDS_BEFORE_WRAP * hz;
  return (Math.floor((tick - boot) / bucket) + 1) * bucket + boot;
}

/** The guest's kernel clock over virtual time: ticks, and one timer, whose event is the given slot of the timeline. */
export class TickClock implements Clock {
  readonly hz: number;
  readonly #timeline: Timeline;
  readonly #slot: number;
  readonly #wheel: boolean;
  readonly #phaseUs: number;

  /**
   * @param wheel whether timers run late by the granularity of the timer wheel (Linux 4.8 and later)
   * @param slot the timeline's slot that a wake-up goes to; its event calls what `wakeAt` was given
   * @param phaseUs how much of a second of the kernel's clock is over at virtual time 0, in whole microseconds
   */
  constructor(timeline: Timeline, hz: number, wheel: boolean, slot: number, phaseUs = 0) {
    this.#timeline = timeline;
    this.hz = hz;
    this.#wheel = wheel;
    this.#slot = slot;
    this.#phaseUs = phaseUs;
  }

  ticks(): number {
    return this.#tickOf(this.#timeline.nowUs);
  }

  /** The tick that a microsecond of virtual time lies in. */
  #tickOf(virtualUs: number): number {
    const us = virtualUs + this.#phaseUs;
    const seconds = Math.floor(us / US_PER_SECOND);
    return seconds * this.hz + Math.floor(((us - seconds * US_PER_SECOND) * this.hz) / US_PER_SECOND);
  }

  /** The microsecond of virtual time in which a tick begins. */
  tickUs(tick: number): number {
    const seconds = Math.floor(tick / this.hz);
    return seconds * US_PER_SECOND + Math.ceil(((tick - seconds * this.hz) * US_PER_SECOND) / this.hz) - this.#phaseUs;
  }

  /** The tick in which a timer that is set in `now` for `tick` runs. */
  #expiry(tick: number, now: number): number {
    return this.#wheel ? wheelTick(tick, now, this.hz) : tick;
  }

  /**
   * When the n-th cycle after one that is due at `dueUs` begins, if none of them has anything to do: each ends in the tick
   * in which it begins, and so the next one is due a whole second after the second that it belongs to.
   */
  laterCycleUs(dueUs: number, n: number, cpu: number): number {
    if (n === 0) return dueUs;
    const due = this.#tickOf(dueUs);
    const skew = cpu * 3;
    const second = due + skew - ((due + skew) % this.hz) - skew;
    const tick = second + n * this.hz;
    return this.tickUs(this.#expiry(tick, tick - this.hz));
  }

  /** The event of the slot is the wake-up: the run calls the driver then, so the callback itself is not kept. */
  wakeAt(tick: number, _wake: () => void): void {
    this.#timeline.at(this.#slot, this.tickUs(this.#expiry(tick, this.ticks())));
  }
}
