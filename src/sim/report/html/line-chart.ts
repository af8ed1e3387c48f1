/** Pictures of curves over time: SVG that needs no script, in the page's colours. */
import { scaleLinear } from "d3-scale";
import { formatTime, type Pages, type Us } from "../../../common/units.ts";
import { timeTicks, toGib } from "../../output/axis.ts";
import type { ColourName } from "../../output/palette.ts";
import { Html, html, type Part } from "./html.ts";
import { type Box, SPACE_BESIDE, WIDE } from "./wide-area.ts";

/** Width between the numbers of a time axis, at least. */
const TICK_WIDTH = 110;
const MOST_TICKS = 9;

/** Height of the numbers of a time axis. */
export const AXIS_HEIGHT = 28;

/** A name in a picture's legend: its colour and opacity. */
export interface Entry {
  readonly label: string;
  readonly colour: ColourName;
  readonly opacity: number;
}

/** A coordinate with one decimal. */
export const round = (value: number): number => Math.round(value * 10) / 10;

/** A curve of a picture. */
export interface Line {
  readonly label: string;
  readonly colour: ColourName;
  readonly pages: readonly Pages[];
  readonly isDashed?: true;
}

/** Draws curves of pages, up to `most`. */
export function drawLines(lines: readonly Line[], timesUs: readonly Us[], box: Box, endUs: Us, most: Pages): Html {
  const x = scaleLinear([0, Math.max(1, endUs)], [box.left, box.left + box.width]);
  const y = scaleLinear([0, most], [box.top + box.height, box.top]);
  return html`<g class="key">${lines.map(({ colour, pages, isDashed }) => {
    const dash = new Html(isDashed === true ? ' stroke-dasharray="5 3"' : "");
    return html`<path class="${colour}" fill="none" stroke-width="1.4"${dash} d="${pathOf(pages, timesUs, x, y)}"/>`;
  })}</g>`;
}

/** A path through the values; it is interrupted where there is none. Points on a level between others are left out. */
function pathOf(
  pages: readonly Pages[],
  timesUs: readonly Us[],
  x: (us: Us) => number,
  y: (pages: Pages) => number,
): string {
  let path = "";
  pages.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const isBegin = i === 0 || Number.isNaN(pages[i - 1]);
    if (!isBegin && pages[i - 1] === value && pages[i + 1] === value) return;
    path += `${isBegin ? "M" : "L"}${round(x(timesUs[i] as Us))},${round(y(value))}`;
  });
  return path;
}

/** Curves of pages over time as a wide picture with its legend. */
export function lineChart(label: string, lines: readonly Line[], timesUs: readonly Us[], endUs: Us, wide = WIDE): Html {
  const box = { ...wide, height: 180 };
  const most = lines.reduce((high, { pages }) => pages.reduce((a, b) => Math.max(a, b), high), 1);
  return html`${picture(
    { ...box, height: box.top + box.height + AXIS_HEIGHT },
    label,
    html`${grid(box, endUs, toGib(most), box.top + box.height)}${drawLines(lines, timesUs, box, endUs, most)}`,
  )}${legend(lines.map(({ label: name, colour }) => ({ label: name, colour, opacity: 1 })))}`;
}

/** Lines and numbers of the axes: GiB, and times below `bottom`. */
export function grid({ left, top, width, height }: Box, endUs: Us, most: number, bottom: number): Html {
  const x = scaleLinear([0, Math.max(1, endUs)], [left, left + width]);
  const y = scaleLinear([0, most], [top + height, top]);
  return html`<g class="key">${y.ticks(5).map((tick) => html`<path class="grid" d="M${left},${round(y(tick))}h${width}"/>`)}</g>
<g class="soft" fill="currentColor" font-size="12">${y
    .ticks(5)
    .map((tick) => html`<text text-anchor="end" x="${left - 6}" y="${round(y(tick) + 4)}">${tick} GiB</text>`)}
${timeTicks(endUs, Math.min(MOST_TICKS, Math.max(1, Math.floor(width / TICK_WIDTH)))).map((tick) => html`<text text-anchor="middle" x="${round(x(tick))}" y="${bottom + 18}">${formatTime(tick)}</text>`)}</g>`;
}

/** A picture of that size. @param label what it shows, for readers that can't see it */
export const picture = ({ left, width, height }: Box, label: string, content: Part): Html =>
  html`<svg class="picture" viewBox="0 0 ${left + width + (left === 0 ? 0 : SPACE_BESIDE)} ${height}" role="img" aria-label="${label}">
${content}</svg>
`;

/** The legend of a picture. */
export const legend = (entries: readonly Entry[]): Html =>
  html`<ul class="legend">${entries.map(
    ({ label, colour, opacity }) =>
      html`<li><span class="entry"><svg class="mark" width="14" height="12" aria-hidden="true"><rect class="${colour}" fill-opacity="${opacity}" width="14" height="12"/></svg>${label}</span></li>\n`,
  )}</ul>`;
