import { Runner, type RunResult, type RunSetup, type RunTask, type Turn } from "./runner.ts";

/** Makes many runs. */
export interface Evaluator {
  /** How many runs it makes at the same time now. */
  readonly workers: number;
  /**
   * Makes runs and hands over their results in the order of the tasks, not in the order in which they end. May be called again
   * before it is done: the tasks of earlier calls are begun first.
   * @param deliver gets each result
   * @param isOver asked before further runs are begun; where it says so, the first results are all that there are
   */
  run(tasks: readonly RunTask[], deliver: (result: RunResult) => void, isOver?: () => boolean): Promise<void>;
  /** Ends the evaluator, with any run in progress. */
  stop(): Promise<void>;
}

/** Makes runs in this thread. */
export class InlineEvaluator implements Evaluator {
  readonly workers = 1;
  readonly #runner: Runner;
  readonly #turn: Turn;
  /** Resolves when all earlier calls are done. */
  #before: Promise<void> = Promise.resolve();

  /**
   * @param turn called every few milliseconds, so that signals are heard
   * @throws {InputError} where a trace is damaged
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
