/** Maps the values of a variable to positions on an axis: linearly or by their logarithms. */
import { formatNumber } from "../numbers.ts";
import type { Variable } from "./trials.ts";

/** Margin beside the outermost values, as a fraction of their distance. */
const MARGIN = 0.04;

/** The mapping of a variable to an axis. */
export interface Scale {
  readonly label: string;
  readonly place: (value: number) => number;
  readonly value: (place: number) => number;
  /** The range of the axis without zoom. */
  readonly extent: readonly [number, number];
  /** Positions of its ticks, at most `most`, for the visible part of the axis. */
  readonly ticks: (from: number, to: number, most: number) => number[];
}

/** The scale of a variable, over the comparable trials. */
export function scaleOf(variable: Variable, isComparable: (trial: number) => boolean): Scale {
  const { name, unit, isLogarithmic, values, choices } = variable;
  const place = isLogarithmic ? Math.log10 : (value: number) => value;
  const value = isLogarithmic ? (at: number) => 10 ** at : (at: number) => at;
  let [low, high] =
    variable.range === null
      ? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      : [place(variable.range[0]), place(variable.range[1])];
  for (let trial = 0; trial < values.length; trial++) {
    if (!isComparable(trial)) continue;
    const at = place(values[trial] as number);
    if (at < low) low = at;
    if (at > high) high = at;
  }
  if (!(low <= high)) [low, high] = [0, 1];
  const margin = high > low ? (high - low) * MARGIN : Math.max(Math.abs(high) * MARGIN, 0.5);
  return {
    label: unit === "" ? name : `${name}, ${unit}`,
    place,
    value,
    extent: [low - margin, high + margin],
    ticks: (from, to, most) => {
      const chosen = choices.map(place).filter((at) => at >= from && at <= to);
      if (chosen.length > 0 && chosen.length <= Math.max(most, 8)) return chosen;
      return isLogarithmic ? logarithmicTicks(from, to, most) : linearTicks(from, to, most);
    },
  };
}

/** Multiples of 1, 2 or 5 times a power of ten. */
function linearTicks(from: number, to: number, most: number): number[] {
  const raw = (to - from) / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((n) => n * power >= raw) ?? 10) * power;
  const ticks: number[] = [];
  for (let n = Math.ceil(from / step); n * step <= to; n++) ticks.push(Number((n * step).toPrecision(12)));
  return ticks;
}

/** Positions of 1, 2 and 5 times powers of ten; of fewer if there are too many. */
function logarithmicTicks(from: number, to: number, most: number): number[] {
  for (const digits of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = powers(from, to).flatMap((power) => digits.map((digit) => power + Math.log10(digit)));
    const seen = ticks.filter((at) => at >= from && at <= to);
    if (seen.length <= Math.max(most, 2) && seen.length >= 2) return seen;
  }
  const whole = powers(from, to).filter((at) => at >= from && at <= to);
  const every = Math.ceil(whole.length / Math.max(most, 1));
  // Less than two powers of ten: round numbers between them.
  if (whole.length >= 2) return whole.filter((_, i) => i % every === 0);
  return linearTicks(10 ** from, 10 ** to, most)
    .filter((value) => value > 0)
    .map(Math.log10);
}

const powers = (from: number, to: number): number[] =>
  Array.from({ length: Math.ceil(to) - Math.floor(from) + 1 }, (_, i) => Math.floor(from) + i);

/** A tick as text. */
export const tickText = (scale: Scale, at: number): string => formatNumber(Number(scale.value(at).toPrecision(6)));
