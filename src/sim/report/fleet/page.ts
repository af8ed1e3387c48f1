/** The page of many runs: what needs attention, a table with the worst first, a picture of time against runs. */
import { orderWords } from "../../output/triage/columns.ts";
import { documentOf } from "../html/document.ts";
import { type Html, html } from "../html/html.ts";
import { commands, facts, notes, section } from "../html/parts.ts";
import { FLEET_ROWS, type PageData } from "../model.ts";
import { formatNumber } from "../numbers.ts";
import type { ReportOrigin } from "../report-page.ts";
import { legendOf } from "./columns.ts";
import { firstRows } from "./first-rows.ts";
import { type Fleet, fleetModel } from "./fleet-model.ts";

/** What a page says of a fleet beside its runs. */
export interface FleetPageInfo {
  readonly title: string;
  /** Conditions that all runs have in common. */
  readonly facts: readonly (readonly [name: string, text: string])[];
  /** Traces that could not be run, a line each. */
  readonly failed: readonly string[];
  /** Notes about the runs, a sentence each. */
  readonly notes: readonly string[];
  readonly worlds: number;
}

const SECTIONS = [
  ["guests", "Guests"],
  ["time", "Over time"],
  ["commands", "Commands"],
] as const;

/** The page as one self-contained HTML document. The same fleet gives the same bytes. */
export function fleetPage(fleet: Fleet, info: FleetPageInfo, { command, version }: ReportOrigin): string {
  const model = fleetModel(fleet);
  const data: PageData = { runs: null, study: null, fleet: model };
  const { worlds } = info;
  const guests = model.labels.length;
  const where = worlds === 1 ? "" : `, in one of ${worlds} worlds at least`;
  const attention = [
    ...model.groups.map(({ title, runs }, i) => {
      const of = i === 0 ? ` of ${formatNumber(guests)}` : "";
      return `${formatNumber(runs.length)}${of} ${title}${where}`;
    }),
    `${formatNumber(info.failed.length)} that could not be run`,
  ];
  const body = html`<a class="skip" href="#main">To the content</a>
<div class="sheet">
<header><div>
<h1>${info.title}</h1>
<p class="lead">Which of many guests need attention</p>
<nav aria-label="Sections">${SECTIONS.map(([id, name]) => html`<a href="#${id}">${name}</a>\n`)}</nav>
</div><button type="button" id="theme" class="screen" hidden>Dark theme</button></header>
<main id="main">
<noscript><p class="notes">Without scripts there are only the worst ${String(Math.min(FLEET_ROWS, guests))} guests: the others, filters and the picture over time are made by a script in this file.</p></noscript>
${notes(attention)}
${facts(info.facts)}
${notes([...info.failed, ...info.notes])}
${section(
  "guests",
  "Guests",
  leadOf(fleet, worlds, legendOf(model)),
  html`${controls()}<div id="fleet-table">${firstRows(model)}</div>
<div id="fleet-guest" class="fleet-guest" hidden></div>`,
)}
${section(
  "time",
  "Over time",
  "Time from left to right, a guest in each line, in the order of the table; if there are more guests than lines, a line is the worst of several.",
  html`<p class="hidden" id="heat-keys">Arrow keys move from guest to guest and from time to time, Page Up and Page Down by ten guests; Home and End go to the first and last time; Enter shows the guest.</p>
<p class="hidden" id="spoken" role="status"></p>
<div id="heat" class="screen"></div>`,
)}
${section("commands", "Commands", "What made this page, again.", commands([command]))}
</main>
<footer>balloon-sim ${version}. This page is one file and needs no network. Its curves have intervals of ${formatNumber(model.intervalSeconds)} s, with values to 255ths of the largest of a guest.</footer>
</div>
`;
  return documentOf({ title: `${info.title} – balloon-sim`, body, data });
}

/** What the table shows, and in which order. */
function leadOf({ choice }: Fleet, worlds: number, legend: string | null): string {
  const order = orderWords(choice, worlds);
  const values = `median [lowest .. highest] of ${worlds} worlds, curves of world 1`;
  return [
    `${order.charAt(0).toUpperCase()}${order.slice(1)}${worlds === 1 ? "" : `; ${values}`}.`,
    `A heading sorts, ${FLEET_ROWS} rows are shown at a time.`,
    ...(legend === null ? [] : [`${legend}.`]),
  ].join(" ");
}

/** Controls of the table and of the picture; hidden until the script works them. */
const controls =
  (): Html => html`<div class="controls screen" id="fleet-controls" role="group" aria-label="Which guests, and what of them" hidden>
<label>Name contains <input type="search" id="fleet-name" size="16"></label>
<label>Show <select id="fleet-group"></select></label>
<label>Over time <select id="fleet-strip"></select></label>
<span class="soft" id="fleet-status" role="status"></span>
</div>`;
