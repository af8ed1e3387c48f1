import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostRounds, hostTargets, lastTargets } from "../../support/in-process/host-rounds.ts";

const MB = 1e6;
const GB = 1e9;
const MAXCHANGE = "maxchange=100MB";

const vm = (name: string, shares: number, size: number, min: number, free = 0) => ({
  name,
  shares,
  max: 2 * GB,
  size,
  min,
  free,
});
const A = vm("A", 2000, GB, GB);
const B = vm("B", 1000, GB, GB);
const inMb = (targets: Record<string, number>) =>
  Object.fromEntries(Object.entries(targets).map(([name, size]) => [name, size / MB]));
const once = (goal: number, ...vms: object[]) =>
  inMb(hostTargets("proxmox", { host: { goal: goal * MB }, vms }, MAXCHANGE));
const series = (goal: number, ...vms: object[]) =>
  inMb(lastTargets(hostRounds("proxmox", { host: { goal: goal * MB }, vms }, { rounds: 100 }, [MAXCHANGE])));

describe("the targets of one round are those of Proxmox's own test", () => {
  test.each([
    [0, {}],
    [90, { A: 1060, B: 1030 }],
    [150, { A: 1100, B: 1050 }],
    [270, { A: 1100, B: 1090 }],
  ])("for a goal of %d MB", (goal, targets) => {
    expect(once(goal, A, B)).toEqual(targets);
  });

  const full = vm("A", 2000, 2 * GB, 2 * GB);
  test.each([
    [0, {}],
    [18, { B: 1018 }],
    [500, { B: 1100 }],
  ])("for a goal of %d MB, where one VM has all that it may have", (goal, targets) => {
    expect(once(goal, full, B)).toEqual(targets);
  });

  test.each([
    [0, {}],
    [11, { B: 1018 }],
    [80, { B: 1087 }],
    [200, { B: 1107 }],
  ])("for a goal of %d MB, where another one has enough free memory", (goal, targets) => {
    expect(once(goal, full, vm("B", 1000, GB + 7 * MB, GB), vm("C", 1000, GB, GB, 512 * MB))).toEqual(targets);
  });
});

describe("the targets after which nothing changes are those of Proxmox's own test", () => {
  test.each([
    [180, { A: 1120, B: 1060 }],
    [270, { A: 1180, B: 1090 }],
    [600, { A: 1300, B: 1300 }],
    [900, { A: 1600, B: 1300 }],
  ])("for a goal of %d MB", (goal, targets) => {
    expect(series(goal, A, B)).toEqual(targets);
  });

  const fixed = vm("A", 2000, 2 * GB, 2 * GB);
  test("for VMs of which one begins with enough free memory", () => {
    expect(series(593, fixed, vm("B", 1000, GB + 7 * MB, GB), vm("C", 1000, GB, GB, 512 * MB))).toEqual({
      B: 1300,
      C: 1300,
    });
  });

  test.each([
    [-200, { B: 1200, C: 1200 }],
    [-400, { B: 1200, C: 1000 }],
    [-593, { B: 1007, C: 1000 }],
  ])("for a goal of %d MB", (goal, targets) => {
    const grown = [vm("B", 1000, 1300 * MB, GB, 293 * MB), vm("C", 1000, 1300 * MB, GB, 812 * MB)];
    expect(series(goal, fixed, ...grown)).toEqual(targets);
  });
});

describe("proxmox", () => {
  test("computes the goal from 80 % of the host's memory", () => {
    const host = { memory: 10 * GB, used: 8 * GB - 90 * MB };
    expect(inMb(hostTargets("proxmox", { host, vms: [A, B] }, MAXCHANGE))).toEqual({ A: 1060, B: 1030 });
    expect(hostTargets("proxmox", { host, vms: [A, B] }, MAXCHANGE, "target=0.791")).toEqual({});
  });

  test("changes nothing for a goal of 10 MiB, and something for a byte more, in both directions", () => {
    const large = vm("A", 1000, 1.5 * GB, GB);
    for (const sign of [1, -1]) {
      const targets = (goal: number) => hostTargets("proxmox", { host: { goal: sign * goal }, vms: [large] });
      expect(targets(10 * 1024 * 1024)).toEqual({});
      expect(targets(10 * 1024 * 1024 + 1)).toEqual({ A: 1.5 * GB + sign * (10 * 1024 * 1024 + 1) });
    }
  });

  test("moves a VM by 100 MiB a round, unless maxchange says otherwise", () => {
    expect(hostTargets("proxmox", { host: { goal: GB }, vms: [A] })).toEqual({ A: GB + 100 * 2 ** 20 });
    expect(hostTargets("proxmox", { host: { goal: GB }, vms: [A], params: { maxchange: "7MB" } })).toEqual({
      A: GB + 7 * MB,
    });
  });

  test.each([
    ["without a driver", { ballooning: false }],
    ["without a minimum", { min: 0 }],
    ["that is migrating", { migrating: true }],
    ["with shares of 0", { shares: 0 }],
  ])("leaves out a VM %s", (_, fields) => {
    expect(once(90, { ...A, ...fields }, B)).toEqual({ B: 1090 });
  });

  test("counts 1000 shares where none are given", () => {
    const { shares: _, ...unset } = B;
    expect(once(90, A, unset)).toEqual({ A: 1060, B: 1030 });
  });

  test("takes a VM for one with enough where more than a quarter of its minimum is free", () => {
    const free = (size: number) => once(90, A, { ...B, free: size });
    expect(free(250 * MB)).toEqual({ A: 1060, B: 1030 });
    expect(free(250 * MB + 1)).toEqual({ A: 1090 });
  });

  const size = fc.integer({ min: 0, max: 1000 });
  const hosts = fc.record({
    goal: fc.integer({ min: -3000, max: 3000 }),
    maxchange: fc.constantFrom(1, 100, 10_000),
    vms: fc.array(
      fc.record({
        min: fc.integer({ min: 1, max: 1000 }),
        above: size,
        more: size,
        shares: fc.integer({ min: 0, max: 3000 }),
        free: size,
      }),
      { minLength: 1, maxLength: 6 },
    ),
  });
  const stateOf = ({ goal, maxchange, vms }: typeof hosts extends fc.Arbitrary<infer T> ? T : never) => ({
    host: { goal: goal * MB },
    vms: vms.map(({ min, above, more, shares, free }, index) => ({
      name: `vm${index}`,
      min: min * MB,
      size: (min + above) * MB,
      max: (min + above + more) * MB,
      shares,
      free: Math.min(free, min + above) * MB,
    })),
    params: { maxchange: maxchange * MB },
  });

  test("keeps every VM within its minimum, its maximum, and maxchange", () => {
    fc.assert(
      fc.property(hosts, (host) => {
        const state = stateOf(host);
        const targets = hostTargets("proxmox", state);
        for (const { name, min, max, size } of state.vms) {
          const target = targets[name] ?? size;
          expect(target).toBeGreaterThanOrEqual(min);
          expect(target).toBeLessThanOrEqual(max);
          expect(Math.abs(target - size)).toBeLessThanOrEqual(state.params.maxchange);
        }
      }),
    );
  });

  const changeIn = (state: ReturnType<typeof stateOf>) => {
    const targets = hostTargets("proxmox", state);
    return state.vms.reduce((all, { name, size }) => all + (targets[name] ?? size) - size, 0);
  };

  test("gives no more than its goal where maxchange is no limit", () => {
    fc.assert(
      fc.property(hosts, (host) => {
        const state = stateOf({ ...host, goal: Math.abs(host.goal), maxchange: 10_000 });
        expect(changeIn(state)).toBeLessThanOrEqual(state.host.goal);
      }),
    );
  });

  test("takes no more than its goal, but for rounding, from VMs that have the same for each share", () => {
    fc.assert(
      fc.property(hosts, fc.nat(3), (host, level) => {
        const vms = host.vms.map((one) => ({ ...one, above: level * one.shares }));
        const state = stateOf({ ...host, goal: -Math.abs(host.goal), maxchange: 10_000, vms });
        // Sizes are rounded down, by less than a byte for each pass and VM.
        expect(changeIn(state)).toBeGreaterThanOrEqual(state.host.goal - 100);
      }),
    );
  });

  test("takes more than its goal from VMs of which one has to give what the next pass wants to give back", () => {
    const part = (name: string, shares: number, above: number) => ({
      ...vm(name, shares, GB + above * MB, GB),
      max: 4 * GB,
    });
    const list = [part("A", 1, 12), { ...part("B", 121, 0), max: GB }, part("C", 10, 131)];
    // As in the service: A is done when it is to have its size back, and keeps what the first pass has decided.
    expect(hostTargets("proxmox", { host: { goal: -11 * MB }, vms: list }, "maxchange=1GB", "deadzone=0")).toEqual({
      A: GB + MB,
      C: GB + 120 * MB,
    });
  });

  test("decides the same for any order of the VMs", () => {
    fc.assert(
      fc.property(hosts, (host) => {
        const state = stateOf(host);
        expect(hostTargets("proxmox", { ...state, vms: state.vms.toReversed() })).toEqual(
          hostTargets("proxmox", state),
        );
      }),
    );
  });
});
