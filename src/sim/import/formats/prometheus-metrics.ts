/** Metrics of memory in Prometheus: of node_exporter, vmware_exporter, Telegraf's input vsphere, and exporters of libvirt. */
import { PAGE_BYTES } from "../../../common/units.ts";
import type { DemandModel, Machine, MemoryFinder, Sample } from "../reader.ts";
import { type ColumnSpec, column, type Quantity, type Unit } from "../vocabulary.ts";
import type { Family, Labels } from "./labelled-series.ts";
import { AVAILABLE_DEMAND, FREE_DEMAND, KERNEL_DEMAND, USED_DEMAND } from "./linux-demands.ts";
import {
  columnOfCounter,
  HostUsageRam,
  inUnit,
  notePower,
  UsageRam,
  VCENTER_COLUMNS,
  VCENTER_DEMANDS,
} from "./vcenter-counters.ts";

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

/** 1 at times at which a VM has series on another host than the one that is imported. */
const ELSEWHERE = column("x-elsewhere", "series on another host", "1", { how: "derived" });

/** Columns of a VM: first those of vCenter, in the order that `UsageRam` expects. */
const VM_COLUMNS: readonly ColumnSpec[] = [
  ...VCENTER_COLUMNS,
  ...VM_FACTS.map(([quantity, unit, name]) => column(quantity, name, unit)),
  ELSEWHERE,
];

const POWER = VM_COLUMNS.findIndex(({ quantity }) => quantity === "x-power");

/** Metrics of a host in vmware_exporter besides vCenter's counters. */
const HOST_FACTS: readonly Metric[] = [
  ["memTotal", "MiB", "vmware_host_memory_max"],
  ["used", "MiB", "vmware_host_memory_usage"],
];
const HOST_COLUMNS: readonly ColumnSpec[] = [
  ...VCENTER_COLUMNS,
  ...HOST_FACTS.map(([quantity, unit, name]) => column(quantity, name, unit)),
];

/** Metrics of a domain of libvirt: what it has at most, what its balloon leaves it, and what its guest says. */
const DOMAIN_METRICS: readonly Metric[] = [
  ["memTotal", "B", "libvirt_domain_info_maximum_memory_bytes"],
  ["cpus", "1", "libvirt_domain_info_virtual_cpus"],
  ["x-actual", "B", "libvirt_domain_memory_stats_actual_balloon_bytes"],
  ["x-current", "B", "libvirt_domain_info_memory_usage_bytes"],
  ["available", "B", "libvirt_domain_memory_stats_usable_bytes"],
  ["free", "B", "libvirt_domain_memory_stats_unused_bytes"],
  ["x-guest-total", "B", "libvirt_domain_memory_stats_available_bytes"],
  ["cached", "B", "libvirt_domain_memory_stats_disk_cache_bytes"],
  ["consumed", "B", "libvirt_domain_memory_stats_rss_bytes"],
  ["majorFaults", "1", "libvirt_domain_memory_stats_major_fault_total", "counter"],
];
const DOMAIN_COLUMNS: readonly ColumnSpec[] = [
  ...DOMAIN_METRICS.map(([quantity, unit, name, kind]) => column(quantity, name, unit, kind && { kind })),
  column("balloonSize", "maximum_memory - actual_balloon", "B", { how: "derived" }),
  ELSEWHERE,
];
const inDomain = (quantity: Quantity): number => DOMAIN_COLUMNS.findIndex((each) => each.quantity === quantity);
const DOMAIN = {
  total: inDomain("memTotal"),
  actual: inDomain("x-actual"),
  current: inDomain("x-current"),
  available: inDomain("available"),
  free: inDomain("free"),
  guestTotal: inDomain("x-guest-total"),
  balloon: inDomain("balloonSize"),
};

/** All columns. */
export const METRIC_COLUMNS: readonly ColumnSpec[] = [
  ...NODE_COLUMNS,
  ...VM_COLUMNS,
  ...HOST_COLUMNS.slice(VCENTER_COLUMNS.length),
  ...DOMAIN_COLUMNS.slice(0, -1),
];

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

/** A host of VMware, of which `host` and `source` of Telegraf's labels are not the name. */
const hostOfVm = (labels: Labels): string | undefined => firstOf(labels, ["host_name", "esxhostname", "esxhost"]);

const HOST: Family = {
  key: "host",
  columns: HOST_COLUMNS,
  label: "host_name",
  nameOf: hostOfVm,
  mobile: new Set(["cluster_name", "clustername", "moid", "host", "source"]),
  isHost: true,
};

const DOMAIN_FAMILY: Family = {
  key: "domain",
  columns: DOMAIN_COLUMNS,
  label: "domain",
  nameOf: (labels) => firstOf(labels, ["domain", "vm"]),
  hostOf: (labels) => firstOf(labels, ["instance", "host"]),
  mobile: new Set(["instance", "host", "hostname", "pod", "node"]),
};

/** The name and the ids of a VM are the same on every host; other labels may change while it runs. */
const VIRTUAL_MACHINE: Family = {
  key: "VM",
  columns: VM_COLUMNS,
  label: "vm_name",
  nameOf: (labels) => firstOf(labels, ["vm_name", "vmname", "vm", "moid"]),
  hostOf: hostOfVm,
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

const COUNTER = /^(vmware|vsphere)_(vm|host)_mem_([A-Za-z]+)_(average|latest)$/;
/** Number of units per percent: vmware_exporter passes on vCenter's hundredths, Telegraf divides. */
const PER_PERCENT: Readonly<Record<string, number>> = { vmware: 100, vsphere: 1 };

/** The metric of a name; null for a metric that is not about memory. */
export function metricOf(name: string): KnownMetric | null {
  const node = BY_NAME.get(name);
  if (node !== undefined) {
    const isTime = NODE_COLUMNS[node]?.unit === "us";
    return { family: NODE, column: node, inUnit: (value) => (isTime ? Math.round(value * 1e6) : value) };
  }
  const [, exporter, subject, counter, rollup] = COUNTER.exec(name) ?? [];
  if (exporter !== undefined) {
    const place = columnOfCounter(`mem.${counter}.${rollup}`);
    if (place === -1) return null;
    const perPercent = PER_PERCENT[exporter] as number;
    const family = subject === "vm" ? VIRTUAL_MACHINE : HOST;
    return { family, column: place, inUnit: (value) => inUnit(place, value, perPercent) };
  }
  for (const { family, metrics, first } of OTHERS) {
    const index = metrics.findIndex(([, , each]) => each === name);
    if (index !== -1) return { family, column: first + index, inUnit: (value) => value };
  }
  return null;
}

/** Metrics with names of their own, and the column of the first of them. */
const OTHERS = [
  { family: VIRTUAL_MACHINE, metrics: VM_FACTS, first: VCENTER_COLUMNS.length },
  { family: HOST, metrics: HOST_FACTS, first: VCENTER_COLUMNS.length },
  { family: DOMAIN_FAMILY, metrics: DOMAIN_METRICS, first: 0 },
];

/** Adds derived values to a sample. */
export function completeMetrics(sample: Sample): void {
  const { values, machine } = sample;
  if (machine.columns === HOST_COLUMNS) return;
  if (machine.columns === DOMAIN_COLUMNS) {
    completeDomain(values);
    sample.isOff = values[DOMAIN.total] === 0 || isElsewhere(sample);
    return;
  }
  if (machine.columns !== NODE_COLUMNS) {
    notePower(sample);
    if (values[POWER] === 0 || isElsewhere(sample)) sample.isOff = true;
    return;
  }
  values[SWAP_USED] = (values[SWAP_TOTAL] as number) - (values[SWAP_FREE] as number);
  values[BALLOON] = ((values[INFLATED] as number) - (values[DEFLATED] as number)) * PAGE_BYTES;
}

/** The balloon of a domain; without a driver in the guest that reports its memory, all of its figures are 0 or missing. */
function completeDomain(values: Float64Array): void {
  const actual = values[DOMAIN.actual] as number;
  const size = actual > 0 ? actual : (values[DOMAIN.current] as number);
  values[DOMAIN.balloon] = (values[DOMAIN.total] as number) - size;
  if (values[DOMAIN.guestTotal] !== 0) return;
  values[DOMAIN.available] = Number.NaN;
  values[DOMAIN.free] = Number.NaN;
}

/** Whether a VM has series on another host only. */
function isElsewhere({ machine, values }: Sample): boolean {
  const place = machine.columns.indexOf(ELSEWHERE);
  return values[place] === 1 && machine.columns.every((_, i) => i === place || Number.isNaN(values[i]));
}

/** Finds the RAM of VMs, and of hosts, which Telegraf does not report. */
export function metricRam({ columns }: Machine): MemoryFinder {
  if (columns === VM_COLUMNS) return new UsageRam();
  return columns === HOST_COLUMNS ? new HostUsageRam() : { observe: () => {}, result: () => null };
}

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
  "domains of libvirt (libvirt_domain_*) are machines, too: the balloon is what lacks to maximum_memory; exporters have no " +
    "target, and figures of the guest only if its balloon driver reports them (memory_stats)",
  "hosts (vmware_host_*, vsphere_host_mem_*) are machines, read if --vm names them, or with their VMs (--host); a VM is on " +
    "the host of its labels host_name, esxhostname, or instance with libvirt, and off while it is on another one",
  "vmware_exporter does not collect the balloon's target (mem.vmmemctltarget.average), and Telegraf only if vm_metric_include names it",
];
