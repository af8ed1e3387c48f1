/** The columns of `host.csv` and of `vms.csv`. */
import type { Pages, Us } from "../../../common/units.ts";
import { Report } from "../../hosts/machine/exchange.ts";
import type { HostedVmView, HostRunView } from "../../hosts/machine/run-view.ts";
import type { RecordColumn } from "./record-rows.ts";

const sumOf = (vms: readonly HostedVmView[], value: (vm: HostedVmView) => number): number =>
  vms.reduce((sum, vm) => (vm.isOn ? sum + value(vm) : sum), 0);

/** Pages of the VM that its balloon has given to the host. */
const locked = ({ report }: HostedVmView): Pages => report[Report.Locked] as Pages;
const configured = ({ scenario }: HostedVmView): Pages => scenario.memory;

type HostColumn = RecordColumn<HostRunView>;

/** The columns of the host's rows. */
export const HOST_COLUMNS: readonly HostColumn[] = [
  { name: "time_s", unit: "s", kind: "level", meaning: "Time since the run began", read: (h) => h.timeUs },
  {
    name: "state",
    unit: "text",
    kind: "level",
    meaning: "State of the host by its policy's word; empty: it has none",
    read: (h) => h.state,
  },
  {
    name: "memory",
    unit: "pages",
    kind: "level",
    meaning: "All memory of the host: free + consumed + overhead",
    read: (h) => h.memory.total,
  },
  { name: "free", unit: "pages", kind: "level", meaning: "Free memory", read: (h) => h.memory.free },
  {
    name: "consumed",
    unit: "pages",
    kind: "level",
    meaning: "Memory that backs VMs",
    read: (h) => h.memory.consumed,
  },
  {
    name: "overhead",
    unit: "pages",
    kind: "level",
    meaning: "Memory of the host itself, and what it needs for VMs beside theirs",
    read: (h) => h.memory.overhead,
  },
  {
    name: "ballooned",
    unit: "pages",
    kind: "level",
    meaning: "Pages in balloons that the host has locked",
    read: (h) => sumOf(h.vms, locked),
  },
  {
    name: "swapped",
    unit: "pages",
    kind: "level",
    meaning: "Pages of VMs in the host's swap",
    read: (h) => h.memory.swapped,
  },
  { name: "vms_on", unit: "times", kind: "level", meaning: "VMs that are on", read: (h) => sumOf(h.vms, () => 1) },
  {
    name: "configured",
    unit: "pages",
    kind: "level",
    meaning: "Configured memory of the VMs that are on",
    read: (h) => sumOf(h.vms, configured),
  },
  {
    name: "overcommit",
    unit: "ratio",
    kind: "level",
    meaning: "configured in parts of memory",
    read: (h) => sumOf(h.vms, configured) / h.memory.total,
  },
  {
    name: "swap_out",
    unit: "pages",
    kind: "interval",
    meaning: "Pages that the host wrote to its swap",
    read: (h) => h.memory.written,
  },
  {
    name: "swap_in",
    unit: "pages",
    kind: "interval",
    meaning: "Pages that the host read from its swap",
    read: (h) => h.memory.read,
  },
  {
    name: "contention",
    unit: "ratio",
    kind: "level",
    meaning: "How many times as long as alone an access to the swap's device takes",
    read: (h) => h.memory.contention,
  },
  {
    name: "decisions",
    unit: "times",
    kind: "interval",
    meaning: "Decisions of the policy",
    read: (h) => h.decisions,
  },
  {
    name: "target_changes",
    unit: "times",
    kind: "interval",
    meaning: "Targets of VMs that these have changed",
    read: (h) => h.changes,
  },
];

/** A VM at a time of the host. */
export interface VmAt {
  readonly timeUs: Us;
  readonly vm: HostedVmView;
}

const level = (name: string, meaning: string, read: (vm: HostedVmView) => Pages): RecordColumn<VmAt> => ({
  name,
  unit: "pages",
  kind: "level",
  meaning,
  read: ({ vm }) => read(vm),
});
const total = (
  name: string,
  unit: "us" | "pages" | "times",
  meaning: string,
  read: (report: Float64Array) => number,
): RecordColumn<VmAt> => ({ name, unit, kind: "total", meaning, read: ({ vm }) => read(vm.report) });

/** The columns of the rows of all VMs. Totals count since the VM was powered on. */
export const VM_COLUMNS: readonly RecordColumn<VmAt>[] = [
  { name: "time_s", unit: "s", kind: "level", meaning: "Time since the run began", read: ({ timeUs }) => timeUs },
  { name: "vm", unit: "text", kind: "level", meaning: "Name of a VM that is on", read: ({ vm }) => vm.scenario.name },
  level("memory", "Its configured memory", configured),
  level(
    "target_size",
    "Size of the guest that the policy wants: memory without the balloon",
    (vm) => vm.scenario.memory - vm.target,
  ),
  level(
    "size",
    "Size of the guest: memory without what its balloon has given to the host",
    (vm) => vm.scenario.memory - locked(vm),
  ),
  level("consumed", "Memory of the host that backs it", (vm) => vm.consumed),
  level(
    "untouched",
    "Pages that the guest has not touched, so that the host need not back them",
    (vm) => vm.report[Report.Untouched] as Pages,
  ),
  level("swapped", "Pages of the guest in the host's swap", (vm) => vm.memory.swapped),
  level("guest_free", "Free memory of the guest", (vm) => vm.report[Report.Free] as Pages),
  level("guest_swap", "Pages of the guest in its own swap", (vm) => vm.report[Report.Swap] as Pages),
  total(
    "host_wait_us",
    "us",
    "Time in which threads of the guest waited for the host; a sum over threads",
    (r) => (r[Report.WaitNs] as number) / 1000,
  ),
  total(
    "host_reads",
    "pages",
    "Pages that the host read from its swap for the guest",
    (r) => r[Report.Reads] as number,
  ),
  total(
    "stall_some_us",
    "us",
    "Time in which some task of the guest waited for memory (PSI some)",
    (r) => r[Report.PsiSomeUs] as number,
  ),
  total(
    "stall_full_us",
    "us",
    "Time in which all tasks of the guest waited for memory (PSI full)",
    (r) => r[Report.PsiFullUs] as number,
  ),
  total("oom_kills", "times", "Kills by the guest's OOM killer", (r) => r[Report.OomKills] as number),
  total("downtime_us", "us", "Time in which workloads were down after OOM kills", (r) => r[Report.DownUs] as number),
];
