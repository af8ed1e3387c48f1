import { type Random, randomStream } from "../../random/stream.ts";
import { rankOutcomes } from "../domination.ts";
import type { Space } from "../space.ts";
import type { Outcome, Point, Sampler } from "../types.ts";
import { FreshPoints } from "./fresh.ts";
import { ParzenDensity } from "./parzen.ts";
import { sobolPoints } from "./sobol.ts";

/** The fraction of the trials that counts as good, and the maximum number. */
const GOOD_SHARE = 0.1;
const MAX_GOOD = 30;

/** Number of candidates drawn from the density of the good trials for one proposal; the best is proposed. */
const CANDIDATES = 24;

/** Number of trials before the first proposal, by the number of parameters. */
export const startupTrials = (dimensions: number): number => Math.max(16, 2 * (dimensions + 1));

/**
 * A tree-structured Parzen estimator (J. Bergstra et al., "Algorithms for hyper-parameter optimization", NIPS 2011),
 * for one goal or several: trials are good or bad by their rank in constrained domination, and the proposed point is
 * the one with the largest ratio of the density of the good trials to that of the bad. Densities are of whole points,
 * not of each parameter by itself, so constants that act together are seen together. Points whose results are not known
 * yet count as bad, which spreads a batch. The first points are a Sobol sequence.
 *
 * The cost of a proposal is proportional to the number of trials before it: suitable for tens to about a thousand.
 */
export class TpeSampler implements Sampler {
  readonly #space: Space;
  readonly #random: Random;
  readonly #fresh: FreshPoints;
  readonly #fallbackPoint: () => Point;
  readonly #startup: number;
  readonly #outcomes: Outcome[] = [];
  /** Points whose results are not known yet, in the order in which they were proposed. */
  readonly #pending: Point[] = [];
  #asked = 0;

  constructor(space: Space, seed: string) {
    this.#space = space;
    this.#fresh = new FreshPoints(space);
    this.#random = randomStream(seed, "candidates");
    this.#fallbackPoint = sobolPoints(space, randomStream(seed, "sampler"));
    this.#startup = startupTrials(space.axes.length);
  }

  ask(count: number): Point[] {
    const first = Math.max(0, Math.min(count, this.#startup - this.#asked));
    const points = this.#fresh.draw(first, this.#fallbackPoint);
    if (points.length === first && count > first) points.push(...this.#propose(count - first, points));
    this.#asked += points.length;
    this.#pending.push(...points);
    return points;
  }

  tell(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) this.#outcomes.push(outcome);
    this.#pending.splice(0, outcomes.length);
  }

  /** @param out points of this batch that have been chosen before */
  #propose(count: number, out: readonly Point[]): Point[] {
    const { axes } = this.#space;
    const ranked = rankOutcomes(this.#outcomes).map((i) => (this.#outcomes[i] as Outcome).point);
    const goodCount = Math.min(MAX_GOOD, Math.ceil(GOOD_SHARE * ranked.length));
    const good = new ParzenDensity(axes, ranked.slice(0, goodCount));
    const bad = new ParzenDensity(axes, [...ranked.slice(goodCount), ...this.#pending, ...out]);
    const points: Point[] = [];
    while (points.length < count) {
      const point = this.#best(good, bad) ?? this.#fresh.draw(1, this.#fallbackPoint)[0];
      if (point === undefined) break;
      points.push(point);
      bad.add(point);
    }
    return points;
  }

  /** The best of the new candidates; undefined if all have been proposed before. */
  #best(good: ParzenDensity, bad: ParzenDensity): Point | undefined {
    let best: Point | undefined;
    let bestRatio = -1;
    for (let i = 0; i < CANDIDATES; i++) {
      const point = this.#space.repair(good.draw(this.#random));
      if (this.#fresh.has(point)) continue;
      const ratio = good.at(point) / bad.at(point);
      if (ratio > bestRatio) {
        best = point;
        bestRatio = ratio;
      }
    }
    if (best !== undefined) this.#fresh.take(best);
    return best;
  }
}
