import { expect, test } from "vitest";
import { paramNamed } from "../../../src/common/rates.ts";
import { VMMEMCTL } from "../../../src/engine/index.ts";
import { parseSpec } from "../../../src/sim/tune/spec.ts";

const field = (name: string) => paramNamed(VMMEMCTL, name, () => "test");
const parse = (text: string, name = "alloc-max") => parseSpec(field(name), text);

test.each([
  ["16,64,256", [16, 64, 256]],
  ["256,16", [16, 256]],
  ["1024..16384x5", [1024, 2048, 4096, 8192, 16384]],
  ["1..4096x2", [1, 4096]],
  ["10..1000x3", [10, 100, 1000]],
  // Equal ones after rounding are one.
  ["1..3x9", [1, 2, 3]],
  ["512..2048+512", [512, 1024, 1536, 2048]],
  ["512..2000+512", [512, 1024, 1536]],
])("%s lists values", (text, values) => {
  expect(parse(text)).toMatchObject({ key: "allocMax", flag: "alloc-max", kind: "list", values });
  expect(parse(text)).toMatchObject({ min: values[0], max: values.at(-1) });
});

test.each([
  ["64..4096", "logarithmic"],
  ["1000..2000", "linear"],
  // A factor of eight is where equal factors begin to matter.
  ["100..800", "logarithmic"],
  ["100..799", "linear"],
  ["lin:64..4096", "linear"],
  ["log:1000..2000", "logarithmic"],
])("%s is a range on a %s scale", (text, scale) => {
  expect(parse(text)).toMatchObject({ kind: "range", scale, values: [] });
});

test("a range may begin at 0 where the constant may be 0", () => {
  expect(parse("0..64", "slow-cycles")).toMatchObject({ min: 0, max: 64, scale: "logarithmic" });
  expect(parse("0..7", "slow-cycles")).toMatchObject({ scale: "linear" });
});

test("one value does not move", () => {
  expect(parse("4096")).toBe(4096);
});

test.each([
  ["", /^expected a value, a list .*, found ""$/],
  ["abc", /found "abc"$/],
  ["1024..", /found "1024\.\."$/],
  ["-5", /found "-5"$/],
  ["1.5", /found "1\.5"$/],
  ["1,,2", /found "1,,2"$/],
  ["9..5", /^9 is more than 5: write 5\.\.9$/],
  ["5..5", /^the range has one value only: write 5$/],
  ["5..5x3", /write 5$/],
  ["0..5x3", /^0: expected a whole number from 1 to 4294967295 \(pages\/cycle\)$/],
  ["1..4294967296", /^4294967296: expected a whole number/],
  ["3,4,3", /^3 is listed twice$/],
  ["1..9x1", /^x1: expected at least 2 values$/],
  ["1..9+0", /^\+0: expected a step of at least 1$/],
  ["1..9+9", /^\+9: the step is longer than the range: write 1,9$/],
  ["1..4000000+1", /^4000000 values: expected at most 1000000$/],
  ["lin:1..9x3", /^lin: is for a range/],
])("%j is refused", (text, message) => {
  expect(() => parse(text)).toThrow(message);
  expect(() => parse(text)).toThrow(expect.objectContaining({ name: "InputError" }));
});

test("equal factors can't begin at 0", () => {
  expect(() => parse("0..64x4", "slow-cycles")).toThrow(/^equal factors can't begin at 0/);
});
