import type { Outcome } from "./types.ts";

/** The relation of a member of the front to another trial. */
const Relation = { Neither: 0, Covers: 1, IsDominated: 2 } as const;

/** A trial that no other one dominates. */
export interface FrontMember {
  readonly trial: number;
  /** One value per goal; smaller is better. */
  readonly values: readonly number[];
}

/**
 * Collects the trials that no other one dominates, one by one: complete ones that keep all requirements. Of trials with
 * equal values it keeps the first.
 */
export class ParetoFront {
  readonly #trials: number[] = [];
  /** Values of the members, one after the other. */
  #values = new Float64Array(256);
  #goals = 0;

  /** In ascending order of the first goal, equal ones by the next goals. */
  get members(): readonly FrontMember[] {
    const goals = this.#goals;
    return this.#trials
      .map((trial, i) => ({ trial, values: Array.from(this.#values.subarray(i * goals, (i + 1) * goals)) }))
      .sort((a, b) => {
        const goal = a.values.findIndex((value, i) => value !== b.values[i]);
        return goal < 0 ? 0 : (a.values[goal] as number) - (b.values[goal] as number);
      });
  }

  /** @returns whether the trial is on the front now */
  add(trial: number, { values, violation, isComplete }: Outcome): boolean {
    if (!isComplete || violation > 0 || values.length === 0) return false;
    this.#goals = values.length;
    for (let i = 0; i < this.#trials.length; ) {
      const relation = this.#compare(i, values);
      if (relation === Relation.Covers) {
        // A member that covers this trial probably covers the next one, too: it is compared first.
        this.#swap(0, i);
        return false;
      }
      if (relation === Relation.IsDominated) this.#remove(i);
      else i++;
    }
    this.#push(trial, values);
    return true;
  }

  /** The relation of a member to values. */
  #compare(member: number, values: readonly number[]): number {
    const offset = member * this.#goals;
    let isBetter = false;
    let isWorse = false;
    for (let goal = 0; goal < values.length; goal++) {
      const own = this.#values[offset + goal] as number;
      const other = values[goal] as number;
      if (own < other) isBetter = true;
      else if (own > other) isWorse = true;
    }
    if (!isWorse) return Relation.Covers;
    return isBetter ? Relation.Neither : Relation.IsDominated;
  }

  #push(trial: number, values: readonly number[]): void {
    const offset = this.#trials.push(trial) * this.#goals - this.#goals;
    if (offset + this.#goals > this.#values.length) {
      const longer = new Float64Array(2 * this.#values.length);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values.set(values, offset);
  }

  /** Removes a member; the last one takes its place. */
  #remove(member: number): void {
    this.#swap(member, this.#trials.length - 1);
    this.#trials.pop();
  }

  #swap(a: number, b: number): void {
    const trial = this.#trials[a] as number;
    this.#trials[a] = this.#trials[b] as number;
    this.#trials[b] = trial;
    for (let goal = 0; goal < this.#goals; goal++) {
      const value = this.#values[a * this.#goals + goal] as number;
      this.#values[a * this.#goals + goal] = this.#values[b * this.#goals + goal] as number;
      this.#values[b * this.#goals + goal] = value;
    }
  }
}

/** The best member in a goal; of equals, the first one of the front. */
export const bestIn = (front: readonly FrontMember[], goal: number): FrontMember | undefined =>
  front.reduce<FrontMember | undefined>(
    (best, one) => (best === undefined || (one.values[goal] as number) < (best.values[goal] as number) ? one : best),
    undefined,
  );

/** Minimum number of trials of a front with a knee. */
const MIN_BEND_TRIALS = 3;

/**
 * Minimum distance of a knee from the line through the ends of the front, each goal scaled to 0 for the front's best
 * value and 1 for its worst, as the sum over the goals.
 */
export const MIN_BEND = 0.1;

/**
 * The knee of a front: with each goal scaled to 0 for the front's best value and 1 for its worst, the trial with the
 * smallest sum; of equals, the first one. With two goals that is the point furthest from the line through both ends, on
 * the better side. It is a knee only if the front bends there: its sum must be smaller, by `MIN_BEND`, than that of the
 * best trial in each goal.
 * @returns undefined if the front has fewer than three trials, or does not bend
 */
export function kneeOf(front: readonly FrontMember[]): FrontMember | undefined {
  if (front.length < MIN_BEND_TRIALS) return undefined;
  const goals = front[0]?.values.length ?? 0;
  const sums = front.map(() => 0);
  /** For each goal, the smallest sum of the best trials in it. */
  const ends: number[] = [];
  const scaled = Array.from({ length: goals }, (_, goal) => scaledGoal(front, goal));
  for (const values of scaled) for (let i = 0; i < sums.length; i++) (sums[i] as number) += values[i] as number;
  for (const values of scaled) {
    ends.push(
      sums.reduce((least, sum, i) => (values[i] === 0 ? Math.min(least, sum) : least), Number.POSITIVE_INFINITY),
    );
  }
  let knee = 0;
  front.forEach(({ trial }, i) => {
    const difference = (sums[i] as number) - (sums[knee] as number);
    if (difference < 0 || (difference === 0 && trial < (front[knee] as FrontMember).trial)) knee = i;
  });
  const bends = ends.every((end) => end - (sums[knee] as number) >= MIN_BEND);
  return bends ? front[knee] : undefined;
}

/** A goal of all members, scaled to 0 for the best value and 1 for the worst; 0 if all are equal. */
function scaledGoal(front: readonly FrontMember[], goal: number): number[] {
  const values = front.map((member) => member.values[goal] as number);
  const best = values.reduce((a, b) => Math.min(a, b));
  const extent = values.reduce((a, b) => Math.max(a, b)) - best;
  return values.map((value) => (extent === 0 ? 0 : (value - best) / extent));
}

/**
 * Why a front of several goals has no knee, as a sentence without its full stop.
 * @param standing the standing trials, if the front was judged
 */
export function kneelessText(standing: readonly FrontMember[], front = standing): string {
  const { length } = standing;
  if (length >= MIN_BEND_TRIALS) return "the front does not bend, so it has no knee";
  const trials = length === 1 ? "1 trial" : `${length} trials`;
  return standing === front
    ? `the front has ${trials}, too few for a knee`
    : `${trials} ${length === 1 ? "stands" : "stand"} in other worlds, too few for a knee`;
}
