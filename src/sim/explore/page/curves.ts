/** Rows from the worker as data of charts. */
import type { KillsModel, Panel, PanelLine } from "../../report/model.ts";
import type { RunRows } from "../../report/page/time-data.ts";
import type { CurveData } from "../protocol.ts";

/** Curves of the pinned run that are drawn behind the shown one. */
const BEHIND = new Set(["size", "inflation", "deflation", "rate_alloc", "stall_full"]);

/** The rows of a run. */
export function rowsOf({ names, columns }: CurveData): RunRows {
  const index = new Map(names.map((name, i) => [name, i]));
  const column = (name: string) => columns[index.get(name) ?? -1];
  return { times: column("time_s") ?? new Float64Array(), column };
}

/** The OOM kills of a run, at the rows that have them first. */
export function killsOf(rows: RunRows): KillsModel[] {
  const totals = rows.column("oom_kills");
  const time: number[] = [];
  const count: number[] = [];
  totals?.forEach((total: number, i: number) => {
    const more = total - (i === 0 ? 0 : (totals[i - 1] as number));
    if (more === 0) return;
    time.push(rows.times[i] as number);
    count.push(more);
  });
  return time.length === 0 ? [] : [{ run: 0, time, count }];
}

/** The charts of a run with some curves of the pinned one, run 1, behind it. */
export const withPinned = (panels: readonly Panel[], has: (column: string) => boolean): Panel[] =>
  panels.map((panel) => {
    const behind = panel.lines
      .filter(({ column }) => BEHIND.has(column) && has(column))
      .map(
        (line): PanelLine => ({
          ...line,
          run: 1,
          label: `${line.label}, pinned`,
          dash: 2,
          isFilled: false,
          isBehind: true,
        }),
      );
    // uPlot draws in this order: the shown run over the pinned one.
    return { ...panel, lines: [...behind, ...panel.lines] };
  });
