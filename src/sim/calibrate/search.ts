import { ln } from "../tune/elementary.ts";
import { linearise, projected } from "./linear.ts";
import { dot, inverse, part, times } from "./matrix.ts";
import { type CostField, type Model, meanScore, type Point } from "./model.ts";

/** A point with its mean score over worlds. */
export interface Found {
  readonly point: Point;
  readonly score: number;
}

/**
 * What a cost adds to the score if it is off the base: this times the square of ln(cost / base). It keeps costs that
 * hardly matter near the base, against differences of the score by chance.
 */
const LEANING = 0.003;

/** The score that a search minimizes. */
const leaning = (point: Point, score: number): number => score + LEANING * dot(point, point);

async function leaningScores(model: Model, points: readonly Point[], worlds: readonly number[]): Promise<number[]> {
  return (await model.scores(points, worlds)).map((score, i) => leaning(points[i] as Point, score));
}

/** Costs of the processor's work; the others are a disk's. */
const PROCESSOR: readonly CostField[] = [
  "allocNs",
  "freeNs",
  "faultNs",
  "scanNs",
  "unmapNs",
  "swapOutNs",
  "swapFaultNs",
  "touchNs",
];
/** Powers of this factor by which they are scaled together: 1/81 to 81. */
const SCALE = ln(3);
const MOST_SCALES = 4;

/**
 * The point at which all costs of the processor's work are scaled by one factor, with the least score. A base that is ten
 * times as fast as the machine is too far off for steps along single costs: each of them alone makes little better.
 */
export async function bestScale(
  model: Model,
  start: Point,
  { worlds, active }: { worlds: readonly number[]; active: readonly number[] },
): Promise<Point> {
  const scaled = active.filter((i) => PROCESSOR.includes(model.fields[i] as CostField));
  const points = Array.from({ length: 2 * MOST_SCALES + 1 }, (_, k) =>
    model.moved(start, new Map(scaled.map((i) => [i, (k - MOST_SCALES) * SCALE]))),
  );
  const scores = await model.scores(points, worlds);
  return points[scores.indexOf(scores.reduce((a, b) => Math.min(a, b)))] as Point;
}

/** Factors by which single costs are changed, one after the other. */
const FACTORS = [2, 1.25];
/** Relative gain below which a step is not worth it. */
const LEAST_GAIN = 0.003;
/** Maximum number of rounds with one factor. */
const MAX_ROUNDS = 12;

/**
 * Changes costs by decreasing factors while the score improves. In a round all costs are tried in both directions; then
 * the best change alone is compared with all changes together that improve the score.
 */
export async function coordinateSearch(
  model: Model,
  start: Point,
  { worlds, active }: { worlds: readonly number[]; active: readonly number[] },
): Promise<Found> {
  let best = { point: start, score: (await leaningScores(model, [start], worlds))[0] as number };
  for (const factor of FACTORS) {
    const step = ln(factor);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const moves = active.flatMap((i) => [step, -step].map((by) => [i, by] as const));
      const tried = await leaningScores(
        model,
        moves.map(([i, by]) => model.moved(best.point, new Map([[i, by]]))),
        worlds,
      );
      const better = moves
        .map((move, k) => ({ move, score: tried[k] as number }))
        .filter(({ score }) => score < best.score * (1 - LEAST_GAIN))
        .sort((a, b) => a.score - b.score);
      const [first] = better;
      if (first === undefined) break;
      const alone = model.moved(best.point, new Map([first.move]));
      const together = model.moved(best.point, new Map(better.toReversed().map(({ move }) => move)));
      const score = better.length === 1 ? first.score : ((await leaningScores(model, [together], worlds))[0] as number);
      best = score < first.score ? { point: together, score } : { point: alone, score: first.score };
    }
  }
  return best;
}

/** Step of the derivatives. */
const SLOPE_STEP = ln(1.25);
/** Damping of a step, relative to the largest information about a cost. */
const DAMPINGS = [0.0003, 0.003, 0.03, 0.3];
/** Fractions of a step that are tried. */
const LENGTHS = [1, 0.4];
/** Longest step along one cost. */
const LONGEST = ln(2.5);
const MAX_STEPS = 8;

/** Improves a point by damped steps of Gauss and Newton on the curves' differences, weighted as the score weights them. */
export async function descend(
  model: Model,
  start: Point,
  { worlds, active }: { worlds: readonly number[]; active: readonly number[] },
): Promise<Found> {
  let best: Found = { point: start, score: Number.POSITIVE_INFINITY };
  for (let step = 0; step < MAX_STEPS; step++) {
    const { blocks, information, outcomes } = await linearise(model, best.point, { worlds, step: SLOPE_STEP, active });
    best = { point: best.point, score: leaning(best.point, meanScore(outcomes)) };
    const gradient = model.fields.map(() => 0);
    for (const block of blocks) {
      const own = projected(
        block,
        block.recorded.map((value, row) => value - (block.mean[row] as number)),
      );
      own.forEach((value, i) => {
        gradient[i] = (gradient[i] as number) + value;
      });
    }
    const most = active.reduce((max, i) => Math.max(max, information[i]?.[i] as number), 0);
    if (most === 0) break;
    const points = DAMPINGS.flatMap((damping) => {
      const damped = part(information, active, active);
      damped.forEach((row, i) => {
        row[i] = (row[i] as number) * (1 + damping) + damping * 0.1 * most;
      });
      const along = times(
        inverse(damped),
        active.map((i) => gradient[i] as number),
      );
      return LENGTHS.map((length) =>
        model.moved(
          best.point,
          new Map(active.map((i, k) => [i, Math.max(-LONGEST, Math.min(LONGEST, length * (along[k] as number)))])),
        ),
      );
    });
    const scores = await leaningScores(model, points, worlds);
    const least = scores.reduce((a, b) => Math.min(a, b));
    if (least >= best.score * (1 - LEAST_GAIN)) break;
    best = { point: points[scores.indexOf(least)] as Point, score: least };
  }
  return best;
}
