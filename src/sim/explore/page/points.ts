/** Points of a target that a hand moves. */
import { formatTime, type Pages, type Us } from "../../../common/units.ts";
import type { TargetEdit } from "../protocol.ts";

/** A time and a size. */
export type Point = TargetEdit["points"][number];

/** Where points may be, and the steps in which a hand moves them. */
export interface Reach {
  readonly endUs: Us;
  readonly stepUs: Us;
  readonly stepPages: Pages;
}

/** Least distance of two points in time. */
const APART_US = 1000;
/** The protocol's largest target. */
const MOST_PAGES = 0xffff_ffff;

const NICE_SECONDS = [
  0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400,
];

/**
 * Round steps that are not finer than a chart shows.
 * @param usPerPixel how much time a pixel is
 * @param pagesPerPixel how many pages
 */
export function snapSteps(usPerPixel: number, pagesPerPixel: number): Pick<Reach, "stepUs" | "stepPages"> {
  const seconds = NICE_SECONDS.find((step) => step * 1e6 >= usPerPixel) ?? (NICE_SECONDS.at(-1) as number);
  let stepPages = 1;
  while (stepPages < pagesPerPixel) stepPages *= 2;
  return { stepUs: Math.round(seconds * 1e6), stepPages };
}

const snap = (value: number, step: number): number => Math.round(value / step) * step;

const within = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

/** Points with one of them elsewhere: on a step, and between its neighbours. The first stays at the beginning. */
export function moved(
  points: readonly Point[],
  index: number,
  [at, pages]: Point,
  { endUs, stepUs, stepPages }: Reach,
): Point[] {
  const low = (points[index - 1]?.[0] ?? 0) + APART_US;
  const high = (points[index + 1]?.[0] ?? endUs + APART_US) - APART_US;
  const time = index === 0 ? 0 : Math.round(within(snap(at, stepUs), low, Math.max(low, high)));
  const size = within(snap(pages, stepPages), 0, MOST_PAGES);
  return points.map((point, i) => (i === index ? [time, size] : point));
}

/** The times that a written point may have, in words. */
export function timesText(points: readonly Point[], index: number, { endUs }: Reach): string {
  const [before, after] = [points[index - 1]?.[0] ?? 0, points[index + 1]?.[0]];
  return `after ${formatTime(before)} and ${after === undefined ? `up to ${formatTime(endUs)}` : `before ${formatTime(after)}`}`;
}

/** Whether a point may have that time and size: between its neighbours, and in the protocol. */
export function fits(points: readonly Point[], index: number, [at, pages]: Point, { endUs }: Reach): boolean {
  const before = points[index - 1]?.[0] ?? -1;
  const after = points[index + 1]?.[0] ?? endUs + 1;
  return at > before && at < after && pages <= MOST_PAGES;
}

/** A target's points with a further one; if there is one at that time, it gets the size. */
export function withPoint({ points }: TargetEdit, at: Us, pages: Pages, reach: Reach): Point[] {
  const { endUs, stepUs, stepPages } = reach;
  const time = within(snap(at, stepUs), 0, endUs);
  const point: Point = [time, within(snap(pages, stepPages), 0, MOST_PAGES)];
  const others = points.filter(([other]) => Math.abs(other - time) >= APART_US);
  // The first point is at the beginning, whatever is near.
  if (time < APART_US) return [[0, point[1]], ...others];
  return [...others, point].sort(([a], [b]) => a - b);
}

/** The size that a target has at a time. */
export function valueAt({ hold, points }: TargetEdit, at: Us): Pages {
  let index = 0;
  while (index + 1 < points.length && (points[index + 1]?.[0] as number) <= at) index++;
  const [from, value] = points[index] ?? [0, 0];
  const next = points[index + 1];
  if (hold === "step" || next === undefined) return value;
  return Math.floor(value + ((next[1] - value) * (at - from)) / (next[0] - from));
}
