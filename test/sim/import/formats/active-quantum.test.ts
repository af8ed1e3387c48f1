import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ActiveQuantum } from "../../../../src/sim/import/formats/active-quantum.ts";
import { Sample } from "../../../../src/sim/import/reader.ts";
import { column } from "../../../../src/sim/import/vocabulary.ts";

const KIB_PER_GIB = 1_048_576;
const MACHINE = {
  index: 0,
  id: "1",
  name: null,
  columns: [column("granted", "granted", "KiB"), column("active", "active", "KiB")],
};

/** What is found in rows of granted and active memory, in KiB; "off" for a machine that is off. */
function find(rows: readonly (readonly [number, number] | "off")[]) {
  const finder = new ActiveQuantum(0, 1);
  const sample = new Sample();
  rows.forEach((row, i) => {
    sample.begin(MACHINE, i);
    if (row === "off") sample.isOff = true;
    else sample.values.set(row);
    finder.observe(sample);
  });
  return finder.result();
}

/** The mean of 15 samples, each a whole number of percents of the size, cut to whole KiB. */
const mean = (gib: number, percents: readonly number[]): number =>
  percents.reduce((sum, percent) => sum + Math.floor((percent * gib * KIB_PER_GIB) / 100), 0) / 15;

const samples = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 15, maxLength: 15 });
const sizes = fc.constantFrom(0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256);

describe("the RAM in the steps of active memory", () => {
  it("is found for any size", () => {
    fc.assert(
      fc.property(sizes, fc.array(samples, { minLength: 200, maxLength: 400 }), (gib, rows) => {
        const found = find(rows.map((percents) => [0.3 * gib * KIB_PER_GIB, mean(gib, percents)]));
        expect(found?.pages).toBe(gib * 262_144);
      }),
      { numRuns: 60 },
    );
  });

  it("is not less than what was granted or used", () => {
    // Steps of 1 % of 4 GiB explain the rows, but 6 GiB were granted.
    const rows = Array.from({ length: 100 }, (_, i): [number, number] => [6 * KIB_PER_GIB, mean(4, [1, 1 + i])]);
    expect(find(rows)).toBeNull();
    const few = rows.map(([, active]): [number, number] => [3 * KIB_PER_GIB, active]);
    expect(find(few)?.pages).toBe(4 * 262_144);
  });

  it("is not seen in statistics that hang, however long", () => {
    const moving = Array.from({ length: 100 }, (_, i): [number, number] => [KIB_PER_GIB, mean(12, [1, 1 + i])]);
    // Half a step: it would speak for 6 GiB.
    const hanging = Array.from({ length: 1500 }, (): [number, number] => [
      KIB_PER_GIB,
      (40.5 * 12 * KIB_PER_GIB) / 1500,
    ]);
    expect(find([...moving, ...hanging])?.pages).toBe(12 * 262_144);
    const hangsAlone = find([...moving.slice(0, 20), ...hanging]);
    expect(hangsAlone).toBeNull();
  });

  it("is not seen in numbers that know no steps, in few rows, or in a machine that is off", () => {
    const any = Array.from({ length: 500 }, (_, i): [number, number] => [KIB_PER_GIB, 100_000 * Math.sqrt(2 + i)]);
    expect(find(any)).toBeNull();
    const good = Array.from({ length: 29 }, (_, i): [number, number] => [KIB_PER_GIB, mean(4, [1, 1 + i])]);
    expect(find(good)).toBeNull();
    expect(find(Array.from({ length: 500 }, () => "off" as const))).toBeNull();
  });

  it("comes with its evidence", () => {
    const rows = Array.from({ length: 100 }, (_, i): [number, number] => [KIB_PER_GIB, mean(4, [1, 1 + i])]);
    expect(find(rows)?.evidence).toBe(
      "15 times the active memory is a whole number of percents of 4GiB in 100 of 100 rows, of no larger size in more than 50; the most that was granted or used is 1GiB",
    );
  });
});
