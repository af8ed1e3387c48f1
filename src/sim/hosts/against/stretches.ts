import type { Bytes, Us } from "../../../common/units.ts";
import { timeTicks } from "../../output/axis.ts";
import type { Piece } from "./series.ts";

/** A window of time with means over what of it was compared. */
export interface Stretch {
  readonly fromUs: Us;
  readonly untilUs: Us;
  readonly measured: Bytes;
  readonly decided: Bytes;
  /** Mean of the absolute difference. */
  readonly apart: Bytes;
}

/** Most windows of a run. */
const WINDOWS = 24;

/** A round length of windows for a run, of which it has at most 24. */
export function windowOf(durationUs: Us): Us {
  const [from = 0, next] = timeTicks(durationUs, WINDOWS);
  return Math.max(1, (next ?? durationUs) - from);
}

/** Means over windows from time 0 on; windows in which nothing was compared are left out. */
export function stretchesOf(pieces: readonly Piece[], windowUs: Us): Stretch[] {
  const sums = new Map<number, { us: Us; measured: number; decided: number; apart: number }>();
  for (const { fromUs, untilUs, measured, decided } of pieces) {
    for (let us = fromUs; us < untilUs; ) {
      const window = Math.floor(us / windowUs);
      const nextUs = Math.min(untilUs, (window + 1) * windowUs);
      const sum = sums.get(window) ?? { us: 0, measured: 0, decided: 0, apart: 0 };
      sums.set(window, sum);
      const lengthUs = nextUs - us;
      sum.us += lengthUs;
      sum.measured += measured * lengthUs;
      sum.decided += decided * lengthUs;
      sum.apart += Math.abs(decided - measured) * lengthUs;
      us = nextUs;
    }
  }
  return [...sums].map(([window, sum]) => ({
    fromUs: window * windowUs,
    untilUs: (window + 1) * windowUs,
    measured: sum.measured / sum.us,
    decided: sum.decided / sum.us,
    apart: sum.apart / sum.us,
  }));
}
