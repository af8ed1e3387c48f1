import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pack, packRounded } from "../../../src/sim/report/pack.ts";
import { unpack } from "../../../src/sim/report/unpack.ts";

describe("numbers come out of a packed text as they went in", () => {
  test("for any numbers", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.double(), fc.integer(), fc.nat(300), fc.constant(-0))), (values) => {
        const back = [...unpack(pack(values))];
        expect(back).toHaveLength(values.length);
        values.forEach((value, i) => {
          expect(Object.is(back[i], value)).toBe(true);
        });
      }),
    );
  });

  test.each([
    [[0, 255], "u8", 1],
    [[256], "u16", 2],
    [[65_536], "u32", 4],
    [[-1], "f32", 4],
    [[Number.NaN, 0.5], "f32", 4],
    [[0.1], "f64", 8],
    [[2 ** 33 + 1], "f64", 8],
    [[2 ** 24 + 1, -1], "f64", 8],
    [[], "u8", 1],
  ] as const)("%j is %s", (values, type, bytes) => {
    const packed = pack(values);
    expect(packed.type).toBe(type);
    expect(Buffer.from(packed.base64, "base64")).toHaveLength(bytes * values.length);
  });

  test("except that rounding keeps seven digits of numbers that are not whole", () => {
    expect(packRounded([0.1, 7]).type).toBe("f32");
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.double({ min: 1e-30, max: 1e30, noNaN: true }), fc.maxSafeInteger())),
        (values) => {
          const back = [...unpack(packRounded(values))];
          values.forEach((value, i) => {
            if (Number.isInteger(value)) expect(back[i]).toBe(value);
            else expect(Math.abs((back[i] as number) / value - 1)).toBeLessThan(1e-7);
          });
        },
      ),
    );
  });
});
