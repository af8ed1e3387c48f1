import type { Us } from "../../common/units.ts";
import { type BalloonPolicy, POLICIES, type PolicyColumn } from "../../engine/index.ts";
import type { Totals } from "../measures/totals.ts";
import type { BackingView, GuestView, RunView } from "../view/types.ts";

/**
 * `level`: the value at the row's time. `total`: since the run began. `interval`: since the previous row (for the first
 * row, since the run began).
 */
export type ColumnKind = "level" | "total" | "interval";

/** One column of a run's rows: its name, its meaning and its value. */
export interface Column {
  readonly name: string;
  /** `s` is written with six decimals, exact to the microsecond; all other units as whole numbers. */
  readonly unit: "s" | "us" | "pages" | "pages/cycle" | "cycles" | "times" | "0/1" | "bits";
  readonly kind: ColumnKind;
  readonly isDefault: boolean;
  readonly meaning: string;
  /**
   * The value in whole units (microseconds for `s`); for intervals the running total, from which differences are
   * computed.
   */
  readonly read: (view: RunView, totals: Totals) => number;
}

type Unit = Column["unit"];
type Read = Column["read"];

const byDefault = (name: string, unit: Unit, kind: ColumnKind, meaning: string, read: Read): Column => ({
  name,
  unit,
  kind,
  isDefault: true,
  meaning,
  read,
});

const onRequest = (name: string, unit: Unit, kind: ColumnKind, meaning: string, read: Read): Column => ({
  name,
  unit,
  kind,
  isDefault: false,
  meaning,
  read,
});

const guest = (name: string, unit: Unit, kind: ColumnKind, key: keyof GuestView, meaning: string): Column =>
  onRequest(name, unit, kind, meaning, (view) => view.guest[key]);

/** A column that only drivers of this policy have. */
const own = ({ name, unit, kind, meaning, isDefault, read }: PolicyColumn): Column => ({
  name,
  unit,
  kind,
  isDefault,
  meaning,
  read: (view) => read(view.balloon.state),
});

/** The first columns of every driver's rows. */
const FIRST: readonly Column[] = [
  byDefault("time_s", "s", "level", "Time since the trace began", (v) => v.timeUs),
  byDefault("target", "pages", "level", "The host's target as the driver last received it", (v) => v.balloon.target),
  byDefault("size", "pages", "level", "Pages in the balloon", (v) => v.balloon.size),
];

/** The columns after the driver's own default columns: pages moved by the driver, and the guest. */
const MIDDLE: readonly Column[] = [
  byDefault(
    "allocated",
    "pages",
    "interval",
    "Pages that the driver allocated, including refused ones: size grows by allocated - refused - freed",
    (_, t) => t.allocated,
  ),
  byDefault("freed", "pages", "interval", "Pages that left the balloon, by deflation or by a reset", (_, t) => t.freed),
  byDefault(
    "refused",
    "pages",
    "interval",
    "Pages that the host refused; the driver frees them again",
    (_, t) => t.refused,
  ),
  byDefault("free", "pages", "level", "Free memory of the guest", (v) => v.guest.free),
  byDefault("cache", "pages", "level", "Page cache of the guest, clean and dirty", (v) => v.guest.cache),
  byDefault("anon", "pages", "level", "Resident anonymous memory of the guest", (v) => v.guest.anon),
  byDefault("swap", "pages", "level", "Pages of the guest in swap", (v) => v.guest.swap),
  byDefault(
    "stall_some_us",
    "us",
    "total",
    "Time in which some task waited for memory (PSI some)",
    (v) => v.guest.psiSomeUs,
  ),
  byDefault(
    "stall_full_us",
    "us",
    "total",
    "Time in which all non-idle tasks waited for memory (PSI full)",
    (v) => v.guest.psiFullUs,
  ),
  byDefault("oom_kills", "times", "total", "Kills by the OOM killer", (v) => v.guest.oomKills),

  onRequest(
    "cycle",
    "cycles",
    "level",
    "Number of the last work cycle, from 1, including skipped idle ones",
    (v) => v.cycle.number,
  ),
  onRequest("cycle_start_s", "s", "level", "Beginning of that cycle", (v) => v.cycle.startUs),
  onRequest(
    "cycle_us",
    "us",
    "level",
    "Duration of that cycle, or its time so far if it has not ended",
    (v) => (v.cycle.endUs >= v.cycle.startUs ? v.cycle.endUs : v.timeUs) - v.cycle.startUs,
  ),
  onRequest("cycles_us", "us", "total", "Total duration of all cycles, including waiting", (v) => v.cycle.totalUs),
  onRequest("cycle_longest_us", "us", "total", "Duration of the longest cycle", (v) => v.cycle.longestUs),
  onRequest("driver_cpu_us", "us", "total", "Processor time of the driver, without waiting", (v) => v.driverCpuUs),
];

/** The columns after the driver's other columns: the host, and further figures of the guest. */
const LAST: readonly Column[] = [
  onRequest(
    "host_target",
    "pages",
    "level",
    "The host's current target; the driver receives it in its next cycle",
    (v) => v.host.target,
  ),
  onRequest("host_locked", "pages", "level", "Pages that the host has locked", (v) => v.host.locked),
  onRequest("host_calls", "times", "total", "Commands that the host answered", (v) => v.host.calls),
  onRequest("host_ruled", "times", "total", "Commands that a rule of the trace answered", (v) => v.host.ruled),

  guest("memory", "pages", "level", "total", "Memory that the guest's kernel manages"),
  guest("kernel", "pages", "level", "kernel", "Memory of the kernel itself, never reclaimed"),
  guest(
    "held",
    "pages",
    "level",
    "balloon",
    "Pages that the driver holds: the balloon, and pages not offered yet or refused",
  ),
  guest("free_huge", "pages", "level", "freeHuge", "Free memory in whole blocks of 2 MiB, as estimated"),
  guest("anon_huge", "pages", "level", "hugeAnon", "Anonymous memory in huge pages"),
  guest("anon_active", "pages", "level", "activeAnon", "Anonymous memory on the active list"),
  guest("cache_active", "pages", "level", "activeCache", "Page cache on the active list"),
  guest("dirty", "pages", "level", "dirty", "Dirty page cache, not written back yet"),
  guest("swap_cached", "pages", "level", "swapCached", "Pages in the swap cache: unmapped, but still in memory"),
  guest("swap_size", "pages", "level", "swapTotal", "Size of the swap device"),
  guest("watermark_min", "pages", "level", "watermarkMin", "Watermark below which allocations need direct reclaim"),
  guest("watermark_low", "pages", "level", "watermarkLow", "Watermark that wakes kswapd"),
  guest("watermark_high", "pages", "level", "watermarkHigh", "Watermark at which kswapd goes to sleep"),
  guest("swap_out", "pages", "total", "swapOut", "Pages written to swap"),
  guest("swap_in", "pages", "total", "swapIn", "Pages read back from swap"),
  guest("refaults", "pages", "total", "refaults", "File pages read again after their eviction from the page cache"),
  guest("scan_kswapd", "pages", "total", "scanKswapd", "Pages scanned by kswapd"),
  guest("scan_direct", "pages", "total", "scanDirect", "Pages scanned in direct reclaim"),
  guest("steal_kswapd", "pages", "total", "stealKswapd", "Pages reclaimed by kswapd"),
  guest("steal_direct", "pages", "total", "stealDirect", "Pages reclaimed in direct reclaim"),
  guest("alloc_stalls", "times", "total", "allocStalls", "Allocations that entered direct reclaim"),
  guest("alloc_fails", "times", "total", "allocFails", "Failed allocations of the workloads"),
  guest(
    "downtime_us",
    "us",
    "total",
    "downtimeUs",
    "Time that workloads were down after OOM kills, until their demand was met again; summed over the workloads",
  ),
  guest(
    "lost_work",
    "pages",
    "total",
    "lostPages",
    "Accesses to pages that workloads lost by OOM kills: undone, or " + "not made",
  ),
  guest(
    "undone_work",
    "pages",
    "total",
    "undonePages",
    "Accesses to pages that workloads did not make because they waited: for memory, swap, the disk, writeback",
  ),
  guest("stall_workload_us", "us", "total", "workloadStallUs", "Time that the workload waited for memory"),
  guest("stall_balloon_us", "us", "total", "balloonStallUs", "Time that the driver waited for memory"),
  onRequest("unknown_us", "us", "total", "Time in which a series of the trace was unknown", (v) => v.unknownUs),
];

const ofHost = (
  name: string,
  unit: Unit,
  kind: ColumnKind,
  meaning: string,
  read: (b: BackingView) => number,
): Column => onRequest(name, unit, kind, meaning, ({ backing }) => (backing === null ? 0 : read(backing)));

/** Further columns of VMs on a host (`balloon-sim host --vm-columns`): what the host does with their memory. */
export const HOSTED_COLUMNS: readonly Column[] = [
  ofHost("host_backed", "pages", "level", "Pages of the guest that the host backs with memory", (b) => b.backed),
  ofHost("host_swapped", "pages", "level", "Pages of the guest in the host's swap", (b) => b.swapped),
  ofHost(
    "host_untouched",
    "pages",
    "level",
    "Pages that the guest has not touched since it was powered on, or since the balloon gave them back: the host need not back them",
    (b) => b.untouched,
  ),
  ofHost(
    "host_wait_us",
    "us",
    "total",
    "Time in which threads of the guest waited for the host's memory or swap; a sum over threads",
    (b) => b.waitNs / 1000,
  ),
  ofHost("host_reads", "pages", "total", "Pages that the host read from its swap for the guest", (b) => b.reads),
  ofHost(
    "host_writes",
    "pages",
    "total",
    "Pages that the host wrote to its swap to make room for the guest, which waited for that",
    (b) => b.written,
  ),
];

const BY_POLICY = new Map<BalloonPolicy, readonly Column[]>();

/**
 * All columns of a run of a driver, in the order of `--columns all`. `docs/columns.md` is generated from them.
 */
export function columnsOf(policy: BalloonPolicy): readonly Column[] {
  const known = BY_POLICY.get(policy);
  if (known !== undefined) return known;
  const columns = [
    ...FIRST,
    ...policy.columns.filter(({ isDefault }) => isDefault).map(own),
    ...MIDDLE,
    ...policy.columns.filter(({ isDefault }) => !isDefault).map(own),
    ...LAST,
  ];
  BY_POLICY.set(policy, columns);
  return columns;
}

/** The columns that a run of a driver prints by default. */
export const defaultColumnsOf = (policy: BalloonPolicy): readonly Column[] =>
  columnsOf(policy).filter((column) => column.isDefault);

/** The names of all columns of all drivers, without repetition. */
export const columnNames = (): string[] => [
  ...new Set([...POLICIES.values()].flatMap((policy) => columnsOf(policy).map(({ name }) => name))),
];

/** The column with a name, for rows of an unknown driver; undefined if no driver has it. */
export function columnNamed(name: string): Column | undefined {
  for (const policy of POLICIES.values()) {
    const column = columnsOf(policy).find((one) => one.name === name);
    if (column !== undefined) return column;
  }
  return undefined;
}

/** The columns with limits of the pages per work cycle, of all drivers, each name once. */
export function limitColumns(): readonly PolicyColumn[] {
  const all = [...POLICIES.values()].flatMap(({ columns }) => columns);
  return all.filter(({ name, limit }, i) => limit !== undefined && all.findIndex((one) => one.name === name) === i);
}

/** A value of a column as text: a plain decimal, valid in CSV and JSON. */
export function formatValue(column: Column, value: number): string {
  return column.unit === "s" ? formatSeconds(value) : String(Math.round(value));
}

/** Microseconds as seconds, with six decimals, exact. */
export function formatSeconds(us: Us): string {
  const whole = Math.floor(us / 1_000_000);
  return `${whole}.${String(us - whole * 1_000_000).padStart(6, "0")}`;
}
