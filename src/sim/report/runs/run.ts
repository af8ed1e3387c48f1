/** A run as a report has it. */
import type { BalloonPolicy, Params } from "../../../engine/index.ts";
import type { Damage } from "../../output/damage.ts";
import type { RunName } from "../../output/run-labels.ts";
import type { RowRun } from "./row-file.ts";

/** What is known of a run that the report has made. */
export interface RunConditions extends RunName {
  /** The guest in a line. */
  readonly guest: string;
  /** The driver, and its rates. */
  readonly policy: BalloonPolicy;
  readonly rates: Params;
  /** What was changed about the trace, in words; empty: nothing. */
  readonly whatIf: string;
  readonly seed: string;
  /** Number of its world, from 1. */
  readonly world: number;
  /** Version of the program that ran it. */
  readonly version: string;
  readonly damage: Damage;
  /** What a reader of the run has to know, a sentence each. */
  readonly notes: readonly string[];
}

/** The rows of one run, as many as a picture can show. */
export interface Run {
  /** What it is called on the page: its trace, or the file of its rows and the run's label in it where it holds several. */
  readonly label: string;
  /** The trace or the file of rows, as the command line gave it. */
  readonly file: string;
  /** What the rows say of the run that they are of. */
  readonly said: RowRun;
  /** What was run; null where that is not known, since there are only the rows. */
  readonly conditions: RunConditions | null;
  /** Rows in the file, and how many of them are kept. */
  readonly rows: number;
  readonly kept: number;
  /** Names of the columns, the time first. */
  readonly names: readonly string[];
  /** Values of a column; undefined where the file has none of that name. */
  column(name: string): Float64Array | undefined;
}
