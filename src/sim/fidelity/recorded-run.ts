import type { Pages } from "../../common/units.ts";
import type { Params } from "../../engine/index.ts";
import type { Costs } from "../trace/types.ts";
import type { CurveId } from "./curves.ts";

/** A run of the driver in a real guest, row by row, from any recorder, with all data that a replay needs. */
export interface RecordedRun {
  /** Name in messages: its file. */
  readonly name: string;
  /** Name of its scenario. */
  readonly scenario: string;
  /** The settings. Runs of one machine with equal settings are repetitions of one scenario. */
  readonly settings: string;
  /** Settings with an effect that the simulation does not model, with their meaning; empty: none. */
  readonly unmodelled: readonly string[];
  /** Columns of the recording without a figure, by the recorder's names: its driver or its kernel has none; empty: none. */
  readonly unrecorded: readonly string[];
  /** Why the costs of the replay are those of another machine than the recorded one; null: they are not, as far as is known. */
  readonly costsNote: string | null;
  /** Recorder and kernel, such as `kernel lab, Linux 6.1.192`: equal for runs of one machine, as far as the files tell. */
  readonly recordedOn: string;
  /** Times of the rows since the recording began, in microseconds, ascending. */
  readonly timeUs: readonly number[];
  /** The target that the driver had received, in pages, per row. */
  readonly target: readonly Pages[];
  /** The recorded curves, per row; the balloon's size is always among them. */
  readonly curves: ReadonlyMap<CurveId, readonly number[]>;
  /** Number of OOM kills. */
  readonly oomKills: number;
  readonly replay: Replay;
}

/** How to replay a recorded run. */
export interface Replay {
  /** The run's settings as a trace, a document of the format's current version. */
  readonly trace: object;
  readonly rates: Params;
  /** Least costs that the run's settings gave its machine, whatever machine the replay has: those of its disk. */
  readonly leastCosts?: Partial<Costs>;
  /** Surplus that the driver leaves at a target, in pages; absent: none. */
  readonly slack?: Pages;
  /** Time of the trace before the beginning of the recording, in microseconds. */
  readonly leadUs: number;
  /** Pages that the recording counts as page cache and the trace as the kernel's, because they can't be reclaimed. */
  readonly fixedCache: Pages;
  /**
   * Names of workloads of the trace whose memory the recording counts as page cache and not as anonymous, because it is
   * files in tmpfs, which go to swap.
   */
  readonly tmpfs: readonly string[];
  /** Where the laps of workloads over their working sets begin, by names; absent: as in the world. See `WorkloadWorld.phase`. */
  readonly lapPhases?: ReadonlyMap<string, number>;
  /** Names of those of them whose memory is on the active list when the trace begins, as far as nothing touches it. */
  readonly active: readonly string[];
}
