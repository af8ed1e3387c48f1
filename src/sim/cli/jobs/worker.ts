import { InputError, RunError } from "../../../common/errors.ts";
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
    const kind = error instanceof InputError ? "input" : error instanceof RunError ? "run" : "other";
    return { ok: false, kind, error: error instanceof Error ? error : new Error(String(error)) };
  } finally {
    port.close();
  }
}
