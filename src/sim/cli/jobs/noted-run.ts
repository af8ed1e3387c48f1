import type { RowChoice } from "../../output/recorder.ts";
import type { DriverOption } from "../given-driver.ts";
import type { JobResult } from "./job.ts";

/** The data about a run for messages on standard error. */
export interface NotedRun {
  readonly job: {
    readonly traceColumn: string;
    /** Name of the balloon driver. */
    readonly driver: string;
    /** As in a job. */
    readonly driverBy: DriverOption | null;
    /** Null: no rows were written. */
    readonly rows: { readonly choice: RowChoice } | null;
  };
  readonly result: Pick<JobResult, "damage" | "rows" | "warnings" | "targetRemark" | "unusedRules" | "traceDriver">;
}
