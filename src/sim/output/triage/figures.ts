/** The numbers of a run by which runs are ranked and checked: the objectives, and the figures of a summary. */
import { InputError } from "../../../common/errors.ts";
import { didYouMean } from "../../../common/nearest.ts";
import { quote } from "../../../common/quote.ts";
import { formatSize } from "../../../common/units.ts";
import { OBJECTIVES } from "../../measures/objectives.ts";
import type { Summary } from "../summary.ts";
import { FIGURES, type Figure, formatFigure } from "../summary-figures.ts";

/** A number of a run. */
export interface RankFigure {
  /** That of an objective (`stall_full`), or of a summary's figure (`swap_out_pages`). */
  readonly name: string;
  readonly unit: Exclude<Figure["unit"], "text"> | "pages·s";
  readonly meaning: string;
  /** Which of two values is worse; of figures for which less and more are neither good nor bad, the larger one. */
  readonly worse: "more" | "less";
  /** Yes is 1 and no is 0; Infinity: a time to a target that was not reached; null: the run has no value. */
  readonly value: (summary: Summary) => number | null;
}

/** Figures of which less is worse. */
const LESS_IS_WORSE = new Set(["loaded", "changes_reached"]);

/** Whether a run has no value because its target was not reached. */
const isUnreached = (name: string, { largestInflation }: Summary): boolean =>
  name === "largest_inflation_time_to_target_s" && largestInflation !== null;

const objectives = OBJECTIVES.map(({ name, unit, better, meaning }, i): RankFigure => {
  return { name, unit, meaning, worse: better === "less" ? "more" : "less", value: (s) => s.objectives[i] as number };
});

const names = new Set(objectives.map(({ name }) => name));
const figures = FIGURES.flatMap(({ name, unit, meaning, value }): RankFigure[] => {
  if (unit === "text" || names.has(name)) return [];
  const number = (summary: Summary): number | null => {
    const found = value(summary);
    if (found !== null) return Number(found);
    return isUnreached(name, summary) ? Number.POSITIVE_INFINITY : null;
  };
  return [{ name, unit, meaning, worse: LESS_IS_WORSE.has(name) ? "less" : "more", value: number }];
});

/** All of them, the objectives first. */
export const RANK_FIGURES: readonly RankFigure[] = [...objectives, ...figures];

/**
 * The figure of that name.
 * @throws {InputError} without a place, naming the most similar one
 */
export function rankFigure(name: string): RankFigure {
  const found = RANK_FIGURES.find((figure) => figure.name === name);
  if (found !== undefined) return found;
  const known = RANK_FIGURES.map((figure) => figure.name);
  throw new InputError(
    `there is no figure ${quote(name)}${didYouMean(name, known)} (docs/objectives.md and docs/summary.md list them)`,
  );
}

/** A value for readers, short: `1m12.5s`, `2.15GiB`, `16MiB/s`, `yes`; a dash without a value. */
export function shortFigure(unit: RankFigure["unit"], value: number | null): string {
  if (value === null) return "-";
  switch (unit) {
    case "pages":
      return value === 0 ? "0" : formatSize(Math.round(value));
    case "pages/s":
      return value === 0 ? "0" : `${formatSize(value)}/s`;
    case "pages·s":
      return value === 0 ? "0" : `${formatSize(Math.round(value))}·s`;
    case "yes/no":
      return value === 0 ? "no" : "yes";
    default:
      return formatFigure(unit, value);
  }
}
