import { Exposition } from "../../common/metrics/exposition.ts";
import type { Histogram } from "../../common/metrics/histogram.ts";
import { PAGE_BYTES } from "../../common/units.ts";
import type { EngineState } from "../../engine/index.ts";
import { CONTROLS } from "../control/orders.ts";
import type { WorkerCounters } from "../native/addon.ts";
import type { HostStatuses } from "../ports/host-statuses.ts";
import { PROTOCOL_LEVELS, type ProtocolLevel } from "../ports/protocol-level.ts";
import {
  type AuxiliaryState,
  type ControlStatus,
  GIVE_WAY_PHASES,
  type GiveWayStatus,
  type Limits,
} from "../view/types.ts";
import type { MemoryPressure, ProcessFigures } from "./process-figures.ts";
import { type MetricsWay, pressureMetrics, processMetrics } from "./process-metrics.ts";

/**
 * Bounds of the buckets of a cycle's duration, in seconds: a cycle of a quarter of a second or more loses the next
 * whole second, one of more than one and a quarter loses two.
 */
export const CYCLE_SECONDS = [0.0005, 0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.25, 5, 30] as const;

/** The figures of all metrics. */
export interface MetricsSnapshot {
  readonly version: string;
  /** The commit that it was made of; null: unknown. */
  readonly commit: string | null;
  readonly pin: string;
  readonly ioPermission: string;
  readonly host: string;
  /** Whether no page is taken: sizes are what the balloon would have. */
  readonly isDry: boolean;
  /** The level of the host's protocol in use. */
  readonly protocol: ProtocolLevel;
  /** Whether the host has accepted START and GUEST_ID, and no reset is pending. */
  readonly isLoaded: boolean;
  /** Whether /health answers ok. */
  readonly isHealthy: boolean;
  readonly statuses: HostStatuses;
  /** Whether the kernel's own driver is loaded. */
  readonly isKernelDriverLoaded: boolean;
  /** Pages of RAM of the machine. */
  readonly machinePages: number;
  /** Whole seconds without a cycle since the daemon began. */
  readonly lostSeconds: number;
  readonly state: Readonly<EngineState>;
  readonly counters: WorkerCounters;
  readonly auxiliaries: readonly AuxiliaryState[];
  /** Lines that could not be written to the log. */
  readonly lostLogLines: number;
  readonly limits: Limits;
  readonly control: ControlStatus;
  readonly giveWay: GiveWayStatus | null;
  readonly cycles: Histogram;
  readonly pressure: MemoryPressure | null;
  readonly process: ProcessFigures;
}

/** The metrics of a daemon in Prometheus' text format. */
export function metricsText(s: MetricsSnapshot, way: MetricsWay): string {
  const out = new Exposition();
  const { version, commit, pin, ioPermission, host } = s;
  out
    .info("balloon_info", "What runs, and how it reaches pages and host.", {
      version,
      commit: commit ?? "unknown",
      pin,
      io_permission: ioPermission,
      host,
    })
    .gauge(
      "balloon_loaded",
      "1 while the driver is loaded: the host has accepted START and GUEST_ID, and no reset is pending.",
      s.isLoaded ? 1 : 0,
    )
    .labelled(
      "gauge",
      "balloon_protocol",
      "1 for the level of the host's protocol that is in use.",
      "level",
      Object.fromEntries(PROTOCOL_LEVELS.map((level) => [level, level === s.protocol ? 1 : 0])),
    )
    .gauge("balloon_healthy", "1 if /health answers ok.", s.isHealthy ? 1 : 0)
    .gauge(
      "balloon_kernel_driver_loaded",
      "1 while the kernel's own driver is loaded, too: both answer the host.",
      s.isKernelDriverLoaded ? 1 : 0,
    )
    .gauge("balloon_machine_memory_bytes", "Memory that the machine has.", s.machinePages * PAGE_BYTES);
  // A scrape of a dry run must not pass for one of a balloon; others need no such line.
  if (s.isDry) out.gauge("balloon_dry_run", "1: no page is taken, and sizes are what the balloon would have.", 1);
  balloon(out, s);
  if (s.giveWay !== null) givingWay(out, s.giveWay);
  driver(out, s.state);
  out.samples(
    "counter",
    "balloon_host_status_total",
    "Answers of the host other than SUCCESS, by their status.",
    s.statuses.counts.map(({ command, status, count }) => ({
      labels: { command, status: String(status) },
      value: count,
    })),
  );
  worker(out, s);
  auxiliaries(out, s);
  out
    .histogram("balloon_cycle_duration_seconds", "Time that work cycles took.", s.cycles)
    .counter("balloon_lost_seconds_total", "Whole seconds without a cycle, since one took too long.", s.lostSeconds);
  if (s.pressure !== null) pressureMetrics(out, s.pressure);
  processMetrics(out, s.process, way);
  return out.text;
}

function balloon(out: Exposition, { state, limits, control, machinePages }: MetricsSnapshot): void {
  out
    .gauge("balloon_size_bytes", "Memory in the balloon.", state.size * PAGE_BYTES)
    .gauge("balloon_target_bytes", "Memory that the host asks for.", control.hostTargetPages * PAGE_BYTES)
    .gauge(
      "balloon_effective_target_bytes",
      "The target that the driver follows: that of the host, unless something holds the balloon.",
      state.target * PAGE_BYTES,
    )
    .labelled(
      "gauge",
      "balloon_control",
      "1 for what an operator has put in force; follow: nothing, the balloon follows the host.",
      "mode",
      Object.fromEntries(CONTROLS.map((mode) => [mode, mode === control.inForce ? 1 : 0])),
    )
    .gauge(
      "balloon_ceiling_bytes",
      "The most that the balloon may have, by --max and by an operator's limit; without them all memory.",
      Math.min(control.ceilingPages ?? machinePages, machinePages) * PAGE_BYTES,
    )
    .gauge("balloon_floor_bytes", "Memory that stays available to the guest.", limits.floorPages * PAGE_BYTES)
    .gauge(
      "balloon_psi_full_limit_ratio",
      "Share of time above which allocations of the balloon do not sleep.",
      limits.psiLimit / 100,
    )
    .labelled("gauge", "balloon_rate_pages", "Limits of a cycle, in pages.", "kind", {
      nosleep_alloc: state.nosleepAllocMax,
      sleep_alloc: state.rateAlloc,
      free: state.rateFree,
    })
    .gauge("balloon_slow_cycles", "Cycles left that keep to the rate of sleeping allocations.", state.slow);
}

function givingWay(out: Exposition, { phase, episodes, givenPages, holdLeftSeconds }: GiveWayStatus): void {
  out
    .labelled(
      "gauge",
      "balloon_give_way",
      "1 for what the balloon does about memory pressure; holding: it is over, and the balloon does not grow yet.",
      "phase",
      Object.fromEntries(GIVE_WAY_PHASES.map((each) => [each, each === phase ? 1 : 0])),
    )
    .counter("balloon_give_way_episodes_total", "Times that the balloon gave way to memory pressure.", episodes)
    .counter("balloon_give_way_bytes_total", "Memory that it was asked for by that.", givenPages * PAGE_BYTES)
    .gauge("balloon_give_way_hold_seconds", "Time left in which it does not grow after that.", holdLeftSeconds);
}

/** The counters of vmmemctl. They have 32 bits, as there; Prometheus takes a wrap for a restart. */
function driver(out: Exposition, s: Readonly<EngineState>): void {
  const byCommand = (start: number, guestId: number, getTarget: number, lock: number, unlock: number) => ({
    start,
    guest_id: guestId,
    get_target: getTarget,
    lock,
    unlock,
  });
  out
    .counter("balloon_cycles_total", "Work cycles.", s.timer)
    .labelled(
      "counter",
      "balloon_commands_total",
      "Commands to the host as the driver counts them: one for each page, also if the page is in a batch.",
      "command",
      byCommand(s.start, s.guestType, s.targetCount, s.lock, s.unlock),
    )
    .labelled(
      "counter",
      "balloon_command_failures_total",
      "Commands that the host did not accept.",
      "command",
      byCommand(s.startFail, s.guestTypeFail, s.targetFail, s.lockFail, s.unlockFail),
    )
    .labelled("counter", "balloon_allocations_total", "Allocations of pages.", "kind", {
      nosleep: s.alloc,
      sleep: s.sleepAlloc,
    })
    .labelled("counter", "balloon_allocation_failures_total", "Allocations that failed.", "kind", {
      nosleep: s.allocFail,
      sleep: s.sleepAllocFail,
    })
    .counter("balloon_released_pages_total", "Pages released from the balloon.", s.free)
    .counter("balloon_refused_pages_total", "Pages that the host refused.", s.refusedAlloc)
    .counter("balloon_refused_released_pages_total", "Refused pages that were freed.", s.refusedFree)
    .counter("balloon_yields_total", "How often a cycle has yielded the processor.", s.yields);
}

function worker(out: Exposition, { counters }: MetricsSnapshot): void {
  out
    .labelled("counter", "balloon_limit_hits_total", "Allocations that a limit has ended.", "limit", {
      floor: counters.floorHits,
      psi: counters.psiHits,
      watermark: counters.watermarkHits,
      arena: counters.arenaHits,
      unreadable: counters.unreadableHits,
    })
    .counter("balloon_port_commands_total", "Port instructions that were executed.", counters.commands)
    .counter("balloon_populated_pages_total", "Pages that were populated.", counters.populatedPages)
    .gauge(
      "balloon_pinned_bytes",
      "Memory that is pinned, in the balloon or on its way.",
      counters.pinnedPages * PAGE_BYTES,
    )
    .gauge("balloon_large_bytes", "Memory of the balloon in pages of 2 MiB.", counters.largePages * PAGE_BYTES)
    .counter("balloon_large_refusals_total", "Pages of 2 MiB that the host refused.", counters.largeRefusals)
    .counter(
      "balloon_exchange_refusals_total",
      "Parts of pages of 2 MiB that stayed in the balloon, as the host refused pages in exchange for the rest.",
      counters.exchangeRefusals,
    )
    .counter(
      "balloon_exchange_shortages_total",
      "Parts of pages of 2 MiB that stayed in the balloon, as there was no memory for the pages in exchange for the rest.",
      counters.exchangeShortages,
    )
    .gauge(
      "balloon_deferred_bytes",
      "Freed memory that stays pinned until its neighbours can be pinned again.",
      counters.deferredPages * PAGE_BYTES,
    );
}

function auxiliaries(out: Exposition, s: MetricsSnapshot): void {
  const byName = (value: (state: AuxiliaryState) => number) =>
    Object.fromEntries(s.auxiliaries.map((state) => [state.name, value(state)]));
  out
    .labelled(
      "gauge",
      "balloon_auxiliary_up",
      "1 while this server or file of the daemon works; while it does not, the daemon retries.",
      "what",
      byName(({ failure }) => (failure === null ? 1 : 0)),
    )
    .labelled(
      "counter",
      "balloon_auxiliary_failures_total",
      "How often it has failed.",
      "what",
      byName(({ failures }) => failures),
    )
    .labelled(
      "counter",
      "balloon_auxiliary_lost_total",
      "Lines of a file, or writes of the metrics file, that were lost: the file system did not answer, or a write failed.",
      "what",
      byName(({ lost }) => lost),
    )
    .counter("balloon_log_lines_lost_total", "Lines that could not be written to the log.", s.lostLogLines);
}
