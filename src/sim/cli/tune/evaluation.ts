import { warn } from "../../../common/cli/output.ts";
import { type Evaluator, InlineEvaluator } from "../../tune/study/evaluator.ts";
import type { RunSetup } from "../../tune/study/runner.ts";
import { processors } from "../jobs/processors.ts";
import { barTerminal, Progress } from "../jobs/progress.ts";
import { noteStudy } from "../jobs/study-notice.ts";
import type { QueueOptions } from "../queue-options.ts";

/**
 * Reports the progress of the work, 0 to 1.
 * @param word name of the part, if the work has several: each part has a bar of its own
 */
export type Note = (done: number, word?: string) => void;

/** Options that determine where the runs of a command are executed. */
export interface MeansOptions extends QueueOptions {
  /** Number of threads; default: the number of processors. */
  readonly workers?: number;
  /** Whether there is no progress bar. */
  readonly quiet?: true;
}

/**
 * Does work that needs runs, with a progress bar on a terminal. The runs are executed by the workers of a queue, by threads or,
 * if one thread is enough, by this one.
 * @throws {InputError} if the queue can't be used
 */
export async function withEvaluator<Result>(
  setup: RunSetup,
  options: MeansOptions,
  work: (evaluator: Evaluator, note: Note) => Promise<Result>,
): Promise<Result> {
  const progress = new Progress(1, () => barTerminal(options.quiet === true));
  let done = 0;
  let current: string | undefined;
  const note = (part: number, word?: string) => {
    if (word !== undefined && word !== current) progress.begin(word);
    current = word;
    done = part;
    progress.note(0, part);
  };
  const evaluator = await createEvaluator(setup, options, () => progress.pace(0, done));
  const unfollow = evaluator instanceof InlineEvaluator ? () => {} : progress.follow();
  try {
    return await work(evaluator, note);
  } finally {
    unfollow();
    await evaluator.stop();
    progress.stop();
  }
}

async function createEvaluator(
  setup: RunSetup,
  { workers = processors(), queueTarget = null, quiet }: MeansOptions,
  turn: () => Promise<void>,
): Promise<Evaluator> {
  if (queueTarget !== null) {
    const { QueueEvaluator } = await import("../../queue/study-evaluator.ts");
    const evaluator = await QueueEvaluator.start(setup, queueTarget, (line) => warn(`balloon-sim: ${line}`));
    noteStudy(evaluator.name, queueTarget, quiet === true);
    return evaluator;
  }
  if (workers === 1) return new InlineEvaluator(setup, turn);
  const { PoolEvaluator } = await import("../../tune/study/pool-evaluator.ts");
  return new PoolEvaluator(setup, workers);
}
