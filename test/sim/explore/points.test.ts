import { describe, expect, test } from "vitest";
import {
  fits,
  moved,
  type Point,
  type Reach,
  snapSteps,
  valueAt,
  withPoint,
} from "../../../src/sim/explore/page/points.ts";

const REACH: Reach = { endUs: 100e6, stepUs: 1e6, stepPages: 256 };
const POINTS: readonly Point[] = [
  [0, 0],
  [10e6, 1024],
  [20e6, 512],
];

describe("a point that is moved", () => {
  test("is put on the steps of the chart", () => {
    expect(moved(POINTS, 1, [12_400_000, 700], REACH)[1]).toEqual([12e6, 768]);
  });

  test("stays between its neighbours, and before the end", () => {
    expect(moved(POINTS, 1, [50e6, 0], REACH)[1]).toEqual([20e6 - 1000, 0]);
    expect(moved(POINTS, 1, [-5e6, 0], REACH)[1]).toEqual([1000, 0]);
    expect(moved(POINTS, 2, [500e6, 0], REACH)[2]).toEqual([100e6, 0]);
  });

  test("has a size that the protocol carries", () => {
    expect(moved(POINTS, 1, [10e6, -300], REACH)[1]).toEqual([10e6, 0]);
    expect(moved(POINTS, 1, [10e6, 1e12], REACH)[1]).toEqual([10e6, 0xffff_ffff]);
  });

  test("stays at the beginning if it is the first", () => {
    expect(moved(POINTS, 0, [7e6, 256], REACH)).toEqual([[0, 256], POINTS[1], POINTS[2]]);
  });
});

test("a written point is taken between its neighbours only", () => {
  const at = (us: number, pages = 1) => fits(POINTS, 1, [us, pages], REACH);
  expect([0, 1, 19_999_999, 20e6].map((us) => at(us))).toEqual([false, true, true, false]);
  expect(at(5e6, 2 ** 32)).toBe(false);
  expect([100e6, 100e6 + 1].map((us) => fits(POINTS, 2, [us, 0], REACH))).toEqual([true, false]);
});

test("a point is added in its place, or replaces the one at its time", () => {
  const target = { hold: "step", points: POINTS } as const;
  expect(withPoint(target, 15_200_000, 300, REACH)).toEqual([POINTS[0], POINTS[1], [15e6, 256], POINTS[2]]);
  expect(withPoint(target, 10_100_000, 0, REACH)).toEqual([POINTS[0], [10e6, 0], POINTS[2]]);
  expect(withPoint(target, 200_000, 512, REACH)).toEqual([[0, 512], POINTS[1], POINTS[2]]);
});

test("a target has a value at each time, on steps and on lines", () => {
  const at = (hold: "step" | "linear", us: number) => valueAt({ hold, points: POINTS }, us);
  expect([0, 9_999_999, 10e6, 15e6, 99e6].map((us) => at("step", us))).toEqual([0, 0, 1024, 1024, 512]);
  expect([0, 5e6, 10e6, 15e6, 99e6].map((us) => at("linear", us))).toEqual([0, 512, 1024, 768, 512]);
});

test("steps are round, and not finer than pixels", () => {
  expect(snapSteps(400_000, 1000)).toEqual({ stepUs: 500_000, stepPages: 1024 });
  expect(snapSteps(1e12, 0.3)).toEqual({ stepUs: 86_400e6, stepPages: 1 });
});
