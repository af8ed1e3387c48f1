import { expect, test } from "vitest";
import { DEFAULT_GIVE_WAY } from "../../../src/common/give-way.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { MINIMAL, traceOf } from "./support.ts";

const constant = (value: number) => ({
  hold: "step",
  at: [0],
  value: [value],
  repeatUs: 0,
  how: "assumed",
  from: null,
});

test("a minimal trace gets the documented defaults", () => {
  expect(readTrace(JSON.stringify(MINIMAL), "some/where/mine.json").trace).toEqual({
    name: "mine",
    description: "",
    origin: {
      kind: "synthetic",
      note: null,
      files: [],
      licence: null,
      epoch: null,
      zone: null,
      zoneSource: null,
      sampleSeconds: null,
      importer: null,
    },
    durationUs: 60_000_000,
    seed: "1",
    guest: {
      memory: 262_144,
      profile: "linux-6.1",
      machine: null,
      lowmemReserve: 0,
      lru: null,
      swap: 0,
      balloon: 0,
      swappiness: null,
      minFree: null,
      watermarkScaleFactor: null,
      driver: null,
      thp: "never",
      floor: null,
      psiLimit: null,
      giveWay: DEFAULT_GIVE_WAY,
      hz: null,
      cpus: null,
      cpu: 0,
      kernelMemory: constant(0),
      costs: {},
    },
    workloads: [],
    host: {
      target: constant(0),
      callNs: 2000,
      entryNs: 0,
      unlockEntryNs: 0,
      largeEntryNs: 0,
      unlockLargeEntryNs: 0,
      capabilities: 0x2e,
      rules: [],
    },
    events: [],
    measured: [],
  });
  expect(traceOf({ workloads: [{ name: "db" }] }).workloads).toEqual([
    {
      name: "db",
      anon: constant(0),
      workingSet: null,
      touch: constant(0),
      fileSet: constant(0),
      fileRead: constant(0),
      fileWrite: constant(0),
      fileWarm: true,
      swapped: 0,
      restartUs: null,
      cpu: 0,
    },
  ]);
});

test("every member of the format is compiled into pages, microseconds, pages a second and nanoseconds", () => {
  const trace = traceOf({
    $schema: "../docs/trace.schema.json",
    name: "all",
    description: "everything",
    duration: "1h30m",
    seed: 7,
    origin: {
      kind: "imported",
      note: "n",
      files: [{ name: "a.csv", sha256: "0".repeat(64), bytes: 12 }, { name: "b.csv" }],
      licence: "none",
      epoch: "2026-11-22T23:14:41.087Z",
      zone: "UTC",
      zoneSource: "user",
      sampleSeconds: 300,
      importer: { name: "i", version: "1", options: { deep: { er: [1] } } },
    },
    guest: {
      memory: "4GiB",
      profile: "linux-6.12",
      lowmemReserve: 0,
      lru: "classic",
      swap: "2GiB",
      balloon: "1GiB",
      swappiness: 60,
      minFree: "8MiB",
      watermarkScaleFactor: 10,
      thp: "always",
      floor: "512MiB",
      psiLimit: 2.5,
      giveWay: { psi: 15, pace: "32MiB/s" },
      hz: 250,
      cpus: 2,
      cpu: 1,
      kernelMemory: [
        [0, "64MiB"],
        [5, "128MiB"],
      ],
      costs: { alloc: "1us", swapWrite: "20us", touch: "80ns" },
    },
    workloads: [
      {
        name: "db.1_a-b",
        anon: {
          points: [
            [0, 100],
            ["1m", null],
            [61.5, "1MiB"],
          ],
          hold: "linear",
          how: "derived",
          from: "x",
        },
        workingSet: { points: [[0, 50]] },
        touch: "10MiB/s",
        fileSet: null,
        fileRead: {
          points: [
            [0, 2.5],
            ["30s", 0],
          ],
          repeat: "1m",
          how: "measured",
        },
        fileWrite: 1,
        fileWarm: false,
        swapped: "200KiB",
        restart: "30s",
        cpu: 1.5,
      },
    ],
    host: {
      target: [
        [0, 0],
        [10, 4294967295],
      ],
      callCost: "1.5us",
    },
    events: [
      { at: "2m", type: "gap", until: "3m", text: "later" },
      { at: "1m", type: "comment" },
    ],
    measured: [
      {
        quantity: "active",
        field: "Memory usage [KB]",
        unit: "KiB",
        kind: "counter",
        aggregate: "mean",
        window: 300,
        how: "derived",
        points: [
          [300, 1.5],
          [600, null],
          [900, -3],
        ],
      },
    ],
  });
  expect(trace).toEqual({
    name: "all",
    description: "everything",
    durationUs: 5_400_000_000,
    seed: "7",
    origin: {
      kind: "imported",
      note: "n",
      files: [
        { name: "a.csv", sha256: "0".repeat(64), bytes: 12 },
        { name: "b.csv", sha256: null, bytes: null },
      ],
      licence: "none",
      epoch: "2026-11-22T23:14:41.087Z",
      zone: "UTC",
      zoneSource: "user",
      sampleSeconds: 300,
      importer: { name: "i", version: "1", options: { deep: { er: [1] } } },
    },
    guest: {
      memory: 1_048_576,
      profile: "linux-6.12",
      driver: null,
      machine: null,
      lowmemReserve: 0,
      lru: "classic",
      swap: 524_288,
      balloon: 262_144,
      swappiness: 60,
      minFree: 2048,
      watermarkScaleFactor: 10,
      thp: "always",
      floor: 131_072,
      psiLimit: 2.5,
      giveWay: { ...DEFAULT_GIVE_WAY, psi: 15, pace: 8192 },
      hz: 250,
      cpus: 2,
      cpu: 1,
      kernelMemory: { ...constant(0), at: [0, 5_000_000], value: [16_384, 32_768] },
      costs: { allocNs: 1000, swapWriteNs: 20_000, touchNs: 80 },
    },
    workloads: [
      {
        name: "db.1_a-b",
        anon: {
          hold: "linear",
          at: [0, 60_000_000, 61_500_000],
          value: [100, Number.NaN, 256],
          repeatUs: 0,
          how: "derived",
          from: "x",
        },
        workingSet: constant(50),
        touch: constant(2560),
        fileSet: constant(Number.NaN),
        fileRead: {
          hold: "step",
          at: [0, 30_000_000],
          value: [2.5, 0],
          repeatUs: 60_000_000,
          how: "measured",
          from: null,
        },
        fileWrite: constant(1),
        fileWarm: false,
        swapped: 50,
        restartUs: 30_000_000,
        cpu: 1.5,
      },
    ],
    host: {
      target: { ...constant(0), at: [0, 10_000_000], value: [0, 4_294_967_295] },
      callNs: 1500,
      entryNs: 0,
      unlockEntryNs: 0,
      largeEntryNs: 0,
      unlockLargeEntryNs: 0,
      capabilities: 0x2e,
      rules: [],
    },
    events: [
      { atUs: 60_000_000, untilUs: null, type: "comment", text: "" },
      { atUs: 120_000_000, untilUs: 180_000_000, type: "gap", text: "later" },
    ],
    measured: [
      {
        quantity: "active",
        field: "Memory usage [KB]",
        unit: "KiB",
        kind: "counter",
        aggregate: "mean",
        windowSeconds: 300,
        how: "derived",
        atUs: [300_000_000, 600_000_000, 900_000_000],
        values: [1.5, Number.NaN, -3],
      },
    ],
  });
});

test("host rules: a refusal, a reset and a fault each become one, in this order", () => {
  const { rules } = traceOf({
    host: {
      faults: [{ at: 30, command: "start", count: 3, status: "busy" }],
      resets: ["20s"],
      refusals: [
        { at: "3s", count: 16, status: "pinned" },
        { at: "4s" },
        { from: "10s", until: "20s", fraction: 0.001, status: 5 },
        { every: 1000, status: "failure" },
      ],
    },
  }).host;
  const always = { untilUs: Number.POSITIVE_INFINITY, count: Number.POSITIVE_INFINITY, every: 1, fraction: 1 };
  expect(rules).toEqual([
    { ...always, command: "lock", fromUs: 3e6, count: 16, status: 5, path: "$.host.refusals[0]" },
    { ...always, command: "lock", fromUs: 4e6, count: 1, status: 5, path: "$.host.refusals[1]" },
    {
      ...always,
      command: "lock",
      fromUs: 10e6,
      untilUs: 20e6,
      fraction: 0.001,
      status: 5,
      path: "$.host.refusals[2]",
    },
    { ...always, command: "lock", fromUs: 0, every: 1000, status: 4_294_967_295, path: "$.host.refusals[3]" },
    { ...always, command: "get-target", fromUs: 20e6, count: 1, status: 7, path: "$.host.resets[0]" },
    { ...always, command: "start", fromUs: 30e6, count: 3, status: 8, path: "$.host.faults[0]" },
  ]);
});

test.each([
  ["success", 0],
  ["cmd-invalid", 1],
  ["ppn-invalid", 2],
  ["ppn-locked", 3],
  ["ppn-unlocked", 4],
  ["ppn-pinned", 5],
  ["pinned", 5],
  ["ppn-notneeded", 6],
  ["notneeded", 6],
  ["reset", 7],
  ["busy", 8],
  ["failure", 4_294_967_295],
  [4_294_967_295, 4_294_967_295],
])("status %j is %i", (status, number) => {
  expect(traceOf({ host: { refusals: [{ at: 0, status }] } }).host.rules[0]?.status).toBe(number);
});
