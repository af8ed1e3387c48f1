import { answering } from "../../threads/answer.ts";
import { setupOfThread } from "../../threads/pool.ts";
import { decodeTasks, encodeResults, type ResultMessage, type TaskMessage } from "./messages.ts";
import { Runner, type RunResult, type RunSetup } from "./runner.ts";
import { policyOf } from "./study-space.ts";

const setup = setupOfThread() as RunSetup;
const policy = policyOf(setup);
let runner: Runner | undefined;

/** Executes runs of a study on a worker thread. */
export default answering(async (message: TaskMessage): Promise<ResultMessage> => {
  // Created by the first task, so that its answer contains the class of the error of a malformed trace.
  runner ??= new Runner(setup);
  const results: RunResult[] = [];
  for (const task of decodeTasks(message, policy)) results.push(await runner.run(task));
  return encodeResults(results);
});
