import { print, warn } from "../../common/cli/output.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import type { ReportContents } from "../report/read-contents.ts";
import { runNotes } from "../report/runs/conditions.ts";
import { frontInTerminal } from "../report/terminal/front.ts";
import { importanceInTerminal } from "../report/terminal/importance.ts";
import { runsInTerminal } from "../report/terminal/runs.ts";
import { importanceOfStudy } from "../tune/importance.ts";
import { StudyAnalysis } from "../tune/study/analysis.ts";
import { warningsOf } from "../tune/warnings.ts";
import { terminalStyle } from "./draw-plots.ts";

/** Draws the main charts of a report on standard output; remarks go to standard error. */
export async function drawReport({ study, runs }: ReportContents): Promise<void> {
  const style = await terminalStyle();
  const charts: string[] = [];
  if (study !== null) {
    const analysis = new StudyAnalysis(study);
    const importance = importanceOfStudy(analysis);
    charts.push(frontInTerminal(analysis, style), importanceInTerminal(analysis.header, importance, style));
    for (const warning of warningsOf(analysis, importance)) warn(`balloon-sim: note: ${warning}`);
  }
  if (runs.length > 0) charts.push(runsInTerminal(runs, style));
  for (const note of runNotes(runs)) warn(`balloon-sim: note: ${escapeUnsafe(note)}`);
  print(charts.filter((text) => text !== "").join("\n"));
}
