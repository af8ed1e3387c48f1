import type { Transferable } from "node:worker_threads";
import { Tinypool } from "tinypool";
import { type Answer, resultOf } from "./answer.ts";
import { threadFlags } from "./flags.ts";

/** Worker threads that execute tasks, each thread one at a time. */
export class ThreadPool<Task, Result> {
  readonly #pool: Tinypool;
  readonly #threads: number;

  /**
   * @param worker the module that each thread loads; its default export is created by `answering`
   * @param setup data for each thread, which `setupOfThread` returns
   */
  constructor(worker: URL, threads: number, setup?: unknown) {
    this.#threads = threads;
    this.#pool = new Tinypool({
      execArgv: threadFlags(),
      filename: worker.href,
      workerData: setup,
      minThreads: threads,
      maxThreads: threads,
    });
  }

  get threads(): number {
    return this.#threads;
  }

  /**
   * Executes a task as soon as a thread is free.
   * @param transfer parts of the task that are moved to the thread instead of copied
   * @throws the error of the task, with the same class if it is one of `common/errors.ts`
   */
  async run(task: Task, transfer: Transferable[] = []): Promise<Result> {
    return resultOf((await this.#pool.run(task, { transferList: transfer })) as Answer<Result>);
  }

  /** Terminates the threads, even during a task. */
  async stop(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** In a worker thread: the `setup` of the pool. */
export const setupOfThread = (): unknown => Tinypool.workerData;
