/** The worst times of the runs of a page, in words: visible without scripts. */
import type { Run } from "../runs/run.ts";
import { type Html, html } from "./html.ts";
import { section } from "./parts.ts";

const LEAD =
  "The worst times of these runs: who waited for memory, what failed, what was killed, and what led to it. Figures are exact for " +
  "the run; balloon-sim why TRACE tries what would have prevented them, in several worlds.";

/** The section about the runs that the report has executed; null if there are only rows. */
export function episodesSection(runs: readonly Run[]): Html | null {
  if (runs.every(({ conditions }) => conditions === null)) return null;
  let number = 0;
  const parts = runs.map(({ label, conditions }) => {
    if (conditions === null) return html`<p>${label}: only rows are known, so there are no causes.</p>`;
    const { episodes } = conditions;
    const head = runs.length === 1 ? null : html`<h3>${label}</h3>`;
    if (episodes.length === 0) {
      return html`${head}<p>No task waited for memory, nothing failed or was refused, and nothing was killed.</p>`;
    }
    const items = episodes.map(({ title, lines }, i) => {
      number++;
      const id = `trouble-${number}`;
      const isOpen = runs.length === 1 && i === 0 ? html` open` : null;
      return html`<li value="${number}"><details class="trouble" id="${id}"${isOpen}><summary>${number}. ${title}</summary>
<ul>${lines.map((line) => html`<li>${line}</li>\n`)}</ul>
<button type="button" class="screen" id="${id}-show" hidden>Show ${number} in the charts</button></details></li>\n`;
    });
    return html`${head}<ol class="troubles">${items}</ol>`;
  });
  return section("trouble", "Times of trouble", LEAD, parts);
}
