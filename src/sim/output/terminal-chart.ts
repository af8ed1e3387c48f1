import { scaleLinear } from "d3-scale";
import { plot } from "simple-ascii-chart";
import { escapeUnsafe } from "../../common/quote.ts";
import { formatTime } from "../../common/units.ts";
import { timeTicks } from "./axis.ts";
import type { Curve } from "./envelope.ts";

/** Style of a picture in characters. */
export interface TerminalStyle {
  /** Columns of the terminal. */
  readonly width: number;
  readonly hasColours: boolean;
}

/** A curve of a chart in characters. */
export interface TerminalLine {
  readonly label: string;
  readonly glyph: string;
  readonly paint: (text: string) => string;
  /** Whether the area between curve and zero is filled; columns with value zero are then empty. */
  readonly isBar: boolean;
  /** One value per column of characters. */
  readonly values: readonly number[];
}

/** Marks at the upper edge of a chart, above the curves. */
export interface TerminalMarks {
  readonly label: string;
  readonly glyph: string;
  readonly paint: (text: string) => string;
  readonly atUs: readonly number[];
}

/** A chart in characters. */
export interface TerminalChart {
  readonly title: string;
  /** Drawn in this order; later lines cover earlier ones. */
  readonly lines: readonly TerminalLine[];
  /** Number of text lines for the curves. */
  readonly rows: number;
  readonly columns: number;
  readonly endUs: number;
  /** Decimals of the numbers at the vertical axis. */
  readonly digits: number;
  readonly marks?: TerminalMarks | null;
}

const MIN_COLUMNS = 40;
const MAX_COLUMNS = 160;
/** Width of the axis and its numbers. */
const AXIS_COLUMNS = 12;
/** Space between the entries of a legend. */
const GAP = "   ";

/** Number of columns for the curves of a chart in a terminal of a width. */
export const chartColumns = (width: number): number =>
  Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, width - AXIS_COLUMNS));

/** Draws a chart, with its legend above. */
export function drawChart({ title, lines: given, rows, columns, endUs, digits, marks = null }: TerminalChart): string {
  // Labels may be names from files.
  const lines = given.map((line) => ({ ...line, label: escapeUnsafe(line.label) }));
  const top = lines.reduce((most, line) => line.values.reduce((a, b) => Math.max(a, b), most), 0);
  const scale = scaleLinear([0, top === 0 ? 1 : top], [0, rows]).nice(4);
  const ticks = timeTicks(endUs, Math.floor(columns / 14));
  const columnOf = (us: number) => (endUs === 0 ? 0 : Math.round((us / endUs) * (columns - 1)));
  const markedColumns = new Set(marks?.atUs.map(columnOf));
  const curves = lines.map((line) => line.values.map((value, i): [number, number] => [i, value]));
  // A curve along the upper edge, of which only the marks are drawn.
  const edge = scale.domain()[1] as number;
  if (marks !== null) curves.push(Array.from({ length: columns }, (_, i): [number, number] => [i, edge]));
  const labelOfColumn = new Map(ticks.map((us) => [columnOf(us), formatTime(us)]));
  // The library passes the position of each point, but not its line; it draws line by line, and each begins at index 0.
  let drawn = -1;
  let rowBefore = 0;
  const text = plot(curves, {
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
      if (marks !== null && drawn === lines.length) {
        return markedColumns.has(index) ? [{ x: plotX, y: plotY, symbol: marks.paint(marks.glyph) }] : [];
      }
      const { glyph, paint, isBar, values } = lines[drawn] as TerminalLine;
      const symbols = [];
      let [from, to] = [plotY, plotY];
      if (isBar) to = values[index] === 0 ? from - 1 : toPlotCoordinates(0, 0)[1] + 1;
      // If a line jumps, the rows in between belong to it.
      else if (plotY > rowBefore) from = rowBefore + 1;
      else if (plotY < rowBefore) to = rowBefore - 1;
      for (let y = from; y <= to; y++) symbols.push({ x: plotX, y, symbol: paint(glyph) });
      rowBefore = plotY;
      return symbols;
    },
  });
  const entries = marks === null ? lines : [...lines, marks];
  const legend = entries.map(({ label, glyph, paint }) => `${paint(glyph)} ${label}`).join(GAP);
  const headLength = entries.reduce((sum, { label }) => sum + GAP.length + 2 + label.length, title.length);
  const head = headLength <= columns ? [`${title}${GAP}${legend}`] : [title, legend];
  const body = text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
  return `${[...head, ...body].join("\n")}\n`;
}

/** The value at each column's time, interpolated linearly between the points. */
export function atColumns(curve: Curve, columns: number, endUs: number): number[] {
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
