import { readdirSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { Invariants } from "../../../src/sim/run/invariants.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { openTrace, readTrace } from "../../../src/sim/trace/read.ts";
import type { TraceSource } from "../../../src/sim/trace/types.ts";
import { traceDocuments } from "../../support/traces.ts";

const RUNS = Number(process.env.FUZZ_RUNS ?? 1500);
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

test("after every event of any run, every invariant holds", () => {
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

test.each(bundled)("and so in %s", (name) => {
  expect(violation(openTrace(name))).toBeNull();
});
