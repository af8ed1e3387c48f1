import type { Clock } from "../../../src/engine/index.ts";

/** Time that moves when it is told to. */
export class VirtualClock implements Clock {
  readonly hz: number;
  #now: number;
  readonly #wakes: Array<{ tick: number; wake: () => void }> = [];

  constructor(hz = 250, now = 0) {
    this.hz = hz;
    this.#now = now;
  }

  ticks(): number {
    return this.#now;
  }

  wakeAt(tick: number, wake: () => void): void {
    this.#wakes.push({ tick, wake });
    this.#wakes.sort((a, b) => a.tick - b.tick);
  }

  /** Ticks in which a caller will be woken, ascending. */
  get due(): readonly number[] {
    return this.#wakes.map(({ tick }) => tick);
  }

  /** Lets time pass without waking a caller, as it does while an operation takes long. */
  pass(ticks: number): void {
    this.#now += ticks;
  }

  /** Moves on to the next tick in which callers are to be woken, and wakes them; false if no caller waits. */
  next(): boolean {
    const first = this.#wakes.shift();
    if (first === undefined) return false;
    this.#now = Math.max(this.#now, first.tick);
    first.wake();
    return true;
  }
}
