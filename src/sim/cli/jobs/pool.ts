import { MessageChannel, type MessagePort } from "node:worker_threads";
import { Tinypool } from "tinypool";
import { type ErrorKind, errorOfKind } from "./error-kind.ts";
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

/** What a worker thread answers: errors lose their class on the way, so it says which it was. */
export type PoolAnswer =
  | { readonly ok: true; readonly result: JobResult }
  | { readonly ok: false; readonly kind: ErrorKind; readonly error: Error };

/** Makes runs on worker threads. */
export class JobPool {
  readonly #pool: Tinypool;
  readonly #note: (run: number, progress: number) => void;

  constructor(threads: number, note: (run: number, progress: number) => void) {
    this.#note = note;
    this.#pool = new Tinypool({
      filename: new URL("./worker.js", import.meta.url).href,
      minThreads: threads,
      maxThreads: threads,
    });
  }

  /** Makes a run as soon as a thread is free; fails as it would have failed here. */
  async run(task: PoolTask, index: number): Promise<JobResult> {
    const { port1, port2 } = new MessageChannel();
    port1.on("message", (progress: number) => this.#note(index, progress));
    try {
      const message: PoolMessage = { ...task, port: port2 };
      const answer: PoolAnswer = await this.#pool.run(message, { transferList: [port2] });
      if (answer.ok) return answer.result;
      throw errorOfKind(answer.kind, answer.error);
    } finally {
      port1.close();
    }
  }

  /** Ends the threads, whatever they are doing. */
  async stop(): Promise<void> {
    await this.#pool.destroy();
  }
}
