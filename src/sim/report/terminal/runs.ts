import pc from "picocolors";
import { escapeUnsafe } from "../../../common/quote.ts";
import { toGib } from "../../output/axis.ts";
import { limitColumns } from "../../output/columns.ts";
import type { Curve } from "../../output/envelope.ts";
import type { PlotData } from "../../output/plot-data.ts";
import { killMarks, plotInTerminal } from "../../output/plot-terminal.ts";
import {
  atColumns,
  chartColumns,
  drawChart,
  type TerminalLine,
  type TerminalStyle,
} from "../../output/terminal-chart.ts";
import { factsOf } from "../runs/conditions.ts";
import { killsLine, killsOf } from "../runs/kills.ts";
import type { Run } from "../runs/run.ts";

const ROWS = 16;
/** Characters that distinguish runs, in their order; used again after the last. */
const GLYPHS = ["█", "•", "○", "+", "x", "*"];

/**
 * The curves of a run in characters; of several, the sizes of their balloons in one chart. The conditions of the runs
 * precede them, and the kills precede the conditions.
 */
export function runsInTerminal(runs: readonly Run[], style: TerminalStyle): string {
  return `${killsInTerminal(runs, style)}${conditionsInTerminal(runs)}\n${chartsInTerminal(runs, style)}`;
}

/** A line for each run that had kills, or whose kills are unknown. */
function killsInTerminal(runs: readonly Run[], style: TerminalStyle): string {
  const { bold, red } = pc.createColors(style.hasColours);
  return runs
    .flatMap((run) => {
      const line = killsLine(run);
      if (line === null) return [];
      const label = runs.length === 1 ? "" : `${escapeUnsafe(run.label)}: `;
      const isSure = (killsOf(run)?.timeUs.length ?? 0) > 0;
      return [`${label}${isSure ? bold(red(`✖ ${line}`)) : line}\n`];
    })
    .join("");
}

/** A line for each fact of one run, or for each of several runs. */
function conditionsInTerminal(runs: readonly Run[]): string {
  const [only] = runs;
  if (runs.length === 1 && only !== undefined) {
    const facts = factsOf(only);
    const width = Math.max(...facts.map(([name]) => name.length));
    return facts.map(([name, text]) => `${name.toLowerCase().padEnd(width)}  ${escapeUnsafe(text)}\n`).join("");
  }
  return runs
    .map((run) => {
      const facts = factsOf(run).map(([name, text]) => `${name.toLowerCase()}: ${escapeUnsafe(text)}`);
      return `${escapeUnsafe(run.label)} · ${facts.join(" · ")}\n`;
    })
    .join("");
}

function chartsInTerminal(runs: readonly Run[], style: TerminalStyle): string {
  const [only] = runs;
  if (runs.length === 1 && only !== undefined) return plotInTerminal(plotData(only), style);
  const columns = chartColumns(style.width);
  const endUs = Math.max(...runs.map((run) => endOf(run)));
  const { cyan, red, green, magenta, yellow, blue } = pc.createColors(style.hasColours);
  const paints = [cyan, red, green, magenta, yellow, blue];
  const lines = runs.map((run, i): TerminalLine => {
    const values = atColumns(curveOf(run, "size"), columns, endUs).map(toGib);
    const glyph = GLYPHS[i % GLYPHS.length] as string;
    return {
      label: run.label,
      glyph,
      paint: paints[i % paints.length] as (text: string) => string,
      isBar: false,
      values,
    };
  });
  const marks = killMarks(
    runs.flatMap((run) => killsOf(run) ?? []),
    red,
  );
  return drawChart({ title: "Balloon, GiB", lines, rows: ROWS, columns, endUs, digits: 1, marks });
}

const endOf = (run: Run): number => Math.round(((run.column("time_s") as Float64Array).at(-1) as number) * 1e6);

/** The contents of a run's file, as curves; missing columns are 0 all the time. */
function plotData(run: Run): PlotData {
  const endUs = endOf(run);
  const pace = (name: string): Curve => {
    const { timeUs, value } = curveOf(run, name);
    // A row has the pace since the row before; a curve has the value from its point on.
    return { timeUs: [0, ...timeUs], value: [...value, 0] };
  };
  return {
    trace: run.file,
    name: run.label,
    description: "",
    endUs,
    memoryPages: 0,
    size: curveOf(run, "size"),
    target: stepped(curveOf(run, "target")),
    free: curveOf(run, "free"),
    inflation: pace("inflation"),
    deflation: pace("deflation"),
    limits: limitColumns().flatMap(({ name, limit }) =>
      limit === undefined || run.column(name) === undefined ? [] : [{ name, of: limit.of, curve: curveOf(run, name) }],
    ),
    kills: killsOf(run) ?? { timeUs: [], count: [] },
    // Printed before.
    damage: null,
  };
}

function curveOf(run: Run, name: string): Curve {
  const values = run.column(name);
  if (values === undefined) return { timeUs: [0, endOf(run)], value: [0, 0] };
  return { timeUs: Array.from(run.column("time_s") as Float64Array, (s) => Math.round(s * 1e6)), value: [...values] };
}

/** The curve with a point before each jump, so that straight lines between points become steps. */
function stepped({ timeUs, value }: Curve): Curve {
  const steps = { timeUs: [] as number[], value: [] as number[] };
  timeUs.forEach((t, i) => {
    if (i > 0 && value[i] !== value[i - 1]) {
      steps.timeUs.push(t);
      steps.value.push(value[i - 1] as number);
    }
    steps.timeUs.push(t);
    steps.value.push(value[i] as number);
  });
  return steps;
}
