import { scaleLinear } from "d3-scale";
import pc from "picocolors";
import type { TerminalStyle } from "../../output/terminal-chart.ts";
import type { StudyAnalysis } from "../../tune/study/analysis.ts";
import { stateOf, unitOf } from "../study/report-study.ts";

const ROWS = 18;
const MIN_COLUMNS = 40;
const MAX_COLUMNS = 100;
/** Width of the numbers of the vertical axis. */
const LABEL_COLUMNS = 10;

/** Characters of points; of several at one place, the last one in this list is drawn. */
const GLYPHS = { infeasible: "×", feasible: "·", front: "●", knee: "◉", pick: "★", reference: "◆" } as const;
const NAMES = {
  infeasible: "misses a requirement",
  feasible: "not on the front",
  front: "front",
  knee: "knee",
  pick: "default pick",
  reference: "trial 0",
};
type Group = keyof typeof GLYPHS;
const ORDER = Object.keys(GLYPHS) as Group[];

interface Point {
  readonly x: number;
  readonly y: number;
  readonly group: Group;
}

/**
 * The trials of a study as points in characters: in its first two goals, or, with one goal, by the number of the trial.
 * Without trials that were dropped early or failed.
 * @returns a chart of several lines, each ending with a line break
 */
export function frontInTerminal(analysis: StudyAnalysis, style: TerminalStyle): string {
  const { header } = analysis;
  const [first, second] = header.goals.map(({ objective }) => ({
    index: header.objectives.indexOf(objective),
    label: `${objective}, ${unitOf(objective)}`,
  }));
  if (first === undefined) return "";
  const [x, y] = second === undefined ? [null, first] : [first, second];
  const points = pointsOf(analysis, (trial, values) => [
    x === null ? trial : (values[x.index] as number),
    values[y.index] as number,
  ]);
  return drawPoints(points, x?.label ?? "trial", y.label, style);
}

function pointsOf(
  analysis: StudyAnalysis,
  place: (trial: number, values: readonly number[]) => readonly [number, number],
): Point[] {
  const front = new Set(analysis.front.map(({ trial }) => trial));
  const groupOf = (trial: number): Group | null => {
    if (trial === 0) return "reference";
    if (trial === analysis.pick) return "pick";
    if (trial === analysis.knee) return "knee";
    if (front.has(trial)) return "front";
    const state = stateOf(analysis, trial);
    return state === "feasible" || state === "infeasible" ? state : null;
  };
  return analysis.trials.flatMap((_, trial) => {
    const group = groupOf(trial);
    const values = analysis.values(trial);
    if (group === null || values === null) return [];
    const [x, y] = place(trial, values);
    return [{ x, y, group }];
  });
}

function drawPoints(points: readonly Point[], xLabel: string, yLabel: string, style: TerminalStyle): string {
  const columns = Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, style.width - LABEL_COLUMNS - 2));
  const x = scaleLinear(extent(points.map((point) => point.x)), [0, columns - 1]).nice(5);
  const y = scaleLinear(extent(points.map((point) => point.y)), [ROWS - 1, 0]).nice(4);
  const seen = Array.from({ length: ROWS }, () => new Array<Group | null>(columns).fill(null));
  for (const point of points) {
    const row = seen[Math.round(y(point.y))] as (Group | null)[];
    const column = Math.round(x(point.x));
    const before = row[column];
    if (before === null || before === undefined || ORDER.indexOf(before) < ORDER.indexOf(point.group))
      row[column] = point.group;
  }
  const { dim, cyan, red, yellow, bold } = pc.createColors(style.hasColours);
  const paint = {
    infeasible: dim,
    feasible: dim,
    front: cyan,
    knee: (text: string) => bold(cyan(text)),
    pick: (text: string) => bold(cyan(text)),
    reference: red,
  };
  const draw = (group: Group) => paint[group](GLYPHS[group]);

  const labels = new Map(y.ticks(4).map((tick) => [Math.round(y(tick)), y.tickFormat(4)(tick)]));
  const lines = seen.map((row, r) => {
    const label = labels.get(r) ?? "";
    const text = row.map((group) => (group === null ? " " : draw(group))).join("");
    return `${label.padStart(LABEL_COLUMNS)}${label === "" ? "│" : "┤"}${text}`.trimEnd();
  });
  const legend = ORDER.filter((group) => points.some((point) => point.group === group));
  return [
    `${yLabel}   ${legend.map((group) => `${draw(group)} ${NAMES[group]}`).join("   ")}`,
    ...lines,
    ...xAxis(x, columns),
    yellow(xLabel.padStart(LABEL_COLUMNS + 1 + columns)),
    "",
  ].join("\n");
}

/** A line with ticks, and their numbers below. */
function xAxis(x: ReturnType<typeof scaleLinear<number, number>>, columns: number): string[] {
  const axis = new Array<string>(columns).fill("─");
  let numbers = "";
  for (const tick of x.ticks(5)) {
    const column = Math.round(x(tick));
    const text = x.tickFormat(5)(tick);
    const start = Math.max(0, column - Math.floor(text.length / 2));
    axis[column] = "┬";
    if (start >= numbers.length + (numbers === "" ? 0 : 1)) numbers = numbers.padEnd(start) + text;
  }
  const margin = " ".repeat(LABEL_COLUMNS);
  return [`${margin}└${axis.join("")}`, `${margin} ${numbers}`];
}

function extent(values: readonly number[]): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (!(low <= high)) return [0, 1];
  return low === high ? [low - 1, high + 1] : [low, high];
}
