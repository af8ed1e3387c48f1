import { MessageChannel, type MessagePort } from "node:worker_threads";
import { ThreadPool } from "../../threads/pool.ts";
import type { Job, JobResult } from "./job.ts";
import type { NoteProgress, RunList, Runner } from "./runner.ts";

/** The task of a worker thread. */
export interface PoolTask {
  readonly job: Job;
  /** File for the rows. */
  readonly rowsPath: string;
  readonly isVerified: boolean;
}

/** A task as it is sent, with the port that reports its progress. */
export interface PoolMessage extends PoolTask {
  readonly port: MessagePort;
}

/** Executes runs on worker threads. */
export class JobPool {
  readonly #pool: ThreadPool<PoolMessage, JobResult>;
  readonly #note: NoteProgress;

  constructor(threads: number, note: NoteProgress) {
    this.#note = note;
    this.#pool = new ThreadPool(new URL("./worker.js", import.meta.url), threads);
  }

  /** Executes a run when a thread is free; rejects with the error that the run would throw in this thread. */
  async run(task: PoolTask, index: number): Promise<JobResult> {
    const { port1, port2 } = new MessageChannel();
    port1.on("message", (progress: number) => this.#note(index, progress));
    try {
      return await this.#pool.run({ ...task, port: port2 }, [port2]);
    } finally {
      port1.close();
    }
  }

  /** Stops the threads, with any run in progress. */
  async stop(): Promise<void> {
    await this.#pool.stop();
  }
}

/** Begins runs on worker threads. */
export function startPool(threads: number, { jobs, rowPaths, isVerified }: RunList, note: NoteProgress): Runner {
  const pool = new JobPool(threads, note);
  const results = jobs.map((job, i) => pool.run({ job, rowsPath: rowPaths[i] as string, isVerified }, i));
  return { results, stop: () => pool.stop() };
}
