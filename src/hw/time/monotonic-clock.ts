import type { Clock } from "../../engine/index.ts";

/** Where a clock reads the time and is woken; tests put another in. */
export interface TimeSource {
  /** Seconds and nanoseconds since some beginning, on a clock that is never set. */
  now(): readonly [seconds: number, nanoseconds: number];
  /** Calls back after so many milliseconds or a little earlier; returns what calls it off. */
  after(ms: number, call: () => void): () => void;
}

/** CLOCK_MONOTONIC, which steps of the wall clock do not move and which stands still while the machine sleeps. */
export const SYSTEM_TIME: TimeSource = {
  now: () => process.hrtime(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

const NS_PER_SECOND = 1e9;
/** A longer timer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The driver's clock on a real machine: ticks of CLOCK_MONOTONIC, which like the kernel's own jiffies does not count the
 * time asleep. Each wake-up is computed from the clock, never from the one before, so that lateness does not add up.
 */
export class MonotonicClock implements Clock {
  readonly hz: number;
  readonly #source: TimeSource;
  #callOff: (() => void) | null = null;

  /** @param hz ticks a second: a whole divisor of 10^9 */
  constructor(hz = 1000, source: TimeSource = SYSTEM_TIME) {
    this.hz = hz;
    this.#source = source;
  }

  /** Microseconds since the clock's beginning. */
  microseconds(): number {
    const [seconds, ns] = this.#source.now();
    return seconds * 1e6 + Math.floor(ns / 1000);
  }

  ticks(): number {
    const [seconds, ns] = this.#source.now();
    return seconds * this.hz + Math.floor(ns / (NS_PER_SECOND / this.hz));
  }

  /** Calls `wake` when `tick` begins; a wake-up that was asked for before and has not come is called off. */
  wakeAt(tick: number, wake: () => void): void {
    this.stop();
    this.#callOff = this.#source.after(this.#msUntil(tick), () => {
      this.#callOff = null;
      // Timers may be early by a fraction of a millisecond, and the longest are cut.
      if (this.ticks() < tick) this.wakeAt(tick, wake);
      else wake();
    });
  }

  /** Calls off the wake-up that has not come yet. */
  stop(): void {
    this.#callOff?.();
    this.#callOff = null;
  }

  #msUntil(tick: number): number {
    const [seconds, ns] = this.#source.now();
    const wholeSeconds = Math.floor(tick / this.hz);
    const dueMs = (wholeSeconds - seconds) * 1000 + ((tick - wholeSeconds * this.hz) * 1000) / this.hz;
    return Math.min(Math.max(Math.ceil(dueMs - ns / 1e6), 1), MAX_TIMER_MS);
  }
}
