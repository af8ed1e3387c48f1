/** Trace by trace: where the shown trial wins against the reference, and where it loses. */
import type { StudyHeader } from "../../tune/types.ts";
import { formatNumber, trialName } from "../numbers.ts";
import type { ReportedGoal, ReportStudy } from "../study/report-study.ts";
import { verdictLine } from "../verdict.ts";
import { type Html, html } from "./html.ts";
import { type Cell, table } from "./parts.ts";
import { changeCell } from "./study-result.ts";

/** The traces, and how many of them are won and lost in each goal. */
export function tracesTable(study: ReportStudy): Html {
  const { analysis, goals, shown } = study;
  const { traces } = analysis.header;
  const head: Cell[] = [
    { content: "Trace" },
    { content: "used to" },
    ...goals.flatMap(({ name, unit }): Cell[] => [
      { content: `${name}, ${unit}: reference`, isNumber: true },
      { content: html`<span data-shown>${trialName(shown)}</span>`, isNumber: true },
      { content: "change", isNumber: true },
    ]),
  ];
  const rows = traces.map(({ role, weight }, t): Cell[] => {
    const [reference, own] = [study.onTrace(0, t), study.onTrace(shown, t)];
    return [
      { content: study.traceLabels[t] as string },
      {
        content: `${role === "tune" ? "tune" : "judge"}${weight === 1 ? "" : `, weight ${weight}`}`,
        className: "soft",
      },
      ...goals.flatMap((goal): Cell[] => {
        const [a, b] = [reference?.[goal.index] ?? Number.NaN, own?.[goal.index] ?? Number.NaN];
        return [
          { content: formatNumber(a), isNumber: true },
          { content: formatNumber(b), isNumber: true },
          changeCell(b, a, goal),
        ];
      }),
    ];
  });
  return html`<div id="traces-table">${table(caption(analysis.header), head, rows)}</div>
<p class="soft" id="traces-known" role="status" hidden></p>
<ul class="plain" id="verdicts">${goals.map((goal) => html`<li>${verdictOfGoal(study, goal)}</li>\n`)}</ul>`;
}

/** Says which way the marks go, and where the values come from. */
function caption({ traces, judgedWorlds }: StudyHeader): string {
  const worlds = judgedWorlds === 1 ? "" : `, medians of ${judgedWorlds} worlds`;
  const heldOut = traces.some(({ role }) => role === "holdout")
    ? ` on the tuning traces, those of the judgement${worlds} on the held-out traces`
    : "";
  return `Each trace by itself: ✓ is better than the reference, ✗ is worse; the search's own values${heldOut}`;
}

function verdictOfGoal(study: ReportStudy, { index, name, better }: ReportedGoal): string {
  const { traces } = study.analysis.header;
  const valuesOf = (trial: number) => traces.map((_, t) => study.onTrace(trial, t)?.[index] ?? Number.NaN);
  return verdictLine({
    objective: name,
    better,
    traces: study.traceLabels,
    values: valuesOf(study.shown),
    references: valuesOf(0),
  });
}
