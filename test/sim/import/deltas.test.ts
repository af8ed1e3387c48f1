import fc from "fast-check";
import { expect, it } from "vitest";
import { Deltas } from "../../../src/sim/import/deltas.ts";

it("the usual time between samples is the lower median, by the millisecond, and never nothing", () => {
  expect(new Deltas().median()).toBeNull();
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 5_000_000 }), { minLength: 1, maxLength: 50, size: "max" }),
      (times) => {
        const deltas = new Deltas();
        for (const us of times) deltas.add(us);
        const sorted = times.map((us) => Math.max(1, Math.round(us / 1000)) * 1000).sort((a, b) => a - b);
        expect(deltas.median()).toBe(sorted[Math.ceil(sorted.length / 2) - 1]);
      },
    ),
  );
  const tiny = new Deltas();
  tiny.add(3);
  expect(tiny.median()).toBe(1000);
});

it("a log with ever different steps takes no more memory than one with many equal ones", () => {
  const deltas = new Deltas();
  for (let i = 1; i <= 100_000; i++) deltas.add(i * 1000);
  // What came after the first 65,536 different ones is not counted.
  expect(deltas.median()).toBe(32_768_000);
});
