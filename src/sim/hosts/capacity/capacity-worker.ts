import { answering } from "../../threads/answer.ts";
import { setupOfThread } from "../../threads/pool.ts";
import { type CapacitySetup, type Trial, TrialRunner } from "./setup.ts";
import type { TrialResult } from "./trial.ts";

let runner: TrialRunner | null = null;

/** Executes a run of a search on a worker thread. */
export default answering((trial: Trial): TrialResult => {
  runner ??= new TrialRunner(setupOfThread() as CapacitySetup);
  return runner.run(trial);
});
