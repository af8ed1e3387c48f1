import { Tinypool } from "tinypool";
import { decodeTasks, encodeResults, type ResultMessage, type TaskMessage } from "./messages.ts";
import { Runner, type RunResult, type RunSetup } from "./runner.ts";

const runner = new Runner(Tinypool.workerData as RunSetup);

/** Runs of a study on a worker thread. */
export default async function work(message: TaskMessage): Promise<ResultMessage> {
  const results: RunResult[] = [];
  for (const task of decodeTasks(message)) results.push(await runner.run(task));
  return encodeResults(results);
}
