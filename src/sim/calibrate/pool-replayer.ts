import type { ReplayedRun } from "../fidelity/replay.ts";
import { Piecewise } from "../threads/piecewise.ts";
import { ThreadPool } from "../threads/pool.ts";
import type { Replayer, ReplaySetup, ReplayTask } from "./replayer.ts";

/** Replays in a message to a thread: a replay takes some milliseconds. */
const PIECE = 8;

/** Executes replays on worker threads, each of which receives the recorded runs once. */
export class PoolReplayer implements Replayer {
  readonly #pool: ThreadPool<readonly ReplayTask[], ReplayedRun[]>;
  readonly #pieces: Piecewise<ReplayTask, ReplayedRun>;

  constructor(setup: ReplaySetup, threads: number) {
    const pool = new ThreadPool<readonly ReplayTask[], ReplayedRun[]>(
      new URL("./replay-worker.js", import.meta.url),
      threads,
      setup,
    );
    this.#pool = pool;
    this.#pieces = new Piecewise({
      most: () => 2 * threads,
      sizeOf: (left) => Math.min(PIECE, Math.ceil(left / (2 * threads))),
      make: (tasks) => pool.run(tasks),
    });
  }

  async replayAll(tasks: readonly ReplayTask[]): Promise<ReplayedRun[]> {
    const results: ReplayedRun[] = [];
    await this.#pieces.run(
      tasks,
      (result) => results.push(result),
      () => false,
    );
    return results;
  }

  async stop(): Promise<void> {
    await this.#pool.stop();
  }
}
