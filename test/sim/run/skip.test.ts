import fc from "fast-check";
import { expect, test } from "vitest";
import { record } from "../../support/dump.ts";
import { traceDocuments } from "../../support/traces.ts";

const RUNS = Number(process.env.FUZZ_RUNS ?? 500);

test("a run that skips idle cycles is the run that makes them", () => {
  fc.assert(
    fc.property(traceDocuments, (document) => {
      const skipping = record(document);
      const whole = record(document, { everyCycle: true });
      for (const [number, shown] of skipping.cycles) expect(shown, `cycle ${number}`).toEqual(whole.cycles.get(number));
      expect(skipping.end).toEqual(whole.end);
      expect(skipping.unseed).toBe(whole.unseed);
    }),
    { numRuns: RUNS },
  );
});

test("who samples a run does not change it", () => {
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
    { numRuns: RUNS },
  );
});
