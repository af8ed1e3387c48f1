import { expect, test } from "vitest";
import { defaultFloor } from "../../src/common/balloon-limits.ts";

test.each([
  [64, 40],
  [127, 71],
  [128, 72],
  [512, 168],
  [1024, 232],
  [2048, 360],
  [4096, 488],
  [8192, 744],
  [16_384, 1000],
  [65_536, 2536],
])("of %d MiB, %d stay available", (totalMib, floorMib) => {
  expect(Math.floor(defaultFloor(totalMib * 256) / 256)).toBe(floorMib);
});
