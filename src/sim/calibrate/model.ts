import { compare, type RunComparison } from "../fidelity/compare.ts";
import type { RecordedRun } from "../fidelity/recorded-run.ts";
import type { ReplayedRun, Variation } from "../fidelity/replay.ts";
import { randomStream } from "../random/stream.ts";
import { COST_FIELDS, type Costs } from "../trace/types.ts";
import { exp } from "../tune/elementary.ts";
import type { Replayer } from "./replayer.ts";
import { scoreOfRuns } from "./score.ts";

export type CostField = keyof Costs;

/** The natural logarithms of cost / base, one per fitted cost; zeros are the base. */
export type Point = readonly number[];

/** Largest deviation from the base that a search considers: a factor of 1000. */
const MAX_LOG = 6.9;

/** How far the beginning of the driver's second may deviate from the one that is read from a recording. */
const PHASE_US = 50_000;

const SEED = "calibrate";

/** The variation of a replay; world 1 is the run as recorded. */
export function variationOf(world: number): Variation | null {
  if (world === 1) return null;
  const driverPhaseUs = Math.floor(randomStream(SEED, `world ${world}/phase`)() * PHASE_US);
  return { world, seed: SEED, driverPhaseUs };
}

/** Replays of all runs at a point in one world. */
export interface Outcome {
  readonly replays: readonly ReplayedRun[];
  readonly comparisons: readonly RunComparison[];
  readonly score: number;
}

/** The recorded runs as a function of costs. */
export class Model {
  readonly runs: readonly RecordedRun[];
  /** The costs that vary; `age` varies with `unmap` (`withAge`). */
  readonly fields: readonly CostField[];
  readonly #base: Costs;
  readonly #replayer: Replayer;

  /** @param base costs of the machine at zeros; costs of 0 do not vary */
  constructor(runs: readonly RecordedRun[], base: Costs, replayer: Replayer) {
    this.runs = runs;
    this.#base = base;
    this.#replayer = replayer;
    this.fields = COST_FIELDS.filter((field) => base[field] > 0 && field !== "ageNs");
  }

  /** The costs at a point. */
  costsAt(point: Point): Costs {
    const varied = this.fields.map((field, i) => [field, this.#base[field] * exp(point[i] as number)]);
    return withAge(this.#base, { ...this.#base, ...Object.fromEntries(varied) });
  }

  /** A point moved along some of its coordinates, within bounds. */
  moved(point: Point, by: ReadonlyMap<number, number>): Point {
    return point.map((value, i) => Math.min(MAX_LOG, Math.max(-MAX_LOG, value + (by.get(i) ?? 0))));
  }

  /** Replays at one point, of each run in its own worlds. @returns replays[run][world] */
  async replaysIn(point: Point, worlds: readonly (readonly number[])[]): Promise<ReplayedRun[][]> {
    const costs = this.costsAt(point);
    const tasks = worlds.flatMap((numbers, run) =>
      numbers.map((world) => ({ run, costs, variation: variationOf(world) })),
    );
    const replays = await this.#replayer.replayAll(tasks);
    let next = 0;
    return worlds.map((numbers) => numbers.map(() => replays[next++] as ReplayedRun));
  }

  /** The outcomes at points in worlds. @returns outcomes[point][world] */
  async at(points: readonly Point[], worlds: readonly number[]): Promise<Outcome[][]> {
    const tasks = points.flatMap((point) => {
      const costs = this.costsAt(point);
      return worlds.flatMap((world) => {
        const variation = variationOf(world);
        return this.runs.map((_, run) => ({ run, costs, variation }));
      });
    });
    const replays = await this.#replayer.replayAll(tasks);
    let next = 0;
    return points.map(() =>
      worlds.map(() => {
        const own = this.runs.map(() => replays[next++] as ReplayedRun);
        const comparisons = own.map((replayed, i) => compare(this.runs[i] as RecordedRun, replayed));
        return { replays: own, comparisons, score: scoreOfRuns(comparisons) };
      }),
    );
  }

  /** The scores at points, each the mean over worlds. */
  async scores(points: readonly Point[], worlds: readonly number[]): Promise<number[]> {
    return (await this.at(points, worlds)).map(meanScore);
  }
}

/** Costs in which `age` has its ratio to `unmap` in the base: recorded runs do not tell the two apart. */
export const withAge = (base: Costs, costs: Costs): Costs =>
  base.unmapNs > 0 ? { ...costs, ageNs: (base.ageNs * costs.unmapNs) / base.unmapNs } : costs;

/** The mean score of the outcomes of several worlds. */
export const meanScore = (outcomes: readonly Outcome[]): number =>
  outcomes.reduce((sum, { score }) => sum + score, 0) / outcomes.length;
