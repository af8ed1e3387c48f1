import type { Random } from "../../random/stream.ts";
import { exp, ln } from "../elementary.ts";
import type { Axis } from "../parameter.ts";
import type { Point } from "../types.ts";

/** Half width of the kernel around a single point, as a fraction of the scale. */
const WIDEST = 0.45;
/** Minimum half width of a kernel, in cells: it includes the neighbouring values. */
const MIN_CELLS = 1.5;

/**
 * The density of points on their parameters' scales: an Epanechnikov kernel around each, truncated at the ends, and one
 * uniform component with the weight of a point. A value's density is its share of the kernel divided by the width of
 * its cell, so that whole numbers and lists are exact.
 */
export class ParzenDensity {
  readonly #axes: readonly Axis[];
  /** Coordinates, point by point. */
  readonly #centres: number[] = [];
  #count = 0;
  readonly #widths: readonly number[];

  constructor(axes: readonly Axis[], points: readonly Point[]) {
    this.#axes = axes;
    // Narrower for more points (Scott's rule), but not narrower than the cells of the values permit.
    const width = WIDEST * exp(-ln(Math.max(1, points.length)) / (axes.length + 4));
    this.#widths = axes.map((axis) => Math.max(width, axis.count <= 1 ? 0 : MIN_CELLS / axis.count));
    for (const point of points) this.add(point);
  }

  /** Adds a point, with a kernel of the present width. */
  add(point: Point): void {
    for (let i = 0; i < this.#axes.length; i++) {
      this.#centres.push((this.#axes[i] as Axis).unitOf(point[i] as number));
    }
    this.#count++;
  }

  /** Draws a point from the density; a minimum may be above its maximum. */
  draw(random: Random): Point {
    const component = Math.floor(random() * (this.#count + 1));
    return this.#axes.map((axis, i) => {
      if (component === this.#count) return axis.valueOf(random());
      const centre = this.#centres[component * this.#axes.length + i] as number;
      for (;;) {
        const unit = centre + (this.#widths[i] as number) * kernelDraw(random);
        if (unit >= 0 && unit < 1) return axis.valueOf(unit);
      }
    });
  }

  /** The density at a point; never 0. */
  at(point: Point): number {
    const dimensions = this.#axes.length;
    const lows = this.#axes.map((axis, i) => axis.cellOf(point[i] as number)[0]);
    const highs = this.#axes.map((axis, i) => axis.cellOf(point[i] as number)[1]);
    let sum = 1;
    for (let k = 0; k < this.#count; k++) {
      let product = 1;
      for (let i = 0; i < dimensions && product > 0; i++) {
        const centre = this.#centres[k * dimensions + i] as number;
        const width = this.#widths[i] as number;
        const [low, high] = [lows[i] as number, highs[i] as number];
        const inside = kernelBelow((1 - centre) / width) - kernelBelow(-centre / width);
        const share = kernelBelow((high - centre) / width) - kernelBelow((low - centre) / width);
        product *= share / (inside * (high - low));
      }
      sum += product;
    }
    return sum / (this.#count + 1);
  }
}

/** The part of the kernel, which extends from -1 to 1, below `x`. */
function kernelBelow(x: number): number {
  if (x <= -1) return 0;
  if (x >= 1) return 1;
  return 0.5 + 0.25 * x * (3 - x * x);
}

/**
 * A draw from the kernel: of three uniform draws, the second if the third has the largest absolute value, else the
 * third.
 */
function kernelDraw(random: Random): number {
  const a = 2 * random() - 1;
  const b = 2 * random() - 1;
  const c = 2 * random() - 1;
  return Math.abs(c) >= Math.abs(b) && Math.abs(c) >= Math.abs(a) ? b : c;
}
