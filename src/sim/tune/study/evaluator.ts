import { Runner, type RunResult, type RunSetup, type RunTask, type Turn } from "./runner.ts";

/** Executes many runs. */
export interface Evaluator {
  /** Current number of runs at the same time. */
  readonly workers: number;
  /**
   * Executes runs and delivers their results in the order of the tasks, not in the order in which they end. May be called again
   * before it is done: the tasks of earlier calls begin first.
   * @param deliver called with each result
   * @param isOver checked before further runs begin; if true, only the first results are delivered
   */
  run(tasks: readonly RunTask[], deliver: (result: RunResult) => void, isOver?: () => boolean): Promise<void>;
  /** Stops the evaluator, with any run in progress. */
  stop(): Promise<void>;
}

/** Executes runs in this thread. */
export class InlineEvaluator implements Evaluator {
  readonly workers = 1;
  readonly #runner: Runner;
  readonly #turn: Turn;
  /** Resolves when all earlier calls are done. */
  #before: Promise<void> = Promise.resolve();

  /**
   * @param turn called every few milliseconds, so that the event loop handles signals
   * @throws {InputError} if a trace is malformed
   */
  constructor(setup: RunSetup, turn: Turn = () => {}) {
    this.#runner = new Runner(setup);
    this.#turn = turn;
  }

  async run(tasks: readonly RunTask[], deliver: (result: RunResult) => void, isOver = () => false): Promise<void> {
    const made = this.#before.then(() => this.#make(tasks, deliver, isOver));
    this.#before = made.catch(() => {});
    return made;
  }

  async #make(tasks: readonly RunTask[], deliver: (result: RunResult) => void, isOver: () => boolean): Promise<void> {
    for (const task of tasks) {
      if (isOver()) return;
      deliver(await this.#runner.run(task, this.#turn));
      await this.#turn();
    }
  }

  async stop(): Promise<void> {}
}
