import type { PendingWork } from "../../tune/study/study.ts";

/** Pending runs for each worker that keep workers busy 80 % of the time or more (docs/samplers.md, Pending batches). */
const RUNS_PER_WORKER = 4;

/**
 * A remark about a search with too few pending runs for its workers, so that many of them are idle; null if there are enough.
 * @param workers number of runs that can be executed at the same time
 */
export function idleRemark({ batches, runs }: PendingWork, workers: number): string | null {
  const ahead = Math.ceil((RUNS_PER_WORKER * workers * batches) / runs);
  if (ahead <= batches) return null;
  return (
    `at most ${runs} runs are pending for ${workers} workers, and many workers are idle: ` +
    `a new study with --ahead ${ahead} keeps them busy (docs/samplers.md)`
  );
}
