/** Points of a curve, in ascending time. Two at the same time are a jump. */
export interface Curve {
  readonly timeUs: readonly number[];
  readonly value: readonly number[];
}

/** Buckets of a curve unless told otherwise: twice as many as a wide picture has columns of pixels. */
const BUCKETS = 2048;
/** Width of a bucket at first unless told otherwise, in microseconds. */
const WIDTH_US = 50_000;

/** What a bucket keeps: time and value of the first point, of a lowest, of a highest, and of the last. */
const FIELDS = 8;
const FIRST = 0;
const LOW = 2;
const HIGH = 4;
const LAST = 6;

/**
 * A curve of any length in bounded memory: of each bucket of time it keeps the first, lowest, highest and last point,
 * which is all that a picture with no more columns than buckets can show. When the buckets are used up, each two become
 * one.
 */
export class Envelope {
  readonly #buckets: number;
  readonly #fields: Float64Array;
  #widthUs: number;

  /**
   * @param buckets how many there are, an even number
   * @param widthUs how much time each stands for at first, in microseconds
   */
  constructor(buckets = BUCKETS, widthUs = WIDTH_US) {
    this.#buckets = buckets;
    this.#fields = new Float64Array(buckets * FIELDS).fill(Number.NaN);
    this.#widthUs = widthUs;
  }

  /** Adds a point; times must not descend. */
  add(timeUs: number, value: number): void {
    let bucket = Math.floor(timeUs / this.#widthUs);
    while (bucket >= this.#buckets) {
      this.#halve();
      bucket = Math.floor(timeUs / this.#widthUs);
    }
    this.#merge(bucket * FIELDS, timeUs, value);
  }

  /** The points that were kept. */
  curve(): Curve {
    const timeUs: number[] = [];
    const value: number[] = [];
    const put = (field: number) => {
      const t = this.#at(field);
      const v = this.#at(field + 1);
      if (timeUs.at(-1) === t && value.at(-1) === v) return;
      timeUs.push(t);
      value.push(v);
    };
    for (let base = 0; base < this.#fields.length; base += FIELDS) {
      if (Number.isNaN(this.#at(base))) continue;
      const lowFirst = this.#at(base + LOW) <= this.#at(base + HIGH);
      put(base + FIRST);
      put(base + (lowFirst ? LOW : HIGH));
      put(base + (lowFirst ? HIGH : LOW));
      put(base + LAST);
    }
    return { timeUs, value };
  }

  #at(field: number): number {
    return this.#fields[field] as number;
  }

  #set(field: number, timeUs: number, value: number): void {
    this.#fields[field] = timeUs;
    this.#fields[field + 1] = value;
  }

  #merge(base: number, timeUs: number, value: number): void {
    if (Number.isNaN(this.#at(base))) {
      for (const field of [FIRST, LOW, HIGH]) this.#set(base + field, timeUs, value);
    } else if (value < this.#at(base + LOW + 1)) {
      this.#set(base + LOW, timeUs, value);
    } else if (value > this.#at(base + HIGH + 1)) {
      this.#set(base + HIGH, timeUs, value);
    }
    this.#set(base + LAST, timeUs, value);
  }

  #halve(): void {
    const old = this.#fields.slice();
    this.#fields.fill(Number.NaN);
    this.#widthUs *= 2;
    for (let from = 0; from < this.#buckets; from++) {
      const base = from * FIELDS;
      if (Number.isNaN(old[base] as number)) continue;
      const into = (from >> 1) * FIELDS;
      const [first, low, high] = [FIRST, LOW, HIGH].map((field) => [old[base + field], old[base + field + 1]]) as [
        [number, number],
        [number, number],
        [number, number],
      ];
      for (const [t, v] of low[0] <= high[0] ? [first, low, high] : [first, high, low]) this.#merge(into, t, v);
      this.#merge(into, old[base + LAST] as number, old[base + LAST + 1] as number);
    }
  }
}

/** The points of a curve that a picture so many columns wide can show. */
export function thinOut(curve: Curve, columns: number, endUs: number): Curve {
  const envelope = new Envelope(columns + (columns % 2), Math.floor(endUs / columns) + 1);
  for (let i = 0; i < curve.timeUs.length; i++) envelope.add(curve.timeUs[i] as number, curve.value[i] as number);
  return envelope.curve();
}
