import { expect, test } from "vitest";
import { OBJECTIVES } from "../../../src/sim/measures/objectives.ts";
import { isLowerBound } from "../../../src/sim/output/lower-bounds.ts";
import { withBound } from "../../../src/sim/output/spread-words.ts";

const values = (unreached: number): number[] => OBJECTIVES.map(({ name }) => (name === "unreached" ? unreached : 7));

test("the time to target is a lower bound where a target was not reached, and no other objective is", () => {
  const bounds = (unreached: number) =>
    OBJECTIVES.filter(({ name }) => isLowerBound(name, values(unreached))).map(({ name }) => name);
  expect([bounds(0), bounds(2), bounds(0.5)]).toEqual([[], ["time_to_target"], ["time_to_target"]]);
});

test("the values of a study without the number of unreached targets are no bounds", () => {
  expect(isLowerBound("time_to_target", [24], ["time_to_target"])).toBe(false);
  expect(isLowerBound("time_to_target", [24, 1], ["time_to_target", "unreached"])).toBe(true);
});

test("a lower bound is marked", () => {
  expect([withBound("24.0", true), withBound("24.0", false)]).toEqual(["> 24.0", "24.0"]);
});
