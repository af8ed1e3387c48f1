import { Piecewise } from "../../threads/piecewise.ts";
import type { ThreadPool } from "../../threads/pool.ts";
import type { Evaluator } from "./evaluator.ts";
import { decodeResults, encodeTasks, type ResultMessage, type TaskMessage } from "./messages.ts";
import { runPool } from "./run-pool.ts";
import type { RunResult, RunSetup, RunTask } from "./runner.ts";
import { policyOf } from "./study-space.ts";

/**
 * The fraction of the remaining runs in a message, per thread: large messages reduce overhead, small ones at the end
 * finish together.
 */
const SHARE = 1 / 3;
/** Maximum number of runs in a message, so that the end of a study is noticed soon. */
const MAX_PIECE = 64;
/** Number of pending pieces per thread, so that no thread waits for this one. */
const PIECES_A_THREAD = 2;

/** Executes runs on worker threads, each of which reads the traces once. */
export class PoolEvaluator implements Evaluator {
  readonly #pool: ThreadPool<TaskMessage, ResultMessage>;
  readonly #pieces: Piecewise<RunTask, RunResult>;

  constructor(setup: RunSetup, threads: number) {
    const policy = policyOf(setup);
    const pool = runPool(setup, threads);
    this.#pool = pool;
    this.#pieces = new Piecewise({
      most: () => PIECES_A_THREAD * threads,
      // A run of a host takes longer than any message.
      sizeOf: (left) => (setup.host === undefined ? Math.min(MAX_PIECE, Math.ceil((left * SHARE) / threads)) : 1),
      make: async (tasks) => decodeResults(await pool.run(encodeTasks(tasks, policy))),
    });
  }

  get workers(): number {
    return this.#pool.threads;
  }

  run(tasks: readonly RunTask[], deliver: (result: RunResult) => void, isOver = () => false): Promise<void> {
    return this.#pieces.run(tasks, deliver, isOver);
  }

  async stop(): Promise<void> {
    await this.#pool.stop();
  }
}
