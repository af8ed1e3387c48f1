import { InputError } from "../../../common/errors.ts";
import { didYouMean } from "../../../common/nearest.ts";
import { quote } from "../../../common/quote.ts";
import type { Space } from "../space.ts";
import type { Sampler } from "../types.ts";
import { GridSampler } from "./grid.ts";
import { firstTrials, Nsga2Sampler } from "./nsga2.ts";
import { RandomSampler } from "./random.ts";
import { SobolSampler } from "./sobol.ts";
import { startupTrials, TpeSampler } from "./tpe.ts";

/** A way to choose candidates. */
export interface SamplerKind {
  /** Its name on the command line: `--sampler nsga2`. */
  readonly name: string;
  readonly meaning: string;
  /** The suitable number of trials. */
  readonly trials: string;
  /** Default number of trials per batch. */
  readonly batch: number;
  /** Whether its proposals do not depend on results, so that any number of batches may be pending. */
  readonly isBlind: boolean;
  /** Number of points, from the first on, that cover the space evenly, by the number of parameters. */
  readonly even: (dimensions: number, batch: number) => number;
  readonly create: (space: Space, seed: string, batch: number) => Sampler;
}

/** All samplers; the first is the default. */
export const SAMPLERS: readonly SamplerKind[] = [
  {
    name: "nsga2",
    meaning: "Genetic algorithm NSGA-II: children of the best candidates so far; several goals, requirements first",
    trials: "500 and more",
    batch: 32,
    isBlind: false,
    even: (_, batch) => firstTrials(batch),
    create: (space, seed, batch) => new Nsga2Sampler(space, seed, batch),
  },
  {
    name: "tpe",
    meaning: "Tree-structured Parzen estimator: candidates where good ones are dense and bad ones are not",
    trials: "50 to 1,000; a proposal takes time in proportion to the trials before it",
    batch: 8,
    isBlind: false,
    even: (dimensions) => startupTrials(dimensions),
    create: (space, seed) => new TpeSampler(space, seed),
  },
  {
    name: "sobol",
    meaning: "Scrambled Sobol sequence: covers the space evenly; the one for importance and for a first look",
    trials: "any number",
    batch: 256,
    isBlind: true,
    even: () => Number.POSITIVE_INFINITY,
    create: (space, seed) => new SobolSampler(space, seed),
  },
  {
    name: "random",
    meaning: "Each constant drawn by itself, uniformly on its scale",
    trials: "any number",
    batch: 256,
    isBlind: true,
    even: () => Number.POSITIVE_INFINITY,
    create: (space, seed) => new RandomSampler(space, seed),
  },
  {
    name: "grid",
    meaning: "Every combination of listed values",
    trials: "as many as there are combinations",
    batch: 256,
    isBlind: true,
    even: () => Number.POSITIVE_INFINITY,
    create: (space) => new GridSampler(space),
  },
];

/**
 * The sampler with that name.
 * @throws {InputError} if there is none
 */
export function samplerNamed(name: string): SamplerKind {
  const kind = SAMPLERS.find((sampler) => sampler.name === name);
  if (kind !== undefined) return kind;
  const names = SAMPLERS.map((sampler) => sampler.name);
  throw new InputError(`--sampler ${quote(name)}: expected one of ${names.join(", ")}${didYouMean(name, names)}`);
}

/**
 * A sampler of candidates.
 * @param name one of `SAMPLERS`
 * @param options `batch` is the number of points of each `ask`
 * @throws {InputError} if there is no such sampler, or it can't sample that space
 */
export function createSampler(name: string, options: { space: Space; seed: string; batch: number }): Sampler {
  return samplerNamed(name).create(options.space, options.seed, options.batch);
}
