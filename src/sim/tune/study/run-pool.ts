import { ThreadPool } from "../../threads/pool.ts";
import type { ResultMessage, TaskMessage } from "./messages.ts";
import type { RunSetup } from "./runner.ts";

/** Threads that make runs, each of which reads the traces of the setup once. */
export const runPool = (setup: RunSetup, threads: number): ThreadPool<TaskMessage, ResultMessage> =>
  new ThreadPool(new URL("./run-worker.js", import.meta.url), threads, setup);
