/** A run in a report. */

import type { BalloonPolicy, Params } from "../../../engine/index.ts";
import type { ShownEpisode } from "../../causes/index.ts";
import type { Damage } from "../../output/damage.ts";
import type { RunName } from "../../output/run-labels.ts";
import type { RowRun } from "./row-file.ts";

/** The conditions of a run that the report has executed. */
export interface RunConditions extends RunName {
  /** A description of the guest in a line. */
  readonly guest: string;
  /** The driver, and its rates. */
  readonly policy: BalloonPolicy;
  readonly rates: Params;
  /** The changes to the trace, in words; empty: none. */
  readonly whatIf: string;
  readonly seed: string;
  /** Number of its world, from 1. */
  readonly world: number;
  /** Version of the program that ran it. */
  readonly version: string;
  readonly damage: Damage;
  /** Its worst times, the worst first. */
  readonly episodes: readonly ShownEpisode[];
  /** Notes about the run, a sentence each. */
  readonly notes: readonly string[];
}

/** The rows of one run, as many as a picture needs. */
export interface Run {
  /** Its name on the page: its trace, or the file of its rows, with the run's label if the file has several. */
  readonly label: string;
  /** The trace or the file of rows, as on the command line. */
  readonly file: string;
  /** The content of the rows' leading columns. */
  readonly said: RowRun;
  /** The conditions; null if they are unknown, because there are only rows. */
  readonly conditions: RunConditions | null;
  /** Number of rows in the file, and of kept ones. */
  readonly rows: number;
  readonly kept: number;
  /** Names of the columns, the time first. */
  readonly names: readonly string[];
  /** Values of a column; undefined if the file has no such column. */
  column(name: string): Float64Array | undefined;
}
