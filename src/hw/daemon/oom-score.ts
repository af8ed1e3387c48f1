import { readFileSync, writeFileSync } from "node:fs";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import type { Log } from "../log/log.ts";

const PATH = "/proc/self/oom_score_adj";

/**
 * The balloon counts as this process's memory, so the OOM killer would take the daemon for the worst offender and kill it
 * first, although its pages are the host's. At -999 it is the last to be killed; -1000 would make it unkillable, and a
 * machine without another process to kill would panic with the balloon's memory still taken.
 */
const SCORE = -999;

/** Asks the kernel to kill anybody else before this process. */
export function lowerOomScore(log: Log): void {
  try {
    if (Number(readFileSync(PATH, "latin1")) > SCORE) writeFileSync(PATH, String(SCORE));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    log.warn(
      `${PATH}: ${systemErrorText(error)}: where memory runs out the daemon would be killed first; OOMScoreAdjust=${SCORE} in its unit helps`,
      { event: "start" },
    );
  }
}
