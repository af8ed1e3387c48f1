import type { Job, JobResult } from "./job.ts";

/** Runs that other threads or machines execute. */
export interface RunList {
  /** Equal except for the trace, its names and the world. */
  readonly jobs: readonly Job[];
  /** Files for the rows of the runs. */
  readonly rowPaths: readonly string[];
  /** Whether each run is executed twice and compared. */
  readonly isVerified: boolean;
}

/** Receives the progress of a run, 0 to 1. */
export type NoteProgress = (run: number, progress: number) => void;

/** Runs that have begun. */
export interface Runner {
  /** The results, in the order of the jobs. */
  readonly results: readonly Promise<JobResult>[];
  /** Ends the runs that are not complete. */
  stop(): Promise<void>;
}
