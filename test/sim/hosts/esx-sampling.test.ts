import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { freeState, minFree, stateBounds } from "../../../src/sim/hosts/policies/esx/free-states.ts";
import { ESX } from "../../../src/sim/hosts/policies/esx/policy.ts";
import { touchedPages } from "../../../src/sim/hosts/policies/esx/sampled-pages.ts";
import { activeOf, SAMPLING_US, type SampledVm, sampledVms } from "../../../src/sim/hosts/policies/esx/sampler.ts";
import type { TargetPolicy } from "../../../src/sim/hosts/target-policy.ts";
import { hostRounds, hostTargets } from "../../support/in-process/host-rounds.ts";
import { type Decided, type LiveVm, liveHost } from "../../support/in-process/live-host.ts";

const MB = 1e6;
const HOUR = 3600;
const policy = ESX as unknown as TargetPolicy;

describe("the sampled pages of a period", () => {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true });

  test("are touched the more, the more of the memory is, from none to all", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fraction, fraction, (vm, period, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(touchedPages(vm, period, less, 100)).toBeLessThanOrEqual(touchedPages(vm, period, more, 100));
        expect(touchedPages(vm, period, 0, 100)).toBe(0);
        expect(touchedPages(vm, period, 1, 100)).toBe(100);
      }),
    );
  });

  test("have the mean and the spread of a hundred random pages", () => {
    for (const wanted of [0.05, 0.3, 0.5, 0.9]) {
      const counts = Array.from({ length: 4000 }, (_, i) => touchedPages(`vm${i % 40}`, i, wanted, 100));
      const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
      const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
      // Three standard errors of 4,000 draws.
      expect(Math.abs(mean - 100 * wanted)).toBeLessThan(3 * Math.sqrt((100 * wanted * (1 - wanted)) / 4000));
      expect(variance / (100 * wanted * (1 - wanted))).toBeGreaterThan(0.9);
      expect(variance / (100 * wanted * (1 - wanted))).toBeLessThan(1.1);
    }
  });

  test("are others in other VMs and periods, and the same whenever they are asked for", () => {
    const count = (vm: string, period: number) => touchedPages(vm, period, 0.5, 100);
    expect(count("A", 7)).toBe(count("A", 7));
    const [ofVms, ofPeriods] = [
      Array.from({ length: 20 }, (_, i) => count(`vm${i}`, 0)),
      Array.from({ length: 20 }, (_, i) => count("A", i)),
    ];
    for (const counts of [ofVms, ofPeriods]) expect(new Set(counts).size).toBeGreaterThan(8);
  });

  // Values that must not change: figures of runs depend on them.
  test.each([
    ["A", 0, 0.5, 45],
    ["database 1", 12, 0.1, 12],
    ["", 4_000_000, 0.9, 90],
  ])("of %j in period %d at %d are known", (vm, period, fraction, count) => {
    expect(touchedPages(vm, period, fraction, 100)).toBe(count);
  });
});

describe("the samples of VMs", () => {
  const sample = (touched: number, runUs: number) => [{ name: "A", sampled: { runUs, touched } }];
  const sampledAfter = (...samples: readonly (readonly [touched: number, seconds: number])[]) =>
    samples.reduce<ReadonlyMap<string, SampledVm>>(
      (known, [touched, seconds]) => sampledVms(known, sample(touched, seconds * 1e6)),
      new Map(),
    );
  const active = (known: ReadonlyMap<string, SampledVm>) => activeOf({ name: "A" }, known);

  test("say that a VM is active before its first period is over", () => {
    expect(active(new Map())).toBe(1);
    expect(active(sampledAfter([0, 15], [0, 45]))).toBe(1);
    expect(active(sampledAfter([0, 15], [0, 45], [0, 60]))).toBe(0);
  });

  test("end a period by the time that the VM has run", () => {
    expect(SAMPLING_US).toBe(60e6);
    expect(sampledAfter([0, 59.9]).get("A")?.periods).toBe(0);
    expect(sampledAfter([0, 60], [0, 15], [0, 74]).get("A")?.periods).toBe(2);
  });

  test("believe a VM that wakes up within a period, and forget it slowly", () => {
    const idle = sampledAfter([0, 60], [0, 60]);
    expect(active(idle)).toBe(0);
    const awake = sampledVms(idle, sample(1, 15e6));
    expect(active(awake)).toBe(1);
    const asleep = [1, 2, 3].reduce((known) => sampledVms(known, sample(0, 60e6)), sampledVms(awake, sample(1, 60e6)));
    // The period that was touched counts half in the fast average, and a tenth in the slow one.
    expect(active(asleep)).toBeCloseTo(Math.max(0.5 ** 4, 0.1 * 0.9 ** 3), 12);
  });

  test("count less than what a person says", () => {
    expect(activeOf({ name: "A", active: 0.25 }, sampledAfter([1, 60]))).toBe(0.25);
  });

  test("are forgotten with the VM", () => {
    expect(sampledVms(sampledAfter([1, 60]), [{ name: "B", sampled: { runUs: 1, touched: 0 } }]).has("A")).toBe(false);
    expect(sampledVms(sampledAfter([1, 60]), [{ name: "A" }]).size).toBe(0);
  });
});

describe("the bounds of a state", () => {
  const thresholds = { clear: 4, soft: 0.64, hard: 0.32, low: 0.16, hysteresis: 0.25 };
  test("are where the state changes", () => {
    const free = fc.double({ min: 0, max: 6, noNaN: true });
    fc.assert(
      fc.property(free, free, (before, now) => {
        const state = freeState(before, thresholds, null);
        const { below = -1, above = Number.POSITIVE_INFINITY } = stateBounds(state, thresholds);
        const stays = freeState(now, thresholds, state) === state;
        expect(stays).toBe(now >= below && now < above);
      }),
      { numRuns: 2000 },
    );
  });

  test("are when the policy wants to be asked, in bytes", () => {
    const memory = 100e9;
    const decide = (free: number) =>
      policy.create({ ...Object.fromEntries(ESX.params.map((one) => [one.name, one.default])) }).decide({
        nowUs: 0,
        host: { memory, free },
        vms: [],
      });
    const wanted = minFree(memory);
    expect(decide(wanted).wakes).toEqual({ below: 0.64 * wanted, above: 5 * wanted });
    expect(decide(5 * wanted)).toMatchObject({ wakes: { below: 4 * wanted }, breakLargePages: false });
    expect(decide(0)).toMatchObject({ wakes: { above: 0.16 * 1.25 * wanted }, breakLargePages: true });
    expect(decide(0).wakes).not.toHaveProperty("below");
  });
});

describe("esx shares out the memory that backs VMs", () => {
  // minFree is 60 MB: at 20 MB the host is in the state hard, at 30 MB in soft.
  const vm = (name: string, fields: object) => ({ name, max: 500 * MB, size: 500 * MB, active: 1, ...fields });
  const host = (free: number) => ({ memory: 1000 * MB, free: free * MB });

  test("so that a guest that has not touched its memory gives none of it", () => {
    const vms = [vm("full", { actual: 500 * MB }), vm("untouched", { actual: 100 * MB })];
    // 30 MB are missing.
    expect(hostTargets("esx", { host: host(30), vms })).toEqual({ full: 470 * MB, untouched: 500 * MB });
  });

  test("and lets balloons shrink by what is left over, not by what guests have not touched", () => {
    const vms = [vm("A", { actual: 100 * MB, size: 300 * MB }), vm("B", { actual: 100 * MB })];
    expect(hostTargets("esx", { host: host(200), vms })).toEqual({ A: 440 * MB, B: 500 * MB });
  });

  test("and swaps what a balloon was asked for and has not given", () => {
    const state = (free: number, target: number) => ({
      host: { ...host(free), goal: -200 * MB },
      vms: [vm("A", { target: target * MB })],
    });
    const swapped = (free: number, target: number) =>
      Object.fromEntries(hostRounds("esx", state(free, target))[0]?.hostSwap ?? []);
    expect(swapped(15, 500)).toEqual({});
    expect(swapped(15, 400)).toEqual({ A: 100 * MB });
    // No more than what it has to give now.
    expect(swapped(15, 200)).toEqual({ A: 200 * MB });
    expect(swapped(30, 400)).toEqual({});
  });

  test("and blocks VMs that have more than they may have", () => {
    const vms = [vm("A", { actual: 500 * MB }), vm("B", { actual: 10 * MB })];
    expect(hostRounds("esx", { host: host(1), vms })).toMatchObject([{ state: "low", blocked: ["A"] }]);
  });

  test("down to what its balloon can hold, and swaps the rest", () => {
    const vms = [vm("A", { least: 400 * MB })];
    expect(hostRounds("esx", { host: { ...host(15), goal: -200 * MB }, vms })).toMatchObject([
      { targets: new Map([["A", 400 * MB]]), hostSwap: new Map([["A", 100 * MB]]) },
    ]);
  });
});

describe("the paper's experiment, over hours with sampling:", () => {
  /** Two VMs of 256 MB on a host that has 360 MB for them: minFree is 6 %. */
  const memory = Math.round((360 * MB) / 0.94);
  const vm = (name: string, touches: (second: number) => number): LiveVm => ({
    name,
    max: 256 * MB,
    min: 0,
    demand: () => 256 * MB,
    touches,
  });
  const run = (tax: number, vms: LiveVm[], hours: number) =>
    liveHost(policy, vms, { memory, seconds: hours * HOUR, params: { tax } }).decided;
  const megabytes = (decided: readonly Decided[], name: string, second: number) =>
    (decided.findLast(({ view }) => view.nowUs <= second * 1e6)?.view.vms.find((one) => one.name === name)?.size ?? 0) /
    MB;
  const idle = vm("idle", () => 0.02);
  const busy = vm("busy", () => 1);

  test("without a tax both have the same", () => {
    const decided = run(0, [idle, busy], 2);
    expect(megabytes(decided, "idle", 2 * HOUR)).toBeCloseTo(megabytes(decided, "busy", 2 * HOUR), 3);
    expect(megabytes(decided, "busy", 2 * HOUR)).toBeGreaterThan(175);
    expect(megabytes(decided, "busy", 2 * HOUR)).toBeLessThan(186);
  });

  test("with a tax of 75 % the busy one has all but what the other one keeps", () => {
    const decided = run(0.75, [idle, busy], 2);
    expect(megabytes(decided, "busy", 2 * HOUR)).toBeGreaterThan(245);
    expect(megabytes(decided, "idle", 2 * HOUR)).toBeLessThan(115);
  });

  test("a VM that wakes up has its part within minutes, one that falls asleep keeps its part for longer", () => {
    const turn = 2 * HOUR;
    const decided = run(0.75, [vm("a", (s) => (s < turn ? 1 : 0.02)), vm("b", (s) => (s < turn ? 0.02 : 1))], 4);
    const b = (second: number) => megabytes(decided, "b", turn + second);
    expect(b(0)).toBeLessThan(115);
    // It is believed within a period, when the other one still counts as active.
    expect(b(90)).toBeGreaterThan(165);
    expect(b(90)).toBeLessThan(200);
    expect(b(2 * HOUR - 15)).toBeGreaterThan(245);
    const asleep = [2, 5, 20, 60].map((minutes) => megabytes(decided, "a", turn + minutes * 60));
    expect(asleep).toEqual(asleep.toSorted((x, y) => y - x));
    expect(asleep[0]).toBeGreaterThan((asleep.at(-1) ?? 0) + 20);
  });
});
