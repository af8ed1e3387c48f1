import type { Archive, Archived } from "../state/archive.ts";

/** A series of the trace as it runs: the value in force, or the line that it follows. */
export class Value implements Archived {
  #atUs = 0;
  #value = 0;
  #untilUs = 0;
  #untilValue = 0;
  /** Whether the trace does not know the value now; the last known one holds meanwhile. */
  unknown = false;

  constructor(value = 0) {
    this.#value = value;
    this.#untilValue = value;
  }

  /** Takes a change of the trace: a value that holds (`untilUs` equal to `atUs`), a line, or NaN. */
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

  /** The larger one of its values now and a second from now: a rate that rises from 0 is not 0 for long. */
  soon(nowUs: number): number {
    return Math.max(this.at(nowUs), this.at(nowUs + 1_000_000));
  }

  /** What a rate (per second) adds up to between two times that lie on one piece of the series. */
  over(fromUs: number, toUs: number): number {
    return (((this.at(fromUs) + this.at(toUs)) / 2) * (toUs - fromUs)) / 1e6;
  }

  /** Microseconds in which the value is `least` or more, between two times that lie on one piece of the series. */
  timeAtLeast(least: number, fromUs: number, toUs: number): number {
    const [first, last] = [this.at(fromUs) >= least, this.at(toUs) >= least];
    if (first === last) return first ? toUs - fromUs : 0;
    // It crosses once: `low` lies before that, `high` behind.
    let [low, high] = [fromUs, toUs];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.at(middle) >= least === first) low = middle;
      else high = middle;
    }
    return first ? high - fromUs : toUs - high;
  }

  /** Whether it moves now: on a line that does not lie level. */
  moves(nowUs: number): boolean {
    return nowUs < this.#untilUs && this.#untilValue !== this.#value;
  }

  /** When it will have moved by `step` from now, or reached its line's end; Infinity if it stands still. */
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
