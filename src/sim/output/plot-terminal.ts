import { scaleLinear } from "d3-scale";
import pc from "picocolors";
import { plot } from "simple-ascii-chart";
import { formatTime } from "../units.ts";
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
  /** One value a column of characters. */
  readonly values: readonly number[];
}

const MIN_COLUMNS = 40;
const MAX_COLUMNS = 160;
/** Room for the axis and its numbers. */
const AXIS_COLUMNS = 12;
const MEMORY_ROWS = 14;
const RATE_ROWS = 10;

/** The curves of a run in characters: memory above, the pace of the balloon below. */
export function plotInTerminal(data: PlotData, style: TerminalStyle): string {
  const columns = Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, style.width - AXIS_COLUMNS));
  const { green, yellow, blue, magenta, red, cyan } = pc.createColors(style.hasColours);
  const memory: Line[] = [
    { label: "free", glyph: "·", paint: green, values: atColumns(data.free, columns, data.endUs).map(toGib) },
    { label: "target", glyph: "─", paint: yellow, values: atColumns(data.target, columns, data.endUs).map(toGib) },
    { label: "size", glyph: "█", paint: blue, values: atColumns(data.size, columns, data.endUs).map(toGib) },
  ];
  const rates: Line[] = [
    { label: "rate_alloc", glyph: "─", paint: magenta, values: highest(data.rateAlloc, columns, data.endUs) },
    { label: "rate_free", glyph: "·", paint: yellow, values: highest(data.rateFree, columns, data.endUs) },
    { label: "inflated", glyph: "█", paint: cyan, values: highest(data.inflation, columns, data.endUs) },
    { label: "deflated", glyph: "▒", paint: red, values: highest(data.deflation, columns, data.endUs) },
  ];
  return [
    `${pc.createColors(style.hasColours).bold(data.trace)}`,
    chart("memory, GiB", memory, MEMORY_ROWS, columns, data.endUs, 1),
    chart("balloon, pages/s; limits, pages/cycle", rates, RATE_ROWS, columns, data.endUs, 0),
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
      lineFormatter: ({ index, plotX, plotY }) => {
        if (index === 0) {
          drawn++;
          rowBefore = plotY;
        }
        const { glyph, paint } = lines[drawn] as Line;
        const symbols = [];
        // Where the curve jumps, the rows between belong to it.
        const [from, to] = plotY > rowBefore ? [rowBefore + 1, plotY] : [plotY, Math.max(plotY, rowBefore - 1)];
        for (let y = from; y <= to; y++) symbols.push({ x: plotX, y, symbol: paint(glyph) });
        rowBefore = plotY;
        return symbols;
      },
    },
  );
  const legend = lines.map(({ label, glyph, paint }) => `${paint(glyph)} ${label}`).join("   ");
  const body = text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
  return `${[`${title}   ${legend}`, ...body].join("\n")}\n`;
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
