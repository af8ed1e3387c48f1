import { setTimeout as sleep } from "node:timers/promises";
import { type Evaluator, InlineEvaluator } from "../../tune/study/evaluator.ts";
import type { RunSetup } from "../../tune/study/runner.ts";
import { processors } from "../jobs/processors.ts";
import { Progress } from "../jobs/progress.ts";

/** How often a bar is drawn while others work. */
const DRAW_EVERY_MS = 100;

/**
 * Notes how much of the work is done, 0 to 1.
 * @param word what is done, where the work has several parts: a part with another word has a bar of its own
 */
export type Note = (done: number, word?: string) => void;

/**
 * Does work that needs runs, on worker threads or, where one is enough, on this one, with a bar on a terminal.
 * @param workers how many threads; as many as there are processors unless it is given
 * @param quiet no bar
 */
export async function withEvaluator<Result>(
  setup: RunSetup,
  { workers = processors(), quiet = false }: { readonly workers?: number; readonly quiet?: boolean },
  work: (evaluator: Evaluator, note: Note) => Promise<Result>,
): Promise<Result> {
  const progress = new Progress(1, !quiet);
  let done = 0;
  let current: string | undefined;
  const note = (part: number, word?: string) => {
    if (word !== undefined && word !== current) progress.begin(word);
    current = word;
    done = part;
    progress.note(0, part);
  };
  const evaluator = await createEvaluator(setup, workers, () => progress.pace(0, done));
  let isWorking = workers > 1;
  const draw = async () => {
    for (; isWorking; await sleep(DRAW_EVERY_MS, undefined, { ref: false })) await progress.show();
  };
  void draw();
  try {
    return await work(evaluator, note);
  } finally {
    isWorking = false;
    await evaluator.stop();
    progress.stop();
  }
}

async function createEvaluator(setup: RunSetup, workers: number, turn: () => Promise<void>): Promise<Evaluator> {
  if (workers === 1) return new InlineEvaluator(setup, turn);
  const { PoolEvaluator } = await import("../../tune/study/pool-evaluator.ts");
  return new PoolEvaluator(setup, workers);
}
