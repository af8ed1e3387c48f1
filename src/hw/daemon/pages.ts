import { METRICS_TYPE } from "../../common/metrics/exposition.ts";
import type { Page, Pages } from "../../common/server/page-server.ts";
import { statisticsText } from "../../engine/index.ts";
import type { DaemonStatus } from "./status.ts";

/** What the pages of a daemon are made of. */
export interface PageSources {
  metrics(): string;
  status(): DaemonStatus;
  /** Why the daemon is not well; null if it is. */
  unhealthyReason(): string | null;
}

const TEXT = "text/plain; charset=utf-8";

/** What anybody may ask who watches over machines. */
export function publicPages({ metrics, unhealthyReason }: PageSources): Pages {
  return new Map<string, () => Page>([
    ["/metrics", () => ({ type: METRICS_TYPE, body: metrics() })],
    [
      "/health",
      () => {
        const why = unhealthyReason();
        return why === null ? { type: TEXT, body: "ok\n" } : { status: 503, type: TEXT, body: `${why}\n` };
      },
    ],
  ]);
}

/** What the control socket answers: the same, and what `balloon-hw status` prints. */
export function controlPages(sources: PageSources): Pages {
  return new Map<string, () => Page>([
    ...publicPages(sources),
    ["/vmmemctl", () => ({ type: TEXT, body: statisticsText(sources.status().state) })],
    ["/status", () => ({ type: "application/json", body: `${JSON.stringify(sources.status(), null, 2)}\n` })],
  ]);
}
