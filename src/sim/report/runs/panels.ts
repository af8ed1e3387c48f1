/** The charts of a report of runs, and the curves in each. */

import { limitColumns } from "../../output/columns.ts";
import { countKills } from "../../output/damage.ts";
import type { ColourName } from "../../output/palette.ts";
import type { EpisodeModel, KillsModel, Panel, PanelLine, RunsModel } from "../model.ts";
import { pack } from "../pack.ts";
import { curveOf } from "./curves.ts";
import { killsOf } from "./kills.ts";
import type { Run } from "./run.ts";

/** Dash pattern of targets, which no run has: the last of the page's. */
const TARGET_DASH = 4;

/** The appearance of a curve among others of its run. */
interface Part {
  readonly column: string;
  readonly colour: ColourName;
  readonly dash?: number;
  readonly isFilled?: true;
}

/** A chart of one run: several curves of it. */
interface Group {
  readonly title: string;
  readonly meaning: string;
  readonly parts: readonly Part[];
}

const GROUPS: readonly Group[] = [
  {
    title: "Memory",
    meaning: "The balloon, its target, and the other memory and the swap of the guest.",
    parts: [
      { column: "size", colour: "blue", isFilled: true },
      { column: "free", colour: "green" },
      { column: "cache", colour: "ochre", dash: 1 },
      { column: "anon", colour: "purple", dash: 3 },
      { column: "swap", colour: "vermilion", dash: 2 },
      { column: "target", colour: "ink", dash: TARGET_DASH },
    ],
  },
  {
    title: "Pace of the balloon",
    meaning: "Pages that the balloon took and gave back, by the time between two rows.",
    parts: [
      { column: "inflation", colour: "blue", isFilled: true },
      { column: "deflation", colour: "vermilion", dash: 1, isFilled: true },
    ],
  },
  {
    title: "Limits of the driver",
    meaning: "Pages that a cycle may allocate where it has to sleep for them, and pages that it may release.",
    parts: limitColumns().map(({ name, limit }) =>
      limit?.of === "inflation"
        ? { column: name, colour: "purple" as const }
        : { column: name, colour: "ochre" as const, dash: 1 },
    ),
  },
  {
    title: "Stalls",
    meaning: "Share of the time in which some task, or all tasks with work, waited for memory (PSI).",
    parts: [
      { column: "stall_some", colour: "ochre", dash: 1, isFilled: true },
      { column: "stall_full", colour: "vermilion", isFilled: true },
    ],
  },
];

/** Charts of several runs: one curve of each run. */
const COMPARED = [
  "size",
  "inflation",
  "deflation",
  "stall_full",
  "stall_some",
  "free",
  "cache",
  "anon",
  "swap",
  ...limitColumns().map(({ name }) => name),
];

/** Colours of runs, in their order; used again after the last. */
const RUN_COLOURS: readonly ColourName[] = ["blue", "vermilion", "green", "purple", "ochre", "ink"];

/** Columns that are drawn as part of others. */
const NOT_DRAWN = new Set(["time_s", "target", "allocated", "freed", "refused", "stall_some_us", "stall_full_us"]);

/** The charts of one run, or of several in common charts. */
export function runsModel(runs: readonly Run[]): RunsModel {
  const [only] = runs;
  const panels = runs.length === 1 && only !== undefined ? groupPanels(only) : comparedPanels(runs);
  const first = new Set(
    runs.length === 1 ? GROUPS.flatMap(({ parts }) => parts.map(({ column }) => column)) : COMPARED,
  );
  const rest = new Set(runs.flatMap((run) => run.names).filter((name) => !first.has(name) && !NOT_DRAWN.has(name)));
  const kills = killsModel(runs);
  const episodes = episodesModel(runs);
  const shown = {
    panels: panels.filter(({ lines }) => lines.length > 0).map((panel) => withKills(panel, kills)),
    more: [...rest].map((column) => withKills(comparedPanel(column, runs), kills)),
  };
  const drawn = new Set([...shown.panels, ...shown.more].flatMap(({ lines }) => lines.map(({ column }) => column)));
  return {
    runs: runs.map((run) => ({
      label: run.label,
      time: pack(run.column("time_s") as Float64Array),
      columns: Object.fromEntries(
        run.names.filter((name) => drawn.has(name)).map((name) => [name, pack(run.column(name) as Float64Array)]),
      ),
    })),
    ...shown,
    kills,
    ...(episodes.length === 0 ? {} : { episodes }),
  };
}

/** The kills of the runs that have any. */
function killsModel(runs: readonly Run[]): KillsModel[] {
  return runs.flatMap((run, i) => {
    const { timeUs, count } = killsOf(run) ?? { timeUs: [], count: [] };
    return timeUs.length === 0 ? [] : [{ run: i, time: timeUs.map((us) => us / 1e6), count }];
  });
}

/** The worst times of all runs, numbered as their texts are. */
function episodesModel(runs: readonly Run[]): EpisodeModel[] {
  return runs
    .flatMap(({ conditions }) => conditions?.episodes ?? [])
    .map(({ sinceUs, untilUs, worstUs, title }, i) => {
      return { number: i + 1, since: sinceUs / 1e6, until: untilUs / 1e6, worst: worstUs / 1e6, title };
    });
}

/** Adds the meaning of the crosses to a panel, if there are any. */
function withKills(panel: Panel, kills: readonly KillsModel[]): Panel {
  if (kills.length === 0) return panel;
  const sum = kills.flatMap(({ count }) => count).reduce((a, b) => a + b, 0);
  return { ...panel, meaning: `${panel.meaning} ✖ marks where the OOM killer took a workload: ${countKills(sum)}.` };
}

/** The charts of one run with these columns. */
export const groupPanels = (run: Pick<Run, "names">): Panel[] =>
  GROUPS.map((group) => groupPanel(group, run)).filter(({ lines }) => lines.length > 0);

function groupPanel({ title, meaning, parts }: Group, run: Pick<Run, "names">): Panel {
  const lines = parts
    .filter(({ column }) => run.names.includes(column))
    .map(({ column, colour, dash = 0, isFilled = false }): PanelLine => {
      const { label, shape } = curveOf(column);
      return { label, run: 0, column, shape, colour, dash, isFilled };
    });
  return { title, meaning, quantity: curveOf((parts[0] as Part).column).quantity, lines };
}

function comparedPanels(runs: readonly Run[]): Panel[] {
  return COMPARED.map((column) => {
    const panel = comparedPanel(column, runs);
    if (column !== "size") return panel;
    const targets = targetLines(runs);
    const meaning = targets.length === 0 ? panel.meaning : `${panel.meaning} In long dashes: the target.`;
    return { ...panel, meaning, lines: [...panel.lines, ...targets] };
  });
}

function comparedPanel(column: string, runs: readonly Run[]): Panel {
  const { title, meaning, quantity, shape } = curveOf(column);
  const lines = runs.flatMap((run, i): PanelLine[] =>
    run.names.includes(column) ? [{ label: run.label, run: i, column, shape, ...lookOf(i), isFilled: false }] : [],
  );
  return { title, meaning, quantity, lines };
}

/** Colour and dash pattern: 24 different combinations, both different between consecutive runs. */
const lookOf = (run: number) => ({
  colour: RUN_COLOURS[run % RUN_COLOURS.length] as ColourName,
  dash: (run + Math.floor(run / 12)) % TARGET_DASH,
});

/** The targets of the runs, each once: runs of the same trace have the same target. */
function targetLines(runs: readonly Run[]): PanelLine[] {
  const seen = new Set<string>();
  const lines: PanelLine[] = [];
  runs.forEach((run, i) => {
    const values = run.column("target");
    if (values === undefined) return;
    const levels = levelsOf(values);
    if (seen.has(levels)) return;
    seen.add(levels);
    lines.push({
      label: "target",
      run: i,
      column: "target",
      shape: "after",
      colour: "ink",
      dash: TARGET_DASH,
      isFilled: false,
    });
  });
  return lines.length === 1 ? lines : lines.map((line) => ({ ...line, label: `target of ${runs[line.run]?.label}` }));
}

/** The sequence of values of a curve: rows of two runs of one trace may be at different times. */
const levelsOf = (values: Float64Array): string => values.filter((value, i) => value !== values[i - 1]).join();
