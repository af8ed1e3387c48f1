/** The study of a page. */

import { fileArgument, shellLine } from "../../../common/shell-line.ts";
import { whatIfArguments, whatIfText } from "../../trace/what-if.ts";
import { formatAggregate, requirementsText } from "../../tune/goal.ts";
import { tuneArguments } from "../../tune/study/command-line.ts";
import { policyOf } from "../../tune/study/study-space.ts";
import type { StudyHeader } from "../../tune/types.ts";
import { warningsOf } from "../../tune/warnings.ts";
import { formatNumber, trialName } from "../numbers.ts";
import type { ReportStudy } from "../study/report-study.ts";
import { type Html, html } from "./html.ts";
import { facts, notes, section } from "./parts.ts";
import { importanceTable } from "./study-importance.ts";
import { constantsTable, frontTable, resultTable } from "./study-result.ts";
import { tracesTable } from "./study-traces.ts";

/** The search space and the method: facts under the title. */
export function studyFacts(study: ReportStudy): Html {
  const { header } = study.analysis;
  const traces = (role: string) =>
    header.traces
      .flatMap((trace, i) => {
        const label = study.traceLabels[i] as string;
        return trace.role !== role ? [] : trace.weight === 1 ? label : `${label} (weight ${trace.weight})`;
      })
      .join(", ");
  const count = header.traces.filter(({ role }) => role === "tune").length;
  const isHeldOut = header.traces.some(({ role }) => role === "holdout");
  const list = [
    [header.host === undefined ? "Driver" : "Driver and policy", policyOf(header).name],
    ["Goals", header.goals.map(({ direction, objective }) => `${direction} ${objective}`).join(", ")],
    ["Required", requirementsText(header)],
    ["Tuned on", traces("tune") + (count > 1 ? ` (${formatAggregate(header.aggregate)})` : "")],
    [
      "Judged on",
      traces("holdout") + (isHeldOut && study.judged.length === 0 ? " (not yet: the study is not over)" : ""),
    ],
    ["What if", whatIfText(header.whatIf)],
    ["Worlds", worldsText(header)],
    ["Trials", trialsText(study)],
    ["Sampler", `${header.sampler}, seed ${header.seed}`],
    ["Made by", `balloon-sim ${header.program}`],
  ] as const;
  return facts(list.filter(([, text]) => text !== ""));
}

/** The number of worlds; empty if all runs have the traces as written. */
function worldsText({ worlds, judgedWorlds }: StudyHeader): string {
  if (worlds === 1 && judgedWorlds === 1) return "";
  return `${worlds} in the search${judgedWorlds === 1 ? "" : `, ${judgedWorlds} others to judge the result`}`;
}

function trialsText(study: ReportStudy): string {
  const { trials, front } = study.analysis;
  const count = (state: string) => trials.filter((_, trial) => trial > 0 && study.stateOf(trial) === state).length;
  const parts = [
    [count("infeasible"), "miss a requirement"],
    [count("dropped"), "dropped early"],
    [count("failed"), "failed"],
    [front.filter(({ trial }) => trial > 0).length, "on the front"],
  ] as const;
  const told = parts.filter(([n]) => n > 0).map(([n, text]) => `${formatNumber(n)} ${text}`);
  const reference = REFERENCE_STATES[study.stateOf(0)];
  return [`${formatNumber(trials.length - 1)} and the reference${reference}`, ...told].join("; ");
}

/** Remarks about the reference. */
const REFERENCE_STATES = {
  feasible: "",
  infeasible: ", which misses a requirement",
  dropped: "",
  failed: ", which failed",
} as const;

/** All sections of a study. */
export function studySections(study: ReportStudy): Html {
  const { analysis } = study;
  return html`${section("result", "Result", null, [
    notes(warningsOf(analysis, study.importance)),
    resultTable(study),
    constantsTable(study),
  ])}${frontSection(study)}${parallelSection()}${importanceSection(study)}${effectsSection()}${section(
    "traces",
    "Traces",
    html`Wins and losses of the selected trial, which is <span data-shown>${trialName(study.shown)}</span> now.`,
    tracesTable(study),
  )}`;
}

const frontSection = (study: ReportStudy): Html =>
  section(
    "front",
    "Pareto front",
    `Every point is a trial, with the search's own values; those of the front are dominated by none there.${barsText(study)} A click shows the trial behind a point; drag to zoom in, double-click to see everything.`,
    html`<div class="controls screen"><label>Across <select id="front-x"></select></label><label>Up <select id="front-y"></select></label></div>
<p class="hidden" id="trial-keys">Left and right arrow keys go along the front, with Shift along all trials; Home and End go to its ends; plus and minus zoom around the selected trial, 0 shows everything. Tables are behind the charts.</p>
<p class="hidden" id="spoken-trial" role="status"></p>
<div class="split"><div>
<ul class="legend" aria-label="Points">${[
      ["front", "front"],
      ["feasible", "not on the front"],
      ["infeasible", "misses a requirement"],
      ["reference", "reference"],
      ...(study.analysis.isJudgedInWorlds ? [["range", `range in ${study.analysis.header.judgedWorlds} worlds`]] : []),
    ].map(([group = "", text = ""]) => html`<li><span class="entry">${markOf(group)}${text}</span></li>`)}</ul>
<div id="front-chart"></div>
${frontTable(study)}
<div id="all-trials"></div>
</div><aside class="trial" id="trial" aria-label="Selected trial"></aside></div>`,
  );

/** A sentence about the ranges of judged trials; empty without them. */
const barsText = ({ analysis }: ReportStudy): string =>
  analysis.isJudgedInWorlds
    ? ` Bars are the ranges of judged trials in ${analysis.header.judgedWorlds} worlds that the search has not used.`
    : "";

/** A point as in the charts. */
function markOf(group: string): Html {
  const shapes: Readonly<Record<string, Html>> = {
    front: html`<circle class="blue" cx="7" cy="7" r="4"/>`,
    feasible: html`<rect class="soft" x="5" y="5" width="4" height="4"/>`,
    infeasible: html`<path class="cross" d="M4 4 10 10 M4 10 10 4"/>`,
    reference: html`<path class="vermilion" d="M7 1 13 7 7 13 1 7Z"/>`,
    range: html`<path class="cross" d="M1 7H13M1 4V10M13 4V10"/>`,
  };
  return html`<svg class="mark" width="14" height="14" aria-hidden="true">${shapes[group] ?? null}</svg>`;
}

const parallelSection = (): Html =>
  section(
    "parallel",
    "All constants and goals",
    "A line is a trial, with the search's own values: blue on the front, dashed the reference, thick the selected one. Drag along an axis to see only what passes there, click on it to see all again.",
    html`<div class="controls screen"><button type="button" id="clear-filters">Show all trials</button><span class="soft" id="filter-status" role="status"></span></div>
<p class="hidden" id="parallel-keys">Arrow keys go along the front; Escape takes all filters away. The sliders below filter as dragging does.</p>
<div class="scroll" id="parallel-chart"></div>
<details class="screen"><summary>Filters as sliders</summary><div class="scroll" id="filters"></div></details>`,
  );

const importanceSection = (study: ReportStudy): Html =>
  section(
    "importance",
    "Importance of the constants",
    "By a forest of trees and functional ANOVA, over the ranks of the search's own values of the goal. What is marked as chance can't be told from a constant that does not exist; together: what constants explain only jointly; fit: how well trials that were left out are predicted, 1 is exactly.",
    importanceTable(study) ?? html`<p class="soft">There are too few different trials to say.</p>`,
  );

const effectsSection = (): Html =>
  section(
    "effects",
    "Each constant against each objective",
    "The points are those of the front chart, with the search's own values; filters hold here, too.",
    html`<div class="controls"><label>Objective <select id="effect"></select></label></div><div class="grid" id="effect-charts"></div>`,
  );

/** The commands that repeat the study and use its results. */
export function studyCommands({ analysis, file, shown }: ReportStudy): string[] {
  const { header, trials } = analysis;
  const [first] = header.traces;
  return [
    shellLine([
      "balloon-sim",
      "tune",
      ...tuneArguments(header),
      "--trials",
      String(trials.length - 1),
      "--study",
      fileArgument(file),
    ]),
    ...(shown === 0 || first === undefined
      ? []
      : [
          shellLine(["balloon-sim", "study", "best", fileArgument(file), "--pick", String(shown), "-o", "rates.json"]),
          shellLine([
            "balloon-sim",
            "run",
            fileArgument(first.trace),
            ...whatIfArguments(header.whatIf),
            "--rates",
            "rates.json",
            "--summary",
          ]),
        ]),
  ];
}
