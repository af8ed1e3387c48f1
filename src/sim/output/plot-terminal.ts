import { scaleLinear } from "d3-scale";
import pc from "picocolors";
import { plot } from "simple-ascii-chart";
import { formatTime } from "../../common/units.ts";
import { timeTicks, toGib } from "./axis.ts";
import type { Curve } from "./envelope.ts";
import type { PlotData } from "./plot-data.ts";

/** How a picture of characters is drawn. */
export interface TerminalStyle {
  /** Columns of the terminal. */
  readonly width: number;
  readonly hasColours: boolean;
}

interface Line {
  readonly label: string;
  readonly glyph: string;
  readonly paint: (text: string) => string;
  /** Whether the curve is filled down to zero, and left out where it is zero. */
  readonly isBar: boolean;
  /** One value a column of characters. */
  readonly values: readonly number[];
}

const MIN_COLUMNS = 40;
const MAX_COLUMNS = 160;
/** Room for the axis and its numbers. */
const AXIS_COLUMNS = 12;
/** Between the entries of a legend. */
const GAP = "   ";
const MEMORY_ROWS = 14;
const RATE_ROWS = 10;

/** The curves of a run in characters: memory above, the pace of the balloon below. */
export function plotInTerminal(data: PlotData, style: TerminalStyle): string {
  const columns = Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, style.width - AXIS_COLUMNS));
  const { bold, green, yellow, blue, magenta, red, cyan } = pc.createColors(style.hasColours);
  const line = (label: string, glyph: string, paint: Line["paint"], values: readonly number[]): Line => ({
    label,
    glyph,
    paint,
    isBar: false,
    values,
  });
  const bar = (...parts: Parameters<typeof line>): Line => ({ ...line(...parts), isBar: true });
  const level = (curve: Curve) => atColumns(curve, columns, data.endUs).map(toGib);
  const most = (curve: Curve) => highest(curve, columns, data.endUs);
  const memory = [
    bar("balloon", "░", blue, level(data.size)),
    line("free", "•", green, level(data.free)),
    line("target", "─", yellow, level(data.target)),
  ];
  const rates = [
    bar("inflation", "█", cyan, most(data.inflation)),
    bar("deflation", "▒", red, most(data.deflation)),
    line("rate_alloc", "─", magenta, most(data.rateAlloc)),
    line("rate_free", "·", yellow, most(data.rateFree)),
  ];
  return [
    bold(data.trace),
    chart("Memory, GiB", memory, MEMORY_ROWS, columns, data.endUs, 1),
    chart("Pace, pages/s (limits: pages/cycle)", rates, RATE_ROWS, columns, data.endUs, 0),
  ].join("\n");
}

function chart(
  title: string,
  lines: readonly Line[],
  rows: number,
  columns: number,
  endUs: number,
  digits: number,
): string {
  const top = lines.reduce((most, line) => line.values.reduce((a, b) => Math.max(a, b), most), 0);
  const scale = scaleLinear([0, top === 0 ? 1 : top], [0, rows]).nice(4);
  const ticks = timeTicks(endUs, Math.floor(columns / 14));
  const columnOf = (us: number) => (endUs === 0 ? 0 : Math.round((us / endUs) * (columns - 1)));
  const labelOfColumn = new Map(ticks.map((us) => [columnOf(us), formatTime(us)]));
  // The library tells where each point goes, not whose it is; it draws line by line, and each begins at index 0.
  let drawn = -1;
  let rowBefore = 0;
  const text = plot(
    lines.map((line) => line.values.map((value, i): [number, number] => [i, value])),
    {
      width: columns,
      height: rows,
      yRange: scale.domain() as [number, number],
      customXAxisTicks: [...labelOfColumn.keys()],
      customYAxisTicks: scale.ticks(4),
      formatter: (value, { axis }) => (axis === "x" ? (labelOfColumn.get(value) ?? "") : value.toFixed(digits)),
      lineFormatter: ({ index, plotX, plotY, toPlotCoordinates }) => {
        if (index === 0) {
          drawn++;
          rowBefore = plotY;
        }
        const { glyph, paint, isBar, values } = lines[drawn] as Line;
        const symbols = [];
        let [from, to] = [plotY, plotY];
        if (isBar) to = values[index] === 0 ? from - 1 : toPlotCoordinates(0, 0)[1] + 1;
        // Where a line jumps, the rows between belong to it.
        else if (plotY > rowBefore) from = rowBefore + 1;
        else if (plotY < rowBefore) to = rowBefore - 1;
        for (let y = from; y <= to; y++) symbols.push({ x: plotX, y, symbol: paint(glyph) });
        rowBefore = plotY;
        return symbols;
      },
    },
  );
  const legend = lines.map(({ label, glyph, paint }) => `${paint(glyph)} ${label}`).join(GAP);
  const headLength = lines.reduce((sum, { label }) => sum + GAP.length + 2 + label.length, title.length);
  const head = headLength <= columns ? [`${title}${GAP}${legend}`] : [title, legend];
  const body = text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
  return `${[...head, ...body].join("\n")}\n`;
}

/** The value at each column's time, on straight lines between the points. */
function atColumns(curve: Curve, columns: number, endUs: number): number[] {
  const { timeUs, value } = curve;
  const values: number[] = [];
  let i = 0;
  for (let column = 0; column < columns; column++) {
    const t = (endUs * column) / (columns - 1);
    while (i + 1 < timeUs.length && (timeUs[i + 1] as number) <= t) i++;
    const [t0, v0] = [timeUs[i] as number, value[i] as number];
    const [t1, v1] = [timeUs[i + 1] ?? t0, value[i + 1] ?? v0];
    values.push(t <= t0 || t1 === t0 ? v0 : v0 + ((v1 - v0) * (t - t0)) / (t1 - t0));
  }
  return values;
}

/** The highest value in each column's time, each value holding until the next point. */
function highest({ timeUs, value }: Curve, columns: number, endUs: number): number[] {
  const values: number[] = [];
  let i = 0;
  for (let column = 0; column < columns; column++) {
    const until = (endUs * (column + 1)) / columns;
    let most = value[i] ?? 0;
    while (i + 1 < timeUs.length && (timeUs[i + 1] as number) < until) most = Math.max(most, value[++i] as number);
    values.push(most);
  }
  return values;
}
