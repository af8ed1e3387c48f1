/** Points of a curve, in ascending time. Two at the same time are a jump. */
export interface Curve {
  readonly timeUs: readonly number[];
  readonly value: readonly number[];
}

/** Buckets of a curve unless told otherwise: twice as many as a wide picture has columns of pixels. */
const BUCKETS = 2048;
/** Width of a bucket at first unless told otherwise, in microseconds. */
const WIDTH_US = 50_000;

/** What a bucket keeps: order, time and value of the first point, of a lowest, of a highest, and of the last. */
const POINT = 3;
const FIELDS = 4 * POINT;
const FIRST = 0;
const LOW = POINT;
const HIGH = 2 * POINT;
const LAST = 3 * POINT;

/**
 * A curve of any length in bounded memory: of each bucket of time it keeps the first, lowest, highest and last point,
 * which is all that a picture with no more columns than buckets can show. When the buckets are used up, each two become
 * one.
 */
export class Envelope {
  readonly #buckets: number;
  readonly #fields: Float64Array;
  #widthUs: number;
  #added = 0;

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
    this.#merge(bucket * FIELDS, this.#added++, timeUs, value);
  }

  /** The points that were kept, in their order. */
  curve(): Curve {
    const timeUs: number[] = [];
    const value: number[] = [];
    const fields = this.#fields;
    let orderBefore = -1;
    for (const point of this.#points(fields)) {
      if (fields[point] === orderBefore) continue;
      orderBefore = fields[point] as number;
      timeUs.push(fields[point + 1] as number);
      value.push(fields[point + 2] as number);
    }
    return { timeUs, value };
  }

  /** Where the points of all buckets lie, in their order; some come twice. */
  *#points(fields: Float64Array): Generator<number> {
    for (let base = 0; base < fields.length; base += FIELDS) {
      if (Number.isNaN(fields[base] as number)) continue;
      const isLowFirst = (fields[base + LOW] as number) <= (fields[base + HIGH] as number);
      yield base + FIRST;
      yield base + (isLowFirst ? LOW : HIGH);
      yield base + (isLowFirst ? HIGH : LOW);
      yield base + LAST;
    }
  }

  #merge(base: number, order: number, timeUs: number, value: number): void {
    const fields = this.#fields;
    const put = (point: number) => {
      fields[point] = order;
      fields[point + 1] = timeUs;
      fields[point + 2] = value;
    };
    if (Number.isNaN(fields[base] as number)) {
      put(base + FIRST);
      put(base + LOW);
      put(base + HIGH);
    } else if (value < (fields[base + LOW + 2] as number)) {
      put(base + LOW);
    } else if (value > (fields[base + HIGH + 2] as number)) {
      put(base + HIGH);
    }
    put(base + LAST);
  }

  #halve(): void {
    const old = this.#fields.slice();
    this.#fields.fill(Number.NaN);
    this.#widthUs *= 2;
    for (const point of this.#points(old)) {
      const bucket = Math.floor(point / FIELDS);
      this.#merge((bucket >> 1) * FIELDS, old[point] as number, old[point + 1] as number, old[point + 2] as number);
    }
  }
}

/** The points of a curve that a picture so many columns wide can show. */
export function thinOut(curve: Curve, columns: number, endUs: number): Curve {
  const envelope = new Envelope(columns + (columns % 2), Math.floor(endUs / columns) + 1);
  for (let i = 0; i < curve.timeUs.length; i++) envelope.add(curve.timeUs[i] as number, curve.value[i] as number);
  return envelope.curve();
}
