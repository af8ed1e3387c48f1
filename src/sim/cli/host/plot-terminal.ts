import pc from "picocolors";
import { escapeUnsafe } from "../../../common/quote.ts";
import type { Pages } from "../../../common/units.ts";
import { toGib } from "../../output/axis.ts";
import { killMarks } from "../../output/plot-terminal.ts";
import {
  chartColumns,
  drawChart,
  type TerminalLine,
  type TerminalMarks,
  type TerminalStyle,
} from "../../output/terminal-chart.ts";
import { type HostPlot, stacked } from "./plot-data.ts";

const ROWS = 18;
/** What distinguishes bands without colours, from the bottom to the top. */
const GLYPHS = ["=", "█", "▒", "▓", "░", "#", "+", "%", "o"];
const SWAPPED = "×";
const FREE = "·";

/** The picture in characters: the host's memory by VM, its swap above, its states below. */
export function hostPlotInTerminal(plot: HostPlot, style: TerminalStyle): string {
  const columns = chartColumns(style.width);
  const colours = pc.createColors(style.hasColours);
  const { bold, green, yellow, blue, magenta, red, cyan, gray, white } = colours;
  const paints = [gray, blue, cyan, green, yellow, magenta, white, blue, cyan];
  const at = (pages: readonly Pages[]): number[] => inColumns(pages, columns).map(toGib);
  const bar = (label: string, glyph: string, paint: TerminalLine["paint"], pages: readonly Pages[]): TerminalLine => ({
    label,
    glyph,
    paint,
    isBar: true,
    values: at(pages),
  });
  const { bands, swapped, memory } = plot;
  const edges = stacked(bands);
  const all = swapped.map(() => memory);
  const hasSwap = swapped.some((pages) => pages > 0);
  // Later bars cover earlier ones: the highest comes first.
  const lines = [
    ...(hasSwap
      ? [
          bar(
            "in the host's swap",
            SWAPPED,
            red,
            swapped.map((pages) => memory + pages),
          ),
        ]
      : []),
    bar("free", FREE, gray, all),
    ...bands
      .map(({ label }, i) => bar(label, GLYPHS[i] as string, paints[i] as TerminalLine["paint"], edges[i] as Pages[]))
      .reverse(),
  ];
  const chart = drawChart({
    title: "Host's memory, GiB",
    lines,
    rows: ROWS,
    columns,
    endUs: plot.endUs,
    digits: 1,
    marks: marksOf(plot, red),
  });
  return `${bold(escapeUnsafe(plot.name))} under ${escapeUnsafe(plot.policy)}\n${chart}${statesText(plot, columns, axisWidth(chart))}`;
}

function marksOf({ kills }: HostPlot, paint: TerminalLine["paint"]): TerminalMarks | null {
  const marks = killMarks([kills], paint);
  return marks === null
    ? null
    : { ...marks, label: marks.label.replace("OOM kill", "OOM kill in a VM, or end of one by the host") };
}

/** The values nearest to the times of the columns. */
const inColumns = <T>(values: readonly T[], columns: number): T[] =>
  Array.from(
    { length: columns },
    (_, column) => values[Math.round((column * (values.length - 1)) / (columns - 1))] as T,
  );

/** Columns left of the curves. */
const axisWidth = (chart: string): number => {
  const line = chart.split("\n").find((one) => one.includes("└")) ?? "";
  return line.indexOf("└") + 1;
};

/** A line with a letter for the state in each column, and one with their meanings; empty without states. */
function statesText({ states }: HostPlot, columns: number, left: number): string {
  const known = [...new Set(states.filter((state) => state !== null))];
  if (known.length === 0) return "";
  const letters = new Map<string, string>();
  for (const state of known) {
    const free = [...escapeUnsafe(state), ..."0123456789"].find(
      (letter) => /\w/.test(letter) && ![...letters.values()].includes(letter),
    );
    letters.set(state, free ?? "?");
  }
  const strip = inColumns(states, columns)
    .map((state) => (state === null ? " " : letters.get(state)))
    .join("");
  const legend = known.map((state) => `${letters.get(state)} ${escapeUnsafe(state)}`).join("   ");
  return `${"state".padStart(left - 1).slice(0, Math.max(5, left - 1))} ${strip.trimEnd()}\n${" ".repeat(left)}${legend}\n`;
}
