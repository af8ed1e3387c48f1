import { readFileSync, writeFileSync } from "node:fs";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import type { Log } from "../log/log.ts";

const PATH = "/proc/self/oom_score_adj";

/**
 * The balloon counts as this process's memory, so the OOM killer would choose the daemon first, although the host has
 * its pages. At -999 it is chosen last. -1000 would make it unkillable: a machine without another process to kill would
 * panic with the balloon's memory still allocated.
 */
const SCORE = -999;

/** Makes the OOM killer choose every other process before this one. */
export function lowerOomScore(log: Log): void {
  try {
    if (Number(readFileSync(PATH, "latin1")) > SCORE) writeFileSync(PATH, String(SCORE));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    log.warn(
      `${PATH}: ${systemErrorText(error)}: without memory the OOM killer would kill the daemon first; OOMScoreAdjust=${SCORE} in its unit helps`,
      { event: "start" },
    );
  }
}
