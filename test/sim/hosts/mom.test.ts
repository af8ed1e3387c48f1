import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostRounds, hostTargets } from "../../support/in-process/host-rounds.ts";

const GB = 1e9;
/** A host of 100 GB with a guest; sizes in GB. */
const stateOf = (hostFree: number, size: number, free: number, bounds: readonly [number, number] = [1, 10]) => ({
  host: { memory: 100 * GB, free: Math.round(hostFree * GB) },
  vms: [
    {
      name: "A",
      size: Math.round(size * GB),
      free: Math.round(free * GB),
      min: Math.round(bounds[0] * GB),
      max: Math.round(bounds[1] * GB),
    },
  ],
});
const sizeOf = (state: object, ...sets: string[]) => {
  const size = hostTargets("mom", state, ...sets).A;
  return size === undefined ? null : Math.round(size / 1e6) / 1000;
};

describe("with less than 20 % of the host free, mom", () => {
  test("shrinks a guest by 5 %", () => {
    expect(sizeOf(stateOf(19.9, 8, 6))).toBe(7.6);
    expect(sizeOf(stateOf(19.9, 8, 6), "max-change=0.1")).toBe(7.2);
  });

  test("leaves it what it uses, and of its size the fraction that is free on the host", () => {
    // 6 GB are used; 10 % of 8 GB stay free.
    expect(sizeOf(stateOf(10, 8, 2), "max-change=1")).toBe(6.8);
    expect(sizeOf(stateOf(10, 8, 2), "max-change=1", "guest-free=0.4")).toBe(7.6);
    expect(sizeOf(stateOf(10, 8, 2), "max-change=1", "guest-free=0.1", "pressure=0.4")).toBe(6.2);
  });

  test("takes memory that it uses at 5 % and below", () => {
    expect(sizeOf(stateOf(5, 8, 2), "max-change=1")).toBe(6);
    expect(sizeOf(stateOf(1, 8, 2), "max-change=1")).toBe(5.68);
    expect(sizeOf(stateOf(5.1, 8, 2), "max-change=1")).toBe(6.408);
  });

  test("keeps the minimum, or with the bound of other versions does not", () => {
    const state = stateOf(10, 8, 6, [7.9, 10]);
    expect(sizeOf(state)).toBe(7.9);
    expect(sizeOf(state, "lower-bound=min")).toBe(7.6);
  });

  test("never makes a guest larger", () => {
    expect(sizeOf(stateOf(19, 8, 0.1))).toBe(null);
  });
});

describe("with 20 % of the host free, mom", () => {
  test("lets a guest grow by 5 %, up to its maximum", () => {
    expect(sizeOf(stateOf(20, 8, 6))).toBe(8.4);
    expect(sizeOf(stateOf(20, 8, 6, [1, 8.1]))).toBe(8.1);
    expect(sizeOf(stateOf(20, 8, 6, [1, 8]))).toBe(null);
  });

  test("gives at least what it uses and 20 % of its size", () => {
    expect(sizeOf(stateOf(20, 8, 0))).toBe(9.6);
    expect(sizeOf(stateOf(20, 8, 0, [1, 9]))).toBe(9);
  });
});

describe("mom", () => {
  test("makes no change of 0.25 % or less", () => {
    expect(sizeOf(stateOf(10, 8, 6, [7.98, 10]))).toBe(null);
    expect(sizeOf(stateOf(10, 8, 6, [7.979, 10]))).toBe(7.979);
    expect(sizeOf(stateOf(20, 8, 6, [1, 8.02]))).toBe(null);
    expect(sizeOf(stateOf(20, 8, 6, [1, 8.021]))).toBe(8.021);
  });

  test("acts on averages over ten samples, those of the states that a file lists", () => {
    const states = [...Array(10).fill(stateOf(100, 8, 6)), ...Array(10).fill(stateOf(0, 8, 6))];
    const grows = hostRounds("mom", states, { rounds: 20 }).map(({ targets }) => (targets.get("A") ?? 0) > 8 * GB);
    // After eight samples of 0, the mean of the last ten is 20 %; after nine it is 10 %.
    expect(grows).toEqual([...Array(18).fill(true), false, false]);
    const hasty = hostRounds("mom", states, { rounds: 20 }, ["samples=1"]).map(({ targets }) => targets.get("A"));
    expect(hasty.map((size) => (size ?? 0) > 8 * GB)).toEqual([...Array(10).fill(true), ...Array(10).fill(false)]);
  });

  test("takes averages of what a guest uses, too", () => {
    const states = [stateOf(10, 8, 4), stateOf(10, 8, 0)];
    // It uses 6 GB on average.
    expect(hostRounds("mom", states, { rounds: 2 }, ["max-change=1"])[1]?.targets.get("A")).toBe(6.8 * GB);
  });

  test("sets no target for a guest without a driver", () => {
    const state = stateOf(10, 8, 6);
    expect(sizeOf({ ...state, vms: [{ ...state.vms[0], ballooning: false }] })).toBe(null);
  });

  const figures = fc.record({
    hostFree: fc.integer({ min: 0, max: 100 }),
    vms: fc.array(fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.nat(100)), { minLength: 1, maxLength: 5 }),
  });
  const states = figures.map(({ hostFree, vms }) => ({
    host: { memory: 100e6, free: hostFree * 1e6 },
    vms: vms.map(([min, above, more, free], index) => ({
      name: `vm${index}`,
      min: min * 1e6,
      size: (min + above) * 1e6,
      max: (min + above + more) * 1e6,
      free: Math.floor(((min + above) * free) / 100) * 1e6,
    })),
  }));

  test("keeps every guest within its minimum and maximum, in any order", () => {
    fc.assert(
      fc.property(states, (state) => {
        const targets = hostTargets("mom", state);
        expect(hostTargets("mom", { ...state, vms: state.vms.toReversed() })).toEqual(targets);
        for (const { name, min, max } of state.vms) {
          const target = targets[name] ?? min;
          expect(target).toBeGreaterThanOrEqual(min);
          expect(target).toBeLessThanOrEqual(max);
        }
      }),
    );
  });

  test("decides the same as long as nothing changes", () => {
    fc.assert(
      fc.property(states, (state) => {
        const rounds = hostRounds("mom", [state, state, state], { rounds: 3 });
        expect(rounds.map(({ targets }) => targets)).toEqual(Array(3).fill(rounds[0]?.targets));
      }),
    );
  });
});
