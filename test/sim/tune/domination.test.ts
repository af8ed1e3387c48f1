import fc from "fast-check";
import { expect, test } from "vitest";
import { crowdingOf, dominates, rankOutcomes, ranksOf } from "../../../src/sim/tune/domination.ts";
import { type FrontMember, kneelessText, kneeOf, ParetoFront } from "../../../src/sim/tune/pareto.ts";
import type { Outcome } from "../../../src/sim/tune/types.ts";
import { outcome } from "../../support/generators/spaces.ts";

const values = (goals: number) => fc.array(fc.integer({ min: 0, max: 6 }), { minLength: goals, maxLength: goals });

const anyOutcomes = fc.integer({ min: 1, max: 4 }).chain((goals) =>
  fc.array(
    fc.oneof(
      { arbitrary: values(goals).map((v) => outcome([], v)), weight: 6 },
      {
        arbitrary: fc.tuple(values(goals), fc.integer({ min: 1, max: 3 })).map(([v, n]) => outcome([], v, n)),
        weight: 2,
      },
      { arbitrary: values(goals).map((v): Outcome => ({ ...outcome([], v), isComplete: false })), weight: 1 },
      {
        arbitrary: fc.constant<Outcome>({
          point: [],
          values: [],
          violation: Number.POSITIVE_INFINITY,
          isComplete: false,
        }),
        weight: 1,
      },
    ),
    { minLength: 1, maxLength: 40 },
  ),
);

/** Constrained domination, written down once more. */
function beats(a: Outcome, b: Outcome): boolean {
  const stage = (o: Outcome) => (o.values.length === 0 ? 3 : !o.isComplete ? 2 : o.violation > 0 ? 1 : 0);
  if (stage(a) !== stage(b)) return stage(a) < stage(b);
  if (stage(a) === 0)
    return (
      a.values.every((v, i) => v <= (b.values[i] as number)) && a.values.some((v, i) => v < (b.values[i] as number))
    );
  return stage(a) < 3 && a.violation < b.violation;
}

test("ranks are those of removing one front after the other", () => {
  fc.assert(
    fc.property(anyOutcomes, (outcomes) => {
      const expected = new Array<number>(outcomes.length).fill(-1);
      for (let rank = 0; expected.includes(-1); rank++) {
        const left = outcomes.flatMap((_, i) => (expected[i] === -1 ? [i] : []));
        const front = left.filter((i) => !left.some((j) => beats(outcomes[j] as Outcome, outcomes[i] as Outcome)));
        for (const i of front) expected[i] = rank;
      }
      expect(ranksOf(outcomes)).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});

test("the order has every trial once, the best first", () => {
  fc.assert(
    fc.property(anyOutcomes, (outcomes) => {
      const order = rankOutcomes(outcomes);
      expect(order.toSorted((a, b) => a - b)).toEqual(outcomes.map((_, i) => i));
      const ranks = ranksOf(outcomes);
      for (let k = 1; k < order.length; k++) {
        expect(ranks[order[k - 1] as number]).toBeLessThanOrEqual(ranks[order[k] as number] as number);
      }
    }),
  );
});

test("the trials of a rank are ordered by crowding distance, the largest first", () => {
  const outcomes = [
    [0, 10],
    [1, 9],
    [2, 5],
    [9, 1],
    [10, 0],
  ].map((v) => outcome([], v));
  expect(crowdingOf(outcomes, [0, 1, 2, 3, 4])).toEqual([
    Number.POSITIVE_INFINITY,
    2 / 10 + 5 / 10,
    8 / 10 + 8 / 10,
    8 / 10 + 5 / 10,
    Number.POSITIVE_INFINITY,
  ]);
  expect(rankOutcomes(outcomes)).toEqual([0, 4, 2, 3, 1]);
});

test("both ends of a front are kept in each goal, the best and the worst", () => {
  const one = [[3], [0], [9], [5]].map((v) => outcome([], v));
  expect(crowdingOf(one, [0, 1, 2, 3])).toEqual([5 / 9, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 6 / 9]);
});

test("a trial dominates another if it is worse in no goal and better in one", () => {
  expect(dominates([1, 2], [1, 2])).toBe(false);
  expect(dominates([1, 2], [1, 3])).toBe(true);
  expect(dominates([1, 2], [0, 3])).toBe(false);
});

test("the front has the first of those that nothing complete and feasible dominates, in any number of goals", () => {
  fc.assert(
    fc.property(anyOutcomes, (outcomes) => {
      const front = new ParetoFront();
      for (const [trial, o] of outcomes.entries()) front.add(trial, o);
      const usable = (o: Outcome) => o.isComplete && o.violation === 0;
      const expected = outcomes.flatMap((o, i) =>
        usable(o) &&
        !outcomes.some((p) => usable(p) && dominates(p.values, o.values)) &&
        !outcomes.slice(0, i).some((p) => usable(p) && String(p.values) === String(o.values))
          ? [i]
          : [],
      );
      expect(front.members.map(({ trial }) => trial).toSorted((a, b) => a - b)).toEqual(expected);
      const firsts = front.members.map((member) => member.values[0] as number);
      expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
    }),
    { numRuns: 2000 },
  );
});

test("a trial is on the front until a better one comes", () => {
  const front = new ParetoFront();
  expect(front.add(0, outcome([], [2, 2]))).toBe(true);
  expect(front.add(1, outcome([], [3, 3]))).toBe(false);
  expect(front.add(2, outcome([], [2, 2]))).toBe(false);
  expect(front.add(3, outcome([], [1, 2]))).toBe(true);
  expect(front.add(4, outcome([], [0, 0], 0.1))).toBe(false);
  expect(front.members).toEqual([{ trial: 3, values: [1, 2] }]);
});

test("the knee is furthest from the line through the ends", () => {
  const members = [
    [0, 100],
    [10, 20],
    [30, 12],
    [100, 0],
  ].map((v, trial) => ({ trial, values: v }));
  expect(kneeOf(members)?.trial).toBe(1);
});

test("the scale of a goal does not move the knee", () => {
  fc.assert(
    fc.property(
      fc.array(values(3), { minLength: 1, maxLength: 12 }),
      fc.constantFrom(0.125, 8, 1024),
      (list, factor) => {
        const members = list.map((v, trial) => ({ trial, values: v }));
        const scaled = members.map(({ trial, values: v }) => ({
          trial,
          values: v.map((x, i) => (i === 1 ? x * factor : x)),
        }));
        expect(kneeOf(scaled)?.trial).toBe(kneeOf(members)?.trial);
      },
    ),
  );
});

const front = (...points: readonly (readonly number[])[]) => points.map((values, trial) => ({ trial, values }));

test("the knee is the first of equal trials", () => {
  const [a, b, c, d] = front([0, 10], [1, 2], [2, 1], [10, 0]);
  expect(kneeOf([a, { ...b, trial: 9 }, c, d] as FrontMember[])?.trial).toBe(2);
  expect(kneeOf([a, b, c, d] as FrontMember[])?.trial).toBe(1);
});

test.each([
  ["no trials", front()],
  ["one goal", front([3])],
  ["two trials, however far apart", front([0, 100], [1, 0])],
  ["a straight line", front([0, 4], [1, 3], [2, 2], [3, 1], [4, 0])],
  ["a line that bends the other way", front([0, 10], [8, 9], [9, 8], [10, 0])],
  ["a line that bends by less than a tenth", front([0, 100], [46, 46], [100, 0])],
  // The best in the first goal is nearest to the corner: an end is no knee.
  ["three goals and nothing beyond the ends", front([0, 1, 1], [5, 0, 5], [5, 5, 0])],
])("a front of %s has no knee", (_, members) => {
  expect(kneeOf(members)).toBeUndefined();
});

test("a knee lies a tenth beyond the line through the ends", () => {
  expect(kneeOf(front([0, 100], [44, 45], [100, 0]))?.trial).toBe(1);
  expect(kneeOf(front([0, 9, 9], [9, 0, 9], [9, 9, 0], [3, 3, 3]))?.trial).toBe(3);
});

test("a missing knee comes with the reason", () => {
  expect(kneelessText(front([1, 2]))).toBe("the front has 1 trial, too few for a knee");
  expect(kneelessText(front([1, 2], [2, 1]))).toBe("the front has 2 trials, too few for a knee");
  const bent = front([1, 3], [2, 2], [3, 1]);
  expect(kneelessText(bent)).toBe("the front does not bend, so it has no knee");
  expect(kneelessText(bent.slice(1), bent)).toBe("2 trials stand in other worlds, too few for a knee");
  expect(kneelessText(bent.slice(2), bent)).toBe("1 trial stands in other worlds, too few for a knee");
});
