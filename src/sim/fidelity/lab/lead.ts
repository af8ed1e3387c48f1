/** The time between a recording of the labs and its replay. */
import { VMMEMCTL } from "../../../engine/index.ts";
import type { LabLog } from "./log.ts";

/** Offset of the simulated driver's cycles in a second: the kernel's whole second plus the delay of the timer wheel. */
const MODEL_CYCLE_US = 60_000;
/** Default time between the beginning of the lab driver's cycle and the sampler's row, if the rows do not show it. */
const USUAL_CYCLE_BEFORE_ROW_US = 100_000;

/** The time of the trace at second 0 of the recording's rows, and at second 0 of the lab's script, in microseconds. */
export interface Lead {
  readonly rowsUs: number;
  readonly scriptUs: number;
}

/**
 * Where a replay begins. A driver that polls begins its cycles as long before the rows as the recorded one; one that the host
 * interrupts has no cycles of its own, and follows the script.
 */
export function leadOf(log: LabLog): Lead {
  const { policy } = log.settings;
  if (policy.isInterrupted) {
    return { rowsUs: INTERRUPTED_LEAD_US, scriptUs: INTERRUPTED_LEAD_US - scriptBeforeRowsUs(log) };
  }
  const leadUs = MODEL_CYCLE_US + (policy === VMMEMCTL ? cycleBeforeRowUs(log) : cycleBeforeSecondUs(log));
  return { rowsUs: leadUs, scriptUs: leadUs };
}

/** Time of the trace before the recording of a driver that the host interrupts, more than the script may be ahead. */
const INTERRUPTED_LEAD_US = 300_000;
/** Time of a page of `virtio_balloon` on its way into the balloon, with free memory at hand, in seconds. */
const FILL_S = 1 / 190_000;
/** The most that the script's clock is taken to be ahead of the rows', or behind: more would be a guest that stood still. */
const MOST_AHEAD_US = 200_000;

/**
 * Time by which the script's clock is ahead of the rows', from the first row with pages in the balloon: they were moved since
 * the script changed the target, at the speed of a guest with free memory.
 */
function scriptBeforeRowsUs(log: LabLog): number {
  const size = log.column("size");
  const row = size.findIndex((pages) => pages > 0);
  const [first] = log.settings.targets.find(([, pages]) => pages > 0) ?? [];
  if (row === -1 || first === undefined) return 0;
  const changedS = (log.column("t_s")[row] as number) - (size[row] as number) * FILL_S;
  const ahead = Math.round((first - changedS) * 1e6);
  return Math.max(-MOST_AHEAD_US, Math.min(MOST_AHEAD_US, ahead));
}

/**
 * Time between the beginning of the driver's cycle and the row. The first row that shows a stall with a growing balloon
 * determines it: the stall time in that row is as long as the cycle has run so far.
 */
function cycleBeforeRowUs(log: LabLog): number {
  const some = log.column("psi_some_us");
  const first = some.findIndex((us) => us > 0);
  const sofar = some[first] ?? 0;
  const goesOn = (some[first + 1] ?? 0) - sofar >= 300_000;
  const grows = (log.column("size")[first] ?? 0) < (log.column("target")[first] ?? 0);
  return grows && goesOn && sofar <= 500_000 ? sofar : USUAL_CYCLE_BEFORE_ROW_US;
}

/** Step in which `cycleBeforeSecondUs` tries times, in microseconds: the sampler and the script are not more exact. */
const PHASE_STEP_US = 10_000;

/**
 * Time between the beginning of a cycle and the whole second of the run after it, for a driver that does all its work in the
 * cycle in which it receives a target: with it, most rows show the target that the driver had received. Of several such times
 * the middle one.
 */
function cycleBeforeSecondUs(log: LabLog): number {
  const rows = log.column("t_s");
  const received = log.column("target");
  const hits = Array.from({ length: 1e6 / PHASE_STEP_US }, (_, step) => {
    const before = (step * PHASE_STEP_US) / 1e6;
    return rows.filter((row, i) => {
      const cycle = Math.floor(row + before) - before;
      const target = log.settings.targets.findLast(([seconds]) => seconds <= cycle)?.[1] ?? 0;
      return target === received[i];
    }).length;
  });
  const best = Math.max(...hits);
  const first = hits.indexOf(best);
  return Math.round((first + hits.lastIndexOf(best)) / 2) * PHASE_STEP_US;
}
