import type { Params } from "../../../engine/index.ts";

/**
 * One run: values of the driver's parameters, indices of trace and seed in the setup, and the number of the world, from
 * 1.
 */
export interface RunTask {
  readonly rates: Params;
  readonly trace: number;
  readonly seed: number;
  readonly world: number;
}

/** Called between the slices of a run, and awaited, so that the event loop handles signals. */
export type Turn = () => Promise<void> | void;
