import type { Piecewise } from "../threads/piecewise.ts";
import type { Evaluator } from "../tune/study/evaluator.ts";
import { decodeResults, encodeTasks } from "../tune/study/messages.ts";
import type { RunResult, RunSetup, RunTask } from "../tune/study/runner.ts";
import { policyOf } from "../tune/study/study-space.ts";
import type { QueueTarget } from "./address.ts";
import { Coordinator } from "./coordinator.ts";
import type { Say } from "./redis.ts";
import { decodeStudyAnswer, encodeStudyTask, packStudy } from "./study-work.ts";

/** Executes the runs of a study on the workers of a queue. */
export class QueueEvaluator implements Evaluator {
  readonly #coordinator: Coordinator;
  readonly #pieces: Piecewise<RunTask, RunResult>;

  private constructor(coordinator: Coordinator, setup: RunSetup) {
    const policy = policyOf(setup);
    this.#coordinator = coordinator;
    this.#pieces = coordinator.piecewise(async (tasks) => {
      const task = encodeStudyTask(encodeTasks(tasks, policy));
      return decodeResults(decodeStudyAnswer(await coordinator.ask({ task, runs: tasks.length }), tasks.length));
    });
  }

  /**
   * Registers a study in Redis.
   * @param say receives the coordinator's messages, one line each
   * @throws {InputError} if the queue can't be used, or if another coordinator uses the name
   */
  static async start(setup: RunSetup, target: QueueTarget, say: Say): Promise<QueueEvaluator> {
    const packed = await packStudy(setup);
    return new QueueEvaluator(await Coordinator.start(packed, target, say), setup);
  }

  /** The study's name. */
  get name(): string {
    return this.#coordinator.name;
  }

  get workers(): number {
    return this.#coordinator.threads;
  }

  run(tasks: readonly RunTask[], deliver: (result: RunResult) => void, isOver = () => false): Promise<void> {
    return this.#pieces.run(tasks, deliver, isOver);
  }

  stop(): Promise<void> {
    return this.#coordinator.stop();
  }
}
