import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_RATES, type Params, RATE_FIELDS, VMMEMCTL } from "../../../src/engine/index.ts";
import { REVERT_TOLERANCE, revert } from "../../../src/sim/tune/revert.ts";

const TUNED: Params = { ...DEFAULT_RATES, allocMax: 8192, freeMax: 32_768, freeInc: 7, slowCycles: 1, maxRefused: 99 };
const isBack = (rates: Params, key: string) => rates[key] === (VMMEMCTL.defaults as Params)[key];

/** Sums the costs of the reverted constants, and records the requests. */
function losses(costs: Partial<Params>) {
  const asked: Params[][] = [];
  const lossOf = async (list: readonly Params[]) => {
    asked.push([...list]);
    return list.map((rates) =>
      RATE_FIELDS.reduce(
        (sum, { key }) => sum + (isBack(rates, key) && !isBack(TUNED, key) ? (costs[key] ?? 0) : 0),
        0,
      ),
    );
  };
  return { lossOf, asked };
}

const flags = (fields: readonly { readonly name: string }[]) => fields.map(({ name }) => name);

test("parameters without effect are reverted at once, and those that the gain needs stay, with their loss", async () => {
  const { lossOf, asked } = losses({ allocMax: 0.7, freeMax: 0.3 });
  const { rates, reverted, needed } = await revert(VMMEMCTL, TUNED, DEFAULT_RATES, lossOf);
  expect(rates).toEqual({ ...DEFAULT_RATES, allocMax: 8192, freeMax: 32_768 });
  expect(flags(reverted)).toEqual(["free-inc", "slow-cycles", "max-refused"]);
  expect(needed.map(({ param, lost }) => [param.name, lost])).toEqual([
    ["alloc-max", 0.7],
    ["free-max", 0.3],
  ]);
  expect(asked.map((list) => list.length)).toEqual([5, 1, 2]);
});

test("parameters that cost a little are reverted, the cheapest first, up to a little in all", async () => {
  const small = REVERT_TOLERANCE / 2;
  const costs = { allocMax: 1, freeMax: small, freeInc: 0.9 * small, slowCycles: 0.8 * small, maxRefused: 1 };
  const { lossOf } = losses(costs);
  const { reverted } = await revert(VMMEMCTL, TUNED, DEFAULT_RATES, lossOf);
  expect(flags(reverted)).toEqual(["free-inc", "slow-cycles"]);
});

test("parameters that cost something only together are reverted one by one", async () => {
  const lossOf = async (list: readonly Params[]) =>
    list.map((rates) =>
      isBack(rates, "slowCycles") && isBack(rates, "freeInc") ? 1 : isBack(rates, "allocMax") ? 1 : 0,
    );
  const { reverted, needed } = await revert(VMMEMCTL, TUNED, DEFAULT_RATES, lossOf);
  expect(flags(reverted)).toEqual(["free-max", "free-inc", "max-refused"]);
  expect(flags(needed.map(({ param }) => param))).toEqual(["alloc-max", "slow-cycles"]);
});

test("a parameter is not reverted where a minimum would exceed its maximum, or the loss is infinite", async () => {
  const tuned = { ...DEFAULT_RATES, allocMin: 64, allocMax: 256 };
  const seen: Params[] = [];
  const { rates } = await revert(VMMEMCTL, tuned, DEFAULT_RATES, async (list) => {
    seen.push(...list);
    return list.map((one) => (one.allocMax === 2048 ? Number.POSITIVE_INFINITY : 0));
  });
  // With alloc-max at 256, the reference's alloc-min of 512 would be above it.
  expect(rates).toEqual(tuned);
  for (const { allocMin, allocMax } of seen) expect(allocMin).toBeLessThanOrEqual(allocMax);
});

test("no parameter that was reverted is needed, and none that stayed can be reverted", async () => {
  const cost = fc.constantFrom(0, 0.005, 0.015, 0.1, 1);
  const costs = fc.record({ allocMax: cost, freeMax: cost, freeInc: cost, slowCycles: cost, maxRefused: cost });
  await fc.assert(
    fc.asyncProperty(costs, async (own) => {
      const { lossOf } = losses(own);
      const { rates, reverted, needed } = await revert(VMMEMCTL, TUNED, DEFAULT_RATES, lossOf);
      expect(reverted.length + needed.length).toBe(5);
      expect((await lossOf([rates]))[0]).toBeLessThanOrEqual(REVERT_TOLERANCE);
      for (const { param } of needed) {
        expect(
          (await lossOf([{ ...rates, [param.key]: (VMMEMCTL.defaults as Params)[param.key] }]))[0],
        ).toBeGreaterThan(REVERT_TOLERANCE);
      }
    }),
  );
});
