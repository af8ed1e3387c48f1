import type { Transferable } from "node:worker_threads";
import { Tinypool } from "tinypool";
import { type Answer, resultOf } from "./answer.ts";

/** Worker threads that work on tasks, each thread on one at a time. */
export class ThreadPool<Task, Result> {
  readonly #pool: Tinypool;
  readonly #threads: number;

  /**
   * @param worker the module that each thread loads, whose default export is made by `answering`
   * @param setup what each thread gets at its start, by `setupOfThread`
   */
  constructor(worker: URL, threads: number, setup?: unknown) {
    this.#threads = threads;
    this.#pool = new Tinypool({
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
   * Has a task done as soon as a thread is free.
   * @param transfer parts of the task that the thread gets instead of copies
   * @throws the error that the task failed with, of the same class if it is one of `common/errors.ts`
   */
  async run(task: Task, transfer: Transferable[] = []): Promise<Result> {
    return resultOf((await this.#pool.run(task, { transferList: transfer })) as Answer<Result>);
  }

  /** Ends the threads, also in the middle of a task. */
  async stop(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** In a worker thread: what the pool was given as its setup. */
export const setupOfThread = (): unknown => Tinypool.workerData;
