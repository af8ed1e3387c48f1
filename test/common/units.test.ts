import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/common/errors.ts";
import {
  formatCost,
  formatRate,
  formatSize,
  formatTime,
  MAX_BYTES,
  MAX_PAGES,
  MAX_TIME_US,
  parseBytes,
  parseCost,
  parseRate,
  parseSize,
  parseTime,
  parseTimeArgument,
} from "../../src/common/units.ts";

describe("numbers of bytes", () => {
  test.each([
    [0, 0],
    [-0, 0],
    [7, 7],
    [MAX_BYTES, MAX_BYTES],
    ["0B", 0],
    ["512 B", 512],
    ["1kB", 1000],
    ["1KB", 1000],
    ["1KiB", 1024],
    ["100MB", 100_000_000],
    ["1.1MB", 1_100_000],
    ["1.001GB", 1_001_000_000],
    ["2GiB", 2 ** 31],
    ["1.5TB", 1.5e12],
    ["4PiB", MAX_BYTES],
  ])("%j is %i bytes", (text, bytes) => {
    expect(Object.is(parseBytes(text), bytes)).toBe(true);
  });

  test.each([
    [-1, "expected 0 or more, found -1"],
    ["-1GB", "expected 0 or more, found -1000000000"],
    [0.5, "expected whole bytes, found 0.5"],
    ["0.5B", 'expected whole bytes, found "0.5B"'],
    [Number.NaN, "expected a finite number, found NaN"],
    [MAX_BYTES + 1, "is more than the limit of 4503599627370496"],
    ["5PiB", "is more than the limit of 4503599627370496"],
    ["1gb", 'expected a size such as "512MiB" or "512MB", or a number of bytes, found "1gb"'],
    ["1G", "expected a size"],
    ["1e9B", "expected a size"],
    ["1024", "expected a size"],
    [null, "expected a size"],
  ])("%j is none", (value, message) => {
    expect(() => parseBytes(value)).toThrow(InputError);
    expect(() => parseBytes(value)).toThrow(message);
  });

  test("may be negative where it says so", () => {
    expect(parseBytes("-200MB", { signed: true })).toBe(-200_000_000);
    expect(parseBytes(-5, { signed: true })).toBe(-5);
    expect(Object.is(parseBytes(-0, { signed: true }), 0)).toBe(true);
    expect(() => parseBytes("-5PiB", { signed: true })).toThrow("is more than the limit");
    expect(() => parseBytes("-0.5B", { signed: true })).toThrow("expected whole bytes");
  });
});

describe("sizes", () => {
  test.each([
    [0, 0],
    [-0, 0],
    [4096, 4096],
    [MAX_PAGES, MAX_PAGES],
    ["4KiB", 1],
    ["64KiB", 16],
    ["512MiB", 131_072],
    ["4GiB", 1_048_576],
    ["1.5GiB", 393_216],
    ["1 TiB", 268_435_456],
    ["4PiB", MAX_PAGES],
    ["0KiB", 0],
  ])("%j is %i pages", (text, pages) => {
    expect(Object.is(parseSize(text), pages + 0)).toBe(true);
  });

  test.each([
    ["4GB", /units are binary: write "4GiB"/],
    ["4G", /write "4GiB"/],
    ["1.5gib", /write "1.5GiB"/],
    ["4096", /needs a unit/],
    ["6KiB", /6KiB is 1.5 pages, .* write 1 or 2, or "4KiB"/],
    [1.5, /1.5 pages, but a size is a whole number/],
    [-1, /expected 0 or more, found -1/],
    ["-4GiB", /expected a size .* found "-4GiB"/],
    [Number.NaN, /finite/],
    [Number.POSITIVE_INFINITY, /finite/],
    [MAX_PAGES + 1, /more than the limit/],
    ["5PiB", /more than the limit/],
    [null, /found null/],
    [[], /found an array/],
    [{}, /found an object/],
    [true, /found true/],
    ["", /found ""/],
    ["1e3KiB", /found "1e3KiB"/],
    ["4GiB ", /found/],
    [`${"9".repeat(500)}GiB`, /found "9{47}…"$/],
  ])("%j is refused", (value, message) => {
    expect(() => parseSize(value)).toThrow(InputError);
    expect(() => parseSize(value)).toThrow(message);
  });

  test("are printed in the largest unit that fits", () => {
    const printed = [0, 1, 16, 255, 256, 131_072, 1_048_576, 576_717, 2 ** 30, MAX_PAGES, -16, Number.NaN];
    expect(printed.map(formatSize)).toEqual([
      "0KiB",
      "4KiB",
      "64KiB",
      "1020KiB",
      "1MiB",
      "512MiB",
      "4GiB",
      "2.2GiB",
      "4TiB",
      "4PiB",
      "-64KiB",
      "unknown",
    ]);
  });
});

describe("times", () => {
  test.each([
    [0, 0],
    [12.5, 12_500_000],
    [0.000_000_4, 0],
    [0.000_000_6, 1],
    ["90s", 90_000_000],
    ["1h30m", 5_400_000_000],
    ["3d12h", 302_400_000_000],
    ["250ms", 250_000],
    ["2us", 2],
    ["1.5h", 5_400_000_000],
    ["1m0.5s", 60_500_000],
    ["1s5ms7us", 1_005_007],
    ["36525d", MAX_TIME_US],
  ])("%j is %i us", (text, us) => {
    expect(parseTime(text)).toBe(us);
  });

  test.each([
    ["90", /seconds: write "90s"/],
    ["30m1h", /found "30m1h"/],
    ["1h1h", /found/],
    ["", /found ""/],
    ["1ns", /found "1ns"/],
    ["-1s", /found "-1s"/],
    [-1, /expected 0 or more, found -1$/],
    [Number.NaN, /finite/],
    [Number.NEGATIVE_INFINITY, /finite/],
    [Number.POSITIVE_INFINITY, /finite/],
    [3.2e9, /hundred years/],
    ["36526d", /hundred years/],
    [null, /found null/],
  ])("%j is refused", (value, message) => {
    expect(() => parseTime(value)).toThrow(InputError);
    expect(() => parseTime(value)).toThrow(message);
  });

  test("are printed so that they read back as the same microsecond", () => {
    expect([0, 2, 1500, 250_000, 12_500_000, 72_500_000, 5_400_000_000, 302_400_000_000].map(formatTime)).toEqual([
      "0s",
      "2us",
      "1.5ms",
      "250ms",
      "12.5s",
      "1m12.5s",
      "1h30m",
      "3d12h",
    ]);
    expect(formatTime(Number.POSITIVE_INFINITY)).toBe("open");
    expect(formatTime(-1500)).toBe("-1.5ms");
    fc.assert(fc.property(fc.integer({ min: 0, max: MAX_TIME_US }), (us) => parseTime(formatTime(us)) === us));
  });
});

describe("rates and costs", () => {
  test("rates may have a fraction of a page", () => {
    expect(parseRate("10MiB/s")).toBe(2560);
    expect(parseRate("10KiB/s")).toBe(2.5);
    expect(parseRate(0.25)).toBe(0.25);
    expect(formatRate(2560)).toBe("10MiB/s");
    expect(formatRate(Number.NaN)).toBe("unknown");
  });

  test.each([
    ["10MB/s", /write "10MiB\/s"/],
    ["10MiB", /write "10MiB\/s"/],
    ["10", /needs a unit: KiB\/s/],
    [-1, /expected 0 or more/],
    ["5PiB/s", /more than the limit/],
    [undefined, /found nothing/],
  ])("rate %j is refused", (value, message) => {
    expect(() => parseRate(value)).toThrow(message);
  });

  test("costs carry their unit", () => {
    expect(["300ns", "1.5us", "2ms", "1s", "0ns"].map(parseCost)).toEqual([300, 1500, 2e6, 1e9, 0]);
    expect([300, 1500, 2e6, 1e9, 0].map(formatCost)).toEqual(["300ns", "1.5us", "2ms", "1s", "0ns"]);
    expect(() => parseCost(300)).toThrow(/such as "300ns" or "1.5us", found 300/);
    expect(() => parseCost("2000s")).toThrow(/more than the limit/);
    expect(() => parseCost("1m")).toThrow(/found "1m"/);
  });

  test("messages quote a value on one line", () => {
    for (const parse of [parseSize, parseRate, parseTime, parseCost]) {
      fc.assert(
        fc.property(fc.anything(), (value) => {
          try {
            parse(value);
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
            expect((error as Error).message).toMatch(/^[^\p{Cc}\u2028\u2029]{10,300}$/u);
          }
        }),
      );
    }
  });
});

test("an argument of digits alone is read as a time in seconds", () => {
  expect(parseTimeArgument("90")).toBe(90_000_000);
  expect(parseTimeArgument("0.25")).toBe(250_000);
  expect(parseTimeArgument("1h30m")).toBe(parseTime("1h30m"));
  expect(() => parseTimeArgument("-3")).toThrow(InputError);
});
