import type { BalloonPolicy } from "../../../engine/index.ts";
import type { ThreadPool } from "../../threads/pool.ts";
import type { Evaluator } from "./evaluator.ts";
import { decodeResults, encodeTasks, type ResultMessage, type TaskMessage } from "./messages.ts";
import { runPool } from "./run-pool.ts";
import type { RunResult, RunSetup, RunTask } from "./runner.ts";
import { policyOf } from "./study-space.ts";

/** Which part of the runs that are left goes into a piece, by threads: large pieces talk less, small last ones end together. */
const SHARE = 1 / 3;
/** Most runs in a piece, so that the end of a study is heard of soon. */
const MAX_PIECE = 64;
/** Pieces that are under way, by threads: none waits for this thread. */
const PIECES_A_THREAD = 2;

/** Makes runs on worker threads, each of which reads the traces once. */
export class PoolEvaluator implements Evaluator {
  readonly #pool: ThreadPool<TaskMessage, ResultMessage>;
  readonly #policy: BalloonPolicy;
  /** Calls whose tasks are not all sent yet, the oldest first. */
  readonly #calls: Call[] = [];
  #underWay = 0;
  #hasFailed = false;

  constructor(setup: RunSetup, threads: number) {
    this.#policy = policyOf(setup);
    this.#pool = runPool(setup, threads);
  }

  get workers(): number {
    return this.#pool.threads;
  }

  async run(tasks: readonly RunTask[], deliver: (result: RunResult) => void, isOver = () => false): Promise<void> {
    const call = new Call(tasks, isOver);
    this.#calls.push(call);
    this.#send();
    for await (const message of call.answers()) for (const result of decodeResults(message)) deliver(result);
  }

  async stop(): Promise<void> {
    await this.#pool.stop();
  }

  /** Keeps every thread busy, the oldest tasks first. After a failure nothing more is sent. */
  #send(): void {
    for (let call = this.#calls[0]; call !== undefined; call = this.#calls[0]) {
      if (this.#underWay === PIECES_A_THREAD * this.#pool.threads) return;
      const piece = this.#hasFailed ? null : call.nextPiece(this.#pool.threads);
      if (piece === null) {
        call.close();
        this.#calls.shift();
        continue;
      }
      this.#underWay++;
      const answer = this.#pool.run(encodeTasks(piece, this.#policy));
      call.add(answer);
      const settled = (hasFailed: boolean) => {
        this.#underWay--;
        this.#hasFailed ||= hasFailed;
        this.#send();
      };
      answer.then(
        () => settled(false),
        () => settled(true),
      );
    }
  }
}

/** The tasks of one call of `run`, and the answers to the pieces that were sent. */
class Call {
  readonly #tasks: readonly RunTask[];
  readonly #isOver: () => boolean;
  readonly #answers: Promise<ResultMessage>[] = [];
  #next = 0;
  #isClosed = false;
  /** Called when there is another answer to wait for, or there will be none. */
  #wake: () => void = () => {};

  constructor(tasks: readonly RunTask[], isOver: () => boolean) {
    this.#tasks = tasks;
    this.#isOver = isOver;
  }

  /** The next tasks to send; null: there are none, or no further ones shall be begun. */
  nextPiece(threads: number): readonly RunTask[] | null {
    const left = this.#tasks.length - this.#next;
    if (left === 0 || this.#isOver()) return null;
    const size = Math.min(MAX_PIECE, Math.ceil((left * SHARE) / threads));
    const piece = this.#tasks.slice(this.#next, this.#next + size);
    this.#next += size;
    return piece;
  }

  add(answer: Promise<ResultMessage>): void {
    this.#answers.push(answer);
    this.#wake();
  }

  /** No further answers come. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** The answers in the order of the tasks. */
  async *answers(): AsyncGenerator<ResultMessage> {
    for (let i = 0; i < this.#answers.length || !this.#isClosed; ) {
      const answer = this.#answers[i];
      if (answer === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else {
        yield await answer;
        i++;
      }
    }
  }
}
