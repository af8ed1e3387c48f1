/** Axes with round numbers of their unit, and times in days, hours, minutes and seconds. */

import type uPlot from "uplot";
import { formatTime } from "../../../common/units.ts";
import type { ColourName } from "../../output/palette.ts";
import { formatNumber } from "../numbers.ts";
import { colour } from "./theme.ts";

const SECOND_STEPS = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5],
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3600),
  ...[1, 2, 7, 14, 28, 91, 182, 364, 3640].map((days) => days * 86_400),
];

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** Steps of 1, 2 and 5 times powers of ten, of a unit that is `size` units of the data. */
export const decimalSteps = (size: number): number[] =>
  Array.from({ length: 24 }, (_, i) => i - 9).flatMap((power) => [1, 2, 5].map((n) => Number(`${n}e${power}`) * size));

const stroke = (name: ColourName) => () => colour(name);

/** The common style of all axes. */
export const axisLook = () => ({
  stroke: stroke("soft"),
  grid: { stroke: stroke("grid"), width: 1 },
  ticks: { stroke: stroke("grid"), width: 1, size: 5 },
  border: { show: true, stroke: stroke("zero"), width: 1 },
  font: FONT,
  labelFont: FONT,
  gap: 4,
});

/** A horizontal axis of times in seconds. */
export function timeAxis(): uPlot.Axis {
  return {
    ...axisLook(),
    size: 30,
    space: 70,
    incrs: SECOND_STEPS,
    values: (_, splits) => splits.map((s) => formatTime(Math.round(s * 1e6))),
  };
}

/** An axis of numbers, with `size` units of the data per unit of the axis. */
export function numberAxis(label: string, size: number, isVertical: boolean): uPlot.Axis {
  return {
    ...axisLook(),
    label,
    labelSize: 20,
    labelGap: isVertical ? 2 : 0,
    size: isVertical ? 54 : 28,
    space: isVertical ? 34 : 50,
    incrs: decimalSteps(size),
    values: (_, splits) =>
      splits.map((value) => (value === null ? "" : formatNumber(Number((value / size).toPrecision(10))))),
  };
}
