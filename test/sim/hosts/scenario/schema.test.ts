import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { COST_PATTERN, SIZE_PATTERN, TIME_PATTERN } from "../../../../src/common/units.ts";
import { TARGET_POLICIES } from "../../../../src/sim/hosts/policies/index.ts";
import { VM_NAME } from "../../../../src/sim/hosts/scenario/file.ts";
import { DEFAULTS_KEYS, VM_KEYS } from "../../../../src/sim/hosts/scenario/settings.ts";
import { bundledHosts, findHost } from "../../../../src/sim/trace/bundled.ts";
import { changed, placesOf } from "../../../support/generators/json-changes.ts";
import { scratchDirectory } from "../../../support/processes/command.ts";
import { ODD_SIZES } from "../../../support/values/odd-sizes.ts";
import { HostFolder, MINIMAL_HOST } from "./support.ts";

const schema = JSON.parse(readFileSync(new URL("../../../../docs/host.schema.json", import.meta.url), "utf8"));
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, strictTypes: false });
const accepts = ajv.compile(schema);
const folder = new HostFolder(scratchDirectory());

/** Values of which a schema knows little: names of policies, drivers and their parameters, traces and what is set in them. */
const BEYOND_BY_PLACE = /^[^$]*\$(?:\.policy|\.(?:defaults|vms\[\d\])\.(?:driver|rates|set|trace))\b/;
/** What only the reader can tell of others: order, whole pages, names that occur twice, limits of what stands in a text. */
const BEYOND_BY_MESSAGE =
  /is not after|expected at most|expected less than|a second VM|are less than|is for copies|pages, but a size is|more than the limit|a hundred years|expected a time above 0|expected a size above 0|of kernel memory|is none$/;

/** A host in which everything that the format has occurs. */
const everything = {
  $schema: "x",
  format: "balloon-sim/host",
  version: 1,
  name: "n",
  description: "d",
  duration: "1h",
  seed: 4,
  host: {
    memory: "64GiB",
    reserved: 100_000,
    largePages: true,
    swap: { size: "1GiB", readCost: "1us", writeCost: "2us" },
  },
  policy: { name: "mom", params: { pressure: 0.3, "lower-bound": "min" } },
  defaults: { memory: "3GiB", overhead: 0, agent: false, phase: 3 },
  vms: [
    {
      name: "w",
      count: 2,
      trace: "a.json",
      set: { "guest.swap": "1GiB", "workloads.app.touch": [[0, 3]], seed: 5 },
      memory: "4GiB",
      min: "1GiB",
      max: "3GiB",
      reservation: 0,
      limit: "2GiB",
      shares: 3.5,
      maxBalloon: 0.5,
      target: "2GiB",
      overhead: "1MiB",
      driver: "vmmemctl",
      rates: { "alloc-max": 4096 },
      agent: true,
      on: "10s",
      off: "10m",
      phase: "1s",
      spread: "10s",
      stagger: "2s",
      repeat: false,
      touched: 1,
      seed: "s",
    },
    { trace: "a.json" },
  ],
};

/** Holds schema and reader against each other on one document: the schema is never stricter, and never laxer unawares. */
function compare(value: unknown): "both accept" | "both refuse" | "only the reader refuses" {
  const text = JSON.stringify(value);
  const problems = folder.problems(value as object);
  const accepted = accepts(JSON.parse(text));
  if (problems.length === 0) {
    expect(accepted, `${text}\n${JSON.stringify(accepts.errors)}`).toBe(true);
    return "both accept";
  }
  if (!accepted) return "both refuse";
  for (const problem of problems) {
    if (!BEYOND_BY_PLACE.test(problem)) expect(`${problem}\n${text}`).toMatch(BEYOND_BY_MESSAGE);
  }
  return "only the reader refuses";
}

test("the schema has an identifier of its own", () => {
  expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
  expect(schema.$id).toBe("urn:balloon-sim:host:1");
});

test("the schema has the keys, the quantities and the names that the reader has", () => {
  const { vm, size, timeText, cost, policyName } = schema.$defs;
  expect(Object.keys(vm.properties).toSorted()).toEqual([...VM_KEYS].sort());
  expect(Object.keys(schema.properties.defaults.properties).toSorted()).toEqual([...DEFAULTS_KEYS].sort());
  expect(new RegExp(size.anyOf.at(-1).pattern).source).toBe(SIZE_PATTERN.source);
  expect(new RegExp(timeText.pattern).source).toBe(TIME_PATTERN.source);
  expect(new RegExp(cost.pattern).source).toBe(COST_PATTERN.source);
  expect(vm.properties.name.pattern).toBe(VM_NAME.source);
  expect(policyName.examples).toEqual([...TARGET_POLICIES.keys()]);
});

const bundled = bundledHosts().map((name) => JSON.parse(readFileSync(findHost(name), "utf8")));

test("the schema accepts every bundled host, and both accept a host with everything and one with almost nothing", () => {
  for (const each of bundled) expect(accepts(each), JSON.stringify(accepts.errors)).toBe(true);
  expect(folder.problems(everything)).toEqual([]);
  expect(compare(everything)).toBe("both accept");
  expect(compare(MINIMAL_HOST)).toBe("both accept");
});

const odd = fc.oneof(
  ODD_SIZES,
  fc.constantFrom<unknown>(
    "1h",
    "30m1h",
    "2us",
    "300ns",
    "esx",
    "vmw-balloon",
    "a.json",
    "x".repeat(4097),
    "a b",
    "min",
  ),
  fc.constantFrom<unknown>(
    [],
    {},
    [{}],
    [{ trace: "a.json" }],
    { name: "esx" },
    { memory: "9GiB" },
    { size: 0 },
    [0, 1],
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

test("the reader refuses a replaced or removed value exactly where the schema does, as far as a schema goes", () => {
  const outcomes = { "both accept": 0, "both refuse": 0, "only the reader refuses": 0 };
  const mutation = fc.tuple(fc.constantFrom(...placesOf(everything)), odd);
  fc.assert(
    fc.property(mutation, ([path, value]) => {
      fc.pre(path.length > 0);
      outcomes[compare(changed(everything, path, () => value))]++;
    }),
    { numRuns: 4000 },
  );
  for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(50);
});

test("the schema and the reader refuse an added or misspelt member", () => {
  const objects = placesOf(everything).filter((path) => {
    const at = path.reduce<unknown>((here, step) => (here as Record<string | number, unknown>)[step], everything);
    return typeof at === "object" && at !== null && !Array.isArray(at);
  });
  const keys = [
    ...new Set(
      placesOf(everything)
        .flat()
        .filter((step) => typeof step === "string"),
    ),
    "oops",
    "host.target",
    "guest..a",
  ];
  const mutation = fc.tuple(fc.constantFrom(...objects), fc.constantFrom(...keys), odd);
  fc.assert(
    fc.property(mutation, ([path, key, value]) => {
      compare(changed(everything, path, (old) => ({ ...(old as object), [key]: value })));
    }),
    { numRuns: 2000 },
  );
});
