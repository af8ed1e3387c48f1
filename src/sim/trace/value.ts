import type { Pages, Us } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";

/** The present value of a series, in pages or pages a second, or the line along which it changes. */
export class Value implements Archived {
  #atUs = 0;
  #value = 0;
  #untilUs = 0;
  #untilValue = 0;
  /** Whether the value is unknown now; the last known value holds meanwhile. */
  unknown = false;

  constructor(value = 0) {
    this.#value = value;
    this.#untilValue = value;
  }

  /** Applies a change of the trace: a constant value (`untilUs` equal to `atUs`), a line, or NaN. */
  set(atUs: number, value: number, untilUs: number, untilValue: number): void {
    this.unknown = Number.isNaN(value);
    const held = this.unknown ? this.at(atUs) : value;
    const line = !this.unknown && untilUs > atUs && !Number.isNaN(untilValue);
    this.#atUs = atUs;
    this.#value = held;
    this.#untilUs = line ? untilUs : atUs;
    this.#untilValue = line ? untilValue : held;
  }

  /** The value at a time not before the last change. */
  at(nowUs: number): number {
    if (nowUs >= this.#untilUs) return this.#untilValue;
    const part = (nowUs - this.#atUs) / (this.#untilUs - this.#atUs);
    return this.#value + (this.#untilValue - this.#value) * part;
  }

  /** The larger one of the values now and a second from now: above 0 for a rate that begins to rise from 0. */
  soon(nowUs: number): number {
    return Math.max(this.at(nowUs), this.at(nowUs + 1_000_000));
  }

  /** The integral of a rate (per second) between two times on one piece of the series. */
  over(fromUs: number, toUs: number): Pages {
    if (fromUs >= this.#untilUs) return (this.#untilValue * (toUs - fromUs)) / 1e6;
    return (((this.at(fromUs) + this.at(toUs)) / 2) * (toUs - fromUs)) / 1e6;
  }

  /** Time in which the value is at least `least`, in microseconds, between two times on one piece of the series. */
  timeAtLeast(least: number, fromUs: number, toUs: number): Us {
    if (fromUs >= this.#untilUs) return this.#untilValue >= least ? toUs - fromUs : 0;
    const first = this.at(fromUs) >= least;
    if (first === this.at(toUs) >= least) return first ? toUs - fromUs : 0;
    // The value crosses `least` once: after `low`, and not after `high`.
    let low = fromUs;
    let high = toUs;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.at(middle) >= least === first) low = middle;
      else high = middle;
    }
    return first ? high - fromUs : toUs - high;
  }

  /** Whether the value is at least `least` at some time of an interval on one piece of the series. */
  reaches(least: number, fromUs: number, toUs: number): boolean {
    return this.at(toUs) >= least || (fromUs < this.#untilUs && this.at(fromUs) >= least);
  }

  /** Whether the value changes now: along a sloped line. */
  moves(nowUs: number): boolean {
    return nowUs < this.#untilUs && this.#untilValue !== this.#value;
  }

  /** The time at which the value will have changed by `step`, or the line ends; Infinity if it is constant. */
  nextStepUs(nowUs: number, step: number): number {
    if (!this.moves(nowUs)) return Number.POSITIVE_INFINITY;
    const perUs = Math.abs(this.#untilValue - this.#value) / (this.#untilUs - this.#atUs);
    return Math.min(this.#untilUs, nowUs + Math.max(1, Math.ceil(step / perUs)));
  }

  archive(a: Archive): void {
    this.#atUs = a.number(this.#atUs);
    this.#value = a.number(this.#value);
    this.#untilUs = a.number(this.#untilUs);
    this.#untilValue = a.number(this.#untilValue);
    this.unknown = a.boolean(this.unknown);
  }
}
