import type { Exposition } from "../../common/metrics/exposition.ts";
import type { MemoryPressure, ProcessFigures } from "./process-figures.ts";

/**
 * How metrics reach Prometheus: `scrape` from the daemon itself, `textfile` through a file that node_exporter serves among
 * its own metrics.
 */
export type MetricsWay = "scrape" | "textfile";

/** Writes when this process began, and its use of resources. */
export function processMetrics(out: Exposition, process: ProcessFigures, way: MetricsWay): void {
  const { startSeconds, nowSeconds, cpuSeconds, residentBytes } = process;
  // By this name in both ways, so that one alert rule finds a daemon that crashes again and again.
  out.gauge("balloon_start_time_seconds", "When this daemon's process began, in Unix time.", startSeconds);
  if (way === "textfile") {
    // node_exporter serves a file as long as it exists, also that of a daemon that was killed.
    out.gauge("balloon_metrics_timestamp_seconds", "When this file was written, in Unix time.", nowSeconds);
    // process_* there are those of node_exporter, which refuses a file's metrics of the same names.
    return;
  }
  out
    .gauge("process_start_time_seconds", "When this daemon's process began, in Unix time.", startSeconds)
    .counter("process_cpu_seconds_total", "Processor time of the daemon.", cpuSeconds)
    .gauge("process_resident_memory_bytes", "Resident memory of the daemon, the balloon included.", residentBytes);
}

/** Writes the kernel's pressure stall information. */
export function pressureMetrics(out: Exposition, { some, full }: MemoryPressure): void {
  out
    .labelled("counter", "balloon_psi_memory_seconds_total", "Time in which tasks waited for memory.", "kind", {
      some: some.seconds,
      full: full.seconds,
    })
    .labelled("gauge", "balloon_psi_memory_10s_ratio", "Share of the last ten seconds in which they did.", "kind", {
      some: some.ratio10s,
      full: full.ratio10s,
    });
}
