import { Tinypool } from "tinypool";
import { decodeTasks, encodeResults, type ResultMessage, type TaskMessage } from "./messages.ts";
import { Runner, type RunResult, type RunSetup } from "./runner.ts";
import { policyOf } from "./study-space.ts";

const setup = Tinypool.workerData as RunSetup;
const policy = policyOf(setup);
const runner = new Runner(setup);

/** Runs of a study on a worker thread. */
export default async function work(message: TaskMessage): Promise<ResultMessage> {
  const results: RunResult[] = [];
  for (const task of decodeTasks(message, policy)) results.push(await runner.run(task));
  return encodeResults(results);
}
