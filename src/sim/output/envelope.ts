/** Points of a curve, in ascending time. Two points at the same time are a jump. */
export interface Curve {
  readonly timeUs: readonly number[];
  readonly value: readonly number[];
}

/** Default number of buckets of a curve: twice the pixel columns of a wide picture. */
const BUCKETS = 2048;
/** Default initial width of a bucket, in microseconds. */
const WIDTH_US = 50_000;

/** Fields of a bucket: order, time and value of its first point, of a lowest, of a highest, and of its last point. */
const POINT = 3;
const FIELDS = 4 * POINT;
const FIRST = 0;
const LOW = POINT;
const HIGH = 2 * POINT;
const LAST = 3 * POINT;

/**
 * A curve of any length in bounded memory: each bucket of time keeps its first, lowest, highest and last point, which
 * is all that a picture with no more columns than buckets can show. When all buckets are used, each pair of buckets is
 * merged.
 */
export class Envelope {
  readonly #buckets: number;
  readonly #fields: Float64Array;
  #widthUs: number;
  #added = 0;

  /**
   * @param buckets number of buckets, even
   * @param widthUs initial width of a bucket, in microseconds
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

  /** The points that were kept, in order. */
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

  /** The offsets of the points of all buckets, in order; some points are repeated. */
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

/** The points of a curve that a picture with `columns` columns can show. */
export function thinOut(curve: Curve, columns: number, endUs: number): Curve {
  const envelope = new Envelope(columns + (columns % 2), Math.floor(endUs / columns) + 1);
  for (let i = 0; i < curve.timeUs.length; i++) envelope.add(curve.timeUs[i] as number, curve.value[i] as number);
  return envelope.curve();
}
