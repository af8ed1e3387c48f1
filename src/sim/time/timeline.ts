import type { Us } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";

/** Initial number of slots: a VM with two workloads has 11. */
const FIRST_CAPACITY = 16;
/** Position in the heap of a slot without an event. */
const NOWHERE = -1;

/**
 * Virtual time and the pending events. Each actor (the driver's timer, kswapd, a workload …) has one slot with at most
 * one pending event, so an event is only a time and a sequence number: plain data that a checkpoint can copy, totally
 * ordered by (time, sequence number).
 *
 * The slots with an event are an indexed binary heap: taking, scheduling, rescheduling and cancelling an event each
 * cost the logarithm of the number of pending events. Most events end with their actor scheduling its next one, so the
 * root of a taken event stays empty until then: one walk down the heap instead of two. With the ten slots of one VM
 * that is as fast as a linear search over the slots; a comparison in a separate function or class is slower.
 */
export class Timeline implements Archived {
  /** Current time, in whole microseconds since the run began. Never decreases. */
  nowUs = 0;
  /** Number of slots; the arrays are longer. */
  #slots = 0;
  /** Time of each slot's event; Infinity without one. */
  #dueUs = new Float64Array(FIRST_CAPACITY);
  /** Sequence number of the last event of each slot. */
  #sequence = new Float64Array(FIRST_CAPACITY);
  #issued = 0;
  /** The part of each slot's durations below a microsecond, in nanoseconds, so that many short ones add up exactly. */
  #carryNs = new Float64Array(FIRST_CAPACITY);
  /** The slots with an event: position i comes before positions 2i + 1 and 2i + 2. */
  #heap = new Int32Array(FIRST_CAPACITY);
  /** Number of used positions of the heap, including an empty root. */
  #size = 0;
  /** Position of each slot in the heap, or `NOWHERE`. */
  #places = new Int32Array(FIRST_CAPACITY);
  /** Whether the root is empty: its event was taken, and no event has replaced it yet. */
  #isRootEmpty = false;

  /** Reserves `count` consecutive slots, for actors that belong together; returns the first. */
  reserve(count: number): number {
    const first = this.#slots;
    this.#slots += count;
    if (this.#slots > this.#heap.length) this.#enlarge(Math.max(this.#slots, 2 * this.#heap.length));
    this.#dueUs.fill(Number.POSITIVE_INFINITY, first, this.#slots);
    this.#places.fill(NOWHERE, first, this.#slots);
    return first;
  }

  /**
   * Schedules the slot's event at `atUs`, instead of its previous one. Events of the same microsecond occur in the
   * order in which they were scheduled. A time beyond the exact range of numbers (285 years) means never.
   * @throws {RangeError} if the time is in the past or not a whole number
   */
  at(slot: number, atUs: number): void {
    const never = atUs > Number.MAX_SAFE_INTEGER;
    if (!never && !(atUs >= this.nowUs && Number.isInteger(atUs))) {
      throw new RangeError(`an event at ${atUs} µs can't be scheduled at ${this.nowUs} µs`);
    }
    const isPending = this.#places[slot] !== NOWHERE;
    // Before the slot's order changes: the heap is still valid for its previous event.
    if (isPending && this.#isRootEmpty) this.#fillRoot();
    this.#sequence[slot] = this.#issued++;
    if (never) return this.cancel(slot);
    const isEarlier = atUs < (this.#dueUs[slot] as number);
    this.#dueUs[slot] = atUs;
    if (isPending) {
      if (isEarlier) this.#rise(slot, this.#places[slot] as number);
      else this.#sink(slot, this.#places[slot] as number);
    } else if (this.#isRootEmpty) {
      this.#isRootEmpty = false;
      this.#sink(slot, 0);
    } else this.#rise(slot, this.#size++);
  }

  /**
   * Schedules the slot's event `ns` nanoseconds from now, rounded to whole nanoseconds; the part below a microsecond is
   * added to the slot's next duration.
   */
  after(slot: number, ns: number): void {
    this.at(slot, this.nowUs + this.pass(slot, ns, 1));
  }

  /** The microseconds that `times` consecutive durations of `ns` nanoseconds of a slot take, including its carry. */
  pass(slot: number, ns: number, times: number): Us {
    const whole = Math.round(ns) * times + (this.#carryNs[slot] as number);
    const us = Math.floor(whole / 1000);
    this.#carryNs[slot] = whole - us * 1000;
    return us;
  }

  /** Cancels the slot's event. */
  cancel(slot: number): void {
    if (this.#isRootEmpty) this.#fillRoot();
    const place = this.#places[slot] as number;
    if (place === NOWHERE) return;
    this.#dueUs[slot] = Number.POSITIVE_INFINITY;
    this.#places[slot] = NOWHERE;
    const last = this.#heap[--this.#size] as number;
    if (last !== slot) this.#sink(last, this.#rise(last, place));
  }

  /** When the slot's event is due; Infinity without one. */
  dueUs(slot: number): number {
    return this.#dueUs[slot] as number;
  }

  /** When the next event is due; Infinity if nothing is pending. */
  nextUs(): number {
    if (this.#isRootEmpty) this.#fillRoot();
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#dueUs[this.#heap[0] as number] as number);
  }

  /**
   * The earliest time at which any of the `count` slots from `first` on except `except` (and `also`) is due; Infinity if none is.
   */
  nextUsAmong(first: number, count: number, except: number, also = except): number {
    let earliestUs = Number.POSITIVE_INFINITY;
    for (let slot = first; slot < first + count; slot++) {
      const dueUs = this.#dueUs[slot] as number;
      if (slot !== except && slot !== also && dueUs < earliestUs) earliestUs = dueUs;
    }
    return earliestUs;
  }

  /** Advances to the next event and takes it; returns its slot, or -1 if nothing is pending. */
  next(): number {
    if (this.#isRootEmpty) this.#fillRoot();
    if (this.#size === 0) return -1;
    const slot = this.#heap[0] as number;
    this.nowUs = this.#dueUs[slot] as number;
    this.#dueUs[slot] = Number.POSITIVE_INFINITY;
    this.#places[slot] = NOWHERE;
    this.#isRootEmpty = true;
    return slot;
  }

  /** The slot of the next event; -1 if nothing is pending. */
  nextSlot(): number {
    if (this.#isRootEmpty) this.#fillRoot();
    return this.#size === 0 ? -1 : (this.#heap[0] as number);
  }

  /** The heap is not archived: it is determined by the times and the sequence numbers. */
  archive(a: Archive): void {
    this.nowUs = a.number(this.nowUs);
    a.numbers(this.#dueUs.subarray(0, this.#slots));
    a.numbers(this.#sequence.subarray(0, this.#slots));
    a.numbers(this.#carryNs.subarray(0, this.#slots));
    this.#issued = a.number(this.#issued);
    this.#makeHeap();
  }

  #makeHeap(): void {
    this.#size = 0;
    this.#isRootEmpty = false;
    for (let slot = 0; slot < this.#slots; slot++) {
      this.#places[slot] = NOWHERE;
      if ((this.#dueUs[slot] as number) < Number.POSITIVE_INFINITY) this.#rise(slot, this.#size++);
    }
  }

  /** Moves the last slot of the heap into the empty root. */
  #fillRoot(): void {
    this.#isRootEmpty = false;
    const last = this.#heap[--this.#size] as number;
    if (this.#size > 0) this.#sink(last, 0);
  }

  /** Sifts a slot up from a position of the heap while its event is earlier; returns its position. */
  #rise(slot: number, from: number): number {
    const heap = this.#heap;
    const places = this.#places;
    const due = this.#dueUs;
    const sequence = this.#sequence;
    const dueUs = due[slot] as number;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above] as number;
      const parentUs = due[parent] as number;
      if (parentUs < dueUs || (parentUs === dueUs && (sequence[parent] as number) < (sequence[slot] as number))) break;
      heap[place] = parent;
      places[parent] = place;
      place = above;
    }
    heap[place] = slot;
    places[slot] = place;
    return place;
  }

  /** Sifts a slot down from a position of the heap while other events are earlier. */
  #sink(slot: number, from: number): void {
    const heap = this.#heap;
    const places = this.#places;
    const due = this.#dueUs;
    const sequence = this.#sequence;
    const size = this.#size;
    const dueUs = due[slot] as number;
    let place = from;
    for (let below = 2 * place + 1; below < size; below = 2 * place + 1) {
      let child = heap[below] as number;
      let childUs = due[child] as number;
      if (below + 1 < size) {
        const other = heap[below + 1] as number;
        const otherUs = due[other] as number;
        if (otherUs < childUs || (otherUs === childUs && (sequence[other] as number) < (sequence[child] as number))) {
          child = other;
          childUs = otherUs;
          below++;
        }
      }
      if (dueUs < childUs || (dueUs === childUs && (sequence[slot] as number) < (sequence[child] as number))) break;
      heap[place] = child;
      places[child] = place;
      place = below;
    }
    heap[place] = slot;
    places[slot] = place;
  }

  #enlarge(capacity: number): void {
    this.#dueUs = copied(this.#dueUs, new Float64Array(capacity));
    this.#sequence = copied(this.#sequence, new Float64Array(capacity));
    this.#carryNs = copied(this.#carryNs, new Float64Array(capacity));
    this.#heap = copied(this.#heap, new Int32Array(capacity));
    this.#places = copied(this.#places, new Int32Array(capacity));
  }
}

/** Copies an array into the beginning of a larger one. */
function copied<T extends Float64Array | Int32Array>(from: T, larger: T): T {
  larger.set(from);
  return larger;
}
