import { expect, test } from "vitest";
import { createState, DEFAULT_RATES } from "../../../src/engine/index.ts";
import { controlPages, publicPages } from "../../../src/hw/daemon/pages.ts";
import type { DaemonStatus } from "../../../src/hw/daemon/status.ts";

const STATUS = { phase: "running", state: { ...createState(DEFAULT_RATES), size: 12 } } as DaemonStatus;
const sources = (unhealthyReason: string | null, holding: string | null = null) => ({
  metrics: () => "balloon_size_bytes 1\n",
  status: () => STATUS,
  unhealthyReason: () => unhealthyReason,
  holding: () => holding,
});

test("an unhealthy daemon answers 503 and the reason, a healthy one the default status", () => {
  for (const pages of [publicPages, controlPages]) {
    const health = (unhealthyReason: string | null) => pages(sources(unhealthyReason)).get("/health")?.();
    expect(health("the host has not accepted START")).toMatchObject({
      status: 503,
      body: "the host has not accepted START\n",
    });
    expect(health(null)).toMatchObject({ body: "ok\n" });
    expect(health(null)).not.toHaveProperty("status");
  }
});

test("the health of a daemon whose balloon something holds is good, and says what holds it", () => {
  const health = (why: string | null) =>
    publicPages(sources(why, "by an operator's order the balloon is frozen at 1GiB")).get("/health")?.();
  expect(health(null)).toEqual({
    type: "text/plain; charset=utf-8",
    body: "ok: by an operator's order the balloon is frozen at 1GiB\n",
  });
  expect(health("GET_TARGET has failed")).toMatchObject({ status: 503, body: "GET_TARGET has failed\n" });
});

test("the public pages leave out those for root alone", () => {
  expect([...publicPages(sources(null)).keys()]).toEqual(["/metrics", "/health"]);
  expect([...controlPages(sources(null)).keys()]).toEqual(["/metrics", "/health", "/vmmemctl", "/status"]);
  expect(controlPages(sources(null)).get("/vmmemctl")?.().body).toMatch(/^current: +12 pages$/m);
});
