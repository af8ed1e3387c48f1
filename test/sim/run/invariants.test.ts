import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_RATES, Request } from "../../../src/engine/index.ts";
import { processorLot } from "../../../src/sim/guest/free-memory.ts";
import { Invariants } from "../../../src/sim/run/invariants.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import type { TraceSource } from "../../../src/sim/trace/types.ts";
import { traceDocuments } from "../../support/generators/traces.ts";
import { slow } from "../../support/setup/slow.ts";

/** A fault of the accounting shows within a hundred traces, or not in thousands. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 300);
/** No second of virtual time may cost more events than this, whatever the trace. */
const MAX_EVENTS_PER_SECOND = 400_000;

/** Runs a trace event by event; the first violation, or null. */
function violation(source: TraceSource): string | null {
  const simulation = new Simulation(source, { rates: DEFAULT_RATES });
  const invariants = new Invariants(simulation.parts);
  let second = -1;
  let events = 0;
  do {
    const wrong = invariants.violated();
    if (wrong !== null) return `at ${simulation.view.timeUs} µs: ${wrong}`;
    const now = Math.floor(simulation.view.timeUs / 1e6);
    events = now === second ? events + 1 : 0;
    second = now;
    if (events > MAX_EVENTS_PER_SECOND) return `second ${second} does not end`;
  } while (simulation.runFor(1));
  return null;
}

test("every invariant holds after every event of any run", slow(12), () => {
  fc.assert(
    fc.property(traceDocuments, (document) => {
      expect(violation(readTrace(JSON.stringify(document)))).toBeNull();
    }),
    { numRuns: RUNS, endOnFailure: false },
  );
});

const bundled = readdirSync(new URL("../../../traces/", import.meta.url))
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.slice(0, -".json".length));

test.each(bundled)("every invariant holds after every event of %s", (name) => {
  expect(violation(openTrace(name))).toBeNull();
});

/** An object as it is, but for some of its values. */
function altered<T extends object>(object: T, values: Readonly<Record<string, unknown>>): T {
  return new Proxy(object, {
    get(target, key) {
      if (typeof key === "string" && key in values) return values[key];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

describe("the check of invariants", () => {
  const simulation = new Simulation(openTrace("spike"), { rates: DEFAULT_RATES });
  simulation.runFor(Number.POSITIVE_INFINITY, 60_000_000);
  const { parts } = simulation;
  const { guest } = parts;
  const { memory, pressure } = guest;
  const told = (values: Readonly<Record<string, unknown>>, frames = parts.frames) =>
    new Invariants({ ...parts, guest: altered(guest, values), frames }).violated();

  test("finds no violation in a run", () => {
    expect(parts.driver.state.request).toBe(Request.None);
    expect(parts.frames.balloon.frames).toBeGreaterThan(0);
    expect(told({})).toBeNull();
  });

  test("finds PSI full above some", () => {
    const { someUs } = pressure;
    expect(told({ pressure: altered(pressure, { fullUs: someUs }) })).toBeNull();
    expect(told({ pressure: altered(pressure, { fullUs: someUs + 1 }) })).toBe(
      `PSI full is ${someUs + 1} µs, more than some, ${someUs} µs`,
    );
  });

  test("finds free memory below what allocations without sleep, and the last lot of a processor's list, may reach", () => {
    const { min } = memory.watermarks.base;
    const lowest = min - Math.max(Math.floor(min * guest.memory.rules.nosleepReserve), processorLot(memory.total) - 1);
    expect(lowest).toBeGreaterThan(0);
    const withFree = (free: number) => {
      const scatteredFree = Math.min(memory.scatteredFree, free);
      return told({ memory: altered(memory, { free, scatteredFree, kernel: memory.kernel + memory.free - free }) });
    };
    expect(withFree(lowest)).toBeNull();
    expect(withFree(lowest - 1)).toBe(`${lowest - 1} pages are free, below the reserve of ${lowest}`);
  });

  test.each(["spare", "unlocked", "refused"])("finds %s pages that a cycle leaves behind", (set) => {
    const frames = altered(parts.frames, { [set]: { frames: 1 }, held: parts.frames.held + 1 });
    const more = altered(memory, { balloon: memory.balloon + 1, free: memory.free - 1 });
    expect(told({ memory: more }, frames)).toBe("between cycles the balloon holds 1 pages besides its own");
  });
});
