import { scaleLinear } from "d3-scale";
import { area, curveLinear, curveStepAfter, line } from "d3-shape";
import { formatTime } from "../../common/units.ts";
import { timeTicks, toGib } from "./axis.ts";
import { type Curve, thinOut } from "./envelope.ts";
import type { PlotData } from "./plot-data.ts";
import { SVG_STYLE } from "./svg-style.ts";
import { escapeXml, wrapText } from "./svg-text.ts";

const WIDTH = 960;
const LEFT = 72;
const RIGHT = 24;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const TITLE_BASELINE = 34;
const SUBTITLE_LINE = 18;
const SUBTITLE_CHARACTERS = 128;
/** Above a panel: its legend. Below: the numbers of the time axis. */
const LEGEND_HEIGHT = 34;
const AXIS_HEIGHT = 30;
const MEMORY_HEIGHT = 250;
const RATE_HEIGHT = 190;
const BOTTOM = 26;

/** One curve of a panel: `class` carries its colour, `fill` also fills the area between it and zero. */
interface SvgLine {
  readonly label: string;
  readonly className: string;
  readonly curve: Curve;
  readonly steps: boolean;
  readonly fill: boolean;
}

interface Panel {
  readonly title: string;
  readonly top: number;
  readonly height: number;
  readonly lines: readonly SvgLine[];
  /** From the values of the curves to those of the axis. */
  readonly convert: (value: number) => number;
  readonly format: (value: number) => string;
}

type TimeScale = (us: number) => number;

/** The curves of a run as an SVG document that needs nothing else, readable on light and dark ground. */
export function plotAsSvg(data: PlotData): string {
  const subtitle = wrapText(data.description, SUBTITLE_CHARACTERS, 3);
  const memoryTop = TITLE_BASELINE + subtitle.length * SUBTITLE_LINE + 16 + LEGEND_HEIGHT;
  const rateTop = memoryTop + MEMORY_HEIGHT + AXIS_HEIGHT + LEGEND_HEIGHT;
  const height = rateTop + RATE_HEIGHT + AXIS_HEIGHT + BOTTOM;
  const x: TimeScale = scaleLinear([0, Math.max(data.endUs, 1)], [LEFT, LEFT + PLOT_WIDTH]);
  const name = escapeXml(data.trace);
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
    drawPanel(memoryPanel(data, memoryTop), data.endUs, x),
    drawPanel(ratePanel(data, rateTop), data.endUs, x),
    `<text class="note middle" x="${LEFT + PLOT_WIDTH / 2}" y="${height - BOTTOM / 2 + 2}">time</text>`,
    "</svg>\n",
  ].join("\n");
}

function memoryPanel(data: PlotData, top: number): Panel {
  return {
    title: "Memory, GiB",
    top,
    height: MEMORY_HEIGHT,
    convert: toGib,
    format: String,
    lines: [
      { label: "free in the guest", className: "free", curve: data.free, steps: false, fill: false },
      { label: "balloon", className: "size", curve: data.size, steps: false, fill: true },
      { label: "target", className: "target", curve: data.target, steps: false, fill: false },
    ],
  };
}

/** Inflation above zero, deflation below; the driver's limit of a direction only where the balloon moved in it. */
function ratePanel(data: PlotData, top: number): Panel {
  const inflates = peak(data.inflation) > 0;
  const deflates = peak(data.deflation) > 0;
  const lines: SvgLine[] = [
    { label: "inflation", className: "in", curve: data.inflation, steps: true, fill: true },
    { label: "deflation", className: "out", curve: negative(data.deflation), steps: true, fill: true },
  ];
  if (inflates) {
    lines.push({ label: "rate_alloc", className: "limit-in", curve: data.rateAlloc, steps: true, fill: false });
  }
  if (deflates) {
    lines.push({
      label: "rate_free",
      className: "limit-out",
      curve: negative(data.rateFree),
      steps: true,
      fill: false,
    });
  }
  return {
    title: "Pace, pages/s (limits: pages/cycle)",
    top,
    height: RATE_HEIGHT,
    convert: (value) => value,
    format: (value) => String(Math.abs(value)),
    lines,
  };
}

function drawPanel(panel: Panel, endUs: number, x: TimeScale): string {
  const { top, height, convert } = panel;
  const values = panel.lines.flatMap((one) => one.curve.value.map(convert));
  const low = values.reduce((a, b) => Math.min(a, b), 0);
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  const y = scaleLinear([low, high === low ? low + 1 : high], [top + height, top]).nice(5);
  const parts: string[] = [`<text class="panel" x="${LEFT}" y="${top - 14}">${panel.title}</text>`, legend(panel)];
  for (const tick of y.ticks(5)) {
    const at = round(y(tick));
    parts.push(
      `<path class="grid" d="M${LEFT},${at}h${PLOT_WIDTH}"/>`,
      `<text class="tick end" x="${LEFT - 8}" y="${round(at + 4)}">${panel.format(tick)}</text>`,
    );
  }
  for (const tick of timeTicks(endUs, 9)) {
    const at = round(x(tick));
    parts.push(
      `<path class="grid" d="M${at},${top}v${height}"/>`,
      `<text class="tick middle" x="${at}" y="${top + height + 18}">${formatTime(tick)}</text>`,
    );
  }
  for (const one of panel.lines) parts.push(drawLine(one, endUs, x, (value) => y(convert(value)), y(0)));
  // On top of the curves that rest on it.
  parts.push(`<path class="zero" d="M${LEFT},${round(y(0))}h${PLOT_WIDTH}"/>`);
  return `<g>\n${parts.join("\n")}\n</g>`;
}

function drawLine(one: SvgLine, endUs: number, x: TimeScale, y: (value: number) => number, zero: number): string {
  const thin = thinOut(one.curve, PLOT_WIDTH, endUs);
  const points = thin.timeUs.map((t, i): [number, number] => [x(t), y(thin.value[i] as number)]);
  // What holds until the next point holds until the end behind the last one.
  if (one.steps && points.length > 0) points.push([x(endUs), (points.at(-1) as [number, number])[1]]);
  const curve = one.steps ? curveStepAfter : curveLinear;
  const stroke = line().curve(curve).digits(1)(points) ?? "";
  const path = `<path class="line ${one.className}" d="${stroke}"/>`;
  if (!one.fill) return path;
  const filled = area<[number, number]>()
    .x((p) => p[0])
    .y0(zero)
    .y1((p) => p[1])
    .curve(curve)
    .digits(1)(points);
  return `<path class="area ${one.className}" d="${filled ?? ""}"/>\n${path}`;
}

/** Samples and names of the curves, from the right edge of the panel to the left. */
function legend({ lines, top }: Panel): string {
  const baseline = top - 14;
  let right = LEFT + PLOT_WIDTH;
  const parts: string[] = [];
  for (const { label, className } of [...lines].reverse()) {
    parts.push(`<text class="tick end" x="${round(right)}" y="${baseline}">${label}</text>`);
    right -= label.length * 6.6 + 8;
    parts.push(`<path class="line ${className}" d="M${round(right - 22)},${baseline - 4}h22"/>`);
    right -= 22 + 18;
  }
  return parts.join("\n");
}

function describe(data: PlotData): string {
  const size = peak(data.size);
  const target = peak(data.target);
  return (
    `${formatTime(data.endUs)} of a guest with ${toGib(data.memoryPages).toFixed(2)} GiB. ` +
    `The target rises to ${toGib(target).toFixed(2)} GiB, the balloon to ${toGib(size).toFixed(2)} GiB. ` +
    `Fastest inflation ${Math.round(peak(data.inflation))} pages/s, fastest deflation ${Math.round(peak(data.deflation))} pages/s.`
  );
}

const peak = ({ value }: Curve): number => value.reduce((a, b) => Math.max(a, b), 0);
const negative = ({ timeUs, value }: Curve): Curve => ({ timeUs, value: value.map((v) => -v) });
const round = (value: number): number => Math.round(value * 10) / 10;
