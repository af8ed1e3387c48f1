import { MessageChannel, type MessagePort } from "node:worker_threads";
import { ThreadPool } from "../../threads/pool.ts";
import type { Job, JobResult } from "./job.ts";

/** What a worker thread is asked to do. */
export interface PoolTask {
  readonly job: Job;
  /** File for the rows. */
  readonly rowsPath: string;
  readonly isVerified: boolean;
}

/** A task on its way, with the port that its progress comes back through. */
export interface PoolMessage extends PoolTask {
  readonly port: MessagePort;
}

/** Makes runs on worker threads. */
export class JobPool {
  readonly #pool: ThreadPool<PoolMessage, JobResult>;
  readonly #note: (run: number, progress: number) => void;

  constructor(threads: number, note: (run: number, progress: number) => void) {
    this.#note = note;
    this.#pool = new ThreadPool(new URL("./worker.js", import.meta.url), threads);
  }

  /** Makes a run as soon as a thread is free; fails as it would have failed here. */
  async run(task: PoolTask, index: number): Promise<JobResult> {
    const { port1, port2 } = new MessageChannel();
    port1.on("message", (progress: number) => this.#note(index, progress));
    try {
      return await this.#pool.run({ ...task, port: port2 }, [port2]);
    } finally {
      port1.close();
    }
  }

  /** Ends the threads, with any run in progress. */
  async stop(): Promise<void> {
    await this.#pool.stop();
  }
}
