import type { BalloonPolicy } from "../../../engine/index.ts";
import { ThreadPool } from "../../threads/pool.ts";
import type { Evaluator } from "./evaluator.ts";
import { decodeResults, encodeTasks, type ResultMessage, type TaskMessage } from "./messages.ts";
import type { RunResult, RunSetup, RunTask } from "./runner.ts";
import { policyOf } from "./study-space.ts";

/** Which part of the runs that are left goes into a piece, by threads: large pieces talk less, small last ones end together. */
const SHARE = 1 / 3;
/** Most runs in a piece, so that the end of a study is heard of soon. */
const MAX_PIECE = 64;

/** Makes runs on worker threads, each of which reads the traces once. */
export class PoolEvaluator implements Evaluator {
  readonly #pool: ThreadPool<TaskMessage, ResultMessage>;
  readonly #policy: BalloonPolicy;

  constructor(setup: RunSetup, threads: number) {
    this.#policy = policyOf(setup);
    this.#pool = new ThreadPool(new URL("./run-worker.js", import.meta.url), threads, setup);
  }

  async run(tasks: readonly RunTask[], deliver: (result: RunResult) => void, isOver = () => false): Promise<void> {
    const answers: Promise<ResultMessage>[] = [];
    let next = 0;
    const send = (): void => {
      if (next === tasks.length || isOver()) return;
      const size = Math.min(MAX_PIECE, Math.ceil(((tasks.length - next) * SHARE) / this.#pool.threads));
      const piece = tasks.slice(next, next + size);
      next += size;
      const answer = this.#pool.run(encodeTasks(piece, this.#policy));
      // A failure is heard of when its turn comes; until then it must not count as unheard.
      answer.catch(() => {});
      answers.push(answer);
      void answer.then(send, () => {});
    };
    // Two pieces a thread are under way, so that none waits for this one.
    for (let i = 0; i < 2 * this.#pool.threads; i++) send();
    for (let i = 0; i < answers.length; i++) {
      for (const result of decodeResults(await (answers[i] as Promise<ResultMessage>))) deliver(result);
    }
  }

  async stop(): Promise<void> {
    await this.#pool.stop();
  }
}
