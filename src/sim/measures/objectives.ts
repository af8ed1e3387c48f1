import type { Us } from "../../common/units.ts";
import type { ChangeSums, Measures } from "./measures.ts";
import { DEADLINES_S } from "./target-follower.ts";

/**
 * A number that says how good a run was. Every run has every objective, as a finite number, even with OOM kills and
 * targets that are never reached, so runs of the same trace can be compared.
 */
export interface Objective {
  /** Its name on the command line, such as `time_to_target`. */
  readonly name: string;
  readonly unit: "s" | "pages" | "pages·s" | "times";
  /** Whether less or more is better, other things being equal. */
  readonly better: "less" | "more";
  readonly meaning: string;
  /** The definition in symbols, which `docs/objectives.md` explains. */
  readonly formula: string;
  readonly value: (measures: Measures) => number;
}

const objective = (
  name: string,
  unit: Objective["unit"],
  better: Objective["better"],
  meaning: string,
  formula: string,
  value: Objective["value"],
): Objective => ({ name, unit, better, meaning, formula, value });

const seconds = (us: Us): number => us / 1_000_000;
/** A mean over changes; 0 without changes. */
const mean = (sum: number, { count }: ChangeSums): number => (count === 0 ? 0 : sum / count);

/** All objectives, in the order in which they are printed and measured. */
export const OBJECTIVES: readonly Objective[] = [
  objective(
    "time_to_target",
    "s",
    "less",
    "Mean time from a change of the host's target until the balloon reaches it; a change that is not reached counts " +
      "with the time until the next change or the end",
    "mean over i of min(r_i, u_i) - t_i",
    ({ changes }) => seconds(mean(changes.timeUs, changes)),
  ),
  objective(
    "unreached",
    "times",
    "less",
    "Changes of the host's target that the balloon did not reach before the next change or the end",
    "number of i with r_i > u_i",
    ({ changes }) => changes.unreached,
  ),
  ...DEADLINES_S.map((deadline, i) =>
    objective(
      `deficit_${deadline}s`,
      "pages",
      "less",
      `Mean distance from the target ${deadline} s after it changed, or at the next change or the end, if earlier; ` +
        "missing and surplus pages count alike",
      `mean over i of |T - S| at min(t_i + ${deadline} s, u_i)`,
      ({ changes }) => mean(changes.distances[i] as number, changes),
    ),
  ),
  objective(
    "reclaimed_area",
    "pages·s",
    "more",
    "Memory that the host has reclaimed up to its target, integrated over time; memory above the target does not " +
      "count",
    "integral of min(S, T) dt",
    ({ heldArea }) => seconds(heldArea),
  ),
  objective(
    "excess_area",
    "pages·s",
    "less",
    "Size of the balloon above its target, integrated over time",
    "integral of max(S - T, 0) dt",
    ({ excessArea }) => seconds(excessArea),
  ),
  objective(
    "reclaim_time",
    "s",
    "less",
    "Mean of time_to_target over the changes that raise the target: the time that the host waits for memory; 0 without " +
      "such a change",
    "mean over i that raise of min(r_i, u_i) - t_i",
    ({ raised }) => seconds(mean(raised.timeUs, raised)),
  ),
  objective(
    "give_back_time",
    "s",
    "less",
    "Mean of time_to_target over the changes that lower the target: the time that the guest waits for its memory; 0 " +
      "without such a change",
    "mean over i that lower of min(r_i, u_i) - t_i",
    ({ lowered }) => seconds(mean(lowered.timeUs, lowered)),
  ),
  objective(
    "give_back_stall",
    "s",
    "less",
    "Time in which some task waited for memory (PSI some) while the balloon was above its target: stalls while it " +
      "deflates",
    "integral of [some][S > T] dt",
    ({ stallAboveTargetUs }) => seconds(stallAboveTargetUs),
  ),
  objective(
    "overshoot",
    "pages",
    "less",
    "The furthest that the balloon passed a target, in the direction from its size at the change. The policy never " +
      "moves more pages than are missing: the balloon passes a target only if the target reverses, or by a reset",
    "max of (S - T) after a change to above S, (T - S) after one to below, and 0",
    ({ overshoot }) => overshoot,
  ),
  objective(
    "oscillation",
    "pages",
    "less",
    "Pages that the balloon moved back and forth: all pages that it moved minus the net pages from each change of " +
      "the target to the next",
    "sum over cycles of |change of S| - sum over i of |S(u_i) - S(t_i)|",
    ({ movedPages, netPages }) => movedPages - netPages,
  ),
  objective(
    "stall_some",
    "s",
    "less",
    "Time in which some task waited for memory (PSI some)",
    "integral of [some] dt",
    ({ guest }) => seconds(guest.psiSomeUs),
  ),
  objective(
    "stall_full",
    "s",
    "less",
    "Time in which all non-idle tasks waited for memory (PSI full)",
    "integral of [full] dt",
    ({ guest }) => seconds(guest.psiFullUs),
  ),
  objective(
    "stall_workload",
    "s",
    "less",
    "Time that the workloads waited for memory, summed over their threads",
    "sum over threads of their waiting",
    ({ guest }) => seconds(guest.workloadStallUs),
  ),
  objective(
    "undone_work",
    "pages",
    "less",
    "Accesses to pages that the trace demanded of living workloads, and that they did not make because they waited: for " +
      "memory, for swap and its faults, for the disk, for writeback",
    "sum over w of integral of [w is up](demanded - made) dt",
    ({ guest }) => guest.undonePages,
  ),
  objective(
    "swap_traffic",
    "pages",
    "less",
    "Pages written to swap and read back",
    "swapped out + swapped in",
    ({ guest }) => guest.swapOut + guest.swapIn,
  ),
  objective(
    "refaults",
    "pages",
    "less",
    "File pages read again after their eviction from the page cache",
    "number of refaults",
    ({ guest }) => guest.refaults,
  ),
  objective("oom_kills", "times", "less", "Kills by the OOM killer", "number of kills", ({ guest }) => guest.oomKills),
  objective(
    "downtime",
    "s",
    "less",
    "Time that workloads were down after OOM kills: from a kill until the workload has been restarted and has the " +
      "memory that the trace demands, summed over the workloads",
    "sum over w of integral of [w is down][A_w ≥ 1] dt",
    ({ guest }) => seconds(guest.downtimeUs),
  ),
  objective(
    "lost_work",
    "pages",
    "less",
    "Accesses to pages that workloads lost by OOM kills: those that had filled the memory freed by a kill, and those " +
      "that the trace demanded while a workload was down and that were not made",
    "sum over kills of pages taken + sum over w of integral of [w is down](demanded - made) dt",
    ({ guest }) => guest.lostPages,
  ),
  objective(
    "driver_cpu",
    "s",
    "less",
    "Processor time of the driver: allocations, freeing, commands to the host; without waiting",
    "pages taken · alloc + pages freed · free + calls · call",
    ({ driverCpuUs }) => seconds(driverCpuUs),
  ),
  objective(
    "backdoor_calls",
    "times",
    "less",
    "Commands that the driver sent to the host, each a VM exit",
    "number of commands",
    ({ calls }) => calls,
  ),
  objective(
    "long_cycles",
    "times",
    "less",
    "Work cycles of a quarter of a second or more, after which a timer of whole seconds skips one; 0 for drivers without a period, such as virtio-balloon",
    "number of cycles with duration ≥ 250 ms",
    ({ longCycles }) => longCycles,
  ),
];
