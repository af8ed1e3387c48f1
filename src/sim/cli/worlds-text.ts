import { escapeUnsafe } from "../../common/quote.ts";
import { type UnusedRules, unusedInAll } from "../host/unused-rules.ts";
import { OBJECTIVES } from "../measures/objectives.ts";
import { damageInWorldsLine } from "../output/damage.ts";
import { isLowerBound } from "../output/lower-bounds.ts";
import { runLabels } from "../output/run-labels.ts";
import { LOWER_BOUND_LEGEND, spreadWords, withBound } from "../output/spread-words.ts";
import { rulesNotes, type Summary } from "../output/summary.ts";
import { FIGURES, type FigureValue, formatFigure, formatObjective, labelOf } from "../output/summary-figures.ts";
import { spreadOf } from "../tune/spread.ts";
import { formatTable, terminalWidth } from "./table.ts";

/**
 * Prints summaries of traces that were run in several worlds, as tables: of each figure the median, the lowest and the highest.
 * @param summaries those of each trace together, in ascending order of worlds
 */
export function worldsText(summaries: readonly Summary[], worlds: number): string {
  const traces = Array.from({ length: summaries.length / worlds }, (_, i) =>
    summaries.slice(i * worlds, (i + 1) * worlds),
  );
  const labels = runLabels(traces.map(([first]) => first as Summary));
  return traces.map((own, i) => tablesOf(own, labels[i] as string)).join("\n");
}

/** The tables of one trace. */
function tablesOf(summaries: readonly Summary[], label: string): string {
  const width = terminalWidth();
  const places = new Set(["trace", "name", "seed"]);
  const figures = FIGURES.filter(({ name }) => !places.has(name)).map(({ group, name, unit, value }, i, all) => [
    all[i - 1]?.group === group ? "" : group,
    labelOf(name),
    spreadText(summaries.map(value), (one) => formatFigure(unit, one)),
  ]);
  const isBound = (name: string) => summaries.some((summary) => isLowerBound(name, summary.objectives));
  const objectives = OBJECTIVES.map(({ name, unit, better }, i) => {
    const values = summaries.map((summary) => summary.objectives[i] as number);
    const text = spreadText(values, (one) => formatObjective(unit, one as number));
    return [name, withBound(text, isBound(name)), better];
  });
  const legend = OBJECTIVES.some(({ name }) => isBound(name)) ? `${LOWER_BOUND_LEGEND}\n` : "";
  const value = "median [lowest .. highest]";
  const notes = notesOf(summaries);
  // Kills come first, as the most important figure.
  const damage = damageInWorldsLine(summaries);
  return [
    ...(damage === null ? [] : [`${damage}\n`]),
    `${escapeUnsafe(label)} in ${summaries.length} worlds\n`,
    formatTable({ head: ["", "figure", value], align: ["left", "left", "left"], width }, figures),
    formatTable({ head: ["objective", value, "better"], align: ["left", "left", "left"] }, objectives) + legend,
    ...notes.map((note) => `Note: ${note}\n`),
  ].join("\n");
}

/** The notes of all worlds, each once. A rule of the host changed nothing if that holds in every world. */
function notesOf(summaries: readonly Summary[]): string[] {
  const unused = summaries.map(({ unusedRules }) => unusedRules) as [UnusedRules, ...UnusedRules[]];
  const inAll = rulesNotes(unusedInAll(unused));
  const notes = summaries.flatMap((summary) =>
    summary.notes.flatMap((note) => (rulesNotes(summary.unusedRules).includes(note) ? inAll : [note])),
  );
  return [...new Set(notes)];
}

/** A figure over worlds: `2.98 s [2.51 s .. 5.04 s]`; one value if it is the same in all. */
function spreadText(values: readonly FigureValue[], format: (value: FigureValue) => string): string {
  const numbers = values.filter((value) => typeof value === "number");
  // Texts, and figures that are unknown in all worlds.
  if (numbers.length === 0) return [...new Set(values.map(format))].join(" or ");
  const none = values.length - numbers.length;
  return spreadWords({ ...spreadOf(numbers), none, worlds: values.length }, format);
}
