/** The summary of a host's run, in the formats of the command line. */
import { safeJson } from "../../../common/quote.ts";
import { terminalWidth } from "../table.ts";
import { aboutHost } from "./about-host.ts";
import type { RanHost } from "./ran-host.ts";
import { summaryCsv, summaryObject } from "./summary-data.ts";
import { summaryText } from "./summary-text.ts";
import { worldsText } from "./worlds-text.ts";

/** How summaries are to be written. */
export interface SummaryOptions {
  readonly format: "table" | "csv" | "ndjson" | "json";
  /** Number of worlds; null: worlds are not mentioned. */
  readonly worlds: number | null;
}

/** @param runs one for each world */
export function summariesText(runs: readonly RanHost[], { format, worlds }: SummaryOptions): string {
  const [first] = runs as [RanHost];
  if (format === "table") {
    return runs.length > 1 ? worldsText(runs, terminalWidth()) : summaryText(first, terminalWidth());
  }
  if (format === "csv") return summaryCsv(runs, worlds !== null);
  const objects = runs.map((run, i) => ({
    ...(worlds === null ? {} : { world: i + 1 }),
    ...summaryObject(aboutHost(run.scenario), run.result),
  }));
  if (format === "ndjson") return objects.map((object) => `${safeJson(object)}\n`).join("");
  return `${safeJson(objects.length === 1 ? objects[0] : objects, 2)}\n`;
}
