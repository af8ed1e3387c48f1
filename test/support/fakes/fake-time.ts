import type { TimeSource } from "../../../src/hw/time/monotonic-clock.ts";

/** Time that moves when it is told to, for what waits for real time. */
export class FakeTime implements TimeSource {
  /** Nanoseconds of the clock. */
  ns: number;
  /** How much too early timers call back, in nanoseconds. */
  readonly #earlyNs: number;
  readonly #timers = new Set<{ readonly dueNs: number; readonly call: () => void }>();

  constructor({ startNs = 1_000_000_123_456, earlyNs = 0 } = {}) {
    this.ns = startNs;
    this.#earlyNs = earlyNs;
  }

  now(): readonly [number, number] {
    return [Math.floor(this.ns / 1e9), this.ns % 1e9];
  }

  after(ms: number, call: () => void): () => void {
    const timer = { dueNs: this.ns + Math.max(ms * 1e6 - this.#earlyNs, 1), call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that have not called back yet. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves on to the next timer and lets it call; false if there is none. */
  next(): boolean {
    const [first] = [...this.#timers].sort((a, b) => a.dueNs - b.dueNs);
    if (first === undefined) return false;
    this.#timers.delete(first);
    this.ns = Math.max(this.ns, first.dueNs);
    first.call();
    return true;
  }
}
