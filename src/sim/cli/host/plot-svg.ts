import { scaleLinear } from "d3-scale";
import { area } from "d3-shape";
import { formatSize, formatTime, type Pages } from "../../../common/units.ts";
import { timeTicks, toGib } from "../../output/axis.ts";
import { type Colour, PALETTE } from "../../output/palette.ts";
import { SVG_STYLE } from "../../output/svg-style.ts";
import { escapeXml, wrapText } from "../../output/svg-text.ts";
import { type HostPlot, stacked, stateStretches } from "./plot-data.ts";

const WIDTH = 960;
const LEFT = 72;
const RIGHT = 24;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const PLOT_HEIGHT = 320;
const TITLE_BASELINE = 34;
const LINE = 18;
const TEXT_COLUMNS = 128;
const STRIP_HEIGHT = 12;
const CHARACTER_WIDTH = 6.8;
const CROSS = 4;

const { blue, green, ochre, purple, vermilion, zero } = PALETTE;
/** Colours of bands, from the bottom to the top; the second four are paler. */
const BANDS: readonly Colour[] = [zero, blue, green, ochre, purple, blue, green, ochre, purple];
const OPACITIES = [0.6, 0.85, 0.85, 0.85, 0.85, 0.45, 0.45, 0.45, 0.45];
const STATE_OPACITIES = [0.15, 0.4, 0.65, 0.9, 0.25, 0.5, 0.75, 1];

const css = (ground: "light" | "dark"): string =>
  [...BANDS.map((colour, i) => `.band${i}{fill:${colour[ground]}}`), `.swapped,.state{fill:${vermilion[ground]}}`].join(
    "\n",
  );
const STYLE = `${SVG_STYLE}
${BANDS.map((_, i) => `.band${i}{opacity:${OPACITIES[i]}}`).join("\n")}
.swapped{opacity:.55}
${css("light")}
@media (prefers-color-scheme:dark){
${css("dark")}
}
`;

/** The picture as an SVG document: the host's memory by VM, its swap above, its states below. */
export function hostPlotAsSvg(plot: HostPlot): string {
  const subtitle = wrapText(plot.description, TEXT_COLUMNS, 3);
  const legend = legendOf(plot);
  const top = TITLE_BASELINE + (subtitle.length + legend.lines) * LINE + 24;
  const height = top + PLOT_HEIGHT + 76;
  const name = escapeXml(plot.name);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${name}: memory of the host by VM over time</title>`,
    `<desc id="desc">${escapeXml(describe(plot))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    `<text class="name" x="${LEFT}" y="${TITLE_BASELINE}">${name}, ${escapeXml(plot.policy)}</text>`,
    ...subtitle.map(
      (text, i) =>
        `<text class="note" x="${LEFT}" y="${TITLE_BASELINE + (i + 1) * LINE + 2}">${escapeXml(text)}</text>`,
    ),
    legend.at(TITLE_BASELINE + subtitle.length * LINE + 24),
    panel(plot, top),
    `<text class="note middle" x="${LEFT + PLOT_WIDTH / 2}" y="${height - 12}">time</text>`,
    "</svg>\n",
  ].join("\n");
}

function panel({ bands, swapped, memory, timesUs, endUs, kills, ...plot }: HostPlot, top: number): string {
  const most = swapped.reduce((all, pages) => Math.max(all, pages), 0);
  const x = scaleLinear([0, Math.max(endUs, 1)], [LEFT, LEFT + PLOT_WIDTH]);
  const y = scaleLinear([0, toGib(memory + most)], [top + PLOT_HEIGHT, top]).nice(5);
  const edges = stacked(bands);
  const floor: readonly Pages[] = timesUs.map(() => 0);
  const band = (className: string, label: string, low: readonly Pages[], high: readonly Pages[]): string => {
    const path = area<number>()
      .x((i) => x(timesUs[i] as number))
      .y0((i) => y(toGib(low[i] as Pages)))
      .y1((i) => y(toGib(high[i] as Pages)))
      .digits(1)(timesUs.map((_, i) => i));
    return `<path class="${className}" d="${path ?? ""}"><title>${escapeXml(label)}</title></path>`;
  };
  const all = timesUs.map(() => memory);
  const line = round(y(toGib(memory)));
  return [
    `<text class="tick end" x="${LEFT - 8}" y="${top - 8}">GiB</text>`,
    ...y.ticks(5).map((tick) => {
      const at = round(y(tick));
      return `<path class="grid" d="M${LEFT},${at}h${PLOT_WIDTH}"/>\n<text class="tick end" x="${LEFT - 8}" y="${round(at + 4)}">${tick}</text>`;
    }),
    ...bands.map(({ label }, i) => band(`band${i}`, label, edges[i - 1] ?? floor, edges[i] as Pages[])),
    ...(most === 0
      ? []
      : [
          band(
            "swapped",
            "in the host's swap",
            all,
            swapped.map((pages) => memory + pages),
          ),
        ]),
    `<path class="zero" d="M${LEFT},${line}h${PLOT_WIDTH}"/>`,
    `<text class="tick" x="${LEFT + 4}" y="${round(line - 4)}">${formatSize(memory)}, all of the host</text>`,
    ...timeTicks(endUs, 8).map(
      (us) =>
        `<text class="tick middle" x="${round(x(us))}" y="${top + PLOT_HEIGHT + STRIP_HEIGHT + 24}">${formatTime(us)}</text>`,
    ),
    ...kills.timeUs.map((us, i) => {
      const at = round(x(us));
      const cross = `M${round(at - CROSS)},${top}l${2 * CROSS},${2 * CROSS}m0,${-2 * CROSS}l${-2 * CROSS},${2 * CROSS}`;
      return `<g><title>${kills.count[i]} killed, ${formatTime(us)}</title><path class="kill" d="${cross}"/></g>`;
    }),
    ...strip({ bands, swapped, memory, timesUs, endUs, kills, ...plot }, x, top + PLOT_HEIGHT + 4),
    `<path class="zero" d="M${LEFT},${top + PLOT_HEIGHT}h${PLOT_WIDTH}"/>`,
  ].join("\n");
}

/** The host's states below the time axis: darker where one is rarer. */
function strip(plot: HostPlot, x: (us: number) => number, top: number): string[] {
  const stretches = stateStretches(plot);
  if (stretches.length === 0) return [];
  const opacity = opacityOf(plot);
  return [
    `<text class="tick end" x="${LEFT - 8}" y="${top + STRIP_HEIGHT - 1}">state</text>`,
    ...stretches.map(({ state, fromUs, untilUs }) => {
      const from = round(x(fromUs));
      const title = `${state}, ${formatTime(fromUs)} to ${formatTime(untilUs)}`;
      return `<rect class="state" opacity="${opacity.get(state)}" x="${from}" y="${top}" width="${round(x(untilUs) - from)}" height="${STRIP_HEIGHT}"><title>${escapeXml(title)}</title></rect>`;
    }),
  ];
}

/** How dark each state is: the one that lasts longest is the palest. */
function opacityOf({ states }: HostPlot): Map<string, number> {
  const times = new Map<string, number>();
  for (const state of states) if (state !== null) times.set(state, (times.get(state) ?? 0) + 1);
  const sorted = [...times].toSorted(([, a], [, b]) => b - a);
  return new Map(sorted.map(([state], i) => [state, STATE_OPACITIES[i] ?? 1]));
}

/** Samples and names of bands and states, in as many lines as they need. */
function legendOf(plot: HostPlot): { lines: number; at(top: number): string } {
  const entries = [
    ...plot.bands.map(({ label }, i) => ({ label, style: `class="band${i}"` })),
    ...(plot.swapped.some((pages) => pages > 0) ? [{ label: "in the host's swap", style: 'class="swapped"' }] : []),
    ...[...opacityOf(plot)].map(([state, opacity]) => ({
      label: `state ${state}`,
      style: `class="state" opacity="${opacity}"`,
    })),
    ...(plot.kills.timeUs.length > 0 ? [{ label: "✖ OOM kill in a VM, or end of one by the host", style: null }] : []),
  ];
  let [left, line] = [LEFT, 0];
  const placed = entries.map(({ label, style }) => {
    const width = label.length * CHARACTER_WIDTH + 36;
    if (left > LEFT && left + width > LEFT + PLOT_WIDTH) [left, line] = [LEFT, line + 1];
    const at = { label, style, left, line };
    left += width;
    return at;
  });
  return {
    lines: line + 1,
    at: (top) =>
      placed
        .map(({ label, style, left: x, line: row }) => {
          const baseline = top + row * LINE;
          const sample =
            style === null ? "" : `<rect ${style} x="${round(x)}" y="${baseline - 10}" width="14" height="11"/>`;
          return `${sample}<text class="tick" x="${round(style === null ? x : x + 19)}" y="${baseline}">${escapeXml(label)}</text>`;
        })
        .join("\n"),
  };
}

function describe({ endUs, memory, bands, swapped, policy }: HostPlot): string {
  const most = swapped.reduce((all, pages) => Math.max(all, pages), 0);
  return (
    `${formatTime(endUs)} of a host with ${formatSize(memory)} under the policy ${policy}. ` +
    `From the bottom to the top: ${bands.map(({ label }) => label).join(", ")}; the rest is free. ` +
    `Up to ${formatSize(most)} are in the host's swap.`
  );
}

const round = (value: number): number => Math.round(value * 10) / 10;
