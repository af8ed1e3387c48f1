import { expect, test } from "vitest";
import { ALIVE_MS, HEARTBEAT_MS, LOCK_MS, STALLED_MS } from "../../../src/sim/queue/keys.ts";

test("a task of a dead worker is taken over within ten seconds", () => {
  // The lock runs out, a look marks the task, the next one takes it.
  expect(LOCK_MS + 2 * STALLED_MS).toBeLessThanOrEqual(10_000);
  // BullMQ renews a lock after half of its time, and a busy machine may be late by as much.
  expect(LOCK_MS / 2).toBeGreaterThanOrEqual(2000);
});

test("a coordinator may miss many heartbeats before its study counts as over", () => {
  expect(ALIVE_MS / HEARTBEAT_MS).toBeGreaterThanOrEqual(10);
});
