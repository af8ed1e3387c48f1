/** Which of many runs need attention: thresholds, and an order with the worst first. */
import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { boundOf, isIn, type Relation, splitCondition } from "../../measures/condition.ts";
import type { Summary } from "../summary.ts";
import { type RankFigure, rankFigure } from "./figures.ts";
import { spreadIn, valuesIn } from "./spread.ts";

/** A condition that needs attention; plain data. */
export interface Warning {
  /** Name of the figure. */
  readonly figure: string;
  readonly relation: Relation;
  /** In the figure's unit. */
  readonly bound: number;
  /** As on the command line, with single blanks. */
  readonly text: string;
}

/** How runs are ranked and checked; plain data. */
export interface TriageChoice {
  /** The figure that ranks the runs, the worst first; null: `DEFAULT_ORDER`. */
  readonly sort: string | null;
  readonly warnings: readonly Warning[];
}

/** The figures that rank runs, the most important first, unless another one is chosen. */
export const DEFAULT_ORDER: readonly string[] = [
  "oom_kills",
  "downtime",
  "stall_full",
  "unreached",
  "largest_inflation_time_to_target_s",
];

const EXAMPLE = '"stall_full > 1s", "oom_kills > 0" or "largest_inflation_time_to_target_s > 1m"';

/** What is checked unless something else is asked for. */
export const DEFAULT_WARNING = "stall_full > 1s";

/**
 * The condition of a `--warn`, `FIGURE RELATION VALUE`, like a `--require` of `capacity`, which says what must hold.
 * @throws {InputError} one line that names the option
 */
export function parseWarning(written: string): Warning {
  try {
    const { subject, relation, value, text } = splitCondition(written, EXAMPLE);
    const { name, unit } = rankFigure(subject);
    return { figure: name, relation, bound: boundOf(name, unit, value), text };
  } catch (error) {
    throw error instanceof InputError ? new InputError(`--warn ${quote(written)}: ${error.message}`) : error;
  }
}

/**
 * The choice of `--sort` and `--warn`.
 * @param warn undefined: `DEFAULT_WARNING`
 * @throws {InputError} one line that names the option
 */
export function parseTriage(sort: string | undefined, warn: readonly string[] | undefined): TriageChoice {
  const warnings = (warn ?? [DEFAULT_WARNING]).map(parseWarning);
  warnings.forEach(({ text }, i) => {
    if (warnings.findIndex((one) => one.text === text) < i)
      throw new InputError(`--warn ${quote(text)}: is given twice: leave one out`);
  });
  if (sort === undefined) return { sort: null, warnings };
  try {
    return { sort: rankFigure(sort).name, warnings };
  } catch (error) {
    throw error instanceof InputError ? new InputError(`--sort: ${error.message}`) : error;
  }
}

/** One trace of many: its runs, one for each world. */
export interface TriagedCase {
  /** Its place in the order given, from 0. */
  readonly index: number;
  readonly worlds: readonly Summary[];
  /** Indices of the warnings that hold in one of the worlds at least. */
  readonly warned: readonly number[];
}

/** The traces, the worst first, by the medians over their worlds; those without a value last, equal ones in the order given. */
export function triage(
  cases: readonly (readonly Summary[])[],
  { sort, warnings }: TriageChoice,
): readonly TriagedCase[] {
  const order = (sort === null ? DEFAULT_ORDER : [sort]).map(rankFigure);
  const checked = warnings.map((warning) => ({ ...warning, of: rankFigure(warning.figure) }));
  const ranked = cases.map((worlds, index) => ({
    index,
    worlds,
    keys: order.map((figure) => badness(figure, worlds)),
    warned: checked.flatMap(({ of, relation, bound }, i) =>
      valuesIn(of, worlds).some((value) => isIn(value, relation, bound)) ? [i] : [],
    ),
  }));
  ranked.sort((a, b) => {
    const i = a.keys.findIndex((key, k) => key !== b.keys[k]);
    return i === -1 ? a.index - b.index : (b.keys[i] as number) - (a.keys[i] as number);
  });
  return ranked.map(({ index, worlds, warned }) => ({ index, worlds, warned }));
}

/** A number that is larger for a worse case. */
function badness(figure: RankFigure, worlds: readonly Summary[]): number {
  const { rank } = spreadIn(figure, worlds);
  if (Number.isNaN(rank)) return Number.NEGATIVE_INFINITY;
  return figure.worse === "more" ? rank : -rank;
}

/** Traces that need attention for one reason. */
export interface TriageGroup {
  /** What they are: `with OOM kills`, `with stall_full > 1s`, `that missed a target`. */
  readonly title: string;
  /** In the order given. */
  readonly cases: readonly TriagedCase[];
}

/** The traces with kills, with each warning, and with a target that was not reached, in one of their worlds at least. */
export function groupsOf(cases: readonly TriagedCase[], { warnings }: TriageChoice): TriageGroup[] {
  const those = (title: string, is: (one: TriagedCase) => boolean) => ({ title, cases: cases.filter(is) });
  return [
    those("with OOM kills", ({ worlds }) => worlds.some(({ oomKills }) => oomKills > 0)),
    ...warnings.map(({ text }, i) => those(`with ${text}`, ({ warned }) => warned.includes(i))),
    those("that missed a target", ({ worlds }) => worlds.some((one) => one.changesReached < one.changes)),
  ];
}
