import { answering } from "../../threads/answer.ts";
import { runToFile } from "./execute.ts";
import type { JobResult } from "./job.ts";
import type { PoolMessage } from "./pool.ts";

const REPORT_EVERY_MS = 100;

/** Executes a run on a worker thread. */
export default answering(async ({ job, rowsPath, isVerified, port }: PoolMessage): Promise<JobResult> => {
  let reportedMs = performance.now();
  const report = (progress: number) => {
    const now = performance.now();
    if (now - reportedMs < REPORT_EVERY_MS) return;
    reportedMs = now;
    port.postMessage(progress);
  };
  try {
    return await runToFile(job, rowsPath, isVerified, report);
  } finally {
    port.close();
  }
});
