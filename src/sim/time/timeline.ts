import type { Archive, Archived } from "../state/archive.ts";

const UNKNOWN = -2;

/**
 * Virtual time and what is due in it. Each actor of a run (the driver's timer, kswapd, a workload …) has one slot and at
 * most one event pending in it, so an event is nothing but a time and a sequence number: plain data, copied by a
 * checkpoint, ordered totally by (time, sequence number).
 */
export class Timeline implements Archived {
  /** Now, in whole microseconds since the run began. Never goes back. */
  nowUs = 0;
  readonly #due: Float64Array;
  readonly #sequence: Float64Array;
  /** Nanoseconds that a slot's durations have left over below a microsecond; so that many short ones add up exactly. */
  readonly #carryNs: Float64Array;
  #issued = 0;
  /** The slot of the next event, looked up once; -1 if nothing is pending, `UNKNOWN` since something was scheduled. */
  #first = UNKNOWN;

  /** @param slots number of actors, from 1 */
  constructor(slots: number) {
    this.#due = new Float64Array(slots).fill(Number.POSITIVE_INFINITY);
    this.#sequence = new Float64Array(slots);
    this.#carryNs = new Float64Array(slots);
  }

  /**
   * Puts the slot's event at `atUs`, instead of the one it had. Among events of the same microsecond the one that was
   * scheduled first comes first.
   * A time beyond what a number can count exactly (285 years) is never.
   * @throws {RangeError} if that lies in the past, or is no whole number
   */
  at(slot: number, atUs: number): void {
    const never = atUs > Number.MAX_SAFE_INTEGER;
    if (!never && !(atUs >= this.nowUs && Number.isInteger(atUs))) {
      throw new RangeError(`an event at ${atUs} µs can't be scheduled at ${this.nowUs} µs`);
    }
    this.#due[slot] = never ? Number.POSITIVE_INFINITY : atUs;
    this.#sequence[slot] = this.#issued++;
    this.#first = UNKNOWN;
  }

  /**
   * Puts the slot's event `ns` nanoseconds from now, in whole ones; what falls below a microsecond is carried to the
   * slot's next one.
   */
  after(slot: number, ns: number): void {
    this.at(slot, this.nowUs + this.pass(slot, ns, 1));
  }

  /** How many microseconds `times` durations of `ns` nanoseconds of a slot take one after the other, its carry included. */
  pass(slot: number, ns: number, times: number): number {
    const whole = Math.round(ns) * times + (this.#carryNs[slot] as number);
    const us = Math.floor(whole / 1000);
    this.#carryNs[slot] = whole - us * 1000;
    return us;
  }

  /** Takes the slot's event away. */
  cancel(slot: number): void {
    this.#due[slot] = Number.POSITIVE_INFINITY;
    this.#first = UNKNOWN;
  }

  /** When the slot's event is due; Infinity without one. */
  dueUs(slot: number): number {
    return this.#due[slot] as number;
  }

  /** When the next event is due; Infinity if nothing is pending. */
  nextUs(): number {
    const first = this.nextSlot();
    return first < 0 ? Number.POSITIVE_INFINITY : (this.#due[first] as number);
  }

  /** The earliest time at which any of the `count` slots from `first` on but `except` is due; Infinity if none is. */
  nextUsAmong(first: number, count: number, except: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (let slot = first; slot < first + count; slot++) {
      const due = this.#due[slot] as number;
      if (slot !== except && due < earliest) earliest = due;
    }
    return earliest;
  }

  /** Moves to the next event and takes it; returns its slot, or -1 if nothing is pending. */
  next(): number {
    const first = this.nextSlot();
    if (first < 0) return -1;
    this.nowUs = this.#due[first] as number;
    this.#due[first] = Number.POSITIVE_INFINITY;
    this.#first = UNKNOWN;
    return first;
  }

  /** The slot of the next event; -1 if nothing is pending. */
  nextSlot(): number {
    if (this.#first !== UNKNOWN) return this.#first;
    const due = this.#due;
    let first = -1;
    let earliest = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < due.length; slot++) {
      const at = due[slot] as number;
      if (at > earliest || at === Number.POSITIVE_INFINITY) continue;
      if (at < earliest || (this.#sequence[slot] as number) < (this.#sequence[first] as number)) {
        first = slot;
        earliest = at;
      }
    }
    this.#first = first;
    return first;
  }

  archive(a: Archive): void {
    this.nowUs = a.number(this.nowUs);
    a.numbers(this.#due);
    a.numbers(this.#sequence);
    a.numbers(this.#carryNs);
    this.#issued = a.number(this.#issued);
    this.#first = UNKNOWN;
  }
}
