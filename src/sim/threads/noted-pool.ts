import { MessageChannel, type MessagePort } from "node:worker_threads";
import { ThreadPool } from "./pool.ts";

/** A task as a thread gets it, with the port that reports its progress; see `reporting`. */
export type Noted<Task> = Task & { readonly port: MessagePort };

/** Worker threads whose tasks report their progress. */
export class NotedPool<Task extends object, Result> {
  readonly #pool: ThreadPool<Noted<Task>, Result>;

  /** @param worker @param setup as of `ThreadPool` */
  constructor(worker: URL, threads: number, setup?: unknown) {
    this.#pool = new ThreadPool(worker, threads, setup);
  }

  /**
   * Executes a task when a thread is free.
   * @param note called with its progress, 0 to 1
   * @throws the error that the task would throw in this thread
   */
  async run(task: Task, note: (progress: number) => void): Promise<Result> {
    const { port1, port2 } = new MessageChannel();
    port1.on("message", note);
    try {
      return await this.#pool.run({ ...task, port: port2 }, [port2]);
    } finally {
      port1.close();
    }
  }

  /** Stops the threads, with any task in progress. */
  async stop(): Promise<void> {
    await this.#pool.stop();
  }
}

const REPORT_EVERY_MS = 100;

/**
 * In a worker thread: does the work of a task that reports its progress, from time to time.
 * @param work gets a function that takes the progress, 0 to 1
 */
export async function reporting<Result>(
  port: MessagePort,
  work: (report: (progress: number) => void) => Promise<Result>,
): Promise<Result> {
  let reportedMs = performance.now();
  const report = (progress: number): void => {
    const now = performance.now();
    if (now - reportedMs < REPORT_EVERY_MS) return;
    reportedMs = now;
    port.postMessage(progress);
  };
  try {
    return await work(report);
  } finally {
    port.close();
  }
}
