import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { COST_PATTERN, RATE_PATTERN, SIZE_PATTERN, TIME_PATTERN } from "../../../src/common/units.ts";
import { MACHINES } from "../../../src/sim/trace/all-machines.ts";
import { bundledTraces, findTrace } from "../../../src/sim/trace/bundled.ts";
import { machineText } from "../../../src/sim/trace/machines.ts";
import { validateText } from "../../../src/sim/trace/read.ts";
import { STATUS_NAMES } from "../../../src/sim/trace/sections/host.ts";
import { QUANTITY_NAME } from "../../../src/sim/trace/sections/log.ts";
import { INSTANT, SHA256 } from "../../../src/sim/trace/sections/origin.ts";
import { WORKLOAD_NAME } from "../../../src/sim/trace/sections/workload.ts";
import type { MachineProfile } from "../../../src/sim/trace/types.ts";
import { changed, placesOf } from "../../support/generators/json-changes.ts";
import { ODD_SIZES } from "../../support/values/odd-sizes.ts";
import { linesText, MINIMAL } from "./support.ts";

const schema = JSON.parse(readFileSync(new URL("../../../docs/trace.schema.json", import.meta.url), "utf8"));
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, strictTypes: false });
const document = ajv.compile(schema);
const row = ajv.getSchema(`${schema.$id}#/$defs/row`) as ValidateFunction;

/** What only the reader can tell: order, whole pages, what goes together, limits of what stands in a text. */
const BEYOND_A_SCHEMA =
  /is not after|is after the end|is before|the first point is at|not inside the period|pages, but a size is|is more than the limit|a hundred years|at most 4294967295|a second workload|of kernel memory|at time 0|the working set|a working set|longer than 0|a time above 0|4KiB\/s or more|guest has memory|of a guest with|comes from no file|is searched for beside|there is no profile|has no transparent huge pages|has no multi-generational LRU|a depth of at least|the two ends of an interval|nested more than|occurs twice|the same series|rows belong to/;

/** Holds schema and reader against each other on one document: the schema is never stricter, and never laxer unawares. */
function compare(value: unknown): "both accept" | "both refuse" | "only the reader refuses" {
  const text = JSON.stringify(value, null, 1);
  const problems = validateText(text, "t");
  const accepted = document(JSON.parse(text));
  if (problems.length === 0) {
    expect(accepted, `${text}\n${JSON.stringify(document.errors)}`).toBe(true);
    return "both accept";
  }
  if (!accepted) return "both refuse";
  for (const problem of problems) expect(`${problem}\n${text}`).toMatch(BEYOND_A_SCHEMA);
  return "only the reader refuses";
}

const documents = bundledTraces()
  .map((name) => findTrace(name))
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(file, "utf8")));

/** A document in which everything that the format has occurs. */
const everything = {
  $schema: "x",
  ...MINIMAL,
  name: "n",
  description: "d",
  seed: 4,
  origin: {
    kind: "imported",
    note: "n",
    files: [{ name: "f", sha256: "0".repeat(64), bytes: 1 }],
    licence: null,
    epoch: "2026-11-22T23:14:41Z",
    zone: "UTC",
    zoneSource: "file",
    sampleSeconds: 20,
    importer: { name: "i", version: "1", options: {} },
  },
  guest: {
    memory: "4GiB",
    profile: "linux-6.1",
    machine: {
      ...JSON.parse(machineText(MACHINES.get("server") as MachineProfile)),
      provenance: {
        program: "p",
        method: "m",
        base: "lab",
        recordings: [{ name: "r.csv", sha256: "0".repeat(64) }],
        score: { before: 2, after: 0.5 },
        intervals: { fault: ["20us", "25us"] },
        kept: ["touch"],
      },
    },
    swap: 3,
    lru: "mglru",
    balloon: "1MiB",
    swappiness: 60,
    minFree: "8MiB",
    watermarkScaleFactor: 10,
    thp: "always",
    floor: "512MiB",
    psiLimit: 7.5,
    giveWay: { psi: 15, after: "3s", pace: "32MiB/s", holdOff: "1m", holdOffMax: 3600 },
    hz: 250,
    cpus: 2,
    cpu: 0,
    kernelMemory: [
      [0, "1MiB"],
      [5, 3],
    ],
    costs: { alloc: "1us", free: "1us", fault: "1us", scan: "1us", unmap: "1us", swapWrite: "1us", fileRead: "9ns" },
  },
  workloads: [
    {
      name: "a",
      anon: {
        points: [
          [0, 9],
          [1, null],
        ],
        hold: "linear",
        repeat: "5s",
        how: "measured",
        from: "x",
      },
      workingSet: 3,
      touch: "1MiB/s",
      fileSet: [[0, 5]],
      fileRead: { points: [[0, 2.5]] },
      fileWrite: 0,
      fileWarm: true,
      swapped: 2,
      restart: null,
      cpu: 0,
    },
  ],
  host: {
    target: [
      [0, 0],
      ["10s", "1GiB"],
    ],
    callCost: "2us",
    refusals: [
      { at: 1, count: 2, status: "pinned" },
      { from: 1, until: 2, fraction: 0.5, every: 3, status: 8 },
    ],
    resets: [1, "2s"],
    faults: [{ at: 3, command: "start", status: "busy" }],
  },
  events: [{ at: 1, until: 2, type: "gap", text: "t" }],
  measured: [
    {
      quantity: "active",
      field: "f",
      unit: "KiB",
      kind: "gauge",
      aggregate: "mean",
      window: 300,
      how: "measured",
      points: [[0, 1]],
    },
  ],
};

test("the schema has an identifier of its own, and no address of others", () => {
  expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
  expect(schema.$id).toBe("urn:balloon-sim:trace:1");
});

test("quantities are written in the schema as the reader reads them", () => {
  const { size, rate, timeText, cost, status } = schema.$defs;
  expect(new RegExp(size.anyOf[1].pattern).source).toBe(SIZE_PATTERN.source);
  expect(new RegExp(rate.anyOf[1].pattern).source).toBe(RATE_PATTERN.source);
  expect(new RegExp(timeText.pattern).source).toBe(TIME_PATTERN.source);
  expect(new RegExp(cost.pattern).source).toBe(COST_PATTERN.source);
  expect(status.anyOf[1].enum).toEqual([...STATUS_NAMES.keys()]);
  const { origin, workload, measured } = schema.$defs;
  expect(workload.properties.name.pattern).toBe(WORKLOAD_NAME.source);
  expect(measured.properties.quantity.pattern).toBe(QUANTITY_NAME.source);
  expect(origin.properties.epoch.pattern).toBe(INSTANT.source);
  expect(origin.properties.files.items.properties.sha256.pattern).toBe(SHA256.source);
});

test("the schema and the reader accept every bundled trace", () => {
  for (const each of [...documents, everything]) expect(compare(each)).toBe("both accept");
  for (const name of bundledTraces()) {
    const file = findTrace(name);
    if (!file.endsWith(".jsonl")) continue;
    const [header, ...rows] = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(document(JSON.parse(header as string)), JSON.stringify(document.errors)).toBe(true);
    for (const each of rows) expect(row(JSON.parse(each)), JSON.stringify(row.errors)).toBe(true);
  }
});

const odd = fc.oneof(
  ODD_SIZES,
  fc.constantFrom<unknown>("1h", "30m1h", "2us", "300ns", "10MiB/s", "pinned", "gap", "step", "x".repeat(4001), "a b"),
  fc.constantFrom<unknown>(
    [],
    {},
    [[0, 1]],
    [
      [0, 1],
      [1, 2],
    ],
    [[1]],
    { points: [[0, 1]] },
    [0, 1],
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

test("the reader refuses a replaced or removed value exactly where the schema does, as far as a schema goes", () => {
  const outcomes = { "both accept": 0, "both refuse": 0, "only the reader refuses": 0 };
  const base = fc.constantFrom(...documents, everything, everything, everything);
  const mutation = base.chain((from) => fc.tuple(fc.constant(from), fc.constantFrom(...placesOf(from)), odd));
  fc.assert(
    fc.property(mutation, ([from, path, value]) => {
      fc.pre(path.length > 0);
      outcomes[compare(changed(from, path, () => value))]++;
    }),
    { numRuns: 6000 },
  );
  for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(50);
});

test("the schema refuses a pace of giving way that is less than a page a second, where it is a number", () => {
  const withPace = (pace: unknown) => changed(everything, ["guest", "giveWay", "pace"], () => pace);
  expect([0, 0.5, 1, "0KiB/s", "4KiB/s"].map((pace) => compare(withPace(pace)))).toEqual([
    "both refuse",
    "both refuse",
    "both accept",
    "only the reader refuses",
    "both accept",
  ]);
});

test("the schema and the reader refuse an added or misspelt member", () => {
  const objects = (from: unknown) =>
    placesOf(from).filter((path) => {
      const at = path.reduce<unknown>((here, step) => (here as Record<string | number, unknown>)[step], from);
      return typeof at === "object" && at !== null && !Array.isArray(at);
    });
  const keys = [
    ...new Set(
      placesOf(everything)
        .flat()
        .filter((step) => typeof step === "string"),
    ),
    "rows",
    "oops",
  ];
  const mutation = fc.tuple(fc.constantFrom(...objects(everything)), fc.constantFrom(...keys), odd);
  fc.assert(
    fc.property(mutation, ([path, key, value]) => {
      compare(changed(everything, path, (old) => ({ ...(old as object), [key]: value })));
    }),
    { numRuns: 3000 },
  );
});

test("the schema and the reader agree on rows of JSON lines", () => {
  const header = {
    duration: "1h",
    workloads: [{ name: "a", touch: 0 }],
    host: { target: 0 },
    measured: [{ quantity: "active", unit: "KiB" }],
    rows: { target: {}, touch: {} },
  };
  const key = fc.constantFrom("target", "touch", "t", "event", "measured", "type");
  const value = fc.oneof(
    odd,
    fc.constantFrom<unknown>({ type: "gap" }, { type: "gap", until: "2m", text: "x" }, { active: 1 }),
  );
  const members = fc.dictionary(key, value, { maxKeys: 3 }).map((each) => ({ t: 5, ...each }));
  const outcomes = { good: 0, bad: 0 };
  // The header decides which columns there are and whether they are sizes or rates.
  const OF_THE_HEADER =
    /no column|found|is more than the limit|but a size is|at most 4294967295|after the end|hundred years|before|at most|measured(?:\.|\[).*unknown key/;
  fc.assert(
    fc.property(members, (each) => {
      const problems = validateText(linesText(header, [JSON.stringify(each)]), "t");
      const accepted = row(JSON.parse(JSON.stringify(each)));
      if (problems.length === 0) expect(accepted, JSON.stringify([each, row.errors])).toBe(true);
      else if (accepted) for (const problem of problems) expect(problem).toMatch(OF_THE_HEADER);
      outcomes[accepted ? "good" : "bad"]++;
    }),
    { numRuns: 3000 },
  );
  expect(Math.min(outcomes.good, outcomes.bad)).toBeGreaterThan(200);
});
