import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_RATES, RATE_FIELDS, VMMEMCTL } from "../../../src/engine/index.ts";
import { defaultSpace, parseSpace } from "../../../src/sim/tune/parse-space.ts";
import { anySpace } from "../../support/generators/spaces.ts";

describe("a space", () => {
  test("repairs every point to a candidate, and leaves candidates alone", () => {
    fc.assert(
      fc.property(
        anySpace,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
        (space, units) => {
          const raw = space.axes.map((axis, i) => axis.valueOf(units[i] as number));
          const repaired = space.repair(raw);
          expect(space.isValid(repaired)).toBe(true);
          if (space.isValid(raw)) expect(repaired).toEqual(raw);
          expect(space.repair(repaired)).toEqual(repaired);
          expect(space.pointOf(units)).toEqual(repaired);
          expect(() => VMMEMCTL.validate(space.ratesOf(repaired))).not.toThrow();
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("its grid has every candidate once, the last parameter varying fastest", () => {
    fc.assert(
      fc.property(anySpace, (space) => {
        fc.pre(space.combinations <= 5000);
        const grid = [...space.grid()];
        expect(new Set(grid.map(String)).size).toBe(grid.length);
        expect(grid.every((point) => space.isValid(point))).toBe(true);
        // Counted in another way: all combinations, one by one.
        let count = 0;
        const visit = (point: number[]): void => {
          const parameter = space.parameters[point.length];
          if (parameter === undefined) {
            if (space.isValid(point)) count++;
            return;
          }
          const { kind, min, max, values } = parameter;
          for (const value of kind === "list" ? values : Array.from({ length: max - min + 1 }, (_, i) => min + i)) {
            visit([...point, value]);
          }
        };
        visit([]);
        expect(grid.length).toBe(count);
        const before = (a: readonly number[], b: readonly number[]) => {
          const i = a.findIndex((value, k) => value !== b[k]);
          return (a[i] as number) < (b[i] as number);
        };
        for (let i = 1; i < grid.length; i++) expect(before(grid[i - 1] as number[], grid[i] as number[])).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("a minimum above its maximum changes places with it where both may, and else comes down", () => {
    const both = parseSpace(VMMEMCTL, ["alloc-min=100..900", "alloc-max=100..900"]);
    expect(both.repair([800, 300])).toEqual([300, 800]);
    const partly = parseSpace(VMMEMCTL, ["alloc-min=100,700", "alloc-max=300..900"]);
    expect(partly.repair([700, 300])).toEqual([100, 300]);
    const fixed = parseSpace(VMMEMCTL, ["free-min=100..20000"]);
    expect(fixed.repair([19_000])).toEqual([16_384]);
    const upwards = parseSpace(VMMEMCTL, ["alloc-min=600", "alloc-max=500,700,900"]);
    expect(upwards.repair([500])).toEqual([700]);
  });
});

describe("parseSpace", () => {
  test("orders parameters as the driver's text", () => {
    const space = parseSpace(VMMEMCTL, ["free-inc=1,2", "allocMax=1000..9000", "alloc-inc=32"]);
    expect(space.parameters.map(({ flag }) => flag)).toEqual(["alloc-max", "free-inc"]);
    expect(space.base).toMatchObject({ allocInc: 32 });
    expect(space.reference).toEqual(DEFAULT_RATES);
    expect(space.referencePoint).toEqual([2048, 16]);
    expect(space.ratesOf([5000, 2])).toEqual({ ...DEFAULT_RATES, allocInc: 32, allocMax: 5000, freeInc: 2 });
    expect(space.combinations).toBe(16_002);
  });

  test("accepts a value that contradicts the driver's where the other constant moves", () => {
    const space = parseSpace(VMMEMCTL, ["alloc-min=4096", "alloc-max=4096..9000"]);
    expect(() => VMMEMCTL.validate(space.base)).not.toThrow();
    expect(space.reference).toEqual(DEFAULT_RATES);
  });

  test("is of one candidate where no constant has a range", () => {
    expect([...parseSpace(VMMEMCTL, ["alloc-max=4096"]).grid()]).toEqual([[]]);
  });

  test.each([
    [["alloc-max"], "--set alloc-max: expected name=values, such as alloc-max=1024..16384x5"],
    [["=3"], "--set =3: expected name=values, such as alloc-max=1024..16384x5"],
    [
      ["alocmax=3"],
      '--set alocmax=3: unknown constant "alocmax"; did you mean "allocMax"? (balloon-sim rates lists them)',
    ],
    [["alloc-inc=3,4", "allocInc=32"], "--set allocInc=32: alloc-inc is set twice: set it once"],
    [["alloc-max=9..5"], "--set alloc-max=9..5: 9 is more than 5: write 5..9"],
    [
      ["alloc-max=100..300"],
      "--set alloc-max=100..300: no candidate has alloc-min (512 at least) no higher than alloc-max (300 at most)",
    ],
    [
      ["free-min=20000,30000"],
      "--set free-min=20000,30000: no candidate has free-min (20000 at least) no higher than free-max (16384 at most)",
    ],
    [
      ["alloc-inc=1..134217664"],
      "--set alloc-inc=1..134217664: alloc-inc may be 134217664, which overflows the driver's 32-bit rate where alloc-max " +
        "may be 2048: expected at most 134217663",
    ],
    [
      ["free-max=4294967295"],
      "--set free-max=4294967295: free-inc may be 16, which overflows the driver's 32-bit rate where free-max may be " +
        "4294967295: expected at most 0",
    ],
  ])("refuses %j", (sets, message) => {
    expect(() => parseSpace(VMMEMCTL, sets)).toThrow(expect.objectContaining({ name: "InputError", message }));
  });

  test("the default space is around the driver's rates", () => {
    const space = defaultSpace(VMMEMCTL);
    expect(space.isValid(space.referencePoint)).toBe(true);
    // Only what moves no page in a simulation stays.
    const moved = new Set(space.parameters.map(({ key }) => key));
    expect(RATE_FIELDS.filter(({ key }) => !moved.has(key)).map(({ flag }) => flag)).toEqual(["yield-threshold"]);
  });
});
