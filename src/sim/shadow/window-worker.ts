import { constants, setPriority } from "node:os";
import { answering } from "../threads/answer.ts";
import { type ReplayedWindow, replayWindow, type WindowTask } from "./replay-window.ts";

// On Linux 0 is the calling thread, so this thread alone gives way to all other programs.
setPriority(0, constants.priority.PRIORITY_LOW);

/** Replays a window on a worker thread. */
export default answering((task: WindowTask): ReplayedWindow => replayWindow(task));
