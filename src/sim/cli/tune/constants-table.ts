import type { StudyAnalysis } from "../../tune/study/analysis.ts";
import { specOf } from "../../tune/study/command-line.ts";
import { formatTable } from "../table.ts";
import { landmarks } from "./front-table.ts";

/** Trials whose constants stand side by side. */
const SHOWN = 5;

/** The constants that moved: what they were in the trials that stand out, and how much each matters. */
export function constantsTable(analysis: StudyAnalysis): string {
  const { header, trials } = analysis;
  const shown = landmarks(analysis)
    .filter((trial) => trial !== 0)
    .slice(0, SHOWN);
  const head = ["constant", "trial 0", ...shown.map((trial) => `trial ${trial}`), "range"];
  const rows = header.parameters.map((parameter, i) => [
    parameter.flag,
    ...[0, ...shown].map((trial) => String(trials[trial]?.point[i])),
    specOf(parameter),
  ]);
  const align = head.map((_, i) => (i === 0 || i === head.length - 1 ? "left" : "right") as "left" | "right");
  return formatTable({ head, align }, rows);
}
