import { type Random, randomStream } from "../../random/stream.ts";
import type { Space } from "../space.ts";
import type { Point, Sampler } from "../types.ts";
import { FreshPoints } from "./fresh.ts";

/** Every parameter drawn independently, uniformly on its scale. */
export class RandomSampler implements Sampler {
  readonly #space: Space;
  readonly #random: Random;
  readonly #fresh: FreshPoints;

  constructor(space: Space, seed: string) {
    this.#space = space;
    this.#fresh = new FreshPoints(space);
    this.#random = randomStream(seed, "sampler");
  }

  ask(count: number): Point[] {
    return this.#fresh.draw(count, () => this.#space.pointOf(this.#space.axes.map(this.#random)));
  }

  tell(): void {}
}
