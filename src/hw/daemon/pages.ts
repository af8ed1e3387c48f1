import { METRICS_TYPE } from "../../common/metrics/exposition.ts";
import type { Page, Pages } from "../../common/server/page-server.ts";
import { statisticsText } from "../../engine/index.ts";
import type { MetricsWay } from "../metrics/process-metrics.ts";
import type { DaemonStatus } from "./status.ts";

/** Sources of a daemon's pages. */
export interface PageSources {
  metrics(way: MetricsWay): string;
  status(): DaemonStatus;
  /** Why the daemon is unhealthy; null if it is healthy. */
  unhealthyReason(): string | null;
  /** What holds the balloon, as a sentence; null: it follows the host. */
  holding(): string | null;
}

const TEXT = "text/plain; charset=utf-8";

/** Pages for monitoring: metrics and health. */
export function publicPages({ metrics, unhealthyReason, holding }: PageSources): Pages {
  return new Map<string, () => Page>([
    ["/metrics", () => ({ type: METRICS_TYPE, body: metrics("scrape") })],
    [
      "/health",
      () => {
        const why = unhealthyReason();
        if (why !== null) return { status: 503, type: TEXT, body: `${why}\n` };
        const held = holding();
        return { type: TEXT, body: held === null ? "ok\n" : `ok: ${held}\n` };
      },
    ],
  ]);
}

/** Pages of the control socket: those for monitoring, and those for `balloon-hw status`. */
export function controlPages(sources: PageSources): Pages {
  return new Map<string, () => Page>([
    ...publicPages(sources),
    ["/vmmemctl", () => ({ type: TEXT, body: statisticsText(sources.status().state) })],
    ["/status", () => ({ type: "application/json", body: `${JSON.stringify(sources.status(), null, 2)}\n` })],
  ]);
}
