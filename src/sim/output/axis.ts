import { PAGE_BYTES, type Pages } from "../../common/units.ts";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Round distances between ticks, in microseconds. */
const TIME_STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((ms) => ms * 1000),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364, 3640].map((n) => n * DAY),
];

/** Times from 0 to the end at round, equal distances; at most `most` distances. */
export function timeTicks(endUs: number, most: number): number[] {
  const step = TIME_STEPS.find((candidate) => endUs / candidate <= most) ?? endUs;
  const ticks: number[] = [];
  for (let t = 0; t <= endUs; t += Math.max(step, 1)) ticks.push(t);
  return ticks;
}

const PAGES_PER_GIB = 1_073_741_824 / PAGE_BYTES;

/** Converts pages to GiB, for axes. */
export const toGib = (pages: Pages): number => pages / PAGES_PER_GIB;
