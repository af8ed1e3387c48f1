import { type Random, randomStream } from "../../random/stream.ts";
import type { Space } from "../space.ts";
import type { Point, Sampler } from "../types.ts";
import { FreshPoints } from "./fresh.ts";
import { SobolSequence } from "./sobol-sequence.ts";

/** The candidates of a scrambled Sobol sequence, one after the other. */
export function sobolPoints(space: Space, random: Random): () => Point {
  const units = new Float64Array(space.axes.length);
  const sequence = new SobolSequence(units.length, random);
  return () => {
    sequence.next(units);
    return space.pointOf(units);
  };
}

/** Points that cover the space evenly, for any number of them. */
export class SobolSampler implements Sampler {
  readonly #fresh: FreshPoints;
  readonly #draw: () => Point;

  constructor(space: Space, seed: string) {
    this.#fresh = new FreshPoints(space);
    this.#draw = sobolPoints(space, randomStream(seed, "sampler"));
  }

  ask(count: number): Point[] {
    return this.#fresh.draw(count, this.#draw);
  }

  tell(): void {}
}
