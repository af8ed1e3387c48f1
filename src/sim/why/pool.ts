import { ThreadPool } from "../threads/pool.ts";
import type { Trial, TrialResult, WhySetup } from "./trial.ts";

/** Threads that execute trials. */
export const whyPool = (setup: WhySetup, threads: number): ThreadPool<Trial, TrialResult> =>
  new ThreadPool(new URL("./why-worker.js", import.meta.url), threads, setup);
