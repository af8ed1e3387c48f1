import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FreeState, freeState, minFree } from "../../../src/sim/hosts/policies/esx/free-states.ts";
import { shareOut } from "../../../src/sim/hosts/policies/esx/share-out.ts";
import { hostRounds, hostTargets } from "../../support/in-process/host-rounds.ts";

const MB = 1e6;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

describe("minFree", () => {
  test.each([
    [4, 245],
    [12, 573],
    [28, 901],
    [128, 1925],
  ])("of a host with %d GiB is %d MiB", (gib, mib) => {
    expect(Math.floor(minFree(gib * GIB) / MIB)).toBe(mib);
  });
});

describe("the state of free memory", () => {
  const thresholds = { clear: 4, soft: 0.64, hard: 0.32, low: 0.16, hysteresis: 0.25 };
  test.each([
    [4, "high"],
    [3.99, "clear"],
    [0.64, "clear"],
    [0.63, "soft"],
    [0.32, "soft"],
    [0.31, "hard"],
    [0.16, "hard"],
    [0.15, "low"],
    [0, "low"],
  ] as const)("at %d times minFree is %s", (free, state) => {
    expect(freeState(free, thresholds, null)).toBe(state);
  });

  test.each([
    ["clear", 4.9, "clear"],
    ["clear", 5, "high"],
    ["soft", 0.79, "soft"],
    ["soft", 0.8, "clear"],
    ["hard", 0.39, "hard"],
    ["hard", 0.4, "soft"],
    ["low", 0.19, "low"],
    ["low", 0.35, "hard"],
    ["low", 0.7, "soft"],
    ["low", 9, "high"],
  ] as const)("is left upwards from %s at %d times minFree for %s", (before, free, state) => {
    expect(freeState(free, thresholds, before)).toBe(state);
  });

  test("is entered downwards at once", () => {
    expect(freeState(0.63, thresholds, "high")).toBe("soft");
    expect(freeState(0, thresholds, "clear")).toBe("low");
  });

  test("never changes by itself", () => {
    const states: FreeState[] = ["low", "hard", "soft", "clear", "high"];
    fc.assert(
      fc.property(fc.double({ min: 0, max: 6, noNaN: true }), fc.constantFrom(...states), (free, before) => {
        const state = freeState(free, thresholds, before);
        expect(freeState(free, thresholds, state)).toBe(state);
      }),
    );
  });
});

const claims = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.nat(2000), fc.nat(2000)), { minLength: 1, maxLength: 8 })
  .map((list) =>
    list.map(([weight, least, more], index) => ({ name: `vm${index}`, weight, least, most: least + more })),
  );

describe("a sum is shared out", () => {
  test("in proportion to weights", () => {
    const claim = (name: string, weight: number) => ({ name, weight, least: 0, most: 1000 });
    expect(shareOut(90, [claim("A", 2), claim("B", 1)])).toEqual(
      new Map([
        ["A", 60],
        ["B", 30],
      ]),
    );
  });

  test("and what a bound keeps from one goes to the others", () => {
    const list = [
      { name: "A", weight: 8, least: 0, most: 50 },
      { name: "B", weight: 1, least: 30, most: 1000 },
      { name: "C", weight: 1, least: 0, most: 1000 },
      { name: "D", weight: 0, least: 5, most: 1000 },
    ];
    expect(shareOut(100, list)).toEqual(
      new Map([
        ["A", 50],
        ["B", 30],
        ["C", 15],
        ["D", 5],
      ]),
    );
  });

  test("within the bounds, and whole where they permit it", () => {
    fc.assert(
      fc.property(claims, fc.integer({ min: -100, max: 20_000 }), (list, total) => {
        const parts = shareOut(total, list);
        const sum = [...parts.values()].reduce((all, part) => all + part, 0);
        const [least, most] = [list.reduce((all, c) => all + c.least, 0), list.reduce((all, c) => all + c.most, 0)];
        for (const { name, least, most } of list) {
          expect(parts.get(name)).toBeGreaterThanOrEqual(least);
          expect(parts.get(name)).toBeLessThanOrEqual(most);
        }
        const possible = Math.min(most, Math.max(least, total));
        expect(sum).toBeLessThanOrEqual(possible + 1);
        expect(sum).toBeGreaterThanOrEqual(possible - list.length);
      }),
    );
  });

  test("to the upper bounds where it is larger than all of them, and to the lower ones where it is smaller", () => {
    fc.assert(
      fc.property(claims, (list) => {
        expect([...shareOut(1e6, list).values()]).toEqual(list.map(({ most }) => most));
        expect([...shareOut(-1, list).values()]).toEqual(list.map(({ least }) => least));
      }),
      { numRuns: 1000 },
    );
  });

  test("by the same price for all that are at no bound, in any order", () => {
    fc.assert(
      fc.property(claims, fc.nat(20_000), (list, total) => {
        const parts = shareOut(
          total * 1e6,
          list.map((c) => ({ ...c, least: c.least * 1e6, most: c.most * 1e6 })),
        );
        const free = list.filter(({ name, least, most }) => {
          const part = parts.get(name) as number;
          return part > least * 1e6 && part < most * 1e6 - 1;
        });
        const prices = free.map(({ name, weight }) => weight / (parts.get(name) as number));
        for (const price of prices) expect(price / (prices[0] as number)).toBeCloseTo(1, 4);
        const other = shareOut(
          total * 1e6,
          list.map((c) => ({ ...c, least: c.least * 1e6, most: c.most * 1e6 })).toReversed(),
        );
        expect(new Map([...other].toSorted())).toEqual(new Map([...parts].toSorted()));
      }),
    );
  });
});

/** The experiment of the paper: two VMs of 256 MB that the host has 360 MB for. */
const vm = (name: string, active: number, fields: object = {}) => ({
  name,
  max: 256 * MB,
  size: 256 * MB,
  active,
  ...fields,
});
const paper = (...vms: object[]) => ({ host: { memory: 400 * MB, free: 0, goal: (360 - 512) * MB }, vms });

describe("esx, with two VMs of 256 MB in 360 MB, one of them idle,", () => {
  test("gives both 180 MB without a tax", () => {
    expect(hostTargets("esx", paper(vm("idle", 0), vm("busy", 1)), "tax=0")).toEqual({
      idle: 180 * MB,
      busy: 180 * MB,
    });
  });

  test("gives the active one all that it may have with a tax of 75 %", () => {
    expect(hostTargets("esx", paper(vm("idle", 0), vm("busy", 1)))).toEqual({
      idle: 104 * MB,
      busy: 256 * MB,
    });
  });

  test("computes what it has to free from minFree without a goal", () => {
    const memory = Math.round((360 * MB) / 0.94);
    const host = { memory, free: Math.round(0.5 * 0.06 * memory) };
    const sizes = [vm("A", 1, { size: 180 * MB }), vm("B", 1, { size: 169 * MB })];
    const [round] = hostRounds("esx", { host, vms: sizes });
    expect(round?.state).toBe("soft");
    const sum = [...(round?.targets.values() ?? [])].reduce((all, size) => all + size, 0);
    expect(sum / MB).toBeCloseTo(349 + (host.free - minFree(memory)) / MB, 4);
  });

  test("asks for an active page four times what it asks for an idle one", () => {
    const host = { memory: 1000 * MB, free: 0, goal: -250 * MB };
    const vms = [vm("idle", 0, { max: 500 * MB }), vm("busy", 0.5, { max: 500 * MB })];
    // Prices of 4 and of 2.5: 262 MB are shared out as 2.5 to 4.
    const { idle = 0, busy = 0 } = hostTargets("esx", { host, vms }, "max-balloon=1");
    expect(idle + busy).toBeGreaterThanOrEqual(262 * MB - 2);
    expect(busy / idle).toBeCloseTo(4 / 2.5, 6);
  });

  test("weighs VMs by their shares", () => {
    const vms = [vm("A", 1, { shares: 1000 }), vm("B", 1, { shares: 2000 })];
    expect(hostTargets("esx", { ...paper(...vms), host: { memory: 1, free: 0, goal: (300 - 512) * MB } })).toEqual({
      A: 100 * MB,
      B: 200 * MB,
    });
  });
});

describe("esx", () => {
  test("keeps reservations with the overhead, and limits", () => {
    const vms = [vm("A", 0, { reservation: 150 * MB, overhead: 10 * MB }), vm("B", 1, { limit: 190 * MB })];
    expect(hostTargets("esx", paper(...vms))).toEqual({ A: 170 * MB, B: 190 * MB });
    expect(hostTargets("esx", { ...paper(...vms), host: { memory: 1, free: 0, goal: -300 * MB } }).A).toBe(160 * MB);
  });

  test("enforces a limit in the state high, too, where it takes from no other VM", () => {
    const vms = [vm("A", 0), vm("B", 1, { limit: 200 * MB })];
    expect(hostRounds("esx", { host: { memory: 1000 * MB, free: 900 * MB }, vms })).toMatchObject([
      {
        state: "high",
        targets: new Map([
          ["A", 256 * MB],
          ["B", 200 * MB],
        ]),
      },
    ]);
  });

  test("lets balloons shrink towards the equilibrium, and takes nothing for it in the state clear", () => {
    const vms = [vm("A", 0, { size: 200 * MB }), vm("B", 1, { size: 200 * MB })];
    const at = (free: number) => ({ host: { memory: 1000 * MB, free: free * MB }, vms });
    const round = (b: number) => [
      {
        state: "clear",
        targets: new Map([
          ["A", 200 * MB],
          ["B", b * MB],
        ]),
      },
    ];
    // minFree is 60 MB, and 28.8 MB are half way from soft to hard. A has more than in the equilibrium, B may have 256 MB.
    expect(hostRounds("esx", at(100))).toMatchObject(round(256));
    expect(hostRounds("esx", at(60))).toMatchObject(round(231.2));
  });

  test("takes from VMs above the equilibrium what it has given to others, in the state soft", () => {
    const state = {
      host: { memory: 1000 * MB, free: 40 * MB },
      vms: [vm("A", 0, { size: 200 * MB }), vm("B", 1, { size: 200 * MB })],
    };
    const rounds = hostRounds("esx", state, { rounds: 9 });
    expect(rounds.map(({ state: one, targets }) => [one, Object.fromEntries(targets)])).toEqual([
      ["clear", { A: 200 * MB, B: 211.2 * MB }],
      ["soft", { A: 124 * MB, B: 256 * MB }],
      ["clear", { A: 124 * MB, B: 256 * MB }],
    ]);
  });

  test("takes 65 % of a VM by its balloon, and the rest by swap in the states hard and low", () => {
    const state = (free: number) => ({
      host: { memory: 100 * MB, free: free * MB, goal: -200 * MB },
      vms: [vm("A", 0)],
    });
    const balloon = new Map([["A", Math.ceil(256 * MB * 0.35)]]);
    expect(hostRounds("esx", state(3))).toMatchObject([
      { state: "soft", targets: balloon, hostSwap: new Map(), blocked: [] },
    ]);
    const swap = new Map([["A", Math.ceil(256 * MB * 0.35) - 56 * MB]]);
    expect(hostRounds("esx", state(1.5))).toMatchObject([
      { state: "hard", targets: balloon, hostSwap: swap, blocked: [] },
    ]);
    expect(hostRounds("esx", state(0))).toMatchObject([
      { state: "low", targets: balloon, hostSwap: swap, blocked: ["A"] },
    ]);
  });

  test("leaves a VM without a driver to swap", () => {
    const state = { host: { memory: 100 * MB, free: 0, goal: -200 * MB }, vms: [vm("A", 0, { ballooning: false })] };
    expect(hostRounds("esx", state)).toMatchObject([
      { targets: new Map([["A", 256 * MB]]), hostSwap: new Map([["A", 200 * MB]]) },
    ]);
  });

  test("is in a state until there is more free memory than where the state began", () => {
    // minFree is 60 MB: soft begins at 38.4, and ends at 48.
    const at = (free: number) => ({
      host: { memory: 1000 * MB, free: free * MB },
      vms: [vm("A", 1, { size: 100 * MB })],
    });
    const states = [at(39), at(38), at(47), at(48), at(39)];
    expect(hostRounds("esx", states, { rounds: 5 }).map(({ state }) => state)).toEqual([
      "clear",
      "soft",
      "soft",
      "clear",
      "clear",
    ]);
  });

  test("has freed what it wanted after a round in which VMs did what they were told", () => {
    const host = { memory: 1000 * MB, free: 30 * MB };
    expect(hostRounds("esx", { host, vms: [vm("A", 1), vm("B", 1)] }, { rounds: 9 }).map(({ state }) => state)).toEqual(
      ["soft", "clear"],
    );
  });

  const vms = fc.array(
    fc.record({
      max: fc.integer({ min: 1, max: 1000 }),
      size: fc.double({ min: 0, max: 1, noNaN: true }),
      reservation: fc.double({ min: 0, max: 1, noNaN: true }),
      limit: fc.double({ min: 0, max: 1, noNaN: true }),
      active: fc.double({ min: 0, max: 1, noNaN: true }),
      shares: fc.integer({ min: 1, max: 4000 }),
    }),
    { minLength: 1, maxLength: 6 },
  );
  const states = fc.tuple(vms, fc.nat(400)).map(([list, free]) => ({
    host: { memory: 5000 * MB, free: free * MB },
    vms: list.map(({ max, size, reservation, limit, active, shares }, index) => {
      const limited = Math.round(max * MB * (0.35 + 0.65 * limit));
      return {
        name: `vm${index}`,
        max: max * MB,
        size: Math.round(max * MB * (0.35 + 0.65 * size)),
        limit: limited,
        reservation: Math.floor(limited * reservation),
        active,
        shares,
      };
    }),
  }));

  test("keeps every VM between reservation and limit, in any order of the VMs", () => {
    fc.assert(
      fc.property(states, (state) => {
        const targets = hostTargets("esx", state);
        expect(hostTargets("esx", { ...state, vms: state.vms.toReversed() })).toEqual(targets);
        for (const { name, size, reservation, limit, max } of state.vms) {
          const target = targets[name] ?? size;
          // Without a shortage a VM below its reservation only gets what is left over.
          expect(target).toBeGreaterThanOrEqual(Math.min(reservation, size));
          expect(target).toBeLessThanOrEqual(Math.max(limit, Math.ceil(max * 0.35)));
        }
      }),
    );
  });

  test("brings VMs that are at no bound to the same price in a shortage", () => {
    fc.assert(
      fc.property(states, (state) => {
        const short = { ...state, host: { ...state.host, free: 100 * MB } };
        const targets = hostTargets("esx", short);
        const prices = short.vms.flatMap(({ name, size, reservation, limit, max, shares, active }) => {
          const target = targets[name] ?? size;
          const least = Math.max(reservation, Math.ceil(max * 0.35));
          return target > least && target < limit - 1 ? [shares / (target * (active + 4 * (1 - active)))] : [];
        });
        for (const price of prices) expect(price / (prices[0] as number)).toBeCloseTo(1, 4);
      }),
    );
  });
});
