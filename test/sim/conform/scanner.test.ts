import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Scanner } from "../../../src/sim/conform/scanner.ts";

const unsigned = (text: string): bigint | undefined => {
  const scanner = new Scanner(text);
  return scanner.unsigned() ? (BigInt(scanner.high) << 32n) | BigInt(scanner.low) : undefined;
};
const signed = (text: string) => new Scanner(text).signed();

// What glibc's sscanf makes of these with %lu and with %ld.
const CASES: ReadonlyArray<readonly [text: string, unsigned: bigint | undefined, signed: number | undefined]> = [
  ["0", 0n, 0],
  ["42 17", 42n, 42],
  [" \t\v\f\r7", 7n, 7],
  ["+7", 7n, 7],
  ["-5", 18446744073709551611n, -1],
  ["-0", 0n, 0],
  ["0x10", 0n, 0],
  ["12abc", 12n, 12],
  ["1e5", 1n, 1],
  ["4294967295", 4294967295n, 4294967295],
  ["4294967296", 4294967296n, 4294967296],
  ["-4294967296", 18446744069414584320n, -1],
  ["9007199254740991", 9007199254740991n, 9007199254740991],
  ["9007199254740992", 9007199254740992n, Number.POSITIVE_INFINITY],
  ["18446744073709551615", 18446744073709551615n, Number.POSITIVE_INFINITY],
  ["18446744073709551616", 18446744073709551615n, Number.POSITIVE_INFINITY],
  ["99999999999999999999", 18446744073709551615n, Number.POSITIVE_INFINITY],
  ["-99999999999999999999", 18446744073709551615n, -1],
  ["-18446744073709551615", 1n, -1],
  ["-18446744073709551616", 18446744073709551615n, -1],
  ["000000000000000000000000012", 12n, 12],
  ["- 7", undefined, undefined],
  ["--7", undefined, undefined],
  ["+-3", undefined, undefined],
  ["-", undefined, undefined],
  ["x", undefined, undefined],
  ["", undefined, undefined],
  ["   ", undefined, undefined],
];

describe("a scanner", () => {
  it.each(CASES)("reads %j as C does", (text, asUnsigned, asSigned) => {
    expect(unsigned(text)).toBe(asUnsigned);
    expect(signed(text)).toBe(asSigned);
  });

  it("reads every number of 64 bits, and saturates beyond", () => {
    const max = 2n ** 64n - 1n;
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 70n }), (value) => {
        const magnitude = value > max ? max : value;
        expect(unsigned(String(value))).toBe(magnitude);
        expect(unsigned(`-${value}`)).toBe(value > max ? max : BigInt.asUintN(64, -value));
        expect(signed(`-${value}`)).toBe(value === 0n ? 0 : -1);
        const exact = value <= BigInt(Number.MAX_SAFE_INTEGER);
        expect(signed(String(value))).toBe(exact ? Number(value) : Number.POSITIVE_INFINITY);
      }),
    );
  });

  it("goes on where a number ended, and stays where none began", () => {
    const scanner = new Scanner("C5 -x word\t6");
    expect(scanner.literal("D")).toBe(false);
    expect(scanner.literal("C")).toBe(true);
    expect(scanner.signed()).toBe(5);
    expect(scanner.signed()).toBeUndefined();
    expect(scanner.word()).toBe("-x");
    expect(scanner.word()).toBe("word");
    expect(scanner.signed()).toBe(6);
    expect(scanner.word()).toBeUndefined();
  });
});
