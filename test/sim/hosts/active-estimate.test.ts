import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ActiveEstimate,
  activeFraction,
  atPeriodEnd,
  DEFAULT_SAMPLING,
  estimateOf,
  withTouched,
} from "../../../src/sim/hosts/policies/esx/active-estimate.ts";

/** The estimate after periods in each of which so many of a hundred pages are touched. */
const afterPeriods = (begin: ActiveEstimate, ...touches: readonly number[]): ActiveEstimate =>
  touches.reduce((estimate, pages) => atPeriodEnd(withTouched(estimate, pages)), begin);

describe("the estimate of active memory", () => {
  test("believes a VM that wakes up within the period", () => {
    expect(activeFraction(estimateOf(0))).toBe(0);
    expect(activeFraction(withTouched(estimateOf(0), 80))).toBe(0.8);
    expect(activeFraction(withTouched(withTouched(estimateOf(0), 80), 90))).toBe(0.9);
    expect(activeFraction(withTouched(estimateOf(0), 120))).toBe(1);
  });

  test("believes one that falls asleep slowly: by the slow average", () => {
    const asleep = afterPeriods(estimateOf(1), 0, 0, 0);
    expect(activeFraction(asleep)).toBeCloseTo((1 - DEFAULT_SAMPLING.slowWeight) ** 3, 12);
    expect(asleep.fast).toBeCloseTo((1 - DEFAULT_SAMPLING.fastWeight) ** 3, 12);
  });

  test("follows one that wakes up for good by the fast average", () => {
    const awake = afterPeriods(estimateOf(0), 100, 100);
    expect(activeFraction(awake)).toBe(awake.fast);
    expect(awake.fast).toBeGreaterThan(awake.slow);
  });

  test("comes to the fraction that is touched in every period", () => {
    expect(activeFraction(afterPeriods(estimateOf(1), ...Array(200).fill(30)))).toBeCloseTo(0.3, 6);
  });

  test("counts as many pages as are sampled", () => {
    const sampling = { pages: 10, slowWeight: 0.5, fastWeight: 1 };
    expect(atPeriodEnd(withTouched(estimateOf(0), 5, sampling), sampling)).toEqual({
      slow: 0.25,
      fast: 0.5,
      touched: 0,
    });
  });

  test("is a fraction, and none of the three figures is larger", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(150)), fc.nat(150), (touches, now) => {
        const estimate = withTouched(afterPeriods(estimateOf(0.5), ...touches), now);
        const fraction = activeFraction(estimate);
        expect(fraction).toBeLessThanOrEqual(1);
        for (const part of [estimate.slow, estimate.fast, estimate.touched / 100]) {
          expect(part).toBeGreaterThanOrEqual(0);
          expect(fraction).toBeGreaterThanOrEqual(part);
        }
      }),
    );
  });
});
