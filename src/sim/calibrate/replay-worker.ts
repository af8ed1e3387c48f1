import type { ReplayedRun } from "../fidelity/replay.ts";
import { answering } from "../threads/answer.ts";
import { setupOfThread } from "../threads/pool.ts";
import { type ReplaySetup, type ReplayTask, replayTask } from "./replayer.ts";

const setup = setupOfThread() as ReplaySetup;

/** Executes replays on a worker thread. */
export default answering((tasks: readonly ReplayTask[]): ReplayedRun[] => tasks.map((task) => replayTask(setup, task)));
