/** The page of a shadow. All of it is visible without scripts. */
import type { Pages, Us } from "../../../common/units.ts";
import type { FigureAccount, ShadowAccount } from "../../shadow/account.ts";
import type { PicturedWindow } from "../../shadow/shadow.ts";
import {
  costsSentence,
  driversSentence,
  figureNumber,
  figureTitle,
  verdictText,
  windowsSentence,
} from "../../shadow/words.ts";
import { documentOf } from "../html/document.ts";
import { type Html, html } from "../html/html.ts";
import { lineChart } from "../html/line-chart.ts";
import { type Cell, notes, section, table } from "../html/parts.ts";
import type { PageData } from "../model.ts";

const SECTIONS = [
  ["claims", "Instead of the real driver"],
  ["errors", "Errors of the prediction"],
  ["windows", "The last windows"],
] as const;

/** The page as one self-contained HTML document. The same account gives the same bytes. */
export function shadowPage(account: ShadowAccount, pictures: readonly PicturedWindow[]): string {
  const { machine, other, figures, program } = account;
  const name = `Shadow of ${machine.name ?? "a machine"}`;
  const data: PageData = { runs: null, study: null };
  const body = html`<a class="skip" href="#main">To the content</a>
<div class="sheet">
<header><div>
<h1>${name}</h1>
<p class="lead">What ${other.name} would have done instead of the kernel's driver, ${spanText(account)}</p>
<nav aria-label="Sections">${SECTIONS.map(([id, title]) => html`<a href="#${id}">${title}</a>\n`)}</nav>
</div><button type="button" id="theme" class="screen" hidden>Dark theme</button></header>
<main id="main">
${notes([driversSentence(account), costsSentence(account), ...account.caveats, windowsSentence(account)])}
${section("claims", SECTIONS[0][1], "A difference counts if it is above twice the error of the prediction of the real driver.", figures.length === 0 ? html`<p>The balloon has not moved: there is nothing to compare.</p>` : claimsTable(account))}
${section("errors", SECTIONS[1][1], "Predicted less measured, in single windows.", figures.length === 0 ? null : errorsTable(figures))}
${section("windows", SECTIONS[2][1], "The size of the balloon in the last windows that were replayed.", pictures.map(windowChart))}
</main>
<footer>${program.name} ${program.version}. This page is one file and needs no network.</footer>
</div>
`;
  return documentOf({ title: `${name} – balloon-sim`, body, data });
}

function spanText({ from, until, isOver }: ShadowAccount): string {
  if (from === null || until === null) return "before its first sample";
  return `${timeText(from * 1000)} to ${timeText(until * 1000)}${isOver ? "" : ", and it goes on"}`;
}

/** A time to the second, in UTC. */
const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;

const text = (content: string): Cell => ({ content });
const number = (content: string): Cell => ({ content, isNumber: true });

function claimsTable({ figures, other, leastWindows }: ShadowAccount): Html {
  const head = [text("figure"), ...["measured", "predicted", "error", "instead"].map(number), text("claim")];
  const rows = figures.map((figure) => [
    text(figureTitle(figure)),
    ...[figure.measured, figure.predicted.real, figure.error, figure.predicted.other].map((value) =>
      number(figureNumber(figure, value)),
    ),
    { content: verdictText(figure, leastWindows), className: "wrap" },
  ]);
  return table(
    `Measured: the real driver. Predicted, with its error: the real driver, simulated. Instead: ${other.name}, simulated.`,
    head,
    rows,
  );
}

function errorsTable(figures: readonly FigureAccount[]): Html {
  const head = [text("figure"), ...["windows", "lowest", "median", "highest", "90 % are within"].map(number)];
  const rows = figures.map((figure) => {
    const { lowest, median, highest, within90 } = figure.errors;
    return [
      text(`${figure.title}${figure.unit === "" ? "" : `, ${figure.unit}`}`),
      number(String(figure.windows)),
      ...[lowest, median, highest, within90].map((value) => number(figureNumber(figure, value))),
    ];
  });
  return table("Errors of single windows", head, rows);
}

function windowChart({ wallMs, curves }: PicturedWindow): Html {
  const { measured, real, other } = curves;
  const lines = [
    { label: "target (dashed)", colour: "ink", pages: measured.target as Pages[], isDashed: true },
    { label: "measured", colour: "blue", pages: measured.size },
    { label: "the real driver, predicted", colour: "green", pages: real.size },
    { label: "the other driver, predicted", colour: "vermilion", pages: other.size },
  ] as const;
  const title = timeText(wallMs);
  const chart = lineChart(`Balloon sizes from ${title} on`, lines, measured.timeUs, measured.timeUs.at(-1) as Us);
  return html`<figure><figcaption><h3>${title}</h3></figcaption>${chart}</figure>\n`;
}
