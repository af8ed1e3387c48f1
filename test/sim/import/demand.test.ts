import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseDemand, Evaluator, parseFormulas } from "../../../src/sim/import/demand.ts";
import { bitbrains } from "../../../src/sim/import/formats/bitbrains.ts";
import { type ColumnSpec, column } from "../../../src/sim/import/vocabulary.ts";

const COLUMNS: ColumnSpec[] = [
  column("free", "MemFree", "KiB"),
  column("cached", "Cached", "MiB"),
  column("used", "used", "%"),
  column("x-shmem", "Shmem", "pages"),
  column("swapIn", "si", "KiB/s", { kind: "rate" }),
];
const MEMORY = 262_144;

function evaluate(formula: string, values: readonly number[], { balloon = 0, columns = COLUMNS } = {}): number {
  const [parsed] = parseFormulas(`anon = ${formula}`) as [ReturnType<typeof parseFormulas>[number]];
  return new Evaluator(parsed, columns, MEMORY, balloon).evaluate(Float64Array.from(values));
}

describe("formulas", () => {
  it.each([
    ["free", 1000],
    ["cached", 2560],
    ["used", 65_536],
    ["x-shmem", 7],
    ["memory", MEMORY],
    ["balloon", 100],
    ["0", 0],
    ["64MiB", 16_384],
    ["free + cached", 3560],
    ["cached - free - x-shmem", 1553],
    ["memory-free-cached-balloon", MEMORY - 3660],
    ["0.5 * cached + 4KiB", 1281],
    ["2*free-1MiB", 1744],
    ["-free + cached", 1560],
    ["- 0.5*free+cached", 2060],
  ])("are sums of what was measured: %s is %d pages", (formula, pages) => {
    expect(evaluate(formula, [4000, 10, 25, 7, 0], { balloon: 100 })).toBe(pages);
  });

  it("take the balloon's size from the log where it has one", () => {
    const columns = [...COLUMNS, column("balloonSize", "current", "pages")];
    expect(evaluate("cached - balloon", [4000, 10, 25, 7, 0, 60], { balloon: 100, columns })).toBe(2500);
  });

  it("are unknown where a part of them is", () => {
    expect(evaluate("memory - free - cached", [4000, Number.NaN, 25, 7, 0])).toBeNaN();
    expect(evaluate("memory - free", [4000, Number.NaN, 25, 7, 0])).toBe(MEMORY - 1000);
  });

  it("give whole pages between nothing and all of the memory, and count where they would not", () => {
    const [formula] = parseFormulas("anon = cached - free") as [ReturnType<typeof parseFormulas>[number]];
    const evaluator = new Evaluator(formula, COLUMNS, MEMORY, 0);
    const counts = () => [evaluator.below, evaluator.above, evaluator.impossible];
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 2e6, noNaN: true }),
        fc.double({ min: 0, max: 2000, noNaN: true }),
        (free, cached) => {
          const before = counts();
          const pages = evaluator.evaluate(Float64Array.of(free, cached));
          const exact = cached * 256 - free / 4;
          const isImpossible = exact < -0.02 * MEMORY || exact > 1.02 * MEMORY;
          expect(counts().map((count, i) => count - (before[i] as number))).toEqual([
            !isImpossible && exact < 0 ? 1 : 0,
            !isImpossible && exact > MEMORY ? 1 : 0,
            isImpossible ? 1 : 0,
          ]);
          if (isImpossible) expect(pages).toBeNaN();
          else expect(Number.isInteger(pages) && pages >= 0 && pages <= MEMORY).toBe(true);
          if (exact >= 0 && exact <= MEMORY) expect(Math.abs(pages - exact)).toBeLessThanOrEqual(0.5);
        },
      ),
    );
  });

  it("of anonymous memory may give as much as RAM and swap hold", () => {
    const [formula] = parseFormulas("anon = cached") as [ReturnType<typeof parseFormulas>[number]];
    const evaluator = new Evaluator(formula, COLUMNS, MEMORY, 0, 2 * MEMORY);
    expect(evaluator.evaluate(Float64Array.of(0, 1536))).toBe(1.5 * MEMORY);
  });

  it.each([
    ["anon", 'expected a formula such as "anon = active", found "anon"'],
    ["anon = a = b", "expected a formula"],
    [
      "anno = free",
      '"anno" is no series that a formula gives: expected kernelMemory, anon, workingSet, fileSet; did you mean "anon"?',
    ],
    ["anon = free, anon = cached", "two formulas for anon"],
    ["anon = ", "expected quantities and sizes with + and - between them"],
    ["anon = free cached", '"cached": expected quantities'],
    ["anon = free + ", "expected quantities"],
    ["anon = free * 2", '"* 2": expected quantities'],
    ["anon = free - 64MB", '"- 64MB": expected quantities'],
    ["anon = free / 2", '"/ 2": expected quantities'],
    ["anon = free,", "expected a formula"],
  ])("are refused: %s", (text, message) => {
    expect(() => parseFormulas(text)).toThrow(message);
  });

  it("survive anything that is typed", () => {
    const token = fc.constantFrom("anon", "=", "free", "+", "-", "*", "1", "64MiB", ",", " ", "0", "x-shmem", "ä", ".");
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        try {
          expect(parseFormulas(tokens.join("")).length).toBeGreaterThan(0);
        } catch (error) {
          expect((error as Error).message).toMatch(/^--demand/);
        }
      }),
    );
  });
});

describe("the demand of a log", () => {
  const [cpus, granted, active] = bitbrains.columns as [ColumnSpec, ColumnSpec, ColumnSpec];

  it("is the format's first model that the log has everything for", () => {
    expect(chooseDemand(null, bitbrains, [cpus, granted, active]).model).toBe("cache");
    expect(chooseDemand(null, bitbrains, [cpus, active]).model).toBe("active");
    expect(() => chooseDemand(null, bitbrains, [cpus])).toThrow(/^the log lacks the data for a demand/);
  });

  it("is what the user says, a model or formulas", () => {
    expect(chooseDemand("anon", bitbrains, [granted, active]).formulas.map(({ text }) => text)).toEqual([
      "anon = granted",
      "workingSet = active",
    ]);
    const own = chooseDemand("kernelMemory = 300MiB, anon = 0.5 * granted", bitbrains, [granted]);
    expect([own.model, own.formulas.map(({ field }) => field)]).toEqual([null, ["kernelMemory", "anon"]]);
  });

  it.each([
    ["cash", '--demand "cash": expected cache, anon, active, or formulas such as'],
    ["anon = grunted", 'the log has no "grunted"; did you mean "granted"?'],
    // A rate is no amount of memory.
    ["anon = ioRead", 'the log has no "ioRead"'],
  ])("is refused where it can't be computed: %s", (text, message) => {
    expect(() => chooseDemand(text, bitbrains, bitbrains.columns)).toThrow(message);
  });
});
