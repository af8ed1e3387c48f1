import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { DEFAULT_RATES, Engine, RATE_FIELDS, RateError, type Rates, validateRates } from "../../src/engine/index.ts";

const U32_MAX = 2 ** 32 - 1;
const SEED = fileURLToPath(new URL("../../lab/seed/vmw_balloon.c", import.meta.url));

/** What validation says of the default constants with these in their place. */
function complaint(changes: Record<string, unknown>): string | undefined {
  try {
    validateRates({ ...DEFAULT_RATES, ...changes } as Rates);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(RateError);
    expect(error).toMatchObject({ name: "ParamError", key: Object.keys(changes)[0] });
    return (error as RateError).message;
  }
}

describe("the constants", () => {
  it("have the reference driver's values by default", () => {
    expect(DEFAULT_RATES).toEqual({
      nosleepAllocMax: 16_384,
      allocMin: 512,
      allocMax: 2048,
      allocInc: 16,
      freeMin: 512,
      freeMax: 16_384,
      freeInc: 16,
      slowCycles: 4,
      yieldThreshold: 1024,
      maxRefused: 16,
    });
    expect(Object.isFrozen(DEFAULT_RATES)).toBe(true);
  });

  it.skipIf(!existsSync(SEED))("are those of the driver's text, in its order (needs lab/seed)", () => {
    const text = readFileSync(SEED, "utf8");
    const defined = [...text.matchAll(/^#define VMW_BALLOON_(\w+) (\d+)U?$/gm)]
      .map(([, constant, value]) => ({ constant, value: Number(value) }))
      .filter(({ constant }) => /_(MAX|MIN|INC|CYCLES|THRESHOLD|REFUSED)$/.test(constant));
    expect(RATE_FIELDS.map(({ constant, value }) => ({ constant, value }))).toEqual(defined);
  });

  it("are described: names, unit, bounds", () => {
    expect(
      RATE_FIELDS.map(({ key, constant, flag, min, max, unit }) => [key, constant, flag, min, max, unit].join(" ")),
    ).toEqual([
      "nosleepAllocMax NOSLEEP_ALLOC_MAX nosleep-alloc-max 0 4294967295 pages/cycle",
      "allocMin RATE_ALLOC_MIN alloc-min 1 4294967295 pages/cycle",
      "allocMax RATE_ALLOC_MAX alloc-max 1 4294967295 pages/cycle",
      "allocInc RATE_ALLOC_INC alloc-inc 0 4294967295 pages/cycle",
      "freeMin RATE_FREE_MIN free-min 1 4294967295 pages/cycle",
      "freeMax RATE_FREE_MAX free-max 1 4294967295 pages/cycle",
      "freeInc RATE_FREE_INC free-inc 0 4294967295 pages/cycle",
      "slowCycles SLOW_CYCLES slow-cycles 0 4294967295 cycles",
      "yieldThreshold YIELD_THRESHOLD yield-threshold 0 4294967295 pages",
      "maxRefused MAX_REFUSED max-refused 0 4294967295 pages",
    ]);
    for (const { meaning } of RATE_FIELDS) expect(meaning).toMatch(/^[A-Z].{30,}[.)]$/s);
  });
});

describe("validateRates", () => {
  it("takes the bounds themselves", () => {
    for (const { key, min, max } of RATE_FIELDS) {
      const others = { allocMax: U32_MAX, freeMax: U32_MAX, allocMin: 1, freeMin: 1 };
      expect(() => validateRates({ ...DEFAULT_RATES, ...others, [key]: min })).not.toThrow();
      expect(() => validateRates({ ...DEFAULT_RATES, ...others, [key]: max })).not.toThrow();
    }
    expect(complaint({ allocMin: 2048 })).toBeUndefined();
    expect(complaint({ freeMin: 16_384 })).toBeUndefined();
  });

  it("names the constant that is wrong, what it is, and what it may be", () => {
    const said = RATE_FIELDS.flatMap(({ key, min, max }) => [
      complaint({ [key]: min - 1 }),
      complaint({ [key]: max + 1 }),
    ]);
    expect(said).toMatchInlineSnapshot(`
      [
        "nosleep-alloc-max is -1: expected a whole number from 0 to 4294967295 (pages/cycle)",
        "nosleep-alloc-max is 4294967296: expected a whole number from 0 to 4294967295 (pages/cycle)",
        "alloc-min is 0: expected a whole number from 1 to 4294967295 (pages/cycle)",
        "alloc-min is 4294967296: expected a whole number from 1 to 4294967295 (pages/cycle)",
        "alloc-max is 0: expected a whole number from 1 to 4294967295 (pages/cycle)",
        "alloc-max is 4294967296: expected a whole number from 1 to 4294967295 (pages/cycle)",
        "alloc-inc is -1: expected a whole number from 0 to 4294967295 (pages/cycle)",
        "alloc-inc is 4294967296: expected a whole number from 0 to 4294967295 (pages/cycle)",
        "free-min is 0: expected a whole number from 1 to 4294967295 (pages/cycle)",
        "free-min is 4294967296: expected a whole number from 1 to 4294967295 (pages/cycle)",
        "free-max is 0: expected a whole number from 1 to 4294967295 (pages/cycle)",
        "free-max is 4294967296: expected a whole number from 1 to 4294967295 (pages/cycle)",
        "free-inc is -1: expected a whole number from 0 to 4294967295 (pages/cycle)",
        "free-inc is 4294967296: expected a whole number from 0 to 4294967295 (pages/cycle)",
        "slow-cycles is -1: expected a whole number from 0 to 4294967295 (cycles)",
        "slow-cycles is 4294967296: expected a whole number from 0 to 4294967295 (cycles)",
        "yield-threshold is -1: expected a whole number from 0 to 4294967295 (pages)",
        "yield-threshold is 4294967296: expected a whole number from 0 to 4294967295 (pages)",
        "max-refused is -1: expected a whole number from 0 to 4294967295 (pages)",
        "max-refused is 4294967296: expected a whole number from 0 to 4294967295 (pages)",
      ]
    `);
  });

  it.each([
    [0.5, "0.5"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    ["16", '"16"'],
    [null, "null"],
    [undefined, "undefined"],
    [true, "true"],
    [16n, "16"],
  ])("does not take %s for a number", (value, shown) => {
    for (const { key, flag, min, max, unit } of RATE_FIELDS) {
      const expected = `${flag} is ${shown}: expected a whole number from ${min} to ${max} (${unit})`;
      expect(complaint({ [key]: value })).toBe(expected);
    }
  });

  it("wants no minimum above its maximum", () => {
    expect(complaint({ allocMin: 2049 })).toBe("alloc-min is 2049: expected no more than alloc-max, which is 2048");
    expect(complaint({ freeMin: 16_385 })).toBe("free-min is 16385: expected no more than free-max, which is 16384");
  });
});

describe("an engine", () => {
  it("is not made of constants that are wrong", () => {
    expect(() => new Engine({ ...DEFAULT_RATES, allocMin: 0 })).toThrow(RateError);
  });

  it("says which constants are in force, and is not changed through what it says", () => {
    const rates = { ...DEFAULT_RATES, maxRefused: 3 };
    const engine = new Engine(rates);
    expect(engine.rates).toEqual(rates);
    expect(engine.rates).not.toBe(engine.rates);
    rates.maxRefused = 4;
    expect(engine.rates.maxRefused).toBe(3);
  });

  it("keeps the old constants where the new ones are wrong", () => {
    const engine = new Engine(DEFAULT_RATES);
    const before = engine.snapshot();
    expect(() => engine.setRates({ ...DEFAULT_RATES, slowCycles: 7, freeMin: 0 })).toThrow(RateError);
    expect(engine.state).toEqual(before);
  });
});
