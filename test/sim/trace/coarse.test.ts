import { expect, test } from "vitest";
import { isCoarse } from "../../../src/sim/trace/coarse.ts";

test("a sample a second is not coarse, though the sampler may be late; less than that is", () => {
  expect([0.5, 1, 1.1].map(isCoarse)).toEqual([false, false, false]);
  expect([1.2, 2, 300].map(isCoarse)).toEqual([true, true, true]);
});
