import fc from "fast-check";
import { expect, test } from "vitest";
import { gainsOf } from "../../../src/sim/tune/improvement.ts";
import { ParetoFront } from "../../../src/sim/tune/pareto.ts";
import { outcome } from "../../support/generators/spaces.ts";

const front = (...points: readonly (readonly number[])[]) => points.map((values, i) => ({ trial: i + 1, values }));

test("each goal counts by its extent on the front, and the largest sum comes first", () => {
  // Extents are 100 and 4: the first gains 90/100 and 0/4, the second 50/100 and 3/4, the third loses in the first goal.
  const gains = gainsOf(front([10, 5], [50, 2], [110, 1]), outcome([], [100, 5]));
  expect(gains).toEqual([
    { trial: 2, gain: 0.5 + 0.75, isNoWorse: true },
    { trial: 1, gain: 0.9, isNoWorse: true },
    { trial: 3, gain: -0.1 + 1, isNoWorse: false },
  ]);
});

test("the reference is no gain on itself, and one trial needs no scale", () => {
  const members = [{ trial: 0, values: [1, 1] }, ...front([0, 2])];
  expect(gainsOf(members, outcome([], [1, 1])).map(({ trial }) => trial)).toEqual([1]);
  expect(gainsOf(front([3]), outcome([], [4]))).toEqual([{ trial: 1, gain: 0, isNoWorse: true }]);
  expect(gainsOf(front([5]), outcome([], [4]))).toEqual([{ trial: 1, gain: 0, isNoWorse: false }]);
});

test("the first of trials with equal gains comes first", () => {
  const [a, b] = front([0, 4], [4, 0]);
  expect(gainsOf([{ ...a, trial: 8 }, b] as never, outcome([], [4, 4])).map(({ trial }) => trial)).toEqual([2, 8]);
});

test("a failed reference has no improvements", () => {
  expect(gainsOf(front([1, 1]), { ...outcome([], []), isComplete: false })).toEqual([]);
  expect(gainsOf(front([1, 1]), undefined)).toEqual([]);
});

test("where the reference keeps the requirements, a trial of the front that is no worse is better in a goal", () => {
  const values = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(fc.array(values, { minLength: 2, maxLength: 20 }), (list) => {
      const outcomes = list.map((one) => outcome([], one));
      const all = new ParetoFront();
      outcomes.forEach((one, trial) => {
        all.add(trial, one);
      });
      const reference = list[0] as number[];
      for (const { trial, isNoWorse, gain } of gainsOf(all.members, outcomes[0])) {
        const own = list[trial] as number[];
        expect(isNoWorse).toBe(own.every((value, goal) => value <= (reference[goal] as number)));
        if (isNoWorse) expect(String(own)).not.toBe(String(reference));
        if (isNoWorse && all.members.length > 1) expect(gain).toBeGreaterThan(0);
      }
    }),
  );
});
