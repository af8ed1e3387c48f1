import type { Ms, Ticks, Us } from "../../common/units.ts";
import type { Clock } from "../../engine/index.ts";

/** A source of time and timers; tests use another one. */
export interface TimeSource {
  /** Seconds and nanoseconds since an arbitrary beginning, on a clock that is never set. */
  now(): readonly [seconds: number, nanoseconds: number];
  /** Calls back after this many milliseconds or a little earlier; returns a function that cancels the call. */
  after(ms: Ms, call: () => void): () => void;
}

/** CLOCK_MONOTONIC: changes of the wall clock do not affect it, and it stops while the machine sleeps. */
export const SYSTEM_TIME: TimeSource = {
  now: () => process.hrtime(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

const NS_PER_SECOND = 1e9;
/** Longest timer; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The driver's clock on a real machine: ticks of CLOCK_MONOTONIC, which like the kernel's jiffies does not count the
 * time asleep. Each wake-up is computed from the clock, never from the wake-up before, so that delays do not add up.
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

  /** Microseconds since the source's beginning. */
  microseconds(): Us {
    const [seconds, ns] = this.#source.now();
    return seconds * 1e6 + Math.floor(ns / 1000);
  }

  ticks(): Ticks {
    const [seconds, ns] = this.#source.now();
    return seconds * this.hz + Math.floor(ns / (NS_PER_SECOND / this.hz));
  }

  /** Calls `wake` when `tick` begins; cancels a pending wake-up. */
  wakeAt(tick: Ticks, wake: () => void): void {
    this.stop();
    this.#callOff = this.#source.after(this.#msUntil(tick), () => {
      this.#callOff = null;
      // Timers may fire a fraction of a millisecond early, and long ones are divided.
      if (this.ticks() < tick) this.wakeAt(tick, wake);
      else wake();
    });
  }

  /** Cancels the pending wake-up. */
  stop(): void {
    this.#callOff?.();
    this.#callOff = null;
  }

  #msUntil(tick: Ticks): Ms {
    const [seconds, ns] = this.#source.now();
    const wholeSeconds = Math.floor(tick / this.hz);
    const dueMs = (wholeSeconds - seconds) * 1000 + ((tick - wholeSeconds * this.hz) * 1000) / this.hz;
    return Math.min(Math.max(Math.ceil(dueMs - ns / 1e6), 1), MAX_TIMER_MS);
  }
}
