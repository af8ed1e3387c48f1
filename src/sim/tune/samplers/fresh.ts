import type { Space } from "../space.ts";
import type { Point } from "../types.ts";

/** Consecutive repetitions after which a sampler checks whether any candidate is left. */
const SUSPICIOUS_REPEATS = 500;
/** Consecutive repetitions after which it gives up: at most a few of very many candidates are left then. */
const MAX_REPEATS = 100_000;
/** Maximum number of combinations that are counted one by one. */
const MAX_COUNTED = 1_000_000;

/** The points that a sampler has proposed, so that no point is tried twice. */
export class FreshPoints {
  readonly #space: Space;
  readonly #seen = new Set<string>();
  /** Number of candidates; counted on demand. */
  #candidates: number | null = null;

  constructor(space: Space) {
    this.#space = space;
  }

  /** Whether a point has been proposed before. */
  has(point: Point): boolean {
    return this.#seen.has(point.join());
  }

  /** Adds a point; false if it has been proposed before. */
  take(point: Point): boolean {
    const before = this.#seen.size;
    return this.#seen.add(point.join()).size > before;
  }

  /** Up to `count` new points among those of `draw`; fewer if none, or hardly any, are left. */
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
