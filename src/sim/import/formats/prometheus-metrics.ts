/** Metrics of memory in Prometheus: of node_exporter, of vmware_exporter, and of Telegraf's input vsphere. */
import { PAGE_BYTES } from "../../../common/units.ts";
import type { DemandModel, Machine, MemoryFinder, Sample } from "../reader.ts";
import { type ColumnSpec, column, type Quantity, type Unit } from "../vocabulary.ts";
import type { Family, Labels } from "./labelled-series.ts";
import { AVAILABLE_DEMAND, FREE_DEMAND, KERNEL_DEMAND, USED_DEMAND } from "./linux-demands.ts";
import { columnOfCounter, inUnit, notePower, UsageRam, VCENTER_COLUMNS, VCENTER_DEMANDS } from "./vcenter-counters.ts";

/** Quantity, unit and name of a metric of node_exporter; before 0.16 names of sizes had no `_bytes`. */
type Metric = readonly [quantity: Quantity, unit: Unit, name: string, kind?: "counter"];

const NODE_METRICS: readonly Metric[] = [
  ["memTotal", "B", "node_memory_MemTotal_bytes"],
  ["swapTotal", "B", "node_memory_SwapTotal_bytes"],
  ["free", "B", "node_memory_MemFree_bytes"],
  ["available", "B", "node_memory_MemAvailable_bytes"],
  ["buffers", "B", "node_memory_Buffers_bytes"],
  ["cached", "B", "node_memory_Cached_bytes"],
  ["anon", "B", "node_memory_AnonPages_bytes"],
  ["x-shmem", "B", "node_memory_Shmem_bytes"],
  ["x-reclaimable-slab", "B", "node_memory_SReclaimable_bytes"],
  ["slab", "B", "node_memory_Slab_bytes"],
  ["x-swap-cached", "B", "node_memory_SwapCached_bytes"],
  ["x-swap-free", "B", "node_memory_SwapFree_bytes"],
  ["lruActive", "B", "node_memory_Active_bytes"],
  ["lruInactive", "B", "node_memory_Inactive_bytes"],
  ["dirty", "B", "node_memory_Dirty_bytes"],
  ["commit", "B", "node_memory_Committed_AS_bytes"],
  ["swapIn", "pages", "node_vmstat_pswpin", "counter"],
  ["swapOut", "pages", "node_vmstat_pswpout", "counter"],
  ["majorFaults", "1", "node_vmstat_pgmajfault", "counter"],
  ["x-faults", "1", "node_vmstat_pgfault", "counter"],
  ["x-oom-kills", "1", "node_vmstat_oom_kill", "counter"],
  ["ioRead", "KiB", "node_vmstat_pgpgin", "counter"],
  ["ioWrite", "KiB", "node_vmstat_pgpgout", "counter"],
  ["x-balloon-inflated", "pages", "node_vmstat_balloon_inflate", "counter"],
  ["x-balloon-deflated", "pages", "node_vmstat_balloon_deflate", "counter"],
  ["psiSome", "us", "node_pressure_memory_waiting_seconds_total", "counter"],
  ["psiFull", "us", "node_pressure_memory_stalled_seconds_total", "counter"],
];

const NODE_COLUMNS: readonly ColumnSpec[] = [
  ...NODE_METRICS.map(([quantity, unit, name, kind]) => column(quantity, name, unit, kind && { kind })),
  column("swapUsed", "SwapTotal - SwapFree", "B", { how: "derived" }),
  column("balloonSize", "balloon_inflate - balloon_deflate", "B", { how: "derived" }),
];
const indexOf = (quantity: Quantity): number => NODE_COLUMNS.findIndex((each) => each.quantity === quantity);
const SWAP_TOTAL = indexOf("swapTotal");
const SWAP_FREE = indexOf("x-swap-free");
const SWAP_USED = indexOf("swapUsed");
const INFLATED = indexOf("x-balloon-inflated");
const DEFLATED = indexOf("x-balloon-deflated");
const BALLOON = indexOf("balloonSize");

const BY_NAME: ReadonlyMap<string, number> = new Map(
  NODE_METRICS.flatMap(([, , name], index) => [
    [name, index],
    [name.replace(/_bytes$/, ""), index],
  ]),
);

/** Metrics of a VM in vmware_exporter besides vCenter's counters: quantity, unit, name. */
const VM_FACTS: readonly Metric[] = [
  ["memTotal", "MiB", "vmware_vm_memory_max"],
  ["cpus", "1", "vmware_vm_num_cpu"],
  ["x-power", "1", "vmware_vm_power_state"],
];

/** Columns of a VM: first those of vCenter, in the order that `UsageRam` expects. */
const VM_COLUMNS: readonly ColumnSpec[] = [
  ...VCENTER_COLUMNS,
  ...VM_FACTS.map(([quantity, unit, name]) => column(quantity, name, unit)),
];

const POWER = VM_COLUMNS.findIndex(({ quantity }) => quantity === "x-power");

/** All columns. */
export const METRIC_COLUMNS: readonly ColumnSpec[] = [...NODE_COLUMNS, ...VM_COLUMNS];

/** The first non-empty value of some labels. */
const firstOf = (labels: Labels, names: readonly string[]): string | undefined =>
  names.map((name) => labels[name]).find((value) => value !== undefined && value !== "");

const NODE: Family = {
  key: "node",
  columns: NODE_COLUMNS,
  label: "instance",
  nameOf: (labels) => firstOf(labels, ["instance", "node", "host"]),
  mobile: new Set(),
};

/** The name and the ids of a VM are the same on every host; other labels may change while it runs. */
const VIRTUAL_MACHINE: Family = {
  key: "VM",
  columns: VM_COLUMNS,
  label: "vm_name",
  nameOf: (labels) => firstOf(labels, ["vm_name", "vmname", "vm", "moid"]),
  mobile: new Set([
    "host_name",
    "esxhostname",
    "esxhost",
    "cluster_name",
    "clustername",
    "ds_name",
    "dsname",
    "rpname",
    "guest",
    "guesthostname",
    "host",
    "source",
  ]),
};

/** A metric of a column. */
export interface KnownMetric {
  readonly family: Family;
  /** Index in the columns of the family. */
  readonly column: number;
  /** Converts a value to the unit of its column. */
  inUnit(value: number): number;
}

const COUNTER = /^(vmware_vm|vsphere_vm)_mem_([A-Za-z]+)_(average|latest)$/;
/** Number of units per percent: vmware_exporter passes on vCenter's hundredths, Telegraf divides. */
const PER_PERCENT: Readonly<Record<string, number>> = { vmware_vm: 100, vsphere_vm: 1 };

/** The metric of a name; null for a metric that is not about memory. */
export function metricOf(name: string): KnownMetric | null {
  const node = BY_NAME.get(name);
  if (node !== undefined) {
    const isTime = NODE_COLUMNS[node]?.unit === "us";
    return { family: NODE, column: node, inUnit: (value) => (isTime ? Math.round(value * 1e6) : value) };
  }
  const [, exporter, counter, rollup] = COUNTER.exec(name) ?? [];
  if (exporter !== undefined) {
    const place = columnOfCounter(`mem.${counter}.${rollup}`);
    if (place === -1) return null;
    const perPercent = PER_PERCENT[exporter] as number;
    return { family: VIRTUAL_MACHINE, column: place, inUnit: (value) => inUnit(place, value, perPercent) };
  }
  const fact = VM_FACTS.findIndex(([, , each]) => each === name);
  if (fact === -1) return null;
  return { family: VIRTUAL_MACHINE, column: VCENTER_COLUMNS.length + fact, inUnit: (value) => value };
}

/** Adds derived values to a sample. */
export function completeMetrics(sample: Sample): void {
  const { values } = sample;
  if (sample.machine.columns !== NODE_COLUMNS) {
    notePower(sample);
    if (values[POWER] === 0) sample.isOff = true;
    return;
  }
  values[SWAP_USED] = (values[SWAP_TOTAL] as number) - (values[SWAP_FREE] as number);
  values[BALLOON] = ((values[INFLATED] as number) - (values[DEFLATED] as number)) * PAGE_BYTES;
}

/** Finds the RAM of VMs, which Telegraf does not report. */
export const metricRam = ({ columns }: Machine): MemoryFinder =>
  columns === VM_COLUMNS ? new UsageRam() : { observe: () => {}, result: () => null };

export const METRIC_DEMANDS: readonly DemandModel[] = [
  KERNEL_DEMAND,
  USED_DEMAND,
  AVAILABLE_DEMAND,
  FREE_DEMAND,
  ...VCENTER_DEMANDS,
];

export const METRIC_QUIRKS: readonly string[] = [
  "the balloon's counters exist only if node_exporter is configured to collect them (--collector.vmstat.fields)",
  "counters of vCenter have the names of vmware_exporter (vmware_vm_mem_*) and Telegraf (vsphere_vm_mem_*): KiB, and " +
    "percentages as hundredths with vmware_exporter; each VM is a machine, on any host; its RAM is " +
    "vmware_vm_memory_max, else inferred from the usage",
  "vmware_exporter does not collect the balloon's target (mem.vmmemctltarget.average), and Telegraf only if vm_metric_include names it",
];
