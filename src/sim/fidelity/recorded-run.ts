import type { Params } from "../../engine/index.ts";
import type { CurveId } from "./curves.ts";

/** A run of the driver in a real guest, row by row, from any recorder, with all that a replay needs. */
export interface RecordedRun {
  /** What messages call it: its file. */
  readonly name: string;
  /** What its scenario is called. */
  readonly scenario: string;
  /** What was set up. Runs in which this is the same are repetitions of one scenario. */
  readonly settings: string;
  /** Times of the rows since the recording began, in microseconds, ascending. */
  readonly timeUs: readonly number[];
  /** The target that the driver had heard of, in pages, row by row. */
  readonly target: readonly number[];
  /** The curves that were recorded, row by row; the balloon's size is always among them. */
  readonly curves: ReadonlyMap<CurveId, readonly number[]>;
  /** Kills by the OOM killer in all. */
  readonly oomKills: number;
  readonly replay: Replay;
}

/** How to replay a recorded run. */
export interface Replay {
  /** The run's settings as a trace, a document of the format's current version. */
  readonly trace: object;
  readonly rates: Params;
  /** How much of the trace goes by before the recording begins, in microseconds. */
  readonly leadUs: number;
  /** Pages that the recording counts as page cache and the trace as the kernel's, because nothing reclaims them. */
  readonly fixedCache: number;
}
