import { type Random, randomStream } from "./stream.ts";

/** Random values for random guests, from one seed. */
export class Draws {
  readonly #random: Random;
  readonly #seed: string;
  readonly #component: string;

  constructor(seed: string, component: string) {
    this.#seed = seed;
    this.#component = component;
    this.#random = randomStream(seed, component);
  }

  /** Further random values of the same seed, which do not depend on these, nor these on them. */
  apart(name: string): Draws {
    return new Draws(this.#seed, `${this.#component}, ${name}`);
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.#random() < p;
  }

  /** A whole number from `min` to `max`, all equally likely. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.#random() * (max - min + 1));
  }

  /** A whole number from `min` (at least 1) to `max`, every doubling equally likely. */
  size(min: number, max: number): number {
    let doublings = 0;
    while (min * 2 ** (doublings + 1) <= max) doublings++;
    const low = min * 2 ** this.whole(0, doublings);
    return Math.min(max, this.whole(low, 2 * low - 1));
  }

  /** An element of a list. */
  pick<T>(list: readonly T[]): T {
    return list[this.whole(0, list.length - 1)] as T;
  }

  /** `count` different whole numbers from `min` to `max`, ascending; fewer if the range has fewer. */
  ascending(count: number, min: number, max: number): number[] {
    const drawn = new Set<number>();
    for (let i = 0; i < count; i++) drawn.add(this.whole(min, max));
    return [...drawn].sort((a, b) => a - b);
  }
}
