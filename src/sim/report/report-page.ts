/** Assembles a report. */
import { documentOf } from "./html/document.ts";
import { html } from "./html/html.ts";
import { commands, section } from "./html/parts.ts";
import { killsNotes, runsSections } from "./html/runs-sections.ts";
import { studyCommands, studyFacts, studySections } from "./html/study-sections.ts";
import type { PageData } from "./model.ts";
import type { ReportContents } from "./read-contents.ts";
import { runsModel } from "./runs/panels.ts";
import type { Run } from "./runs/run.ts";
import { ReportStudy } from "./study/report-study.ts";
import { studyModel } from "./study/study-model.ts";

/** The origin of a report. */
export interface ReportOrigin {
  /** The command that made it. */
  readonly command: string;
  /** Version of the program. */
  readonly version: string;
}

/** The report as one self-contained HTML document. The same contents give the same bytes. */
export function reportPage({ study, runs }: ReportContents, { command, version }: ReportOrigin): string {
  const reported = study === null ? null : new ReportStudy(study);
  const model = runs.length === 0 ? null : runsModel(runs);
  const data: PageData = { runs: model, study: reported === null ? null : studyModel(reported) };
  const title = study === null ? runs.map((run) => run.label).join(", ") : study.file;
  const sections = [
    ...(reported === null ? [] : STUDY_SECTIONS),
    ...(model === null ? [] : runSections(runs)),
    ["commands", "Commands"],
  ];
  const body = html`<a class="skip" href="#main">To the content</a>
<div class="sheet">
<header><div>
<h1>${title}</h1>
<p class="lead">${leadOf(reported, runs.length)}</p>
<nav aria-label="Sections">${sections.map(([id, name]) => html`<a href="#${id}">${name}</a>\n`)}</nav>
</div><button type="button" id="theme" class="screen" hidden>Dark theme</button></header>
<main id="main">
<noscript><p class="notes">The charts are drawn by a script in this file; without it there are only the tables.</p></noscript>
${killsNotes(runs)}
${reported === null ? null : html`${studyFacts(reported)}${studySections(reported)}`}
${model === null ? null : runsSections(runs, model)}
${section(
  "commands",
  "Commands",
  "What made this page, and what it shows, again.",
  commands([...(reported === null ? [] : studyCommands(reported)), command]),
)}
</main>
<footer>balloon-sim ${version}. This page is one file and needs no network.</footer>
</div>
`;
  return documentOf({ title: `${title} – balloon-sim`, body, data });
}

const STUDY_SECTIONS = [
  ["result", "Result"],
  ["front", "Pareto front"],
  ["parallel", "Constants and goals"],
  ["importance", "Importance"],
  ["effects", "Effects"],
  ["traces", "Traces"],
] as const;

/** The sections about runs; rows alone have no causes. */
const runSections = (runs: readonly Run[]) => [
  ["runs", "Runs"],
  ...(runs.some(({ conditions }) => conditions !== null) ? [["trouble", "Times of trouble"]] : []),
  ["curves", "Curves"],
];

function leadOf(study: ReportStudy | null, runs: number): string {
  if (study === null) return `${runs === 1 ? "A run" : `${runs} runs`} of the balloon driver's policy over time`;
  const beside = runs === 0 ? "" : runs === 1 ? ", with a run" : `, with ${runs} runs`;
  return `Which constants of the balloon driver's policy do best: a study${beside}`;
}
