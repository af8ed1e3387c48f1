import { kindOf } from "./error-kind.ts";
import { runToFile } from "./execute.ts";
import type { PoolAnswer, PoolMessage } from "./pool.ts";

const REPORT_EVERY_MS = 100;

/** A run on a worker thread. */
export default async function work({ job, rowsPath, isVerified, port }: PoolMessage): Promise<PoolAnswer> {
  let reportedMs = performance.now();
  const report = (progress: number) => {
    const now = performance.now();
    if (now - reportedMs < REPORT_EVERY_MS) return;
    reportedMs = now;
    port.postMessage(progress);
  };
  try {
    return { ok: true, result: await runToFile(job, rowsPath, isVerified, report) };
  } catch (error) {
    return { ok: false, kind: kindOf(error), error: error instanceof Error ? error : new Error(String(error)) };
  } finally {
    port.close();
  }
}
