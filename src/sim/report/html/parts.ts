/** Common pieces of pages. */
import { Html, html, type Part } from "./html.ts";

/** A cell of a table: its content, and whether it is a number. */
export interface Cell {
  readonly content: Part;
  readonly isNumber?: boolean;
  readonly className?: string;
}

/**
 * A table: one heading per column; the first cell of each row is the row's heading.
 * @param trialOf the trial of a row, by the row's index; choosing the row shows the trial
 */
export function table(
  caption: Part,
  head: readonly Cell[],
  rows: readonly (readonly Cell[])[],
  trialOf: (row: number) => number | null = () => null,
): Html {
  const classes = ({ isNumber, className }: Cell) => [isNumber ? "n" : "", className ?? ""].filter(Boolean).join(" ");
  const open = (cell: Cell) => {
    const names = classes(cell);
    return new Html(names === "" ? "" : ` class="${names}"`);
  };
  return html`<div class="scroll"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((cell) => html`<th scope="col"${open(cell)}>${cell.content}</th>`)}</tr></thead>
<tbody>
${rows.map(
  (row, r) =>
    html`<tr${trialAttribute(trialOf(r))}>${row.map((cell, i) =>
      i === 0 ? html`<th scope="row"${open(cell)}>${cell.content}</th>` : html`<td${open(cell)}>${cell.content}</td>`,
    )}</tr>\n`,
)}</tbody></table></div>`;
}

const trialAttribute = (trial: number | null): Html | null => (trial === null ? null : html` data-trial="${trial}"`);

/** A section with a heading that links can point to. */
export function section(id: string, title: string, lead: Part, content: Part): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${lead === null ? null : html`<p class="lead">${lead}</p>`}
${content}
</section>
`;
}

/** Notes, one sentence each; null without notes. */
export const notes = (lines: readonly string[]): Html | null =>
  lines.length === 0 ? null : html`<ul class="notes">${lines.map((line) => html`<li>${line}</li>\n`)}</ul>`;

/** A list of names with their descriptions. */
export const facts = (list: readonly (readonly [name: string, text: string])[]): Html =>
  html`<dl class="facts">${list.map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>\n`)}</dl>`;

/** Commands, one per line. */
export const commands = (lines: readonly string[]): Html =>
  html`<pre><code>${lines.map((line, i) => (i === 0 ? line : html`\n${line}`))}</code></pre>`;
