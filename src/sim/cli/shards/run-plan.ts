import type { Failure } from "../../../common/errors.ts";
import type { CsvValue } from "../../output/csv.ts";
import type { RowChoice } from "../../output/recorder.ts";
import type { RowFrame } from "../../output/row-format.ts";
import type { TriageChoice } from "../../output/triage/triage.ts";
import type { DriverOption } from "../given-driver.ts";
import type { JobResult, RowsSpec } from "../jobs/job.ts";
import type { NotedRun } from "../jobs/noted-run.ts";
import type { RunRequest } from "../jobs/request.ts";
import type { PartRecord } from "./part-format.ts";

/** The description of the result of `run`; plain data. */
export interface RunPlan {
  /** Name of the balloon driver. */
  readonly driver: string;
  /** What of the command names it (`Job.driverBy`). */
  readonly driverBy: DriverOption | null;
  /** Null: no rows are written. */
  readonly rows: {
    readonly frame: RowFrame;
    readonly choice: RowChoice;
    /** Null: the rows are written as text. */
    readonly parquet: Pick<RowsSpec, "columns" | "placement"> | null;
  } | null;
  readonly summaryFormat: RunRequest["summaryFormat"];
  readonly wantsAll: boolean;
  /** How many runs are ranked and checked; null: nothing was asked for. */
  readonly triage: TriageChoice | null;
  /** Number of worlds of each trace; null: `--worlds` was not given. */
  readonly worlds: number | null;
}

/** The record of a run in a part. */
export interface RunRecord extends PartRecord {
  /** The trace's value in the column `trace`. */
  readonly trace: string;
  /** Values of the leading columns; absent: the run has no rows, or its rows contain the leading columns. */
  readonly leading?: readonly CsvValue[];
  /** Null: the run failed. */
  readonly result: (NotedRun["result"] & Pick<JobResult, "summary">) | null;
  /** The error of a failed run. */
  readonly failure?: Failure;
}
