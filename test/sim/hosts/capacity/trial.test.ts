import { expect, test } from "vitest";
import { breachOf, lastingBreachOf } from "../../../../src/sim/hosts/capacity/breach.ts";
import { parseHostRequirement } from "../../../../src/sim/hosts/capacity/requirement.ts";
import { runTrial } from "../../../../src/sim/hosts/capacity/trial.ts";
import type { HostResult, VmResult } from "../../../../src/sim/hosts/measures/results.ts";
import { runHost } from "../../../../src/sim/hosts/run-host.ts";
import { hostOf, vmOf } from "../../../support/hosts/host-scenario.ts";

const GIB = 1 << 18;
const required = (...texts: string[]) => texts.map(parseHostRequirement);

/** A guest of 4 GiB on a host with less. */
const host = (memory: number) => hostOf("none", memory, [vmOf("db", "spike")]);

test("a run ends as soon as a requirement can't be kept any more, with the breach that the whole run has", () => {
  const requirements = required("lost_time_share <= 1%");
  const scenario = host(2.5 * GIB);
  const cut = runTrial(scenario, requirements, { isWhole: false });
  const whole = runTrial(scenario, requirements, { isWhole: true });
  const [vm] = runHost(scenario).vms as [VmResult];
  expect(cut.breach).toMatchObject({ requirement: 0, vm: "db" });
  expect(cut.atUs).toBeGreaterThan(0);
  expect(cut.atUs).toBeLessThan(scenario.durationUs);
  expect(whole.atUs).toBe(cut.atUs);
  expect(whole.breach?.value).toBeCloseTo(vm.lostUs / vm.onUs, 12);
  expect(whole.breach?.value).toBeGreaterThan(cut.breach?.value as number);
  expect(whole.worst).toEqual(vm.worst);
  // What is known early is more than one per cent of the whole time, not of the time that has passed.
  expect(cut.breach?.value).toBeGreaterThan(0.01);
});

test("the quantum of the host may be another one, which hardly changes what a run shows", () => {
  const lost = (quantumUs?: number) =>
    runTrial(host(2.5 * GIB), required("lost_time_share <= 1%"), { isWhole: true, quantumUs }).breach?.value as number;
  expect(lost(50_000)).toBe(lost());
  expect(lost(25_000)).not.toBe(lost());
  expect(lost(25_000) / lost()).toBeCloseTo(1, 1);
});

test("a host that keeps its requirements runs to the end", () => {
  expect(runTrial(host(8 * GIB), required("lost_time_share <= 5%"), { isWhole: false })).toEqual({
    breach: null,
    atUs: null,
    worst: null,
  });
});

const VM: VmResult = {
  name: "web-1",
  group: "web",
  driver: "vmmemctl",
  memory: GIB,
  onUs: 10e6,
  isEnded: false,
  stallSomeUs: 0,
  stallFullUs: 0,
  hostWaitUs: 0,
  downUs: 0,
  oomKills: 0,
  undonePages: 0,
  swapOutPages: 0,
  swapInPages: 0,
  hostReadPages: 0,
  balloonMean: 0,
  balloonMax: 0,
  consumedMean: 0,
  consumedMax: 0,
  lostUs: 0,
  worst: null,
};
const result = (vms: readonly Partial<VmResult>[], changes: Partial<HostResult> = {}): HostResult => ({
  name: "host",
  unfit: { untouched: 0, swapped: 0 },
  policy: "none",
  durationUs: 100e6,
  memory: GIB,
  configured: GIB,
  overcommit: 1,
  freeMin: 1000,
  consumedMax: 0,
  balloonMax: 0,
  swappedMax: 0,
  swapWritten: 0,
  swapRead: 0,
  decisions: 0,
  changes: 0,
  states: new Map(),
  vms: vms.map((vm) => ({ ...VM, ...vm })),
  ...changes,
});

test("the breach is that of the first requirement, by the VM that is farthest from it, among those that it is about", () => {
  const vms = [
    { name: "web-1", oomKills: 1 },
    { name: "web-2", oomKills: 3 },
    { name: "db", group: "db", oomKills: 9 },
  ];
  const of = (...texts: string[]) => breachOf(required(...texts), result(vms));
  expect(of("oom_kills == 0")).toEqual({ requirement: 0, vm: "db", value: 9 });
  expect(of("vms.web.oom_kills == 0")).toEqual({ requirement: 0, vm: "web-2", value: 3 });
  expect(of("vms.web-1.oom_kills <= 1", "oom_kills < 9")).toEqual({ requirement: 1, vm: "db", value: 9 });
  expect(of("oom_kills >= 2")).toEqual({ requirement: 0, vm: "web-1", value: 1 });
  expect(of("total_oom_kills == 13")).toBeNull();
  expect(of("total_oom_kills < 13")).toEqual({ requirement: 0, vm: null, value: 13 });
  expect(breachOf(required("oom_kills == 0"), result([{ oomKills: 1, onUs: 0 }]))).toBeNull();
});

test("only what can't become better breaks a requirement for good", () => {
  const of = (text: string, one: HostResult) => lastingBreachOf(required(text), one, () => 100e6)?.value ?? null;
  // 2 s of 10 s so far, of 100 s in all.
  const late = result([{ lostUs: 2e6 }]);
  expect(of("lost_time_share <= 1%", late)).toBeCloseTo(0.02);
  expect(of("lost_time_share <= 5%", late)).toBeNull();
  expect(of("lost_time >= 10s", late)).toBeNull();
  expect(of("lost_time == 1s", late)).toBe(2);
  expect(of("lost_time == 3s", late)).toBeNull();
  expect(of("least_free >= 2000", late)).toBe(1000);
  expect(of("least_free <= 500", late)).toBeNull();
  // One VM alone has lost time so far; the others may follow.
  expect(of("unfairness <= 0.1", result([{ lostUs: 1e6 }, { name: "b" }, { name: "c" }]))).toBeNull();
});
