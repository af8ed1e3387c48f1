import { writeAll } from "../../common/cli/text-sink.ts";
import type { Writable } from "../../common/files/output-file.ts";
import { safeJson } from "../../common/quote.ts";
import { OBJECTIVES } from "../measures/objectives.ts";
import { damageLine } from "../output/damage.ts";
import { isLowerBound } from "../output/lower-bounds.ts";
import { LOWER_BOUND_LEGEND, withBound } from "../output/spread-words.ts";
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
import type { TriageChoice } from "../output/triage/triage.ts";
import { createTable } from "./create-table.ts";
import { warnOfCaveats } from "./driver-caveats.ts";
import type { OutputFormat } from "./jobs/request.ts";
import { type RecordColumn, WORLD_COLUMN } from "./record-table.ts";
import { formatTable, terminalWidth } from "./table.ts";

/** Number of changes of the target that a table lists; JSON has all that were kept. */
const SHOWN_CHANGES = 20;

/** Number of traces whose summaries are printed in full; of more, each has a row. */
const MOST_IN_FULL = 10;

/** How summaries are to be written. */
export interface SummaryOptions {
  readonly format: "table" | OutputFormat;
  /** Number of worlds of each trace, with one summary each; null: `--worlds` was not given, and worlds are not mentioned. */
  readonly worlds: number | null;
  /** Whether a table of many runs has a row for each. */
  readonly wantsAll: boolean;
  /** How many runs are ranked and checked; null: nothing was asked for, so few runs are printed in full. */
  readonly triage: TriageChoice | null;
  /** Number of traces that could not be run. */
  readonly failed: number;
}

/**
 * Writes summaries: as tables; as JSON an object, or an array of several; as NDJSON an object per line;
 * as CSV or Parquet a row per run, without the list of changes, with names of objectives that begin with `objective_`, and
 * with the drivers' caveats on standard error.
 */
export async function writeSummaries(
  summaries: readonly Summary[],
  { format, worlds, wantsAll, triage, failed }: SummaryOptions,
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
  const isMany = triage !== null || summaries.length / (worlds ?? 1) > MOST_IN_FULL;
  if (format === "table" && isMany) {
    const [{ triageText }, { parseTriage }] = await Promise.all([
      import("./triage/triage-text.ts"),
      import("../output/triage/triage.ts"),
    ]);
    text = triageText(
      { summaries, worlds: worlds ?? 1, failed, wantsAll },
      triage ?? parseTriage(undefined, undefined),
    );
  } else if (format === "table" && worlds !== null && worlds > 1) {
    const { worldsText } = await import("./worlds-text.ts");
    text = worldsText(summaries, worlds);
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
