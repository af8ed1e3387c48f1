import { type BalloonPolicy, POLICIES, type PolicyColumn } from "../../engine/index.ts";
import type { Totals } from "../measures/totals.ts";
import type { GuestView, RunView } from "../view/types.ts";

/**
 * `level`: as it stands at the row's time. `total`: since the run began. `interval`: since the row before (for the first
 * row, since the run began).
 */
export type ColumnKind = "level" | "total" | "interval";

/** One column of a run's rows: what it is called, what it means, and where its value comes from. */
export interface Column {
  readonly name: string;
  /** `s` is written with six decimals, exact to the microsecond; everything else is a whole number. */
  readonly unit: "s" | "us" | "pages" | "pages/cycle" | "cycles" | "times" | "0/1";
  readonly kind: ColumnKind;
  readonly isDefault: boolean;
  readonly meaning: string;
  /** The value in whole units (microseconds for `s`); for intervals the running total that differences are taken of. */
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

/** A number that only drivers of this policy have. */
const own = ({ name, unit, kind, meaning, isDefault, read }: PolicyColumn): Column => ({
  name,
  unit,
  kind,
  isDefault,
  meaning,
  read: (view) => read(view.balloon.state),
});

/** What every driver's rows begin with. */
const FIRST: readonly Column[] = [
  byDefault("time_s", "s", "level", "Time since the trace began", (v) => v.timeUs),
  byDefault(
    "target",
    "pages",
    "level",
    "Balloon size that the host wants, as the driver last heard",
    (v) => v.balloon.target,
  ),
  byDefault("size", "pages", "level", "Pages in the balloon", (v) => v.balloon.size),
];

/** Behind what is the driver's own by default: what it moved, and the guest. */
const MIDDLE: readonly Column[] = [
  byDefault(
    "allocated",
    "pages",
    "interval",
    "Pages that the driver got from the guest, refused ones included: size grows by allocated - refused - freed",
    (_, t) => t.allocated,
  ),
  byDefault("freed", "pages", "interval", "Pages that left the balloon, by deflation or by a reset", (_, t) => t.freed),
  byDefault(
    "refused",
    "pages",
    "interval",
    "Pages that the host refused; the guest has them back",
    (_, t) => t.refused,
  ),
  byDefault("free", "pages", "level", "Free memory of the guest", (v) => v.guest.free),
  byDefault("cache", "pages", "level", "Page cache of the guest, clean and dirty", (v) => v.guest.cache),
  byDefault("anon", "pages", "level", "Anonymous memory of the guest that is resident", (v) => v.guest.anon),
  byDefault("swap", "pages", "level", "Pages of the guest that are in swap", (v) => v.guest.swap),
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
    "Time in which all tasks with work waited for memory (PSI full)",
    (v) => v.guest.psiFullUs,
  ),
  byDefault("oom_kills", "times", "total", "Kills by the OOM killer", (v) => v.guest.oomKills),

  onRequest(
    "cycle",
    "cycles",
    "level",
    "Number of the last work cycle, from 1; skipped idle ones count",
    (v) => v.cycle.number,
  ),
  onRequest("cycle_start_s", "s", "level", "When that cycle began", (v) => v.cycle.startUs),
  onRequest(
    "cycle_us",
    "us",
    "level",
    "How long that cycle took, or has run so far if it has not ended",
    (v) => (v.cycle.endUs >= v.cycle.startUs ? v.cycle.endUs : v.timeUs) - v.cycle.startUs,
  ),
  onRequest("cycles_us", "us", "total", "How long all cycles took, waiting included", (v) => v.cycle.totalUs),
  onRequest("cycle_longest_us", "us", "total", "How long the longest cycle took", (v) => v.cycle.longestUs),
  onRequest("driver_cpu_us", "us", "total", "Processor time of the driver, waiting excluded", (v) => v.driverCpuUs),
];

/** Behind the driver's other numbers: the host, and the rest of the guest. */
const LAST: readonly Column[] = [
  onRequest(
    "host_target",
    "pages",
    "level",
    "Balloon size that the host wants now; the driver hears of it in its next cycle",
    (v) => v.host.target,
  ),
  onRequest("host_locked", "pages", "level", "Pages that are locked on the host's books", (v) => v.host.locked),
  onRequest("host_calls", "times", "total", "Commands that the host answered", (v) => v.host.calls),
  onRequest("host_ruled", "times", "total", "Commands that a rule of the trace answered", (v) => v.host.ruled),

  guest("memory", "pages", "level", "total", "Memory that the guest's kernel manages"),
  guest("kernel", "pages", "level", "kernel", "Memory of the kernel itself, never reclaimed"),
  guest(
    "held",
    "pages",
    "level",
    "balloon",
    "Pages that the driver holds: the balloon, and what it has not offered yet or was refused",
  ),
  guest("anon_active", "pages", "level", "activeAnon", "Anonymous memory on the active list"),
  guest("cache_active", "pages", "level", "activeCache", "Page cache on the active list"),
  guest("dirty", "pages", "level", "dirty", "Page cache that is not written back"),
  guest("swap_cached", "pages", "level", "swapCached", "Pages on their way to swap that are still in memory"),
  guest("swap_size", "pages", "level", "swapTotal", "Size of the swap device"),
  guest("watermark_min", "pages", "level", "watermarkMin", "Watermark below which only reclaim helps"),
  guest("watermark_low", "pages", "level", "watermarkLow", "Watermark that wakes kswapd"),
  guest("watermark_high", "pages", "level", "watermarkHigh", "Watermark that kswapd goes to sleep at"),
  guest("swap_out", "pages", "total", "swapOut", "Pages written to swap"),
  guest("swap_in", "pages", "total", "swapIn", "Pages read back from swap"),
  guest("refaults", "pages", "total", "refaults", "Pages of files read again that had been in the page cache before"),
  guest("scan_kswapd", "pages", "total", "scanKswapd", "Pages that kswapd looked at"),
  guest("scan_direct", "pages", "total", "scanDirect", "Pages looked at in direct reclaim"),
  guest("steal_kswapd", "pages", "total", "stealKswapd", "Pages that kswapd reclaimed"),
  guest("steal_direct", "pages", "total", "stealDirect", "Pages reclaimed in direct reclaim"),
  guest("alloc_stalls", "times", "total", "allocStalls", "Allocations that had to reclaim for themselves"),
  guest("alloc_fails", "times", "total", "allocFails", "Allocations of the workload that failed"),
  guest(
    "downtime_us",
    "us",
    "total",
    "downtimeUs",
    "Time that workloads were down for OOM kills, until their demand was met again; summed over the workloads",
  ),
  guest("lost_work", "pages", "total", "lostPages", "Accesses to pages that OOM kills undid or kept workloads from"),
  guest("stall_workload_us", "us", "total", "workloadStallUs", "Time that the workload waited for memory"),
  guest("stall_balloon_us", "us", "total", "balloonStallUs", "Time that the driver waited for memory"),
  onRequest("unknown_us", "us", "total", "Time in which a series of the trace was unknown", (v) => v.unknownUs),
];

const BY_POLICY = new Map<BalloonPolicy, readonly Column[]>();

/**
 * All columns of a run of a driver, in the order in which `--columns all` prints them. `docs/columns.md` is generated from
 * those of the default driver.
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

/** The columns that a run of a driver prints unless it is told otherwise. */
export const defaultColumnsOf = (policy: BalloonPolicy): readonly Column[] =>
  columnsOf(policy).filter((column) => column.isDefault);

/** The names of all columns of all drivers, each once. */
export const columnNames = (): string[] => [
  ...new Set([...POLICIES.values()].flatMap((policy) => columnsOf(policy).map(({ name }) => name))),
];

/** The column of that name in rows of which the driver is not known; undefined where no driver has one. */
export function columnNamed(name: string): Column | undefined {
  for (const policy of POLICIES.values()) {
    const column = columnsOf(policy).find((one) => one.name === name);
    if (column !== undefined) return column;
  }
  return undefined;
}

/** The columns of all drivers that limit what a work cycle moves, each name once. */
export function limitColumns(): readonly PolicyColumn[] {
  const all = [...POLICIES.values()].flatMap(({ columns }) => columns);
  return all.filter(({ name, limit }, i) => limit !== undefined && all.findIndex((one) => one.name === name) === i);
}

/** A value of a column as text: always a plain decimal, valid in CSV and JSON alike. */
export function formatValue(column: Column, value: number): string {
  return column.unit === "s" ? formatSeconds(value) : String(Math.round(value));
}

/** Microseconds as seconds, with six decimals, exact. */
export function formatSeconds(us: number): string {
  const whole = Math.floor(us / 1_000_000);
  return `${whole}.${String(us - whole * 1_000_000).padStart(6, "0")}`;
}
