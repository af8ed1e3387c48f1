import type { Space } from "../space.ts";
import type { Point } from "../types.ts";

/** Repeats in a row after which a sampler looks whether there is anything left. */
const SUSPICIOUS_REPEATS = 500;
/** Repeats in a row after which it gives up: all that is left then, if anything, is a few of very many. */
const MAX_REPEATS = 100_000;
/** Combinations that are counted one by one. */
const MAX_COUNTED = 1_000_000;

/** The points that a sampler has proposed, so that no trial is spent on the same one twice. */
export class FreshPoints {
  readonly #space: Space;
  readonly #seen = new Set<string>();
  /** Number of candidates; counted when it is first needed. */
  #candidates: number | null = null;

  constructor(space: Space) {
    this.#space = space;
  }

  /** Whether a point has been proposed before. */
  has(point: Point): boolean {
    return this.#seen.has(point.join());
  }

  /** Takes note of a point; false where it has been proposed before. */
  take(point: Point): boolean {
    const before = this.#seen.size;
    return this.#seen.add(point.join()).size > before;
  }

  /** Up to `count` new ones of the points that `draw` gives; fewer where there are none left, or hardly any. */
  draw(count: number, draw: () => Point): Point[] {
    const points: Point[] = [];
    for (let repeats = 0; points.length < count; ) {
      const point = draw();
      if (this.take(point)) {
        points.push(point);
        repeats = 0;
      } else if (++repeats === MAX_REPEATS || (repeats === SUSPICIOUS_REPEATS && this.#isExhausted())) break;
    }
    return points;
  }

  #isExhausted(): boolean {
    this.#candidates ??= this.#count();
    return this.#seen.size >= this.#candidates;
  }

  #count(): number {
    if (this.#space.combinations > MAX_COUNTED) return Number.POSITIVE_INFINITY;
    let count = 0;
    for (const _ of this.#space.grid()) count++;
    return count;
  }
}
