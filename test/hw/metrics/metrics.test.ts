import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Exposition } from "../../../src/common/metrics/exposition.ts";
import { Histogram } from "../../../src/common/metrics/histogram.ts";
import { createState, DEFAULT_RATES } from "../../../src/engine/index.ts";
import { NO_ORDERS } from "../../../src/hw/control/orders.ts";
import { CYCLE_SECONDS, type MetricsSnapshot, metricsText } from "../../../src/hw/metrics/metrics.ts";
import { memoryPressure, processFigures } from "../../../src/hw/metrics/process-figures.ts";
import { HostStatuses } from "../../../src/hw/ports/host-statuses.ts";
import { writeFiles } from "../../support/fakes/fake-machine.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

test.each([
  ["scrape", "metrics.txt"],
  ["textfile", "metrics-file.txt"],
] as const)("the metrics of a daemon for a %s have the text on record", async (way, golden) => {
  const cycles = new Histogram(CYCLE_SECONDS);
  for (const seconds of [0.0004, 0.0005, 0.002, 0.3, 60]) cycles.observe(seconds);
  // No two figures are alike, so that none can stand in for another.
  const state = {
    ...createState(DEFAULT_RATES),
    ...{ size: 1000, target: 2000, timer: 12, yields: 41, slow: 3, rateAlloc: 513, rateFree: 515 },
    ...{ start: 51, startFail: 52, guestType: 53, guestTypeFail: 54, targetCount: 55, targetFail: 56 },
    ...{ lock: 1003, lockFail: 57, unlock: 58, unlockFail: 59 },
    ...{ alloc: 61, allocFail: 62, sleepAlloc: 63, sleepAllocFail: 64 },
    ...{ free: 65, refusedAlloc: 66, refusedFree: 67 },
  };
  const statuses = new HostStatuses();
  for (const status of [5, 1, 5]) statuses.note("lock", status);
  statuses.note("get_target", 0xffff_ffff);
  const snapshot: MetricsSnapshot = {
    version: "1.2.3",
    commit: "c0ffee",
    pin: "io_uring",
    ioPermission: "ioperm",
    host: "real",
    isDry: false,
    protocol: "batched-2m",
    isLoaded: true,
    isHealthy: false,
    isKernelDriverLoaded: true,
    statuses,
    machinePages: 1 << 20,
    lostSeconds: 7,
    state,
    counters: {
      commands: 1,
      capabilities: 10,
      granted: 14,
      populatedPages: 2,
      pinnedPages: 3,
      deferredPages: 9,
      largePages: 11,
      largeRefusals: 12,
      exchangeRefusals: 3,
      exchangeShortages: 2,
      floorHits: 4,
      psiHits: 5,
      watermarkHits: 6,
      arenaHits: 7,
      unreadableHits: 8,
    },
    auxiliaries: [
      { name: "metrics", failure: "taken", failures: 3, lost: 0 },
      { name: "record", failure: null, failures: 1, lost: 40 },
    ],
    lostLogLines: 70,
    limits: { floorPages: 256, psiLimit: 10 },
    control: {
      ...{ mode: "freeze", frozenPages: 1000, limit: null, inForce: "freeze", kept: NO_ORDERS },
      ...{ ceilingPages: 5000, ceilingBy: "max", hostTargetPages: 3000, targetPages: 2000 },
    },
    giveWay: { phase: "holding", episodes: 21, givenPages: 22, holdOffSeconds: 600, holdLeftSeconds: 23 },
    cycles,
    pressure: { some: { seconds: 1.5, ratio10s: 0.25 }, full: { seconds: 0.5, ratio10s: 0.125 } },
    process: {
      ...{ startSeconds: 1_700_000_000.25, nowSeconds: 1_700_000_100.5 },
      ...{ cpuSeconds: 0.75, residentBytes: 50_000_000 },
    },
  };
  await expect(metricsText(snapshot, way)).toMatchFileSnapshot(`golden/${golden}`);
});

test("the metrics keep to the rules of the text format", () => {
  const { text } = new Exposition()
    .info("a_info", "Has a \\ and\na break.", { path: 'C:\\ "x"\n' })
    .gauge("b", "Odd numbers.", Number.NaN)
    .gauge("c", "Large ones.", Number.POSITIVE_INFINITY)
    .gauge("d", "Small ones.", Number.NEGATIVE_INFINITY)
    .labelled("counter", "e_total", "None.", "kind", {});
  expect(text).toBe(`# HELP a_info Has a \\\\ and\\na break.
# TYPE a_info gauge
a_info{path="C:\\\\ \\"x\\"\\n"} 1
# HELP b Odd numbers.
# TYPE b gauge
b NaN
# HELP c Large ones.
# TYPE c gauge
c +Inf
# HELP d Small ones.
# TYPE d gauge
d -Inf
# HELP e_total None.
# TYPE e_total counter
`);
});

test("a histogram counts a value in each bucket whose bound is not below it", () => {
  const histogram = new Histogram([1, 2]);
  for (const value of [0, 1, 1.5, 2, 3]) histogram.observe(value);
  expect([histogram.cumulative, histogram.sum]).toEqual([[2, 4, 5], 7.5]);
});

test("the metrics have the kernel's pressure, and leave it out without its file", () => {
  const directory = writeFiles(scratchDirectory(), {
    memory:
      "some avg10=12.50 avg60=0.30 avg300=0.08 total=1234567\nfull avg10=1.00 avg60=0.10 avg300=0.02 total=345678\n",
    odd: "something else\n",
  });
  expect(memoryPressure(`${directory}/memory`)).toEqual({
    some: { seconds: 1.234567, ratio10s: 0.125 },
    full: { seconds: 0.345678, ratio10s: 0.01 },
  });
  expect(memoryPressure(`${directory}/odd`)).toBeNull();
  expect(memoryPressure(`${directory}/none`)).toBeNull();
});

test("a file for node_exporter has no metric that node_exporter has of itself", () => {
  const file = readFileSync(new URL("golden/metrics-file.txt", import.meta.url), "utf8");
  expect(file).toContain("\nballoon_metrics_timestamp_seconds 1700000100.5\n");
  expect(file).not.toMatch(/^(?:process|go|node|promhttp)_/m);
});

test("the start of the process stays the same while time goes by", async () => {
  const before = processFigures();
  expect(before.startSeconds).toBeCloseTo(performance.timeOrigin / 1000, -1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const after = processFigures();
  expect(after.startSeconds).toBe(before.startSeconds);
  expect(after.nowSeconds).toBeGreaterThan(before.nowSeconds);
});

test("the metrics have processor time and memory of the process", () => {
  const { cpuSeconds, residentBytes } = processFigures();
  expect(cpuSeconds).toBeGreaterThan(0);
  expect(residentBytes).toBeGreaterThan(1 << 20);
});
