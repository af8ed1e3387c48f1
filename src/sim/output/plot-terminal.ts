import pc from "picocolors";
import { escapeUnsafe } from "../../common/quote.ts";
import { toGib } from "./axis.ts";
import type { Curve } from "./envelope.ts";
import type { Marks } from "./kill-marks.ts";
import type { PlotData } from "./plot-data.ts";
import {
  atColumns,
  chartColumns,
  drawChart,
  type TerminalLine,
  type TerminalMarks,
  type TerminalStyle,
} from "./terminal-chart.ts";

const MEMORY_ROWS = 14;
const RATE_ROWS = 10;
const KILL_GLYPH = "✖";

/**
 * The curves of a run in characters: memory above, the balloon's rates below.
 * @param title of the picture
 */
export function plotInTerminal(data: PlotData, style: TerminalStyle, title = data.name): string {
  const columns = chartColumns(style.width);
  const { bold, green, yellow, blue, magenta, red, cyan } = pc.createColors(style.hasColours);
  const line = (
    label: string,
    glyph: string,
    paint: TerminalLine["paint"],
    values: readonly number[],
  ): TerminalLine => ({
    label,
    glyph,
    paint,
    isBar: false,
    values,
  });
  const bar = (...parts: Parameters<typeof line>): TerminalLine => ({ ...line(...parts), isBar: true });
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
    ...data.limits.map(({ name, of, curve }) =>
      of === "inflation" ? line(name, "─", magenta, most(curve)) : line(name, "·", yellow, most(curve)),
    ),
  ];
  return [
    bold(escapeUnsafe(title)) +
      (data.damage === null
        ? ""
        : `  ${red(data.kills.timeUs.length === 0 ? data.damage : `${KILL_GLYPH} ${data.damage}`)}`),
    drawChart({
      title: "Memory, GiB",
      lines: memory,
      rows: MEMORY_ROWS,
      columns,
      endUs: data.endUs,
      digits: 1,
      marks: killMarks([data.kills], red),
    }),
    drawChart({
      title: "Pace, pages/s (limits: pages/cycle)",
      lines: rates,
      rows: RATE_ROWS,
      columns,
      endUs: data.endUs,
      digits: 0,
    }),
  ].join("\n");
}

/** Marks of kills for a chart; null without kills. */
export function killMarks(kills: readonly Marks[], paint: TerminalLine["paint"]): TerminalMarks | null {
  const count = kills.flatMap((marks) => marks.count).reduce((sum, n) => sum + n, 0);
  if (count === 0) return null;
  return { label: `OOM kill (${count})`, glyph: KILL_GLYPH, paint, atUs: kills.flatMap(({ timeUs }) => timeUs) };
}

/** The highest value in each column's time; each value applies until the next point. */
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
