import { formatTime } from "../../common/units.ts";
import { toGib } from "./axis.ts";
import type { Curve } from "./envelope.ts";
import type { PlotData } from "./plot-data.ts";
import { AXIS_HEIGHT, drawPanel, LEGEND_HEIGHT, type Panel, type SvgLine } from "./svg-panel.ts";
import { SVG_STYLE } from "./svg-style.ts";
import { escapeXml, wrapText } from "./svg-text.ts";

const WIDTH = 960;
const LEFT = 72;
const RIGHT = 24;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const TITLE_BASELINE = 34;
const SUBTITLE_LINE = 18;
const SUBTITLE_CHARACTERS = 128;
const MEMORY_HEIGHT = 250;
const RATE_HEIGHT = 190;
const BOTTOM = 26;

/** The curves of a run as a self-contained SVG document, readable on a light and on a dark background. */
export function plotAsSvg(data: PlotData): string {
  const subtitle = [
    ...(data.damage === null ? [] : wrapText(`✖ ${data.damage}`, SUBTITLE_CHARACTERS, 2)),
    ...wrapText(data.description, SUBTITLE_CHARACTERS, 3),
  ];
  const memoryTop = TITLE_BASELINE + subtitle.length * SUBTITLE_LINE + 16 + LEGEND_HEIGHT;
  const rateTop = memoryTop + MEMORY_HEIGHT + AXIS_HEIGHT + LEGEND_HEIGHT;
  const height = rateTop + RATE_HEIGHT + AXIS_HEIGHT + BOTTOM;
  const name = escapeXml(data.name);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${name}: balloon size, target, free memory and rates over time</title>`,
    `<desc id="desc">${escapeXml(describe(data))}</desc>`,
    `<style>${SVG_STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    `<text class="name" x="${LEFT}" y="${TITLE_BASELINE}">${name}</text>`,
    ...subtitle.map(
      (text, i) =>
        `<text class="note" x="${LEFT}" y="${TITLE_BASELINE + (i + 1) * SUBTITLE_LINE + 2}">${escapeXml(text)}</text>`,
    ),
    drawPanel(memoryPanel(data, memoryTop), data.endUs),
    drawPanel(ratePanel(data, rateTop), data.endUs),
    `<text class="note middle" x="${LEFT + PLOT_WIDTH / 2}" y="${height - BOTTOM / 2 + 2}">time</text>`,
    "</svg>\n",
  ].join("\n");
}

function memoryPanel(data: PlotData, top: number): Panel {
  return {
    title: "Memory, GiB",
    left: LEFT,
    top,
    width: PLOT_WIDTH,
    height: MEMORY_HEIGHT,
    convert: toGib,
    format: String,
    marks: { label: `OOM kill (${data.kills.count.reduce((sum, n) => sum + n, 0)})`, marks: data.kills },
    lines: [
      { label: "free in the guest", className: "free", curve: data.free, steps: false, fill: false },
      { label: "balloon", className: "size", curve: data.size, steps: false, fill: true },
      { label: "target", className: "target", curve: data.target, steps: false, fill: false },
    ],
  };
}

/**
 * Inflation above zero, deflation below; the driver's limit of a direction is drawn only if the balloon moved in it.
 */
function ratePanel(data: PlotData, top: number): Panel {
  const inflates = peak(data.inflation) > 0;
  const deflates = peak(data.deflation) > 0;
  const lines: SvgLine[] = [
    { label: "inflation", className: "in", curve: data.inflation, steps: true, fill: true },
    { label: "deflation", className: "out", curve: negative(data.deflation), steps: true, fill: true },
  ];
  for (const { name, of, curve } of data.limits) {
    if (of === "inflation" && inflates) {
      lines.push({ label: name, className: "limit-in", curve, steps: true, fill: false });
    } else if (of === "deflation" && deflates) {
      lines.push({ label: name, className: "limit-out", curve: negative(curve), steps: true, fill: false });
    }
  }
  return {
    title: "Pace, pages/s (limits: pages/cycle)",
    left: LEFT,
    top,
    width: PLOT_WIDTH,
    height: RATE_HEIGHT,
    convert: (value) => value,
    format: (value) => String(Math.abs(value)),
    lines,
  };
}

function describe(data: PlotData): string {
  const size = peak(data.size);
  const target = peak(data.target);
  const damage = data.damage === null ? "" : `${data.damage}. `;
  return (
    damage +
    `${formatTime(data.endUs)} of a guest with ${toGib(data.memoryPages).toFixed(2)} GiB. ` +
    `The target rises to ${toGib(target).toFixed(2)} GiB, the balloon to ${toGib(size).toFixed(2)} GiB. ` +
    `Fastest inflation ${Math.round(peak(data.inflation))} pages/s, fastest deflation ${Math.round(peak(data.deflation))} pages/s.`
  );
}

const peak = ({ value }: Curve): number => value.reduce((a, b) => Math.max(a, b), 0);
const negative = ({ timeUs, value }: Curve): Curve => ({ timeUs, value: value.map((v) => -v) });
