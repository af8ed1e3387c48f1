import { expect, test } from "vitest";
import { createState, DEFAULT_RATES } from "../../../src/engine/index.ts";
import { controlPages, publicPages } from "../../../src/hw/daemon/pages.ts";
import type { DaemonStatus } from "../../../src/hw/daemon/status.ts";

const STATUS = { phase: "running", state: { ...createState(DEFAULT_RATES), size: 12 } } as DaemonStatus;
const sources = (unhealthyReason: string | null) => ({
  metrics: () => "balloon_size_bytes 1\n",
  status: () => STATUS,
  unhealthyReason: () => unhealthyReason,
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

test("the public pages leave out those for root alone", () => {
  expect([...publicPages(sources(null)).keys()]).toEqual(["/metrics", "/health"]);
  expect([...controlPages(sources(null)).keys()]).toEqual(["/metrics", "/health", "/vmmemctl", "/status"]);
  expect(controlPages(sources(null)).get("/vmmemctl")?.().body).toMatch(/^current: +12 pages$/m);
});
