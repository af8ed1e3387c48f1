import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { civilUs, daysOf, digitsAt, isoInstant } from "../../../../src/sim/import/clock/civil.ts";

const instants = fc.date({
  min: new Date("1970-01-01T00:00:00Z"),
  max: new Date("2250-12-31T23:59:59Z"),
  noInvalidDate: true,
});

describe("civil dates", () => {
  it("count as those of the platform do", () => {
    fc.assert(
      fc.property(instants, (date) => {
        const days = daysOf(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
        expect(days).toBe(Math.floor(date.getTime() / 86_400_000));
        const seconds = date.getUTCSeconds() + date.getUTCMilliseconds() / 1000;
        const parts = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()] as const;
        expect(civilUs(...parts, date.getUTCHours(), date.getUTCMinutes(), seconds)).toBe(date.getTime() * 1000);
      }),
    );
  });

  it("are written as ISO 8601, with the decimals that they need", () => {
    fc.assert(
      fc.property(instants, (date) => {
        const text = isoInstant(date.getTime() * 1000);
        expect(new Date(text).getTime()).toBe(date.getTime());
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{0,5}[1-9])?Z$/);
      }),
    );
    expect(isoInstant(1)).toBe("1970-01-01T00:00:00.000001Z");
  });

  it.each([
    [2023, 2, 29, 0, 0, 0],
    [2023, 13, 1, 0, 0, 0],
    [2023, 0, 1, 0, 0, 0],
    [2023, 4, 31, 0, 0, 0],
    [2100, 2, 29, 0, 0, 0],
    [2023, 4, 3, 24, 0, 0],
    [2023, 4, 3, 0, 60, 0],
    [2023, 4, 3, 0, 0, 61],
    [1969, 4, 3, 0, 0, 0],
    [2251, 4, 3, 0, 0, 0],
    [Number.NaN, 4, 3, 0, 0, 0],
  ])("know no %d-%d-%d %d:%d:%d", (...parts) => {
    expect(civilUs(...parts)).toBeNaN();
  });

  it("know leap days and leap seconds", () => {
    expect(civilUs(2000, 2, 29, 0, 0, 0)).toBe(Date.UTC(2000, 1, 29) * 1000);
    expect(civilUs(2016, 12, 31, 23, 59, 60)).toBe(Date.UTC(2017, 0, 1) * 1000);
  });

  it("read digits where they stand, and nothing else", () => {
    expect(digitsAt("ab0412", 2, 4)).toBe(412);
    expect(digitsAt("12", 0, 3)).toBeNaN();
    expect(digitsAt("1 2", 0, 3)).toBeNaN();
  });
});
