import { safeJson } from "../../common/quote.ts";
import { csvLines } from "./csv.ts";
import type { LeadingColumns, RowFormat } from "./row-format.ts";
import type { RunName } from "./run-labels.ts";

/** Names of the columns before those of the rows. */
export const leadingNames = (isNamed: boolean, hasWorld: boolean): string[] => [
  ...(isNamed ? ["trace", "name"] : []),
  ...(hasWorld ? ["world"] : []),
];

/**
 * The columns that distinguish the rows of several runs.
 * @param run values of the columns `trace` and `name`; null: without them
 * @param world value of the column `world`; null: without it
 * @returns null without any of them
 */
export function leadingColumns(format: RowFormat, run: RunName | null, world: number | null): LeadingColumns | null {
  if (run === null && world === null) return null;
  const names = leadingNames(run !== null, world !== null);
  const cells = [...(run === null ? [] : [run.trace, run.name]), ...(world === null ? [] : [world])];
  const cell = (i: number) => `${JSON.stringify(names[i])}:${safeJson(cells[i])}`;
  const text = format === "csv" ? csvLines([cells]).slice(0, -1) : names.map((_, i) => cell(i)).join();
  return { names, text };
}
