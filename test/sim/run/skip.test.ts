import fc from "fast-check";
import { expect, test } from "vitest";
import { type TraceDocument, traceDocuments } from "../../support/generators/traces.ts";
import { traceOf } from "../../support/in-process/curves.ts";
import { record } from "../../support/in-process/dump.ts";
import { slow } from "../../support/setup/slow.ts";

const RUNS = Number(process.env.FUZZ_RUNS ?? 150);

/** Runs a trace with and without skipping, compares what they show, and returns how many cycles were not shown. */
function skipped(document: TraceDocument): number {
  const skipping = record(document);
  const whole = record(document, { everyCycle: true });
  for (const [number, shown] of skipping.cycles) expect(shown, `cycle ${number}`).toEqual(whole.cycles.get(number));
  expect(skipping.end).toEqual(whole.end);
  expect(skipping.finalDraw).toBe(whole.finalDraw);
  return whole.cycles.size - skipping.cycles.size;
}

test("a run that skips idle cycles is the run that makes them", slow(4), () => {
  fc.assert(
    fc.property(traceDocuments, (document) => void skipped(document)),
    { numRuns: RUNS },
  );
});

test("the longest cycle is found among skipped ones that only the carry makes longer", () => {
  // A thousandth of a microsecond is left over each time: one cycle in a thousand takes 2 µs.
  const document = traceOf(3000, { guest: { memory: "64MiB" }, host: { callCost: "1001ns" } });
  expect(skipped(JSON.parse(document))).toBeGreaterThan(2900);
  expect(record(JSON.parse(document)).end.cycle).toMatchObject({ longestUs: 2, totalUs: 3003 });
});

test("a run makes cycles while the target moves by less than a page a second", () => {
  const target = {
    points: [
      [0, 0],
      [20, 0],
      [80, 7],
      [100, 7],
    ],
    hold: "linear",
  };
  expect(skipped(JSON.parse(traceOf(100, { guest: { memory: "64MiB" }, host: { target } })))).toBeGreaterThan(25);
});

test("a run makes cycles while a task stalls, because the working driver makes that no full stall", () => {
  const document = traceOf(200, {
    // Who reclaims a page works for a tenth of a second.
    guest: { memory: "64MiB", swap: "64MiB", costs: { unmap: "100ms" } },
    workloads: [
      {
        name: "app",
        anon: [
          [0, "10MiB"],
          [10, "80MiB"],
        ],
      },
    ],
    host: { target: "1MiB" },
  });
  expect(record(JSON.parse(document)).end.guest?.psiFullUs).toBeGreaterThan(50_000_000);
  skipped(JSON.parse(document));
});

/** Has a sample in the microsecond in which a pass of direct reclaim finds nothing to scan. */
const SAMPLED_IN_RECLAIM: TraceDocument = {
  format: "balloon-sim/trace",
  version: 1,
  name: "random",
  duration: 20,
  seed: "a",
  guest: { memory: 20_001, lru: "mglru", cpus: 4, cpu: 2, costs: { alloc: "0ns", free: "0ns" } },
  workloads: [
    { name: "a", fileSet: 312, fileRead: 312 },
    {
      name: "b",
      anon: 14_063,
      touch: {
        points: [
          [0, 0],
          [0.5, null],
        ],
        hold: "step",
      },
      fileSet: 4375,
      fileRead: 13_437,
      fileWrite: 25_600,
    },
    {
      name: "c",
      anon: 1562,
      fileSet: {
        points: [
          [0, 18_750],
          [2, 0],
          [3.5, 18_750],
        ],
        hold: "linear",
        repeat: 5,
      },
      fileRead: 18_437,
      fileWrite: 3671,
    },
  ],
  host: {
    target: {
      points: [
        [0, 1875],
        [2, 6375],
        [3.5, 1875],
      ],
      hold: "linear",
      repeat: 5,
    },
    callCost: "1.5us",
  },
};

test("samples do not change a run", slow(4), () => {
  fc.assert(
    fc.property(traceDocuments, fc.constantFrom(100_000, 333_333, 1_000_000, 7_000_000), (document, sampleEveryUs) => {
      const sampled = record(document, { sampleEveryUs });
      const alone = record(document);
      for (const [number, shown] of alone.cycles) {
        // A sample may let cycles be skipped that are shown otherwise, and the other way round.
        if (sampled.cycles.has(number)) expect(sampled.cycles.get(number), `cycle ${number}`).toEqual(shown);
      }
      expect(sampled.end).toEqual(alone.end);
    }),
    { numRuns: RUNS, examples: [[SAMPLED_IN_RECLAIM, 100_000]] },
  );
});
