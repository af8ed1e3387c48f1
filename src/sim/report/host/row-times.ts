import type { Us } from "../../../common/units.ts";
import { timeTicks } from "../../output/axis.ts";

/** Most rows of the host where no time is given, and the least time between two. */
const MOST_ROWS = 720;
const LEAST_EVERY_US: Us = 1_000_000;

/** The time between rows of a host where none is given. @param durationUs of the run */
export function hostEveryUs(durationUs: Us): Us {
  const [, step = LEAST_EVERY_US] = timeTicks(durationUs, MOST_ROWS);
  return Math.max(LEAST_EVERY_US, step);
}
