import { answering } from "../threads/answer.ts";
import { setupOfThread } from "../threads/pool.ts";
import { runTrial, type Trial, type TrialResult, type WhySetup } from "./trial.ts";

/** Executes a trial on a worker thread. */
export default answering((trial: Trial): Promise<TrialResult> => runTrial(setupOfThread() as WhySetup, trial));
