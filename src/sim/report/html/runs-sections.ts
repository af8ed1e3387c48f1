/** The runs of a page. */
import { formatTime } from "../../../common/units.ts";
import type { RunsModel } from "../model.ts";
import { formatNumber, formatPages } from "../numbers.ts";
import { factsOf, runNotes } from "../runs/conditions.ts";
import { killsLine, killsOf } from "../runs/kills.ts";
import type { Run } from "../runs/run.ts";
import { episodesSection } from "./episodes-section.ts";
import { type Html, html } from "./html.ts";
import { type Cell, facts, notes, section, table } from "./parts.ts";

/** A figure of a run, computed from its rows. */
interface Figure {
  readonly title: string;
  readonly column: string;
  readonly value: (values: Float64Array) => number;
  readonly format: (value: number) => string;
  /** Whether it is shown, as unknown, also if no run has it. */
  readonly isAlways?: true;
}

const last = (values: Float64Array): number => values.at(-1) as number;
const highest = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b));
const lowest = (values: Float64Array): number => values.reduce((a, b) => Math.min(a, b));
const time = (us: number): string => formatTime(Math.round(us / 1000) * 1000);

const FIGURES: readonly Figure[] = [
  { title: "OOM kills", column: "oom_kills", value: last, format: formatNumber, isAlways: true },
  { title: "Length", column: "time_s", value: last, format: (s) => time(s * 1e6) },
  { title: "Balloon, most", column: "size", value: highest, format: formatPages },
  { title: "Balloon, at the end", column: "size", value: last, format: formatPages },
  { title: "Free, least", column: "free", value: lowest, format: formatPages },
  { title: "Swap, most", column: "swap", value: highest, format: formatPages },
  { title: "Refused", column: "refused", value: last, format: formatPages },
  { title: "Stalled, some", column: "stall_some_us", value: last, format: time },
  { title: "Stalled, full", column: "stall_full_us", value: last, format: time },
  { title: "Down", column: "downtime_us", value: last, format: time },
];

/** A note for each run that had kills, or whose rows don't show kills; then other notes. */
export function killsNotes(runs: readonly Run[]): Html | null {
  const lines = runs.flatMap((run) => {
    const line = killsLine(run);
    if (line === null) return [];
    const isSure = (killsOf(run)?.timeUs.length ?? 0) > 0;
    return [`${isSure ? "✖ " : ""}${runs.length === 1 ? "" : `${run.label}: `}${line}`];
  });
  return notes([...lines, ...runNotes(runs)]);
}

/** The conditions of each run. */
function conditionsOf(runs: readonly Run[]): Html {
  const [only] = runs;
  if (runs.length === 1 && only !== undefined) return facts(factsOf(only));
  return facts(
    runs.map((run) => [
      run.label,
      factsOf(run)
        .map(([name, text]) => `${name}: ${text}`)
        .join(" · "),
    ]),
  );
}

/** The controls of charts over time. */
export const ZOOM_CONTROLS = html`<button type="button" id="zoom-in">Zoom in</button>
<button type="button" id="zoom-out">Zoom out</button>
<button type="button" id="zoom-all">Show everything</button>
<span class="soft" id="time-status"></span>
`;

/** What screen readers say of charts over time. */
export const CHART_HELP = html`<p class="hidden" id="time-keys">Left and right arrow keys move the cursor from row to row, with Shift by ten; Home and End go to the ends; plus and minus zoom, 0 shows everything. A table is behind each chart.</p>
<p class="hidden" id="spoken" role="status"></p>`;

/** Sections with the figures and the charts of runs. */
export function runsSections(runs: readonly Run[], { more, episodes }: RunsModel): Html {
  const figures = FIGURES.filter(({ column, isAlways }) => isAlways || runs.some((run) => run.names.includes(column)));
  const head: Cell[] = [
    { content: "Run" },
    ...figures.map(({ title }): Cell => ({ content: title, isNumber: true })),
    { content: "Rows", isNumber: true },
  ];
  const rows = runs.map((run): Cell[] => [
    { content: run.label },
    ...figures.map(({ column, value, format, isAlways }): Cell => {
      const values = run.column(column);
      const missing = isAlways ? "unknown" : "–";
      return { content: values === undefined ? missing : format(value(values)), isNumber: true };
    }),
    { content: formatNumber(run.rows), isNumber: true },
  ]);
  const thinned = runs
    .filter(({ rows, kept }) => kept < rows)
    .map(
      ({ label, rows, kept }) =>
        `${label}: ${formatNumber(kept)} of ${formatNumber(rows)} rows are drawn, among them the first, the last, the highest and the lowest of ` +
        "every column in each stretch of time.",
    );
  return html`${section("runs", "Runs", null, [
    conditionsOf(runs),
    table("What the rows of each run come to", head, rows),
    notes(thinned),
  ])}${episodesSection(runs)}${section(
    "curves",
    "Curves",
    `Drag over a chart to zoom in, double-click to see everything again. All charts show the same time.${episodes === undefined ? "" : " A numbered mark is a time of trouble: a click opens its text."}`,
    html`<div class="controls sticky screen" role="group" aria-label="Zoom">
${ZOOM_CONTROLS}${episodes === undefined ? null : html`<span class="trouble-now" id="trouble-now" role="status"></span>`}</div>
${CHART_HELP}
<div id="charts" class="charts"></div>
${more.length === 0 ? null : html`<details class="more screen"><summary>More columns</summary><div id="more-charts" class="charts"></div></details>`}
`,
  )}`;
}
