/** The runs of a search under one policy, each made once. */
import type { Axis } from "./axis.ts";
import type { Trial } from "./setup.ts";
import type { TrialResult } from "./trial.ts";

/** A run of a point. */
export interface WorldTrial {
  readonly world: number;
  readonly trial: TrialResult;
}

/** What was tried at a point. */
export interface TriedPoint {
  readonly index: number;
  /** Whether all requirements are kept in each world in which it was tried. */
  readonly holds: boolean;
  /** In the order of worlds. */
  readonly runs: readonly WorldTrial[];
}

/** Executes a run; the results of runs do not depend on each other. */
export type RunTrial = (trial: Trial) => Promise<TrialResult>;

/** Makes runs of points, which are named by their indices on the axis. */
export class Trials {
  readonly #policy: number;
  readonly #points: Axis["points"];
  readonly #run: RunTrial;
  readonly #note: (runs: number) => void;
  readonly #begun = new Map<string, Promise<TrialResult>>();
  readonly #done = new Map<number, Map<number, TrialResult>>();
  #runs = 0;

  /**
   * @param policy its index in the setup
   * @param note called after each run with their number
   */
  constructor(policy: number, points: Axis["points"], run: RunTrial, note: (runs: number) => void) {
    this.#policy = policy;
    this.#points = points;
    this.#run = run;
    this.#note = note;
  }

  /** How many runs have been made. */
  get runs(): number {
    return this.#runs;
  }

  /** Whether a point keeps the requirements in a world. */
  async holds(index: number, world: number): Promise<boolean> {
    const key = `${index} ${world}`;
    const begun = this.#begun.get(key) ?? this.execute(index, world, false);
    this.#begun.set(key, begun);
    const trial = await begun;
    const ofPoint = this.#done.get(index) ?? new Map<number, TrialResult>();
    this.#done.set(index, ofPoint.set(world, trial));
    return trial.breach === null;
  }

  /** Makes a run that does not count as a try of its point. */
  async execute(index: number, world: number, isWhole: boolean): Promise<TrialResult> {
    const point = this.#points[index] as Axis["points"][number];
    const trial = await this.#run({ policy: this.#policy, point, world, isWhole });
    this.#note(++this.#runs);
    return trial;
  }

  /** All points that were tried, in the order of the axis. */
  get tried(): TriedPoint[] {
    return [...this.#done.keys()]
      .sort((a, b) => a - b)
      .map((index) => {
        const runs = this.at(index);
        return { index, holds: runs.every(({ trial }) => trial.breach === null), runs };
      });
  }

  /** The tries of a point, in the order of worlds. */
  at(index: number): WorldTrial[] {
    return [...(this.#done.get(index) ?? [])].sort(([a], [b]) => a - b).map(([world, trial]) => ({ world, trial }));
  }
}
