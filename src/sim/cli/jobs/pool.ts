import { NotedPool } from "../../threads/noted-pool.ts";
import type { Job, JobResult } from "./job.ts";
import type { NoteProgress, RunList, Runner } from "./runner.ts";

/** The task of a worker thread. */
export interface PoolTask {
  readonly job: Job;
  /** File for the rows. */
  readonly rowsPath: string;
  readonly isVerified: boolean;
}

/** Executes runs on worker threads. */
export class JobPool {
  readonly #pool: NotedPool<PoolTask, JobResult>;
  readonly #note: NoteProgress;

  constructor(threads: number, note: NoteProgress) {
    this.#note = note;
    this.#pool = new NotedPool(new URL("./worker.js", import.meta.url), threads);
  }

  /** Executes a run when a thread is free; rejects with the error that the run would throw in this thread. */
  run(task: PoolTask, index: number): Promise<JobResult> {
    return this.#pool.run(task, (progress) => this.#note(index, progress));
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
