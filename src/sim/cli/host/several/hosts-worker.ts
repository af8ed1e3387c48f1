import { answering } from "../../../threads/answer.ts";
import { type Noted, reporting } from "../../../threads/noted-pool.ts";
import { type HostAnswer, HostRunner, type HostTask } from "./host-task.ts";

const runner = new HostRunner();

/** Runs a host on a worker thread. */
export default answering(
  async ({ port, ...task }: Noted<HostTask>): Promise<HostAnswer> =>
    await reporting(port, (report) => runner.run(task, async (progress) => report(progress))),
);
