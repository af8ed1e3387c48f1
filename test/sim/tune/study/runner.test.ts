import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_RATES, VMMEMCTL } from "../../../../src/engine/index.ts";
import { ObjectiveMeter } from "../../../../src/sim/measures/meter.ts";
import { OBJECTIVES } from "../../../../src/sim/measures/objectives.ts";
import { Simulation } from "../../../../src/sim/run/simulation.ts";
import { bundledTraces } from "../../../../src/sim/trace/bundled.ts";
import { openTrace } from "../../../../src/sim/trace/open.ts";
import { readTrace } from "../../../../src/sim/trace/read.ts";
import type { TraceSource } from "../../../../src/sim/trace/types.ts";
import { AS_IT_IS } from "../../../../src/sim/trace/what-if.ts";
import { InlineEvaluator } from "../../../../src/sim/tune/study/evaluator.ts";
import { HeldTrace } from "../../../../src/sim/tune/study/held-trace.ts";
import { decodeResults, decodeTasks, encodeResults, encodeTasks } from "../../../../src/sim/tune/study/messages.ts";
import type { RunResult } from "../../../../src/sim/tune/study/runner.ts";
import { readTraceText } from "../../../../src/sim/tune/study/trace-text.ts";
import { traceDocuments } from "../../../support/generators/traces.ts";
import { scratchDirectory } from "../../../support/processes/command.ts";

const scratch = scratchDirectory();

/** What a run over a source comes to. */
function valuesOf(source: TraceSource, seed = "1", rates = DEFAULT_RATES, world = 1): readonly number[] {
  const meter = new ObjectiveMeter();
  new Simulation(source, { rates, seed, world }, meter).run();
  return meter.values;
}

describe("a trace that is held", () => {
  test.each(bundledTraces())("gives the runs of its file, again and again: %s", (trace) => {
    const held = new HeldTrace(openTrace(trace));
    const values = valuesOf(openTrace(trace));
    expect(valuesOf(held.open())).toEqual(values);
    expect(valuesOf(held.open())).toEqual(values);
  });

  test("is random where the seed makes a difference", () => {
    fc.assert(
      fc.property(traceDocuments, (document) => {
        const held = new HeldTrace(readTrace(JSON.stringify(document)));
        if (held.isRandom) return;
        expect(valuesOf(held.open(), "one")).toEqual(valuesOf(held.open(), "another"));
      }),
      { numRuns: 40 },
    );
    expect(new HeldTrace(openTrace("refusals")).isRandom).toBe(true);
    expect(valuesOf(openTrace("refusals"), "one")).not.toEqual(valuesOf(openTrace("refusals"), "two"));
  });
});

describe("a trace's text", () => {
  const file = (name: string, bytes: string | Uint8Array): string => {
    const path = join(scratch, name);
    writeFileSync(path, bytes);
    return path;
  };

  test("is known by the SHA-256 of its bytes", () => {
    // Of "abc", from FIPS 180-2.
    expect(readTraceText(file("abc", "abc")).sha256).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });

  test.each([
    ["nowhere.json", /^nowhere.json: no such file, and no bundled trace/],
    [scratch, /: is a directory, expected a trace file$/],
    [file("latin1.json", Buffer.from('{\n"name": "\xe9"}', "latin1")), /latin1.json:2: not UTF-8 text, as a trace is$/],
  ])("%s is refused", (path, message) => {
    expect(() => readTraceText(path)).toThrow(message);
  });
});

describe("an evaluator", () => {
  const setup = { traces: ["spike", "refusals"].map(readTraceText), whatIf: AS_IT_IS, seeds: ["1", "2"] };
  const rates = { ...DEFAULT_RATES, allocMax: 8192 };
  /** The driver's rate overflows to 0, by which it then divides. */
  const faulty = { ...DEFAULT_RATES, nosleepAllocMax: 10, allocMin: 4, allocMax: 8, allocInc: 2 ** 32 - 8 };

  test("makes the runs of the command run, in their order", async () => {
    const results: RunResult[] = [];
    const tasks = [
      { rates, trace: 1, seed: 1, world: 3 },
      { rates: DEFAULT_RATES, trace: 0, seed: 0, world: 1 },
    ];
    await new InlineEvaluator(setup).run(tasks, (result) => results.push(result));
    expect(results).toEqual([
      { ok: true, values: valuesOf(openTrace("refusals"), "2", rates, 3) },
      { ok: true, values: valuesOf(openTrace("spike")) },
    ]);
  });

  test("reports which run failed, and makes the others", async () => {
    const results: RunResult[] = [];
    const tasks = [faulty, DEFAULT_RATES].map((one) => ({ rates: one, trace: 0, seed: 0, world: 1 }));
    await new InlineEvaluator(setup).run(tasks, (result) => results.push(result));
    expect(results[0]).toEqual({ ok: false, error: expect.stringMatching(/^DriverFault: /) });
    expect(results[1]).toMatchObject({ ok: true });
  });

  test("yields between runs, and stops when it is told", async () => {
    let turns = 0;
    let made = 0;
    const evaluator = new InlineEvaluator(setup, () => void turns++);
    const tasks = Array.from({ length: 5 }, () => ({ rates, trace: 0, seed: 0, world: 1 }));
    await evaluator.run(
      tasks,
      () => made++,
      () => made >= 3,
    );
    expect(made).toBe(3);
    expect(turns).toBeGreaterThanOrEqual(3);
  });
});

test("runs and results travel to worker threads and back", () => {
  const number = fc.nat(0xffff_ffff);
  const tasks = fc.array(
    fc.record({
      rates: fc.record({ ...mapValues(() => number) }),
      trace: fc.nat(99),
      seed: fc.nat(99),
      world: fc.integer({ min: 1, max: 1000 }),
    }),
  );
  fc.assert(
    fc.property(tasks, (list) => {
      expect([...decodeTasks(encodeTasks(list, VMMEMCTL), VMMEMCTL)]).toEqual(list);
    }),
  );
  const value = fc.double({ noNaN: true, noDefaultInfinity: true });
  const result: fc.Arbitrary<RunResult> = fc.oneof(
    fc.record({ ok: fc.constant(true as const), values: fc.array(value, same(OBJECTIVES.length)) }),
    fc.record({ ok: fc.constant(false as const), error: fc.string({ minLength: 1 }) }),
  );
  fc.assert(
    fc.property(fc.array(result), (list) => {
      expect([...decodeResults(encodeResults(list))]).toEqual(list);
    }),
  );
});

const same = (length: number) => ({ minLength: length, maxLength: length });
const mapValues = <Value>(of: () => Value) =>
  Object.fromEntries(Object.keys(DEFAULT_RATES).map((key) => [key, of()])) as Record<keyof typeof DEFAULT_RATES, Value>;
