import { InputError } from "../../../common/errors.ts";
import type { Space } from "../space.ts";
import type { Point, Sampler } from "../types.ts";

/** Every combination of listed values, the last constant varying fastest; then it ends. */
export class GridSampler implements Sampler {
  readonly #points: Iterator<Point>;

  /** @throws {InputError} if a constant has a range instead of a list */
  constructor(space: Space) {
    checkLists(space);
    this.#points = space.grid();
  }

  ask(count: number): Point[] {
    const points: Point[] = [];
    while (points.length < count) {
      const next = this.#points.next();
      if (next.done) break;
      points.push(next.value);
    }
    return points;
  }

  tell(): void {}
}

/**
 * Checks that a space has a grid.
 * @throws {InputError} naming the first constant with a range instead of a list
 */
export function checkLists(space: Space): void {
  const range = space.parameters.find(({ kind }) => kind === "range");
  if (range === undefined) return;
  const { flag, min, max, perUnit = 1 } = range;
  const middle = perUnit === 1 ? 1 : max / 2;
  throw new InputError(
    `--set ${flag}=${min}..${max}: every combination of a range is too much to ask for: ` +
      `write a list, such as ${flag}=${min === 0 ? `0,${middle},${max}` : `${min}..${max}x5`}`,
  );
}
