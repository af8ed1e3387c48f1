import { type Random, randomStream } from "../../random/stream.ts";
import { crowdingOf, ranksOf } from "../domination.ts";
import type { Space } from "../space.ts";
import type { Outcome, Point, Sampler } from "../types.ts";
import { FreshPoints } from "./fresh.ts";
import { sobolPoints } from "./sobol.ts";
import { crossover, mutate } from "./variation.ts";

/** Probability that a child inherits from its second parent, and then of each of its coordinates. */
const CROSSOVER_RATE = 0.9;
const COORDINATE_RATE = 0.5;

/** Number of trials that cover the space before the first children: enough to find out which constants matter, too. */
const FIRST_TRIALS = 64;

/** Number of trials before the first children, by the size of the population. */
export const firstTrials = (population: number): number => Math.max(FIRST_TRIALS, population);

/** Maximum number of children that are drawn for one new point; then a random point is taken. */
const ATTEMPTS = 20;

interface Parent {
  readonly outcome: Outcome;
  readonly units: readonly number[];
  readonly rank: number;
  readonly crowding: number;
}

/**
 * The genetic algorithm NSGA-II for one goal or several (K. Deb et al., "A fast and elitist multiobjective genetic
 * algorithm", IEEE Trans. Evol. Comput. 6, 2002). Each batch is a generation: children of the best trials so far, as
 * many as the batch has. Parents win tournaments; children result from crossover and mutation on the parameters'
 * scales. The first trials are a Sobol sequence. Only the parents are stored, so a trial's cost does not grow with the
 * number of trials.
 */
export class Nsga2Sampler implements Sampler {
  readonly #space: Space;
  readonly #random: Random;
  readonly #population: number;
  readonly #fresh: FreshPoints;
  readonly #fallbackPoint: () => Point;
  #parents: readonly Parent[] = [];
  #asked = 0;

  constructor(space: Space, seed: string, population: number) {
    this.#space = space;
    this.#fresh = new FreshPoints(space);
    this.#random = randomStream(seed, "variation");
    this.#population = population;
    this.#fallbackPoint = sobolPoints(space, randomStream(seed, "sampler"));
  }

  ask(count: number): Point[] {
    const points: Point[] = [];
    while (points.length < count) {
      const isFirst = this.#asked < firstTrials(this.#population);
      const point = (isFirst ? undefined : this.#newChild()) ?? this.#fresh.draw(1, this.#fallbackPoint)[0];
      if (point === undefined) break;
      points.push(point);
      this.#asked++;
    }
    return points;
  }

  tell(outcomes: readonly Outcome[]): void {
    this.#parents = this.#survivors([...this.#parents.map(({ outcome }) => outcome), ...outcomes]);
  }

  #newChild(): Point | undefined {
    if (this.#parents.length === 0) return undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const child = this.#child();
      if (this.#fresh.take(child)) return child;
    }
    return undefined;
  }

  #child(): Point {
    const random = this.#random;
    const first = this.#winner().units;
    const second = this.#winner().units;
    const isCrossed = random() < CROSSOVER_RATE;
    const { axes } = this.#space;
    const units = axes.map((axis, i) => {
      let unit = first[i] as number;
      if (isCrossed && random() < COORDINATE_RATE) unit = crossover(unit, second[i] as number, random);
      // On average, one of a child's coordinates mutates.
      return random() * axes.length < 1 ? mutate(axis, unit, random) : unit;
    });
    return this.#space.pointOf(units);
  }

  /** The better one of two random parents: with the lower rank, or else with the larger crowding distance. */
  #winner(): Parent {
    const a = this.#drawParent();
    const b = this.#drawParent();
    if (a.rank !== b.rank) return a.rank < b.rank ? a : b;
    return b.crowding > a.crowding ? b : a;
  }

  #drawParent(): Parent {
    return this.#parents[Math.floor(this.#random() * this.#parents.length)] as Parent;
  }

  /** The best outcomes: whole ranks, and of the last rank those with the largest crowding distances. */
  #survivors(outcomes: readonly Outcome[]): Parent[] {
    const ranks = ranksOf(outcomes);
    const members: number[][] = [];
    ranks.forEach((rank, i) => {
      members[rank] ??= [];
      members[rank].push(i);
    });
    const survivors: Parent[] = [];
    for (let rank = 0; rank < members.length && survivors.length < this.#population; rank++) {
      const indices = members[rank] as number[];
      const crowding = crowdingOf(outcomes, indices);
      const parents = indices.map((index, k): Parent => {
        const outcome = outcomes[index] as Outcome;
        const units = this.#space.axes.map((axis, i) => axis.unitOf(outcome.point[i] as number));
        return { outcome, units, rank, crowding: crowding[k] as number };
      });
      const room = this.#population - survivors.length;
      if (parents.length > room) parents.sort((a, b) => (a.crowding === b.crowding ? 0 : b.crowding - a.crowding));
      survivors.push(...parents.slice(0, room));
    }
    return survivors;
  }
}
