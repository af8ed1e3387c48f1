import type { Pages } from "../../common/units.ts";
import { type CurveId, type CurveKind, curveKind } from "./curves.ts";
import type { RecordedRun } from "./recorded-run.ts";
import type { ReplayedRun } from "./replay.ts";
import { type TargetChange, targetChanges } from "./targets.ts";

/** A curve of a recorded run compared with that of its replay. */
export interface CurveComparison {
  readonly kind: CurveKind;
  /** Their values, in the curve's unit. */
  readonly recorded: readonly number[];
  readonly simulated: readonly number[];
  /** Root mean square of the differences over all rows, in the curve's unit. */
  readonly rmse: number;
  /** Range to which errors are relative, in the curve's unit: that of the recorded curve, at least that of its kind. */
  readonly range: number;
  /** Whether that is the least range of its kind, which the recorded curve does not have. */
  readonly isRangeLeast: boolean;
}

/** A change of the target in a recorded run and in its replay. */
export interface TargetComparison {
  readonly pages: Pages;
  /** Cycles until the balloon had the target's size; null if it did not before the next change or the end. */
  readonly recorded: number | null;
  readonly simulated: number | null;
  /** Cycles during which the recorded run was observed. */
  readonly watched: number;
}

/** A recorded run compared with its replay. */
export interface RunComparison {
  readonly run: RecordedRun;
  readonly curves: readonly CurveComparison[];
  readonly targets: readonly TargetComparison[];
  readonly oomKills: { readonly recorded: number; readonly simulated: number };
}

/** Compares a recorded run with its replay, row by row. */
export function compare(run: RecordedRun, replayed: ReplayedRun): RunComparison {
  const memory = memoryOf(run);
  const curves = [...run.curves].map(([id, recorded]): CurveComparison => {
    const kind = curveKind(id);
    const simulated = replayed.curves.get(id) as readonly number[];
    const span = spanOf(recorded);
    const least = kind.leastRange(memory, run.replay.rates);
    const range = Math.max(span, least);
    return { kind, recorded, simulated, rmse: rmse(recorded, simulated), range, isRangeLeast: span < least };
  });
  const size = (from: ReadonlyMap<CurveId, readonly number[]>) => from.get("size") as readonly number[];
  const { slack = 0 } = run.replay;
  const recorded = targetChanges(run.timeUs, run.target, size(run.curves), slack);
  const simulated = targetChanges(run.timeUs, replayed.target, size(replayed.curves), slack);
  return {
    run,
    curves,
    targets: recorded.map(({ pages, cycles, watched }, i) => ({
      pages,
      recorded: cycles,
      simulated: sameChange(simulated[i], pages)?.cycles ?? null,
      watched,
    })),
    oomKills: { recorded: run.oomKills, simulated: replayed.oomKills },
  };
}

const sameChange = (change: TargetChange | undefined, pages: Pages): TargetChange | null =>
  change?.pages === pages ? change : null;

/** Memory of the guest of a run, in pages. */
const memoryOf = (run: RecordedRun): Pages => (run.replay.trace as { guest: { memory: Pages } }).guest.memory;

/** Difference of a curve's highest and lowest value. */
export const spanOf = (values: readonly number[]): number =>
  values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) -
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);

/** Root mean square of the differences of two curves with the same rows. */
export function rmse(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  a.forEach((value, i) => {
    const difference = value - (b[i] as number);
    sum += difference * difference;
  });
  return Math.sqrt(sum / a.length);
}

/** The values of a curve at other times: linear between its points, constant before the first and after the last. */
export function interpolate(timeUs: readonly number[], values: readonly number[], atUs: readonly number[]): number[] {
  let i = 0;
  return atUs.map((t) => {
    while (i + 1 < timeUs.length && (timeUs[i + 1] as number) <= t) i++;
    const [t0, v0] = [timeUs[i] as number, values[i] as number];
    const t1 = timeUs[i + 1];
    if (t <= t0 || t1 === undefined) return v0;
    return v0 + (((values[i + 1] as number) - v0) * (t - t0)) / (t1 - t0);
  });
}
