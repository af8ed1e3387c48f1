import fc from "fast-check";
import { DEFAULT_RATES, RATE_FIELDS, type Rates, VMMEMCTL } from "../../../src/engine/index.ts";
import { Space } from "../../../src/sim/tune/space.ts";
import type { Outcome, Parameter, Point } from "../../../src/sim/tune/types.ts";

const small = fc.integer({ min: 1, max: 40 });

const parameter = (key: keyof Rates): fc.Arbitrary<Parameter> => {
  const { flag } = RATE_FIELDS.find((field) => field.key === key) as (typeof RATE_FIELDS)[number];
  const list = fc
    .uniqueArray(small, { minLength: 2, maxLength: 6 })
    .map((values) => values.toSorted((a, b) => a - b))
    .map((values) => ({ kind: "list" as const, min: values[0] as number, max: values.at(-1) as number, values }));
  const range = fc
    .tuple(small, fc.integer({ min: 1, max: 60 }))
    .map(([min, width]) => ({ kind: "range" as const, min, max: min + width, values: [] }));
  return fc
    .tuple(fc.oneof(list, range), fc.constantFrom("linear" as const, "logarithmic" as const))
    .map(([domain, scale]) => ({ key, flag, scale, ...domain }));
};

/** Spaces of one to four parameters in which minimums and maximums meet, with a candidate at least. */
export const anySpace: fc.Arbitrary<Space> = fc
  .subarray(["allocMin", "allocMax", "freeMin", "freeMax", "freeInc"] as const, { minLength: 1, maxLength: 4 })
  .chain((keys) => fc.tuple(...keys.map(parameter)))
  .map((parameters) => {
    const base = { ...DEFAULT_RATES, allocMin: 20, allocMax: 20, freeMin: 20, freeMax: 20 };
    return new Space(VMMEMCTL, parameters, base, DEFAULT_RATES);
  })
  .filter((space) => !space.grid().next().done);

/** A trial that has gone through, with these values and no requirement missed. */
export const outcome = (point: Point, values: readonly number[], violation = 0): Outcome => ({
  point,
  values,
  violation,
  isComplete: true,
});
