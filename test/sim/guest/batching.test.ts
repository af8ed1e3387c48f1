import { expect, test } from "vitest";
import { waitForBatchUs } from "../../../src/sim/guest/batching.ts";

const BATCH = 500;

test.each([
  ["until a batch has come together", 1000, 0, 0.5],
  ["less if some of it has been missed already", 1000, 100, 0.4],
  ["a tenth of a second at least, however many it misses", 1_000_000, 0, 0.1],
  ["a tenth of a second if a batch is there already", 1000, 900, 0.1],
  ["a second at most, while it misses more than one a second", 100, 0, 1],
  ["until the first one is due, where they are rarer", 0.25, 0, 4],
  ["less if a part of it is due already", 0.25, 0.5, 2],
  ["a minute at most, however rare they are", 0.001, 0, 60],
])("a thread waits for missing pages %s", (_, perSecond, carry, seconds) => {
  expect(waitForBatchUs(perSecond, carry, BATCH)).toBe(seconds * 1_000_000);
});
