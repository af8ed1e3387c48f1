import { answering } from "../../threads/answer.ts";
import { type Noted, reporting } from "../../threads/noted-pool.ts";
import { runToFile } from "./execute.ts";
import type { JobResult } from "./job.ts";
import type { PoolTask } from "./pool.ts";

/** Executes a run on a worker thread. */
export default answering(
  async ({ job, rowsPath, isVerified, port }: Noted<PoolTask>): Promise<JobResult> =>
    await reporting(port, (report) => runToFile(job, rowsPath, isVerified, report)),
);
