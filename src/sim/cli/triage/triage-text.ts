/** The summary of many runs: what needs attention, then a row for each run, the worst first. */
import { unusedRulesRemark } from "../../host/unused-rules.ts";
import { runLabels } from "../../output/run-labels.ts";
import type { Summary } from "../../output/summary.ts";
import { labelOf } from "../../output/summary-figures.ts";
import { type RankFigure, rankFigure, shortFigure } from "../../output/triage/figures.ts";
import {
  countTriaged,
  DEFAULT_ORDER,
  type TriageChoice,
  type TriageCounts,
  type TriagedCase,
  triage,
  valuesIn,
} from "../../output/triage/triage.ts";
import { rangeText } from "../host/words.ts";
import { type Alignment, formatTable } from "../table.ts";

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

/** Columns that the table always has: what they are, and their headings. */
const COLUMNS = [
  ["oom_kills", "oom kills"],
  ["downtime", "downtime"],
  ["stall_full", "stall full"],
  ["stall_some", "stall some"],
  ["unreached", "unreached"],
  ["largest_inflation_time_to_target_s", "largest inflation"],
] as const;

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
    `${countsText(countTriaged(ranked, choice), choice, worlds, failed)}\n\n`,
    formatTable({ head, align }, rows),
    `${orderText(choice, shown.length, ranked.length, worlds)}\n`,
    ...(shown.some(({ warned }) => warned.length > 0) ? ["! meets a condition of --warn\n"] : []),
    `A trace that is run alone has its whole summary; --format csv and json have all figures of all runs.\n`,
    ...[...new Set(summaries.flatMap(({ caveat }) => caveat ?? []))].map((caveat) => `\nNote: ${caveat}\n`),
    ...unusedRulesNotes(summaries),
  ].join("");
}

interface TriageColumn {
  readonly head: string;
  readonly figure: RankFigure;
  /** Indices of the warnings about this figure. */
  readonly warnings: readonly number[];
}

/** The usual columns, with those of the chosen figures in front of them. */
function columnsFor({ sort, warnings }: TriageChoice): TriageColumn[] {
  const usual = new Set<string>(COLUMNS.map(([name]) => name));
  const wanted = [...new Set([...(sort === null ? [] : [sort]), ...warnings.map(({ figure }) => figure)])];
  const named = [
    ...wanted.filter((name) => !usual.has(name)).map((name) => [name, labelOf(name)] as const),
    ...COLUMNS,
  ];
  return named.map(([name, head]) => ({
    head,
    figure: rankFigure(name),
    warnings: warnings.flatMap(({ figure }, i) => (figure === name ? [i] : [])),
  }));
}

/** The median and the range over the worlds, with a mark if a condition holds. */
function cellOf({ figure, warnings }: TriageColumn, { worlds, warned }: TriagedCase): string {
  const values = valuesIn(figure, worlds);
  const mark = warnings.some((i) => warned.includes(i)) ? "! " : "";
  return values.length === 0 ? "-" : `${mark}${rangeText(values, (value) => shortFigure(figure.unit, value))}`;
}

function notesCell({ worlds }: TriagedCase): string {
  const count = new Set(worlds.flatMap(({ notes }) => notes)).size;
  return count === 0 ? "" : String(count);
}

/** `24 runs: 2 with OOM kills, 5 with stall_full > 1s, 3 that missed a target, 1 failed`. */
function countsText(counts: TriageCounts, { warnings }: TriageChoice, worlds: number, failed: number): string {
  const parts = [
    `${counts.killed} with OOM kills`,
    ...warnings.map(({ text }, i) => `${counts.warned[i]} with ${text}`),
    `${counts.missed} that missed a target`,
    `${failed} failed`,
  ];
  const runs = counts.cases + failed;
  const what = worlds === 1 ? (runs === 1 ? "run" : "runs") : runs === 1 ? "trace" : "traces";
  const where = worlds === 1 ? "" : ` in ${worlds} worlds each, counted if it is so in one of them`;
  return `${runs} ${what}${where}: ${parts.join(", ")}`;
}

function orderText({ sort }: TriageChoice, shown: number, all: number, worlds: number): string {
  const rest = shown === all ? "" : ` of ${all} (--all: every one)`;
  const medians = worlds === 1 ? "" : "the medians of ";
  const by =
    sort === null
      ? `${medians}${DEFAULT_ORDER.map((name) => COLUMNS.find(([one]) => one === name)?.[1] ?? name).join(", then ")}`
      : `${medians}${sort}`;
  const other = sort === null ? " (--sort NAME: by any figure or objective)" : "";
  return `${shown}${rest}, the worst first by ${by}${other}`;
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
