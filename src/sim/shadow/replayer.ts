import { ThreadPool } from "../threads/pool.ts";
import { type ReplayedWindow, replayWindow, type WindowTask } from "./replay-window.ts";

/** Executes the replays of a shadow. */
export interface WindowReplayer {
  /** @throws {InputError | RunError} if the window can't be simulated */
  replay(task: WindowTask): Promise<ReplayedWindow>;
}

/** Replays in this thread. */
export const HERE: WindowReplayer = { replay: async (task) => replayWindow(task) };

/**
 * Replays each window in a thread of the lowest priority, which ends with the window: between two replays there is neither a thread
 * nor its memory.
 */
export const IN_THREAD: WindowReplayer = {
  async replay(task) {
    const pool = new ThreadPool<WindowTask, ReplayedWindow>(new URL("./window-worker.js", import.meta.url), 1);
    try {
      return await pool.run(task);
    } finally {
      await pool.stop();
    }
  },
};
