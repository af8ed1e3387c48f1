import { describe, expect, test } from "vitest";
import { type DriverModel, IDEAL_DRIVER, isAtRest, movement } from "../../../src/sim/hosts/driver-model.ts";

const way = (actual: number, target: number, inaccuracy = 0) => ({ actual, target, inaccuracy });
const driver = (fields: Partial<DriverModel>): DriverModel => ({ ...IDEAL_DRIVER, ...fields });
const S = 1_000_000;

describe("a modelled driver", () => {
  test("moves by its rate, in whole bytes, to the target and not beyond", () => {
    expect(movement(driver({ rate: 25 }), way(0, 100), 0, S / 10)).toBe(2);
    expect(movement(driver({ rate: 25 }), way(100, 0), 0, S)).toBe(-25);
    expect(movement(driver({ rate: 25 }), way(0, 100), 0, 10 * S)).toBe(100);
    expect(movement(IDEAL_DRIVER, way(100, 40), 0, 1)).toBe(-60);
  });

  test("stops where it is near enough", () => {
    expect(movement(IDEAL_DRIVER, way(0, 100, 4), 0, S)).toBe(96);
    expect(movement(IDEAL_DRIVER, way(100, 98, 4), 0, S)).toBe(0);
  });

  test("goes no further down than its least size, and no further up than its largest one", () => {
    expect(movement(driver({ min: 70 }), way(100, 0), 0, S)).toBe(-30);
    expect(movement(driver({ min: 70 }), way(60, 0), 0, S)).toBe(0);
    expect(movement(driver({ max: 70 }), way(0, 100), 0, S)).toBe(70);
    expect(movement(driver({ max: 70 }), way(80, 100), 0, S)).toBe(0);
  });

  test("does not move while it is stuck, for ever or in every other period", () => {
    expect(movement(driver({ stuck: true }), way(0, 100), 0, S)).toBe(0);
    const sticky = driver({ rate: 100, stuck: { everyUs: 250_000 } });
    const steps = [0, 1, 2, 3, 4, 5, 6, 7].map((tenth) =>
      movement(sticky, way(0, 100), tenth * 100_000, (tenth + 1) * 100_000),
    );
    expect(steps).toEqual([10, 10, 0, 0, 0, 10, 10, 0]);
  });

  test("is at rest where it can come no nearer to the target", () => {
    expect(isAtRest(IDEAL_DRIVER, way(0, 100))).toBe(false);
    expect(isAtRest(IDEAL_DRIVER, way(97, 100, 4))).toBe(true);
    expect(isAtRest(driver({ stuck: true }), way(0, 100))).toBe(true);
    expect(isAtRest(driver({ stuck: { everyUs: 1 } }), way(0, 100))).toBe(false);
    expect(isAtRest(driver({ min: 70 }), way(70, 0))).toBe(true);
    expect(isAtRest(driver({ min: 70 }), way(71, 0))).toBe(false);
    expect(isAtRest(driver({ max: 70 }), way(70, 100))).toBe(true);
  });
});
