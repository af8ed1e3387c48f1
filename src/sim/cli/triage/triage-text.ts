/** The summary of many runs: what needs attention, then a row for each run, the worst first. */
import { unusedRulesRemark } from "../../host/unused-rules.ts";
import { runLabels } from "../../output/run-labels.ts";
import { LOWER_BOUND_LEGEND, NOT_REACHED, spreadWords, withBound } from "../../output/spread-words.ts";
import type { Summary } from "../../output/summary.ts";
import { columnsFor, orderWords, type TriageColumn } from "../../output/triage/columns.ts";
import { shortFigure } from "../../output/triage/figures.ts";
import { spreadIn } from "../../output/triage/spread.ts";
import { DEFAULT_WARNING, groupsOf, type TriageChoice, type TriagedCase, triage } from "../../output/triage/triage.ts";
import { type Alignment, formatTable } from "../table.ts";
import { notesOf, notesText } from "./notes-text.ts";

/** Number of rows that are shown unless all are wanted. */
export const SHOWN_RUNS = 20;

/** The runs that are summed up. */
export interface ManyRuns {
  /** Those of each trace together, in ascending order of worlds. */
  readonly summaries: readonly Summary[];
  readonly worlds: number;
  /** Number of traces that could not be run. */
  readonly failed: number;
  /** Whether a row is wanted for each, however many there are. */
  readonly wantsAll: boolean;
}

/** The table of many runs, with the counts of those that need attention. */
export function triageText({ summaries, worlds, failed, wantsAll }: ManyRuns, choice: TriageChoice): string {
  const cases = Array.from({ length: summaries.length / worlds }, (_, i) =>
    summaries.slice(i * worlds, (i + 1) * worlds),
  );
  const labels = runLabels(cases.map(([first]) => first as Summary));
  const ranked = triage(cases, choice);
  const shown = wantsAll ? ranked : ranked.slice(0, SHOWN_RUNS);
  const columns = columnsFor(choice);
  const head = ["run", ...columns.map(({ head }) => head), "notes"];
  const align = head.map((_, i): Alignment => (i === 0 ? "left" : "right"));
  const rows = shown.map((one) => [
    labels[one.index] as string,
    ...columns.map((column) => cellOf(column, one)),
    notesCell(one),
  ]);
  return [
    `${countsText(ranked, choice, worlds, failed)}\n\n`,
    formatTable({ head, align }, rows),
    `${orderText(choice, shown.length, ranked.length, worlds)}\n`,
    ...(hasBound(shown, columns) ? [`${LOWER_BOUND_LEGEND}\n`] : []),
    ...(shown.some(({ warned }) => warned.length > 0) ? [`! ${warnedWords(choice)}\n`] : []),
    "A trace that is run alone, without --sort and --warn, has its whole summary; --format csv and json have all figures of all runs.\n",
    notesText(shown, labels),
    ...[...new Set(summaries.flatMap(({ caveat }) => caveat ?? []))].map((caveat) => `\nNote: ${caveat}\n`),
    ...unusedRulesNotes(summaries),
  ].join("");
}

/** The median and the range over the worlds, with a mark if a condition holds. */
function cellOf({ figure, warnings }: TriageColumn, { worlds, warned }: TriagedCase): string {
  const mark = warnings.some((i) => warned.includes(i)) ? "! " : "";
  const spread = spreadIn(figure, worlds);
  if (Number.isNaN(spread.rank)) return "-";
  if (Number.isNaN(spread.median)) return `${mark}${NOT_REACHED}`;
  return `${mark}${withBound(
    spreadWords(spread, (value) => shortFigure(figure.unit, value)),
    spread.isBound,
  )}`;
}

const hasBound = (cases: readonly TriagedCase[], columns: readonly TriageColumn[]): boolean =>
  cases.some(({ worlds }) => columns.some(({ figure }) => spreadIn(figure, worlds).isBound));

/** What the mark means. */
const warnedWords = ({ warnings }: TriageChoice): string =>
  warnings.length === 1 && warnings[0]?.text === DEFAULT_WARNING
    ? `meets ${DEFAULT_WARNING}, the default of --warn`
    : "meets a condition of --warn";

function notesCell(one: TriagedCase): string {
  const count = notesOf(one).size;
  return count === 0 ? "" : String(count);
}

/** `24 runs: 2 with OOM kills, 5 with stall_full > 1s, 3 that missed a target, 1 failed`. */
function countsText(ranked: readonly TriagedCase[], choice: TriageChoice, worlds: number, failed: number): string {
  const parts = [...groupsOf(ranked, choice).map(({ title, cases }) => `${cases.length} ${title}`), `${failed} failed`];
  const runs = ranked.length + failed;
  const what = worlds === 1 ? (runs === 1 ? "run" : "runs") : runs === 1 ? "trace" : "traces";
  const where = worlds === 1 ? "" : ` in ${worlds} worlds each, counted if it is so in one of them`;
  return `${runs} ${what}${where}: ${parts.join(", ")}`;
}

function orderText(choice: TriageChoice, shown: number, all: number, worlds: number): string {
  const rest = shown === all ? "" : ` of ${all} (--all: every one)`;
  const other = choice.sort === null ? " (--sort NAME: by any figure or objective)" : "";
  return `${shown}${rest}, ${orderWords(choice, worlds)}${other}`;
}

/** A note about runs with rules of the host that changed nothing; none if there is no such run. */
function unusedRulesNotes(summaries: readonly Summary[]): string[] {
  const runs = summaries.filter(({ unusedRules }) => unusedRulesRemark(unusedRules) !== null).length;
  if (runs === 0) return [];
  const of = `${runs} of ${summaries.length} runs`;
  return [
    `\nNote: in ${of}, rules of the trace's host have no effect or answered no command: their summaries say which.\n`,
  ];
}
