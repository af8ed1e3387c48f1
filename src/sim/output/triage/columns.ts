/** The columns of a table of many runs, and its order in words. */
import { labelOf } from "../summary-figures.ts";
import { type RankFigure, rankFigure } from "./figures.ts";
import { DEFAULT_ORDER, type TriageChoice } from "./triage.ts";

/** A column of a table of many runs. */
export interface TriageColumn {
  /** Its heading, in lower case, and as a title: `oom kills`, `OOM kills`. */
  readonly head: string;
  readonly title: string;
  readonly figure: RankFigure;
  /** Indices of the warnings about this figure. */
  readonly warnings: readonly number[];
}

/** Columns that a table always has: what they are, and their headings. */
const USUAL = [
  ["oom_kills", "oom kills"],
  ["downtime", "downtime"],
  ["stall_full", "stall full"],
  ["stall_some", "stall some"],
  ["unreached", "unreached"],
  ["largest_inflation_time_to_target_s", "largest inflation"],
] as const;

const titleOf = (head: string): string =>
  head.startsWith("oom ") ? `OOM ${head.slice(4)}` : head.charAt(0).toUpperCase() + head.slice(1);

const headOf = (name: string): string => USUAL.find(([one]) => one === name)?.[1] ?? labelOf(name);

/**
 * The usual columns, with those of the chosen figures in front of them.
 * @param further figures that this table has behind the usual ones
 */
export function columnsFor({ sort, warnings }: TriageChoice, further: readonly string[] = []): TriageColumn[] {
  const usual: string[] = [...USUAL.map(([name]) => name), ...further];
  const wanted = [...(sort === null ? [] : [sort]), ...warnings.map(({ figure }) => figure)];
  const names = [...new Set([...wanted.filter((name) => !usual.includes(name)), ...usual])];
  return names.map((name) => ({
    head: headOf(name),
    title: titleOf(headOf(name)),
    figure: rankFigure(name),
    warnings: warnings.flatMap(({ figure }, i) => (figure === name ? [i] : [])),
  }));
}

/** The order in words: `the worst first by oom kills, then downtime, …`. */
export const orderWords = ({ sort }: TriageChoice, worlds: number): string =>
  `the worst first by ${worlds === 1 ? "" : "the medians of "}${sort ?? DEFAULT_ORDER.map(headOf).join(", then ")}`;
