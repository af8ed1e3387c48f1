import { type WindowResult, windowResult } from "./claims.ts";
import { type PredictedDriver, predict, WORLDS } from "./predict.ts";
import { measuredRows, type Rows } from "./rows.ts";
import type { ShadowWindow } from "./window.ts";

/** A window, and the drivers to predict in it. */
export interface WindowTask {
  readonly window: ShadowWindow;
  readonly real: PredictedDriver;
  readonly other: PredictedDriver;
}

/** The result of a window, and its curves in the first world. */
export interface ReplayedWindow {
  readonly result: WindowResult;
  readonly curves: WindowCurves;
}

/** The curves of a window for pictures. */
export interface WindowCurves {
  readonly measured: Rows;
  readonly real: Rows;
  readonly other: Rows;
}

/**
 * Predicts both drivers in a window, in each world.
 * @throws {InputError | RunError} if the window can't be simulated
 */
export function replayWindow({ window, real, other }: WindowTask): ReplayedWindow {
  const measured = measuredRows(window);
  const reals = WORLDS.map((world) => predict(window, real, world));
  const others = WORLDS.map((world) => predict(window, other, world));
  return {
    result: windowResult(measured, reals, others),
    curves: { measured, real: reals[0] as Rows, other: others[0] as Rows },
  };
}
