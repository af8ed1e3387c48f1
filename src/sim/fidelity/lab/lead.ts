/** The time between a recording of the labs and its replay. */
import { KIB_PER_PAGE, type Pages, type Seconds } from "../../../common/units.ts";
import { VMMEMCTL } from "../../../engine/index.ts";
import type { LabLog } from "./log.ts";

/**
 * Offset of the simulated drivers' cycles in a second, in the mean: the kernel's whole second plus the delay of the timer wheel, 40 to
 * 80 ms in the kernel lab (100 ticks a second) and 8 to 32 ms in the VM lab (250).
 */
const MODEL_CYCLE_US = { kernelLab: 60_000, vmLab: 20_000 } as const;
/**
 * Time that the VM lab's VMware host takes for a page, in the time of the guest's processor: it fills a locked page with a pattern,
 * and compares it when it is unlocked. The recorded vmw_balloon locks 105,000 pages one by one in a second, as many in batches, and
 * 235 of 2 MiB in a little more. It unlocks 38,900 in batches within 80 ms, and 144,000 in pages of 2 MiB within a second.
 */
export const VMWARE_PAGE_US = { lock: 9, unlock: 2 } as const;
/**
 * Time that the host takes for a page that the reference driver locks, with a command of its own for each: the median of the ten recorded runs in
 * which two rows lie in one cycle (11.1 to 14.6).
 */
export const REFERENCE_PAGE_US = 12;
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
  if (policy !== VMMEMCTL) {
    const leadUs = MODEL_CYCLE_US.vmLab + cycleBeforeSecondUs(log);
    return { rowsUs: leadUs, scriptUs: leadUs };
  }
  const cycleUs = log.settings.isVirtualMachine ? MODEL_CYCLE_US.vmLab : MODEL_CYCLE_US.kernelLab;
  const rowsUs = cycleUs + cycleBeforeRowUs(log);
  return { rowsUs, scriptUs: rowsUs - scriptBeforeCycleUs(log) };
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
 * Time between the beginning of the driver's cycle and the row. In the VM lab, where the host takes its time for each page, the
 * first row with pages in the balloon determines it. Else the first row that shows a stall with a growing balloon does: the stall
 * time in that row is as long as the cycle has run so far.
 */
function cycleBeforeRowUs(log: LabLog): number {
  if (log.settings.isVirtualMachine) return firstPages(log)?.workedUs ?? USUAL_CYCLE_BEFORE_ROW_US;
  const some = log.column("psi_some_us");
  const first = some.findIndex((us) => us > 0);
  const sofar = some[first] ?? 0;
  const goesOn = (some[first + 1] ?? 0) - sofar >= 300_000;
  const grows = (log.column("size")[first] ?? 0) < (log.column("target")[first] ?? 0);
  return grows && goesOn && sofar <= 500_000 ? sofar : USUAL_CYCLE_BEFORE_ROW_US;
}

/** The longest time for which the driver is taken to have worked at the first row with pages: its next cycle begins after a second. */
const MOST_WORKED_US = 900_000;
/** How long before a cycle a target is taken to have changed at least that the cycle has followed. */
const LEAST_BEFORE_CYCLE_US = 50_000;

/** The first row with pages in the balloon: for how long the driver had locked pages, and how long ago the script changed the target. */
function firstPages(log: LabLog): { readonly workedUs: number; readonly sinceUs: number } | null {
  const size = log.column("size");
  const row = size.findIndex((pages) => pages > 0);
  if (row === -1) return null;
  const seconds = log.column("t_s")[row] as number;
  const changed = log.settings.targets.findLast(([at]) => at <= seconds)?.[0] ?? 0;
  return {
    workedUs: Math.min((size[row] as number) * REFERENCE_PAGE_US, MOST_WORKED_US),
    sinceUs: Math.round((seconds - changed) * 1e6),
  };
}

/**
 * Time by which the script's clock is ahead of the rows': where the driver had worked for longer than since the change of the target
 * that it followed, by the rows' clock.
 */
function scriptBeforeCycleUs(log: LabLog): number {
  const first = log.settings.isVirtualMachine ? firstPages(log) : null;
  return first === null ? 0 : Math.max(0, first.workedUs + LEAST_BEFORE_CYCLE_US - first.sinceUs);
}

/** Step in which `cycleBeforeSecondUs` tries times, in microseconds: the sampler and the script are not more exact. */
const PHASE_STEP_US = 10_000;

/**
 * The shortest and the longest time before a second that it tries: a cycle that begins nearer to a second, in which the script
 * changes the target, might be on its other side in the replay, and receive the change a second too early or too late.
 */
const PHASES_US = { from: 30_000, to: 950_000 } as const;

/**
 * Time between the beginning of a cycle and the whole second of the run after it, for a driver that does all its work in the
 * cycle in which it receives a target. With it, most rows show the target that the driver had received; of several such times,
 * the one with which the pages that have left or reached the free ones in a row agree best with the time since the cycle began.
 */
function cycleBeforeSecondUs(log: LabLog): number {
  const tries = Array.from({ length: (PHASES_US.to - PHASES_US.from) / PHASE_STEP_US + 1 }, (_, step) => {
    const beforeUs = PHASES_US.from + step * PHASE_STEP_US;
    return { beforeUs, hits: receivedRows(log, beforeUs / 1e6), missed: missedPages(log, beforeUs / 1e6) };
  });
  const best = tries.reduce((a, b) => (b.hits > a.hits || (b.hits === a.hits && b.missed < a.missed) ? b : a));
  return best.beforeUs;
}

/** Number of rows with the target that a driver had received whose cycles begin so long before a second. */
function receivedRows(log: LabLog, before: Seconds): number {
  const received = log.column("target");
  return log.column("t_s").filter((row, i) => {
    const cycle = Math.floor(row + before) - before;
    const target = log.settings.targets.findLast(([seconds]) => seconds <= cycle)?.[1] ?? 0;
    return target === received[i];
  }).length;
}

/** Rows after a change of the target in which a driver without rates may still be at work. */
const ROWS_AT_WORK = 2;

/**
 * Pages by which the change of free memory since a change of the target differs from what the driver moves in the time, in all
 * rows in which it may be at work.
 */
function missedPages(log: LabLog, before: Seconds): Pages {
  const rows = log.column("t_s");
  const free = log.column("free_kB").map((kib) => kib / KIB_PER_PAGE);
  let size: Pages = 0;
  let missed = 0;
  for (const [seconds, target] of log.settings.targets) {
    const begin = Math.ceil(seconds + before) - before;
    const first = rows.findIndex((row) => row > seconds);
    if (first < 1) continue;
    const isInflation = target > size;
    const most = Math.min(
      Math.abs(target - size),
      isInflation ? (free[first - 1] as number) : Number.POSITIVE_INFINITY,
    );
    for (let i = first; i < Math.min(first + ROWS_AT_WORK, rows.length); i++) {
      const pageUs = isInflation ? VMWARE_PAGE_US.lock : VMWARE_PAGE_US.unlock;
      const moved = Math.max(0, Math.min(most, (((rows[i] as number) - begin) * 1e6) / pageUs));
      missed += Math.abs(moved - Math.abs((free[i] as number) - (free[first - 1] as number)));
    }
    size = target;
  }
  return missed;
}
