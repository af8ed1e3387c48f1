import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { targetPolicyNamed } from "../../../src/sim/hosts/policies/index.ts";
import { hostRounds, hostTargets, lastTargets } from "../../support/in-process/host-rounds.ts";

const KIB = 1024;
const STEP = { stepUs: 100_000, rounds: 10_000 };

/** A VM as the project's scenarios have it: sizes in KiB, a driver with a rate in KiB a second. */
const vm = (name: string, [min, target, max, actual]: readonly number[], driver: object, inaccuracy = 4) => ({
  name,
  min: (min ?? 0) * KIB,
  target: (target ?? 0) * KIB,
  max: (max ?? 0) * KIB,
  actual: (actual ?? 0) * KIB,
  inaccuracy: inaccuracy * KIB,
  driver,
});
const rate = (kib: number) => ({ rate: kib * KIB });
const hostWith = (free: number, goal: number, ...vms: object[]) => ({
  host: { free: free * KIB, goal: goal * KIB },
  vms,
});

const limited = vm("small", [1000, 1500, 2000, 1500], { ...rate(100), min: 1250 * KIB });
const sticky = vm("sticky", [2500, 3500, 4500, 3500], { ...rate(500), stuck: { every: "0.25s" } });
const A = hostWith(0, 1000, limited, sticky);
const C = hostWith(
  0,
  1500,
  vm("one", [1000, 1500, 2000, 1500], rate(100), 0),
  vm("two", [2000, 2500, 3000, 2500], rate(100), 0),
);
const E = hostWith(
  0,
  1000,
  vm("dead", [5000, 7000, 7000, 7000], { stuck: true }, 0),
  vm("alive", [5000, 6000, 11_000, 6000], rate(100), 0),
);
const endOf = (state: object, ...sets: string[]) => hostRounds("squeezed", state, STEP, sets).at(-1)?.ending;

describe("the project's own scenarios", () => {
  test("a: a small VM with a hidden limit and one that is stuck now and then give the memory", () => {
    expect(endOf(A)).toMatchObject({ outcome: "success", stuck: ["small"] });
  });

  test("b: two drivers that are stuck in turn, one of them for less than the patience, give the memory", () => {
    const state = hostWith(
      0,
      1000,
      vm("slow", [500, 3500, 4500, 3500], { ...rate(100), stuck: { every: "3s" } }),
      vm("quick", [500, 1500, 2500, 1500], { ...rate(100), stuck: { every: "1.5s" } }),
    );
    expect(endOf(state)).toMatchObject({ outcome: "success" });
  });

  test("c: the minimums are too high", () => {
    const free = 1000 * KIB;
    expect(endOf(C)).toEqual({
      outcome: "failure",
      stuck: [],
      why: `the host has ${free} bytes free and wants ${1500 * KIB}: the minimums are too high, ${free} at most could be free`,
    });
  });

  test("d: a VM that is stuck above its minimum is named", () => {
    const state = hostWith(
      0,
      1000,
      vm("one", [1000, 1500, 2000, 1500], rate(100), 0),
      vm("two", [2000, 2500, 3000, 2500], { ...rate(100), min: 2250 * KIB }, 0),
    );
    expect(endOf(state)).toMatchObject({ outcome: "failure", stuck: ["two"] });
  });

  test("e: a stuck VM is given up first, then the other one gives", () => {
    const rounds = hostRounds("squeezed", E, STEP);
    expect(rounds.map(({ atUs, targets }) => [atUs / 1e6, Object.fromEntries(targets)])).toEqual([
      [0, { dead: 5500 * KIB }],
      [5.1, { alive: 5000 * KIB }],
      [15.1, {}],
    ]);
    expect(rounds.at(-1)?.ending).toMatchObject({ outcome: "success", stuck: ["dead"] });
  });

  test("f: without the two phases a VM takes memory that the host does not have", () => {
    expect(endOf(E, "two-phases=0")).toEqual({
      outcome: "failure",
      stuck: [],
      why: "alive takes 10240 bytes, and the host has 0 free",
    });
  });

  test("g: without the allowance for inaccuracy, a does not get its memory", () => {
    expect(endOf(A, "allow-for-inaccuracy=0")).toMatchObject({ outcome: "failure" });
  });
});

describe("squeezed", () => {
  test("without giving up stuck VMs waits for them to the last round", () => {
    expect(endOf(E, "give-up-stuck=0")).toEqual({
      outcome: "unfinished",
      stuck: [],
      why: "no more rounds, the policy is not at its end",
    });
  });

  test("is more patient with a longer time until a VM is stuck", () => {
    const at = (set: string) => hostRounds("squeezed", E, STEP, [set])[1]?.atUs;
    expect([at("stuck-after=2s"), at("stuck-after=60s")]).toEqual([2_100_000, 60_100_000]);
  });

  test("lets guests have what the host has left over, by the same fraction of their ranges", () => {
    const state = hostWith(
      3000,
      0,
      vm("one", [1000, 1000, 2000, 1000], {}, 0),
      vm("two", [1000, 1000, 6000, 1000], {}, 0),
    );
    expect(hostTargets("squeezed", state)).toEqual({ one: 1500 * KIB, two: 3500 * KIB });
  });

  test("counts on no more from a VM than what it uses above its minimum, less twice its inaccuracy", () => {
    const state = hostWith(0, 0, vm("one", [1000, 1500, 2000, 1500], {}), vm("two", [0, 0, 4000, 0], {}));
    // 492 of 5000.
    expect(hostTargets("squeezed", state).one).toBe(1000 * KIB + Math.trunc((492 / 5000) * 1000 * KIB));
    expect(hostTargets("squeezed", state, "allow-for-inaccuracy=0").one).toBe(1100 * KIB);
  });

  test("asks a VM again that it has given up and that moves", () => {
    const policy = targetPolicyNamed("squeezed", "policy");
    const instance = policy.create(Object.fromEntries(policy.params.map((param) => [param.name, param.default])));
    const one = { name: "one", min: 0, max: 2000, target: 1000, actual: 2000, inaccuracy: 0 };
    const two = { name: "two", min: 0, max: 2000, target: 1000, actual: 1000, inaccuracy: 0 };
    const asked = (seconds: number, actual: number) => {
      const view = { nowUs: seconds * 1e6, host: { free: 0, goal: 500 }, vms: [{ ...one, actual }, two] };
      instance.observe(view);
      return [...instance.decide(view).targets.keys()];
    };
    expect(asked(0, 2000)).toEqual(["one"]);
    expect(asked(6, 2000)).toEqual(["two"]);
    expect(asked(7, 1900)).toEqual(["one"]);
  });

  test("ends at once where the free memory is the wanted one", () => {
    const state = hostWith(1000, 1000, vm("one", [1000, 1000, 2000, 1000], {}, 0));
    expect(hostRounds("squeezed", state)).toMatchObject([
      { round: 1, targets: new Map(), ending: { outcome: "success" } },
    ]);
  });

  test("holds a VM that it gives up at what it has, not at a larger target", () => {
    const state = hostWith(
      1000,
      0,
      vm("dead", [1000, 1400, 2000, 1200], { stuck: true }, 0),
      vm("alive", [1000, 1000, 2000, 1000], rate(100), 0),
    );
    expect(lastTargets(hostRounds("squeezed", state, STEP)).dead).toBe(1200 * KIB);
  });

  test("asks no VM without a driver, and blames none", () => {
    const state = { ...E, vms: E.vms.map((one, index) => ({ ...one, ballooning: index === 1 })) };
    expect(hostTargets("squeezed", state)).toEqual({ alive: 5000 * KIB });
    expect(endOf(state)).toMatchObject({ outcome: "success", stuck: [] });
  });

  const vms = fc.array(
    fc.record({
      min: fc.integer({ min: 0, max: 5000 }),
      range: fc.integer({ min: 0, max: 5000 }),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { minLength: 1, maxLength: 6 },
  );
  const states = fc.tuple(vms, fc.nat(5000), fc.nat(20_000)).map(([list, free, goal]) =>
    hostWith(
      free,
      goal,
      ...list.map(({ min, range, at }, index) => {
        const actual = min + Math.round(range * at);
        return vm(`vm${index}`, [min, actual, min + range, actual], {});
      }),
    ),
  );

  test("keeps targets within the dynamic ranges, in any order of the VMs", () => {
    fc.assert(
      fc.property(states, (state) => {
        const targets = hostTargets("squeezed", state);
        expect(hostTargets("squeezed", { ...state, vms: state.vms.toReversed() })).toEqual(targets);
        for (const { name, min, max } of state.vms as ReturnType<typeof vm>[]) {
          const target = targets[name];
          if (target === undefined) continue;
          expect(target).toBeGreaterThanOrEqual(min);
          expect(target).toBeLessThanOrEqual(max);
        }
      }),
    );
  });

  test("never lets guests take memory while another one still has to give", () => {
    fc.assert(
      fc.property(states, (state) => {
        const actual = new Map((state.vms as ReturnType<typeof vm>[]).map((one) => [one.name, one.actual]));
        const changes = Object.entries(hostTargets("squeezed", state)).map(
          ([name, target]) => target - (actual.get(name) as number),
        );
        const gives = changes.some((change) => change < -4 * KIB);
        if (gives) expect(changes.every((change) => change < 0)).toBe(true);
      }),
    );
  });
});
