import type { Point } from "../types.ts";

/** Repeats in a row after which a sampler gives up: by then all points, or all but a few, have been proposed. */
const MAX_REPEATS = 100_000;

/** The points that a sampler has proposed, so that no trial is spent on the same one twice. */
export class FreshPoints {
  readonly #seen = new Set<string>();

  /** Whether a point has been proposed before. */
  has(point: Point): boolean {
    return this.#seen.has(point.join());
  }

  /** Takes note of a point; false where it has been proposed before. */
  take(point: Point): boolean {
    const before = this.#seen.size;
    return this.#seen.add(point.join()).size > before;
  }

  /** Up to `count` new ones of the points that `draw` gives; fewer where there are hardly any left. */
  draw(count: number, draw: () => Point): Point[] {
    const points: Point[] = [];
    for (let repeats = 0; points.length < count && repeats < MAX_REPEATS; ) {
      const point = draw();
      if (this.take(point)) {
        points.push(point);
        repeats = 0;
      } else repeats++;
    }
    return points;
  }
}
