/** Warnings about a plan of a trace. */
import { isCoarse } from "../trace/coarse.ts";
import type { MachinePlan } from "./plan.ts";
import type { Format } from "./reader.ts";
import type { Report } from "./report.ts";
import { pagesPerUnit } from "./vocabulary.ts";

/** Amounts whose sum is a considerable part of a guest's RAM: a kernel fills unused memory with cache. */
const PARTS_OF_RAM = ["free", "buffers", "cached", "lruActive", "lruInactive"] as const;
/** Smallest plausible sum, as a fraction of the RAM. */
const LEAST_PART = 0.01;

/** Warns if a size that the user gives contradicts the amounts of the log, whose unit may be wrong. */
export function warnOfUnit(
  { memory, survey }: MachinePlan,
  format: Format,
  unit: string | undefined,
  report: Report,
): void {
  if (memory.how !== "given") return;
  const amounts = PARTS_OF_RAM.flatMap((quantity) => {
    const index = survey.machine.columns.findIndex((column) => column.quantity === quantity);
    const perUnit = pagesPerUnit(survey.machine.columns[index]?.unit ?? "1", memory.pages);
    const range = survey.ranges[index];
    return perUnit === null || !range ? [] : [{ index, pages: range.max * perUnit }];
  });
  const part = amounts.reduce((sum, { pages }) => sum + pages, 0) / memory.pages;
  if (amounts.length < 2 || !(part < LEAST_PART)) return;
  const fields = amounts.map(({ index }) => survey.machine.columns[index]?.field).join(" + ");
  const isUnsaid = unit === undefined && format.options?.includes("unit") === true;
  const advice = isUnsaid ? "if the log is in MiB, as with -S M: --unit MiB" : "check the size and the unit";
  const percent = Math.round(part * 10_000) / 100;
  report.warn(`${survey.machine.id}: ${fields} are at most ${percent} % of ${memory.evidence}: ${advice}`);
}

/** Samples that are further apart than the cycles of the driver do not show what happens between them. */
export function warnOfCoarseness({ stepUs }: MachinePlan, report: Report): void {
  if (!isCoarse(stepUs / 1e6)) return;
  report.warn(
    `one sample every ${stepUs / 1e6} s, but the driver acts every second: the log lacks changes in between, and a run of the trace reports this`,
  );
}
