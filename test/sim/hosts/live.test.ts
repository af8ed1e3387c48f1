import { describe, expect, test } from "vitest";
import { TARGET_POLICIES, targetPolicyNamed } from "../../../src/sim/hosts/policies/index.ts";
import { MOM } from "../../../src/sim/hosts/policies/mom.ts";
import { type Decided, type LiveVm, liveHost } from "../../support/in-process/live-host.ts";

const MB = 2 ** 20;
const GB = 2 ** 30;
const HOUR = 3600;

/** Sizes of a VM over time: seconds, and bytes. */
const sizesOf = (decided: readonly Decided[], name: string): [number, number][] =>
  decided.flatMap(({ view }) => {
    const vm = view.vms.find((one) => one.name === name);
    return vm === undefined ? [] : [[view.nowUs / 1e6, vm.size ?? 0] as [number, number]];
  });
const sizeAt = (decided: readonly Decided[], name: string, second: number): number =>
  sizesOf(decided, name).findLast(([at]) => at <= second)?.[1] ?? Number.NaN;
const freeAt = (decided: readonly Decided[], second: number): number =>
  decided.findLast(({ view }) => view.nowUs <= second * 1e6)?.view.host.free ?? Number.NaN;

/** Guests that come and go, sleep and wake, some without an agent, some slow. */
const FLEET: LiveVm[] = [
  { name: "steady", max: 4 * GB, min: 1 * GB, demand: () => 2 * GB, touches: () => 0.3 },
  { name: "daily", max: 4 * GB, min: 1 * GB, demand: (s) => (Math.floor(s / HOUR) % 2) * 3 * GB + 0.5 * GB },
  { name: "late", max: 4 * GB, min: 1 * GB, demand: () => 3 * GB, on: 1.5 * HOUR, off: 4 * HOUR, boot: 60 },
  { name: "again", max: 2 * GB, min: 0.5 * GB, demand: () => GB, on: 100, off: 1000, boot: 30 },
  { name: "again", max: 2 * GB, min: 0.5 * GB, demand: () => GB, on: 2000, off: 3 * HOUR, boot: 30 },
  { name: "mute", max: 2 * GB, min: 0.5 * GB, demand: () => 1.5 * GB, hasAgent: false },
  { name: "slow", max: 4 * GB, min: 1 * GB, demand: (s) => (s > 2 * HOUR ? 3 : 1) * GB, rate: 2 * MB },
];

describe.each([...TARGET_POLICIES.keys()])("%s, for six hours,", (name) => {
  const policy = targetPolicyNamed(name, "policy");
  const run = () => liveHost(policy, FLEET, { memory: 10 * GB, seconds: 6 * HOUR });
  const { decided, instance } = run();

  test("names VMs only that are on, and sizes within what is configured", () => {
    for (const { view, decisions } of decided) {
      const most = new Map(view.vms.map((vm) => [vm.name, vm.max ?? 0]));
      for (const [vm, target] of [...decisions.targets, ...(decisions.hostSwap ?? [])]) {
        expect(Number.isSafeInteger(target)).toBe(true);
        expect(target).toBeGreaterThanOrEqual(0);
        expect(target).toBeLessThanOrEqual(most.get(vm) ?? -1);
      }
      for (const vm of decisions.blocked ?? []) expect(most.has(vm)).toBe(true);
      expect(decisions.againUs ?? policy.everyUs).toBeGreaterThan(0);
    }
  });

  test("decides the same again", () => {
    expect(run().decided).toEqual(decided);
  });

  test("remembers no more than it needs of the VMs that are on", () => {
    const text = JSON.stringify(structuredClone(instance.state), (_, value) =>
      value instanceof Map ? [...value] : value,
    );
    expect(text.length).toBeLessThan(3000);
    for (const gone of ["late", "again"]) expect(text).not.toContain(`"${gone}"`);
  });

  test("is asked early by its own bounds only, and is content then", () => {
    const early = decided.filter(({ isEarly }) => isEarly);
    expect(early.length > 0).toBe(name === "esx");
    for (const { view, decisions } of decided) {
      const { below = -Infinity, above = Infinity } = decisions.wakes ?? {};
      expect(view.host.free).toBeGreaterThanOrEqual(below);
      expect(view.host.free).toBeLessThan(above);
    }
  });
});

describe("squeezed on a live host", () => {
  const policy = targetPolicyNamed("squeezed", "policy");
  const vm = (name: string, more: Partial<LiveVm> = {}): LiveVm => ({
    name,
    max: 4 * GB,
    min: 1 * GB,
    demand: () => GB,
    ...more,
  });

  test("balances, then looks every ten seconds", () => {
    const { decided } = liveHost(policy, [vm("A"), vm("B"), vm("C")], { memory: 10 * GB, seconds: HOUR });
    const [outcome] = decided.filter(({ decisions }) => decisions.outcome !== undefined);
    expect(outcome?.decisions.outcome?.success).toBe(true);
    const rested = decided.filter(({ view }) => view.nowUs > (outcome?.view.nowUs ?? 0));
    for (const { decisions } of rested) expect(decisions).toEqual({ targets: new Map(), againUs: 10_000_000 });
    expect(rested.length).toBeGreaterThan(350);
    expect(rested.length).toBeLessThan(361);
    // Both have the same fraction of their ranges, and the host its reserve, but for pages.
    expect(freeAt(decided, HOUR) - 9 * 2 ** 20).toBeGreaterThanOrEqual(0);
    expect(freeAt(decided, HOUR) - 9 * 2 ** 20).toBeLessThan(1e5);
    expect(sizeAt(decided, "A", HOUR)).toBe(sizeAt(decided, "B", HOUR));
  });

  test("with another reserve and another time between two looks", () => {
    const { decided } = liveHost(policy, [vm("A"), vm("B")], {
      memory: 6 * GB,
      seconds: HOUR,
      params: { reserve: GB, "balance-every": 60_000_000 },
    });
    expect(Math.abs(freeAt(decided, HOUR) - GB)).toBeLessThan(1e5);
    expect(decided.filter(({ view }) => view.nowUs > HOUR * 0.5e6)).toHaveLength(30);
  });

  test("makes room after an hour of rest for a VM that is powered on, and gives back what it leaves", () => {
    const slow = { delay: 3 };
    const late = vm("C", { on: HOUR, off: 2 * HOUR, boot: 60 });
    const { decided } = liveHost(policy, [vm("A", slow), vm("B", slow), late], {
      memory: 10 * GB,
      seconds: 3 * HOUR,
    });
    expect(sizeAt(decided, "A", HOUR - 1)).toBe(4 * GB);
    // No VM is given up before it had its five seconds, of which its driver sleeps three.
    expect(decided.some(({ decisions }) => (decisions.outcome?.stuck.length ?? 0) > 0)).toBe(false);
    expect(freeAt(decided, HOUR + 60)).toBeGreaterThanOrEqual(9 * 2 ** 20);
    expect(sizeAt(decided, "A", HOUR + 55)).toBeLessThan(3.1 * GB);
    expect(sizeAt(decided, "A", 1.5 * HOUR)).toBeCloseTo(sizeAt(decided, "C", 1.5 * HOUR), -4);
    expect(sizeAt(decided, "A", 2 * HOUR + 60)).toBe(4 * GB);
  });

  test("asks a VM that it has given up on its way upwards at the next look again", () => {
    const late = vm("C", { off: HOUR });
    const { decided } = liveHost(policy, [vm("A", { delay: 8 }), late], {
      memory: 6 * GB,
      seconds: HOUR + 300,
    });
    const after = decided.filter(({ view }) => view.nowUs >= HOUR * 1e6);
    const given = after.findIndex(({ decisions }) => decisions.outcome?.stuck.includes("A"));
    expect(given).toBeGreaterThan(0);
    const [size, later] = [sizeAt(decided, "A", HOUR), after.slice(given + 1)];
    expect(later.some(({ decisions }) => (decisions.targets.get("A") ?? 0) > size)).toBe(true);
  });

  test("waits for a stuck VM for five seconds, and is content then with what the others give", () => {
    const { decided } = liveHost(policy, [vm("A"), vm("dead", { boot: Infinity, figures: { ballooning: true } })], {
      memory: 6 * GB,
      seconds: HOUR,
    });
    const outcomes = decided.filter(({ decisions }) => decisions.outcome !== undefined);
    expect(outcomes[0]?.decisions.outcome).toMatchObject({ success: true, stuck: ["dead"] });
    expect(sizeAt(decided, "A", HOUR)).toBeLessThan(2 * GB);
    // Every ten seconds it looks, and finds that the stuck VM has the target that it should have.
    expect(decided.length / HOUR).toBeLessThan(0.12);
  });
});

describe("mom on a live host", () => {
  test("leaves a guest alone whose agent does not answer, and one whose driver does not run", () => {
    const vm = (name: string, more: Partial<LiveVm> = {}): LiveVm => ({
      name,
      max: 4 * GB,
      min: GB,
      demand: () => GB,
      ...more,
    });
    const vms = [vm("up"), vm("mute", { hasAgent: false }), vm("booting", { boot: 600 })];
    const { decided } = liveHost(MOM as never, vms, { memory: 3.1 * GB, seconds: HOUR });
    expect(sizeAt(decided, "mute", HOUR)).toBe(4 * GB);
    expect(sizeAt(decided, "booting", 590)).toBe(4 * GB);
    expect(sizeAt(decided, "booting", HOUR)).toBeLessThan(1.5 * GB);
    expect(sizeAt(decided, "up", 590)).toBeLessThan(1.5 * GB);
    const named = decided.flatMap(({ decisions }) => [...decisions.targets.keys()]);
    expect(named).not.toContain("mute");
  });

  test("judges a guest that was powered on again by its new samples", () => {
    const gone: LiveVm = { name: "A", max: 4 * GB, min: 0, demand: () => 3.9 * GB, off: 600 };
    const anew: LiveVm = { name: "A", max: 4 * GB, min: 0, demand: () => 0.1 * GB, on: 700 };
    const rest: LiveVm = { name: "B", max: 4 * GB, min: 4 * GB, demand: () => 4 * GB };
    const { decided } = liveHost(MOM as never, [gone, anew, rest], { memory: 4.5 * GB, seconds: 800 });
    const last = decided.at(-1)?.view.vms.find(({ name }) => name === "A");
    // Ten decisions of 5 % each.
    expect((last?.size ?? 0) / (4 * GB)).toBeLessThan(0.95 ** 9);
  });
});

describe("proxmox on a live host", () => {
  test("computes its goal from the host's memory, and keeps 80 % of it in use", () => {
    const vm = (name: string): LiveVm => ({ name, max: 4 * GB, min: GB, demand: (s) => Math.min(4, 1 + s / 600) * GB });
    const { decided } = liveHost(targetPolicyNamed("proxmox", "policy"), [vm("A"), vm("B"), vm("C")], {
      memory: 10 * GB,
      seconds: 2 * HOUR,
    });
    expect(freeAt(decided, 2 * HOUR) / (2 * GB)).toBeCloseTo(1, 1);
    expect(decided).toHaveLength(720);
  });
});
