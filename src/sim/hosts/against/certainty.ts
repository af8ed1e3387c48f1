/** How sure a comparison of targets is. */
import { momentsOf } from "../../../common/statistics.ts";
import type { Bytes, Us } from "../../../common/units.ts";
import type { Movement } from "./movement.ts";
import { type ComparedVm, lifeOf, type Piece, type TargetSeries } from "./series.ts";

/** `none`: nothing was compared. `weak`: hardly more than an anecdote. */
export type Grade = "none" | "weak" | "fair" | "good";

/** What a comparison rests on. */
export interface Certainty {
  readonly grade: Grade;
  /** Reasons for a grade below `good`, and other doubts: ends of sentences. */
  readonly doubts: readonly string[];
  /** Measured values while the VM was on. */
  readonly samples: number;
  /** Times in which the measured target is unknown while the VM is on. */
  readonly gaps: number;
  /** Time that was compared, and its part of the time in which the VM was on, 0 to 1. */
  readonly comparedUs: Us;
  readonly comparedPart: number;
}

const WEAK_SAMPLES = 10;
const FAIR_SAMPLES = 100;
const WEAK_PART = 0.2;
const FAIR_PART = 0.8;
/** Fewer moves of the measured target say little about directions. */
const LEAST_MOVES = 5;

/** The values of a measured series while the VM was on, and its gaps. */
function coverage(vm: ComparedVm, series: TargetSeries, durationUs: Us): { samples: number; gaps: number } {
  const { fromUs, untilUs } = lifeOf(vm, durationUs);
  const { sampleUs } = series;
  let samples = 0;
  let gaps = (series.at[0] ?? Number.POSITIVE_INFINITY) > fromUs && untilUs > fromUs ? 1 : 0;
  let wasUnknown = gaps > 0;
  series.at.forEach((us, i) => {
    const nextUs = series.at[i + 1] ?? Number.POSITIVE_INFINITY;
    if (us >= untilUs || nextUs <= fromUs) return;
    const isUnknown = Number.isNaN(series.bytes[i]);
    const lengthUs = Math.min(nextUs, untilUs) - Math.max(us, fromUs);
    if (!isUnknown) samples += sampleUs === undefined ? 1 : Math.max(1, Math.round(lengthUs / sampleUs));
    else if (!wasUnknown) gaps++;
    wasUnknown = isUnknown;
  });
  return { samples, gaps };
}

/** How sure the comparison of one VM is. */
export function certaintyOf(vm: ComparedVm, pieces: readonly Piece[], movement: Movement, durationUs: Us): Certainty {
  const { fromUs, untilUs } = lifeOf(vm, durationUs);
  const comparedUs = lengthOf(pieces);
  const lifeUs = untilUs - fromUs;
  const comparedPart = lifeUs === 0 ? 0 : comparedUs / lifeUs;
  const { samples, gaps } = vm.measured === null ? { samples: 0, gaps: 0 } : coverage(vm, vm.measured, durationUs);
  const doubts: string[] = [];
  const basis = { samples, gaps, comparedUs, comparedPart };
  if (comparedUs === 0) {
    const why = vm.measured === null ? "nothing was measured" : "no time has both a measured and a decided target";
    return { grade: "none", doubts: [why], ...basis };
  }
  if (samples < FAIR_SAMPLES) doubts.push(samples === 1 ? "one sample" : `${samples} samples`);
  if (comparedPart < FAIR_PART) doubts.push(`${percent(comparedPart)} of its time`);
  if (gaps > 0) doubts.push(gaps === 1 ? "one gap" : `${gaps} gaps`);
  if (vm.isSize) doubts.push("the balloon's size for lack of its target");
  const moves = movement.same + movement.opposite + movement.onlyMeasured;
  if (moves === 0) doubts.push("the measured target never moved");
  else if (moves < LEAST_MOVES)
    doubts.push(`the measured target moved in ${moves === 1 ? "one step" : `${moves} steps`}`);
  const isWeak = samples < WEAK_SAMPLES || comparedPart < WEAK_PART;
  const isFair = samples < FAIR_SAMPLES || comparedPart < FAIR_PART || moves < LEAST_MOVES || vm.isSize;
  return { grade: isWeak ? "weak" : isFair ? "fair" : "good", doubts, ...basis };
}

/** Parts of the compared time of which means are taken, and Student's t for 95 % of so many. */
const PARTS = 10;
const STUDENT_T = 2.262;

/**
 * Half the width of the 95 % interval of a mean over time, from the means of ten equal parts of the time, which allows for
 * values that depend on those before them; null for fewer than ten pieces.
 * @param of value of a piece
 */
export function marginOf<P extends Piece>(pieces: readonly P[], of: (piece: P) => Bytes): Bytes | null {
  if (pieces.length < PARTS) return null;
  const partUs = lengthOf(pieces) / PARTS;
  const sums = new Array<number>(PARTS).fill(0);
  let part = 0;
  let doneUs = 0;
  for (const piece of pieces) {
    const value = of(piece);
    for (let left = piece.untilUs - piece.fromUs; left > 0; ) {
      const room = part === PARTS - 1 ? left : Math.max(0, (part + 1) * partUs - doneUs);
      const taken = Math.min(left, room);
      sums[part] = (sums[part] as number) + value * taken;
      doneUs += taken;
      left -= taken;
      if (left > 0) part++;
    }
  }
  const { variance } = momentsOf(sums.map((sum) => sum / partUs));
  return STUDENT_T * Math.sqrt(variance / PARTS);
}

export const lengthOf = (pieces: readonly Piece[]): Us =>
  pieces.reduce((sum, { fromUs, untilUs }) => sum + untilUs - fromUs, 0);

const percent = (part: number): string => `${Math.round(part * 100)} %`;
