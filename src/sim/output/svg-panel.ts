import { scaleLinear } from "d3-scale";
import { area, curveLinear, curveStepAfter, line } from "d3-shape";
import { formatTime } from "../../common/units.ts";
import { timeTicks } from "./axis.ts";
import { countKills, millis } from "./damage.ts";
import { type Curve, thinOut } from "./envelope.ts";
import type { Marks } from "./kill-marks.ts";

/** Height of the legend above a panel, and of the numbers of the time axis below it. */
export const LEGEND_HEIGHT = 34;
export const AXIS_HEIGHT = 30;
/** Half the width of a mark's cross. */
const CROSS = 4;
/** Width of a character of a legend, in pixels. */
const CHARACTER_WIDTH = 6.6;

/**
 * One curve of a panel: `className` selects its colour; `fill` also fills the area between curve and zero. A curve
 * without a label is not in the legend.
 */
export interface SvgLine {
  readonly label: string;
  readonly className: string;
  readonly curve: Curve;
  readonly steps: boolean;
  readonly fill: boolean;
}

/** A panel of a picture: curves over a common time axis. */
export interface Panel {
  readonly title: string;
  /** Position of the curves, in pixels: the legend is above it, the axes are left of it and below. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly SvgLine[];
  /** Converts values of the curves to values of the axis. */
  readonly convert: (value: number) => number;
  readonly format: (value: number) => string;
  /** Marks at the upper edge, above the curves; without marks the legend has no entry for them. */
  readonly marks?: { readonly label: string; readonly marks: Marks };
}

/** Draws a panel of curves that end at `endUs`, as SVG. */
export function drawPanel(panel: Panel, endUs: number): string {
  const { left, top, width, height, convert } = panel;
  const x = scaleLinear([0, Math.max(endUs, 1)], [left, left + width]);
  const values = panel.lines.flatMap((one) => one.curve.value.map(convert));
  const low = values.reduce((a, b) => Math.min(a, b), 0);
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  const y = scaleLinear([low, high === low ? low + 1 : high], [top + height, top]).nice(5);
  const parts: string[] = [`<text class="panel" x="${left}" y="${top - 14}">${panel.title}</text>`, panelLegend(panel)];
  for (const tick of y.ticks(5)) {
    const at = round(y(tick));
    parts.push(
      `<path class="grid" d="M${left},${at}h${width}"/>`,
      `<text class="tick end" x="${left - 8}" y="${round(at + 4)}">${panel.format(tick)}</text>`,
    );
  }
  for (const tick of timeTicks(endUs, distances(width))) {
    const at = round(x(tick));
    parts.push(
      `<path class="grid" d="M${at},${top}v${height}"/>`,
      `<text class="tick middle" x="${at}" y="${top + height + 18}">${formatTime(tick)}</text>`,
    );
  }
  for (const one of panel.lines) parts.push(drawLine(one, endUs, width, x, (value) => y(convert(value)), y(0)));
  if (panel.marks !== undefined) parts.push(...drawMarks(panel.marks.marks, panel, x));
  // Drawn last, over the curves that begin at it.
  parts.push(`<path class="zero" d="M${left},${round(y(0))}h${width}"/>`);
  return `<g>\n${parts.join("\n")}\n</g>`;
}

/** Maximum number of intervals between ticks of a time axis; a narrow axis has relatively more. */
const distances = (width: number): number => Math.round(2 + width / 125);

function drawLine(
  one: SvgLine,
  endUs: number,
  width: number,
  x: (us: number) => number,
  y: (value: number) => number,
  zero: number,
): string {
  const thin = thinOut(one.curve, width, endUs);
  const points = thin.timeUs.map((t, i): [number, number] => [x(t), y(thin.value[i] as number)]);
  // The last value of a step curve applies until the end.
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

/** Samples and names of the labelled curves of a panel, above it at its right edge. */
function panelLegend({ lines, left, top, width, marks }: Panel): string {
  const baseline = top - 14;
  if (marks === undefined || marks.marks.timeUs.length === 0) return legend(lines, left + width, baseline);
  const right = left + width;
  const key = round(right - marks.label.length * CHARACTER_WIDTH - 14);
  return [
    legend(lines, key - 26, baseline),
    `<path class="kill" d="${cross(key, baseline - 4)}"/>`,
    `<text class="tick end" x="${right}" y="${baseline}">${marks.label}</text>`,
  ].join("\n");
}

/** A cross at the upper edge for each mark, with a line down from it; marks that would touch are merged. */
function drawMarks({ timeUs, count }: Marks, { top, height }: Panel, x: (us: number) => number): string[] {
  const parts: string[] = [];
  let i = 0;
  while (i < timeUs.length) {
    const first = timeUs[i] as number;
    const at = round(x(first));
    let [last, kills] = [first, 0];
    for (; i < timeUs.length && x(timeUs[i] as number) - x(first) < 2 * CROSS + 1; i++) {
      last = timeUs[i] as number;
      kills += count[i] as number;
    }
    const when = last === first ? millis(first) : `${millis(first)} to ${millis(last)}`;
    parts.push(
      `<g><title>${countKills(kills)}, ${when}</title><path class="kill-line" d="M${at},${top}v${height}"/>` +
        `<path class="kill" d="${cross(at, top + CROSS)}"/></g>`,
    );
  }
  return parts;
}

const cross = (x: number, y: number): string =>
  `M${round(x - CROSS)},${round(y - CROSS)}l${2 * CROSS},${2 * CROSS}m0,${-2 * CROSS}l${-2 * CROSS},${2 * CROSS}`;

/** Samples and names of curves, from the right to the left. */
export function legend(
  lines: readonly Pick<SvgLine, "label" | "className">[],
  rightEdge: number,
  baseline: number,
): string {
  let right = rightEdge;
  const parts: string[] = [];
  for (const { label, className } of lines.filter((one) => one.label !== "").reverse()) {
    parts.push(`<text class="tick end" x="${round(right)}" y="${baseline}">${label}</text>`);
    right -= label.length * CHARACTER_WIDTH + 8;
    parts.push(`<path class="line ${className}" d="M${round(right - 22)},${baseline - 4}h22"/>`);
    right -= 22 + 18;
  }
  return parts.join("\n");
}

const round = (value: number): number => Math.round(value * 10) / 10;
