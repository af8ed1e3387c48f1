import { ThreadPool } from "../../threads/pool.ts";
import type { CapacitySetup, Trial } from "./setup.ts";
import type { TrialResult } from "./trial.ts";

/** Threads that execute the runs of a search. */
export const capacityPool = (setup: CapacitySetup, threads: number): ThreadPool<Trial, TrialResult> =>
  new ThreadPool(new URL("./capacity-worker.js", import.meta.url), threads, setup);
