import { writeAll } from "../../common/cli/text-sink.ts";
import type { Writable } from "../../common/files/output-file.ts";
import { safeJson } from "../../common/quote.ts";
import { unusedRulesRemark } from "../host/unused-rules.ts";
import { OBJECTIVES } from "../measures/objectives.ts";
import { damageLine } from "../output/damage.ts";
import { isLowerBound, LOWER_BOUND_LEGEND, withBound } from "../output/lower-bounds.ts";
import { runLabels } from "../output/run-labels.ts";
import type { Summary } from "../output/summary.ts";
import {
  CHANGE_FIELDS,
  FIGURES,
  type Figure,
  formatChangeField,
  formatFigure,
  formatObjective,
  labelOf,
  summaryObject,
} from "../output/summary-figures.ts";
import { createTable } from "./create-table.ts";
import { warnOfCaveats } from "./driver-caveats.ts";
import type { OutputFormat } from "./jobs/request.ts";
import { type RecordColumn, WORLD_COLUMN } from "./record-table.ts";
import { formatTable, terminalWidth } from "./table.ts";

/** Number of changes of the target that a table lists; JSON has all that were kept. */
const SHOWN_CHANGES = 20;

/** Number of runs whose summaries are printed in full; more get a row each, unless all are requested. */
const MOST_IN_FULL = 10;

/** How summaries are to be written. */
export interface SummaryOptions {
  readonly format: "table" | OutputFormat;
  /** Number of worlds of each trace, with one summary each; null: `--worlds` was not given, and worlds are not mentioned. */
  readonly worlds: number | null;
  /** Whether all tables are wanted, however many there are. */
  readonly wantsAll: boolean;
}

/**
 * Writes summaries: as tables; as JSON an object, or an array of several; as NDJSON an object per line;
 * as CSV or Parquet a row per run, without the list of changes, with names of objectives that begin with `objective_`, and
 * with the drivers' caveats on standard error.
 */
export async function writeSummaries(
  summaries: readonly Summary[],
  { format, worlds, wantsAll }: SummaryOptions,
  to: Writable,
): Promise<void> {
  const world = (i: number) => (worlds === null ? {} : { world: (i % worlds) + 1 });
  if (format === "csv" || format === "parquet") {
    const table = await createTable(format, summaryColumns(worlds !== null), to);
    for (const [i, s] of summaries.entries()) {
      table.add([...Object.values(world(i)), ...FIGURES.map((f) => f.value(s)), ...s.objectives]);
      if (table.isFull) await table.flush();
    }
    await table.end();
    warnOfCaveats(summaries.map(({ caveat }) => caveat));
    return;
  }
  let text: string;
  if (format === "table" && worlds !== null && worlds > 1) {
    const { worldsText } = await import("./worlds-text.ts");
    text = worldsText(summaries, worlds);
  } else if (format === "table" && summaries.length > MOST_IN_FULL && !wantsAll) {
    text = triageTable(summaries);
  } else if (format === "table") {
    text = summaries.map(summaryTable).join("\n");
  } else {
    const objects = summaries.map((summary, i) => ({ ...world(i), ...summaryObject(summary) }));
    if (format === "ndjson") text = objects.map((object) => `${safeJson(object)}\n`).join("");
    else text = `${safeJson(objects.length === 1 ? objects[0] : objects, 2)}\n`;
  }
  await writeAll(to, Buffer.from(text));
}

const FIGURE_TYPES = {
  s: "number",
  pages: "whole",
  "pages/s": "number",
  times: "whole",
  share: "number",
  "yes/no": "yes/no",
  text: "text",
} as const satisfies Record<Figure["unit"], RecordColumn["type"]>;

/** The columns of a table with a line a run. */
const summaryColumns = (hasWorlds: boolean): RecordColumn[] => [
  ...(hasWorlds ? [WORLD_COLUMN] : []),
  ...FIGURES.map(({ name, unit, meaning }): RecordColumn => {
    const type = FIGURE_TYPES[unit];
    return { name, type, unit: type === "text" || type === "yes/no" ? "" : unit, meaning };
  }),
  ...OBJECTIVES.map(({ name, unit, meaning }): RecordColumn => {
    return { name: `objective_${name}`, type: "number", unit, meaning };
  }),
];

/**
 * A row per run, the worst first: by kills, downtime, time in which all tasks waited, changes of the target that were
 * not reached, and time to target; equal runs in the order given.
 */
function triageTable(summaries: readonly Summary[]): string {
  const labels = runLabels(summaries);
  const of = (name: string, s: Summary): number =>
    Number(FIGURES.find((figure) => figure.name === name)?.value(s) ?? 0);
  const keys = (s: Summary): number[] => [
    ...["oom_kills", "downtime_s", "stall_full_s"].map((name) => of(name, s)),
    s.changes - s.changesReached,
    of("largest_inflation_time_to_target_s", s),
  ];
  const ranked = summaries
    .map((summary, i) => ({ summary, label: labels[i] as string, keys: keys(summary) }))
    .sort((a, b) => {
      const i = a.keys.findIndex((key, k) => key !== b.keys[k]);
      return i === -1 ? 0 : (b.keys[i] as number) - (a.keys[i] as number);
    });
  const head = ["run", "oom kills", "downtime", "stall full", "stall some", "unreached", "time to target", "notes"];
  const time = (name: string, s: Summary) => formatFigure("s", FIGURES.find((f) => f.name === name)?.value(s) ?? null);
  const rows = ranked.map(({ summary: s, label }) => [
    label,
    String(s.oomKills),
    ...["downtime_s", "stall_full_s", "stall_some_s"].map((name) => time(name, s)),
    String(s.changes - s.changesReached),
    time("largest_inflation_time_to_target_s", s),
    s.notes.length === 0 ? "" : String(s.notes.length),
  ]);
  const align = head.map((_, i) => (i === 0 ? "left" : "right") as "left" | "right");
  const caveats = [...new Set(summaries.flatMap(({ caveat }) => caveat ?? []))];
  return [
    `${formatTable({ head, align }, rows)}\n${summaries.length} runs, the worst first: --all prints each in full, --format csv all figures\n`,
    ...caveats.map((caveat) => `\nNote: ${caveat}\n`),
    ...unusedRulesNotes(summaries),
  ].join("");
}

/** A note about runs with rules of the host that changed nothing; none if there is no such run. */
function unusedRulesNotes(summaries: readonly Summary[]): string[] {
  const runs = summaries.filter(({ unusedRules }) => unusedRulesRemark(unusedRules) !== null).length;
  if (runs === 0) return [];
  const of = `${runs} of ${summaries.length} runs`;
  return [`\nNote: in ${of}, rules of the trace's host have no effect or answered no command: --all prints which.\n`];
}

/** A summary as a table. Kills by the OOM killer come first, as the most important figure. */
function summaryTable(summary: Summary): string {
  const width = terminalWidth();
  const damage = damageLine(summary);
  let text = damage === null ? "" : `${damage}\n\n`;
  let group: Figure["group"] | null = null;
  const rows: string[][] = [];
  for (const figure of FIGURES) {
    // A null text, such as the what-if of an unchanged trace, has no row.
    if (figure.unit === "text" && figure.value(summary) === null) continue;
    rows.push([
      figure.group === group ? "" : figure.group,
      labelOf(figure.name),
      formatFigure(figure.unit, figure.value(summary)),
    ]);
    group = figure.group;
  }
  text += formatTable({ head: ["", "figure", "value"], align: ["left", "left", "left"], width }, rows);
  text += `\n${objectivesTable(summary)}`;
  if (summary.changes > 0) text += `\n${changesTable(summary)}`;
  for (const note of summary.notes) text += `\nNote: ${note}\n`;
  return text;
}

function objectivesTable({ objectives }: Summary): string {
  const isBound = (name: string) => isLowerBound(name, objectives);
  const rows = OBJECTIVES.map(({ name, unit, better }, i) => [
    name,
    withBound(formatObjective(unit, objectives[i] as number), isBound(name)),
    better,
  ]);
  const table = formatTable({ head: ["objective", "value", "better"], align: ["left", "left", "left"] }, rows);
  return OBJECTIVES.some(({ name }) => isBound(name)) ? `${table}${LOWER_BOUND_LEGEND}\n` : table;
}

function changesTable(summary: Summary): string {
  const shown = summary.targetChanges.slice(0, SHOWN_CHANGES);
  const rows = shown.map((change) => CHANGE_FIELDS.map(({ unit, value }) => formatChangeField(unit, value(change))));
  const head = CHANGE_FIELDS.map(({ name }) => labelOf(name));
  const table = formatTable({ head, align: CHANGE_FIELDS.map(() => "right") }, rows);
  const hidden = summary.changes - shown.length;
  return hidden > 0 ? `${table}... and ${hidden} more changes of the target\n` : table;
}
