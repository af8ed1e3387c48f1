import type { ChangeSums, Measures } from "./measures.ts";
import { DEADLINES_S } from "./target-follower.ts";

/**
 * A number that says how good a run was. Every run has every objective, as a finite number, so that runs of the same
 * trace can be compared, with OOM kills and targets never reached, too.
 */
export interface Objective {
  /** Its name on the command line, such as `time_to_target`. */
  readonly name: string;
  readonly unit: "s" | "pages" | "pages·s" | "times";
  /** Which way is better, all else being equal. */
  readonly better: "less" | "more";
  readonly meaning: string;
  /** The definition in symbols; `docs/objectives.md` says what they stand for. */
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

const seconds = (us: number): number => us / 1_000_000;
/** A mean over changes; 0 where there are none. */
const mean = (sum: number, { count }: ChangeSums): number => (count === 0 ? 0 : sum / count);

/** All objectives, in the order in which they are printed and measured. */
export const OBJECTIVES: readonly Objective[] = [
  objective(
    "time_to_target",
    "s",
    "less",
    "Mean time from a change of the host's target until the balloon has its size; a change that is never reached counts " +
      "with all the time that it had",
    "mean over i of min(r_i, u_i) - t_i",
    ({ changes }) => seconds(mean(changes.timeUs, changes)),
  ),
  objective(
    "unreached",
    "times",
    "less",
    "Changes of the host's target that the balloon did not reach before the next one or the end",
    "number of i with r_i > u_i",
    ({ changes }) => changes.unreached,
  ),
  ...DEADLINES_S.map((deadline, i) =>
    objective(
      `deficit_${deadline}s`,
      "pages",
      "less",
      `Mean distance to the target ${deadline} s after it changed, or when the next change or the end came, if earlier; ` +
        "pages that are missing and pages too many count alike",
      `mean over i of |T - S| at min(t_i + ${deadline} s, u_i)`,
      ({ changes }) => mean(changes.distances[i] as number, changes),
    ),
  ),
  objective(
    "reclaimed_area",
    "pages·s",
    "more",
    "Memory that the host had out of the guest as it wanted, times how long it had it; what it did not ask for does not " +
      "count",
    "integral of min(S, T) dt",
    ({ heldArea }) => seconds(heldArea),
  ),
  objective(
    "excess_area",
    "pages·s",
    "less",
    "Memory that the balloon kept from the guest beyond the target, times how long it did",
    "integral of max(S - T, 0) dt",
    ({ excessArea }) => seconds(excessArea),
  ),
  objective(
    "give_back_time",
    "s",
    "less",
    "The mean of time_to_target over the changes that lower the target: how long the guest waits for its memory; 0 " +
      "where none does",
    "mean over i that lower of min(r_i, u_i) - t_i",
    ({ lowered }) => seconds(mean(lowered.timeUs, lowered)),
  ),
  objective(
    "give_back_stall",
    "s",
    "less",
    "Time in which some task waited for memory while the balloon was above its target: what the guest suffers while " +
      "memory is given back to it",
    "integral of [some][S > T] dt",
    ({ stallAboveTargetUs }) => seconds(stallAboveTargetUs),
  ),
  objective(
    "overshoot",
    "pages",
    "less",
    "The furthest that the balloon went beyond a target, seen from where it stood when the target changed. The policy " +
      "never takes or gives more than is missing: only a target that turns, or a reset, makes it pass one",
    "max of (S - T) after a change to above S, (T - S) after one to below, and 0",
    ({ overshoot }) => overshoot,
  ),
  objective(
    "oscillation",
    "pages",
    "less",
    "Pages that the balloon moved back and forth: what it moved in all, less what took it from each change of the " +
      "target to the next",
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
    "Time in which all tasks with work waited for memory (PSI full)",
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
    "Pages of files read again that had been in the page cache before",
    "number of refaults",
    ({ guest }) => guest.refaults,
  ),
  objective("oom_kills", "times", "less", "Kills by the OOM killer", "number of kills", ({ guest }) => guest.oomKills),
  objective(
    "downtime",
    "s",
    "less",
    "Time that workloads were down for OOM kills: from a kill until the workload is back and has all the memory that the " +
      "trace wants it to have, summed over the workloads",
    "sum over w of integral of [w is down][A_w ≥ 1] dt",
    ({ guest }) => seconds(guest.downtimeUs),
  ),
  objective(
    "lost_work",
    "pages",
    "less",
    "Accesses to pages that OOM kills cost the workloads: those that had filled the memory that a kill takes, and those " +
      "that the trace wanted while a workload was down and that it did not make",
    "sum over kills of pages taken + sum over w of integral of [w is down](wanted - made) dt",
    ({ guest }) => guest.lostPages,
  ),
  objective(
    "driver_cpu",
    "s",
    "less",
    "Processor time of the driver: allocating, freeing, calling the host; no waiting",
    "pages taken · alloc + pages freed · free + calls · call",
    ({ driverCpuUs }) => seconds(driverCpuUs),
  ),
  objective(
    "backdoor_calls",
    "times",
    "less",
    "Commands that the driver gave the host, each a trap out of the guest",
    "number of commands",
    ({ calls }) => calls,
  ),
  objective(
    "long_cycles",
    "times",
    "less",
    "Work cycles of a quarter of a second or more, after which the driver's timer loses a second",
    "number of cycles with duration ≥ 250 ms",
    ({ longCycles }) => longCycles,
  ),
];
