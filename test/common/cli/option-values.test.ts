import { expect, test } from "vitest";
import { rateOption, sizeOption, timeOption } from "../../../src/common/cli/option-values.ts";
import { InputError } from "../../../src/common/errors.ts";

test("options read sizes and rates with a unit, 0 without one, and digits alone as seconds", () => {
  expect([rateOption("--rate", "0"), sizeOption("--size", "0"), timeOption("--for", "0")]).toEqual([0, 0, 0]);
  expect([rateOption("--rate", "8KiB/s"), sizeOption("--size", "8KiB"), timeOption("--for", "2")]).toEqual([2, 2, 2e6]);
  expect(() => rateOption("--rate", "5")).toThrow(InputError);
  expect(() => sizeOption("--size", "5")).toThrow(InputError);
});
