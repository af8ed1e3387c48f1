/** Figures of hosts and of their VMs by name: for requirements, objectives and tables. */
import type { Us } from "../../../common/units.ts";
import { type HostResult, type VmResult, wasOn } from "./results.ts";

interface Described {
  /** Its name on the command line: `host_wait`. */
  readonly name: string;
  readonly unit: "s" | "pages" | "times" | "share" | "ratio";
  readonly better: "less" | "more";
  readonly meaning: string;
}

/** A figure of a VM. */
export interface VmFigure extends Described {
  readonly value: (vm: VmResult) => number;
}

/** A figure of a host. */
export interface HostFigure extends Described {
  readonly value: (host: HostResult) => number;
}

const seconds = (us: Us): number => us / 1e6;
/** A time as a part of that in which the VM was on; 0 for a VM that never was. */
const share = (us: Us, { onUs }: VmResult): number => (onUs === 0 ? 0 : us / onUs);

/** Time lost as a part of the time in which a VM was on, or would have been if the host had not ended it; 0 without any. */
export function lostShareOf({ lostUs, onUs, stallSomeUs, hostWaitUs, downUs }: VmResult): number {
  const us = onUs + Math.max(0, lostUs - stallSomeUs - hostWaitUs - downUs);
  return us === 0 ? 0 : lostUs / us;
}

const vmFigure = (name: string, unit: Described["unit"], meaning: string, value: VmFigure["value"]): VmFigure => ({
  name,
  unit,
  better: "less",
  meaning,
  value,
});

/** Figures of a VM, in the order in which they are printed. */
export const VM_FIGURES: readonly VmFigure[] = [
  vmFigure(
    "lost_time",
    "s",
    "Time lost: stall_some + host_wait + downtime, and the time after the host has ended the VM in which it would have been on",
    ({ lostUs }) => seconds(lostUs),
  ),
  vmFigure(
    "lost_time_share",
    "share",
    "lost_time as a part of the time in which the VM was on, or would have been if the host had not ended it",
    lostShareOf,
  ),
  vmFigure("stall_some", "s", "Time in which some task of the guest waited for memory (PSI some)", (vm) =>
    seconds(vm.stallSomeUs),
  ),
  vmFigure("stall_full", "s", "Time in which all tasks of the guest waited for memory (PSI full)", (vm) =>
    seconds(vm.stallFullUs),
  ),
  vmFigure("stall_some_share", "share", "stall_some as a part of the time in which the VM was on", (vm) =>
    share(vm.stallSomeUs, vm),
  ),
  vmFigure("stall_full_share", "share", "stall_full as a part of the time in which the VM was on", (vm) =>
    share(vm.stallFullUs, vm),
  ),
  vmFigure(
    "host_wait",
    "s",
    "Time in which threads of the guest waited for the host's memory or swap, unseen by the guest; a sum over threads",
    (vm) => seconds(vm.hostWaitUs),
  ),
  vmFigure("host_wait_share", "share", "host_wait as a part of the time in which the VM was on", (vm) =>
    share(vm.hostWaitUs, vm),
  ),
  vmFigure("oom_kills", "times", "Kills by the OOM killer of the guest", ({ oomKills }) => oomKills),
  vmFigure("downtime", "s", "Time in which workloads were down after OOM kills", ({ downUs }) => seconds(downUs)),
  vmFigure(
    "undone_work",
    "pages",
    "Accesses to memory and files that workloads wanted to make and could not",
    ({ undonePages }) => undonePages,
  ),
  vmFigure("swap_out", "pages", "Pages that the guest wrote to its own swap", ({ swapOutPages }) => swapOutPages),
  vmFigure("swap_in", "pages", "Pages that the guest read from its own swap", ({ swapInPages }) => swapInPages),
  vmFigure("host_reads", "pages", "Pages that the host read from its swap for the guest", (vm) => vm.hostReadPages),
  vmFigure("ended", "times", "1 if the host ended the VM, having neither memory nor swap for it", ({ isEnded }) =>
    isEnded ? 1 : 0,
  ),
];

const ofAll = (name: string, reduce: (values: readonly number[]) => number) => {
  const { value } = VM_FIGURES.find((figure) => figure.name === name) as VmFigure;
  return ({ vms }: HostResult): number => reduce(vms.filter(wasOn).map(value));
};

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const max = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);

/** How unequal values are, the coefficient of Gini: 0 if all are the same, towards 1 if one has all; 0 if all are 0. */
export function gini(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const all = sum(sorted);
  if (all === 0) return 0;
  const weighted = sorted.reduce((result, value, i) => result + (2 * (i + 1) - sorted.length - 1) * value, 0);
  return weighted / (sorted.length * all);
}

const hostFigure = (
  name: string,
  unit: Described["unit"],
  meaning: string,
  value: HostFigure["value"],
  better: Described["better"] = "less",
): HostFigure => ({ name, unit, better, meaning, value });

/** Figures of a host, in the order in which they are printed. */
export const HOST_FIGURES: readonly HostFigure[] = [
  hostFigure("worst_lost_time", "s", "lost_time of the VM that lost most", ofAll("lost_time", max)),
  hostFigure("total_lost_time", "s", "Sum of lost_time over all VMs", ofAll("lost_time", sum)),
  hostFigure("worst_stall_full_share", "share", "Largest stall_full_share of a VM", ofAll("stall_full_share", max)),
  hostFigure("worst_host_wait_share", "share", "Largest host_wait_share of a VM", ofAll("host_wait_share", max)),
  hostFigure("total_oom_kills", "times", "Kills by OOM killers of all guests", ofAll("oom_kills", sum)),
  hostFigure("total_undone_work", "pages", "Sum of undone_work over all VMs", ofAll("undone_work", sum)),
  hostFigure("ended_vms", "times", "VMs that the host ended", ofAll("ended", sum)),
  hostFigure(
    "host_swap_traffic",
    "pages",
    "Pages that the host wrote to its swap and read from it",
    (host) => host.swapRead + host.swapWritten,
  ),
  hostFigure("host_swapped", "pages", "Most pages in the host's swap at once", ({ swappedMax }) => swappedMax),
  hostFigure("least_free", "pages", "Least free memory of the host", ({ freeMin }) => freeMin, "more"),
  hostFigure(
    "unfairness",
    "ratio",
    "How unequally VMs lose time: the coefficient of Gini of lost_time_share, 0 (all the same) to 1",
    ofAll("lost_time_share", gini),
  ),
];
