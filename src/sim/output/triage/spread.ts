/** A figure of a trace over its worlds. */
import { medianOf } from "../../../common/statistics.ts";
import { isLowerBound } from "../lower-bounds.ts";
import type { SpreadNumbers } from "../spread-words.ts";
import type { Summary } from "../summary.ts";
import type { RankFigure } from "./figures.ts";

/** A figure over worlds: what it is ranked by, and what is shown. */
export interface FigureSpread extends SpreadNumbers {
  /** The median, in which a target that was not reached counts as infinite; NaN: no world has a value. */
  readonly rank: number;
  /** Whether the values are lower bounds, because a target was not reached. */
  readonly isBound: boolean;
}

/** The values of a figure in the worlds that have one; Infinity: its target was not reached. */
export const valuesIn = ({ value }: RankFigure, worlds: readonly Summary[]): number[] =>
  worlds.flatMap((summary) => value(summary) ?? []);

/** @param worlds the runs of one trace, at least one */
export function spreadIn(figure: RankFigure, worlds: readonly Summary[]): FigureSpread {
  const values = valuesIn(figure, worlds);
  const reached = values.filter((value) => value !== Number.POSITIVE_INFINITY);
  const of = (choose: (values: readonly number[]) => number, all: readonly number[]): number =>
    all.length === 0 ? Number.NaN : choose(all);
  return {
    rank: of(medianOf, values),
    median: of(medianOf, reached),
    lowest: of((all) => Math.min(...all), reached),
    highest: of((all) => Math.max(...all), reached),
    none: worlds.length - reached.length,
    worlds: worlds.length,
    isBound: worlds.some(({ objectives }) => isLowerBound(figure.name, objectives)),
  };
}
