/** The page of a host's run. All of it is visible without scripts. */
import { documentOf } from "../html/document.ts";
import { html } from "../html/html.ts";
import { type Cell, commands, facts, notes, section, table } from "../html/parts.ts";
import type { PageData } from "../model.ts";
import type { ReportOrigin } from "../report-page.ts";
import { memoryChart, reclaimChart, vmChart, vmLegend } from "./charts.ts";
import type { HostCurves } from "./curves.ts";

/** What the page says of a host, in words, and its curves. */
export interface HostPageModel {
  readonly name: string;
  readonly description: string;
  /** Who suffered, in a sentence. */
  readonly verdict: string;
  readonly facts: readonly (readonly [name: string, text: string])[];
  /** The table of VMs, those that suffered most first. */
  readonly head: readonly Cell[];
  readonly rows: readonly (readonly Cell[])[];
  /** Indices of the VMs, in the order of the rows; and what stands beside the name of each. */
  readonly order: readonly number[];
  readonly captions: readonly string[];
  /** What the file does not say and the reader assumes; notes about the model and the drivers; a sentence each. */
  readonly assumed: readonly string[];
  readonly notes: readonly string[];
  readonly curves: HostCurves;
}

const SECTIONS = [
  ["vms", "VMs"],
  ["memory", "Memory"],
  ["balloons", "Targets and sizes"],
  ["assumed", "Assumptions"],
  ["commands", "Commands"],
] as const;

/** The page as one self-contained HTML document. The same model gives the same bytes. */
export function hostPage(model: HostPageModel, { command, version }: ReportOrigin): string {
  const { name, description, verdict, curves } = model;
  const data: PageData = { runs: null, study: null };
  const body = html`<a class="skip" href="#main">To the content</a>
<div class="sheet">
<header><div>
<h1>${name}</h1>
<p class="lead">The run of a host with its VMs: who suffered, when, and why${description === "" ? "" : `. ${description.replace(/\s+/g, " ")}`}</p>
<nav aria-label="Sections">${SECTIONS.map(([id, title]) => html`<a href="#${id}">${title}</a>\n`)}</nav>
</div><button type="button" id="theme" class="screen" hidden>Dark theme</button></header>
<main id="main">
${notes([verdict])}
${facts(model.facts)}
${section("vms", "VMs", "Those that lost most time first.", table("What became of each VM", model.head, model.rows))}
${section(
  "memory",
  "Memory of the host",
  "What each VM consumes of it; the dashed line is all memory, so what is empty below it is free. The strip shows the host's states, a cross kills of guests' OOM killers and VMs that the host ended.",
  [memoryChart(curves), html`<h3>Balloons and the host's swap</h3>`, reclaimChart(curves)],
)}
${section(
  "balloons",
  "Targets and sizes",
  "Each VM up to its configured memory, over the whole run; in the order of the table.",
  html`${vmLegend()}<div class="vms">${model.order.map((vm, i) => {
    const own = curves.vms[vm] as HostCurves["vms"][number];
    return html`<figure><figcaption><h3>${own.name}</h3><p>${model.captions[i] as string}</p></figcaption>${vmChart(own, curves)}</figure>\n`;
  })}</div>`,
)}
${section("assumed", "Assumptions", "What the host file leaves open, and what the model leaves out.", notes([...model.assumed, ...model.notes]))}
${section("commands", "Commands", "What made this page, again.", commands([command]))}
</main>
<footer>balloon-sim ${version}. This page is one file and needs no network. Curves have at most 481 points.</footer>
</div>
`;
  return documentOf({ title: `${name} – balloon-sim`, body, data });
}
