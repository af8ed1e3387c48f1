import type { EngineState } from "../../engine/index.ts";
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

/** A statistics counter of the driver, under the name that `balloon-sim conform` prints, behind `stat_`. */
const counter = (name: string, key: keyof EngineState, meaning: string): Column =>
  onRequest(`stat_${name}`, "times", "total", meaning, (view) => view.engine[key]);

/** All columns, in the order in which `--columns all` prints them. `docs/columns.md` is generated from this table. */
export const COLUMNS: readonly Column[] = [
  byDefault("time_s", "s", "level", "Time since the trace began", (v) => v.timeUs),
  byDefault(
    "target",
    "pages",
    "level",
    "Balloon size that the host wants, as the driver last heard",
    (v) => v.engine.target,
  ),
  byDefault("size", "pages", "level", "Pages in the balloon", (v) => v.engine.size),
  byDefault("rate_alloc", "pages/cycle", "level", "Rate of sleeping allocations", (v) => v.engine.rateAlloc),
  byDefault("rate_free", "pages/cycle", "level", "Rate of releases", (v) => v.engine.rateFree),
  byDefault("slow", "cycles", "level", "Slow cycles left, the current one included", (v) => v.engine.slow),
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
  onRequest(
    "yields",
    "times",
    "total",
    "How often a work cycle offered the processor to others",
    (v) => v.engine.yields,
  ),
  onRequest(
    "reset_required",
    "0/1",
    "level",
    "1 while a reset that the host asked for is not done",
    (v) => v.engine.resetRequired,
  ),

  counter("timer", "timer", "Work cycles"),
  counter("start", "start", "START commands"),
  counter("start_fail", "startFail", "START commands that failed"),
  counter("guest_type", "guestType", "GUEST_ID commands"),
  counter("guest_type_fail", "guestTypeFail", "GUEST_ID commands that failed"),
  counter("lock", "lock", "LOCK commands"),
  counter("lock_fail", "lockFail", "LOCK commands that failed"),
  counter("unlock", "unlock", "UNLOCK commands"),
  counter("unlock_fail", "unlockFail", "UNLOCK commands that failed"),
  counter("target_n", "targetCount", "GET_TARGET commands"),
  counter("target_fail", "targetFail", "GET_TARGET commands that failed"),
  counter("alloc", "alloc", "Allocations that may not sleep"),
  counter("alloc_fail", "allocFail", "Allocations that may not sleep and failed"),
  counter("sleep_alloc", "sleepAlloc", "Allocations that may sleep"),
  counter("sleep_alloc_fail", "sleepAllocFail", "Allocations that may sleep and failed"),
  counter("free", "free", "Pages released from the balloon"),
  counter("refused_alloc", "refusedAlloc", "Pages that the host refused"),
  counter("refused_free", "refusedFree", "Refused pages that were held to the end of their cycle"),

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

/** The columns that a run prints unless it is told otherwise. */
export const DEFAULT_COLUMNS: readonly Column[] = COLUMNS.filter((column) => column.isDefault);

/** A value of a column as text: always a plain decimal, valid in CSV and JSON alike. */
export function formatValue(column: Column, value: number): string {
  return column.unit === "s" ? formatSeconds(value) : String(Math.round(value));
}

/** Microseconds as seconds, with six decimals, exact. */
export function formatSeconds(us: number): string {
  const whole = Math.floor(us / 1_000_000);
  return `${whole}.${String(us - whole * 1_000_000).padStart(6, "0")}`;
}
