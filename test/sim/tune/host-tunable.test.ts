import { expect, test } from "vitest";
import { VMMEMCTL } from "../../../src/engine/index.ts";
import type { NumberParam } from "../../../src/sim/hosts/params.ts";
import { TARGET_POLICIES } from "../../../src/sim/hosts/policies/index.ts";
import { hostTunable, hostValues, partsOf, withValues } from "../../../src/sim/tune/host-tunable.ts";
import { KILLS, objectiveOf, objectivesOf } from "../../../src/sim/tune/objectives.ts";
import { Axis, isAllowed, valueAt, valueCount } from "../../../src/sim/tune/parameter.ts";
import { spaceAround } from "../../../src/sim/tune/parse-space.ts";
import type { HostTuning, Parameter } from "../../../src/sim/tune/types.ts";
import { hostOf, vmOf } from "../../support/hosts/host-scenario.ts";

const numbersOf = (name: string): NumberParam[] =>
  (TARGET_POLICIES.get(name)?.params ?? []).filter((param): param is NumberParam => param.kind !== "choice");
const tuningOf = (policy: string, driver: string | null = "vmmemctl"): HostTuning => ({
  driver,
  policy: { name: policy, params: numbersOf(policy) },
});
const scenario = hostOf("squeezed", 2 ** 20, [vmOf("a", "steady"), vmOf("b", "steady")]);
const spaceOf = (policy: string, ...sets: string[]) => {
  const host = tuningOf(policy);
  const { params } = hostOf(policy, 2 ** 20, [vmOf("a", "steady")]);
  return spaceAround(hostTunable(host), sets, hostValues(host, VMMEMCTL.defaults, params));
};
const parameterOf = (policy: string, set: string): Parameter => spaceOf(policy, set).parameters[0] as Parameter;

test("constants of a driver and parameters of a policy are one space, in the order of both", () => {
  const space = spaceOf("mom", "host.mom.pressure=0.1..0.4", "alloc-max=1024..4096", "host.mom.samples=5");
  expect(space.parameters.map(({ flag, perUnit }) => [flag, perUnit])).toEqual([
    ["alloc-max", undefined],
    ["host.mom.pressure", 10_000],
  ]);
  expect(space.referencePoint).toEqual([2048, 0.2]);
  expect(space.base["host.mom.samples"]).toBe(5);
  expect(space.reference["host.mom.samples"]).toBe(10);
});

test.each([
  ["mom", "host.mom.pressure=0.1..0.4+0.1", [0.1, 0.2, 0.3, 0.4]],
  ["mom", "host.mom.pressure=0.1..0.8x4", [0.1, 0.2, 0.4, 0.8]],
  ["mom", "host.mom.pressure=0.3,0.05", [0.05, 0.3]],
  ["proxmox", "host.proxmox.maxchange=64MiB,1GiB", [2 ** 26, 2 ** 30]],
  ["proxmox", "host.proxmox.maxchange=1MiB..4MiBx3", [2 ** 20, 2 ** 21, 2 ** 22]],
  ["proxmox", "host.proxmox.maxchange=1MiB..3MiB+1MiB", [2 ** 20, 2 ** 21, 3 * 2 ** 20]],
  ["squeezed", "host.squeezed.stuck-after=500ms,5s", [0.5, 5]],
])("%s: %s lists values", (policy, set, values) => {
  expect(parameterOf(policy, set)).toMatchObject({ kind: "list", values });
});

test("a range of fractions has a cell for each of its values", () => {
  const parameter = parameterOf("mom", "host.mom.pressure=0.1..0.4");
  const logarithmic = parameterOf("mom", "host.mom.pressure=0.01..0.9");
  expect([parameter.scale, logarithmic.scale]).toEqual(["linear", "logarithmic"]);
  expect(valueCount(parameter)).toBe(3001);
  // 0.1 + 2000 * 0.0001 is not 0.3.
  expect(valueAt(parameter, 2000)).toBe(0.3);
  expect([0.3, 0.25001, 0.41].map((value) => isAllowed(parameter, value))).toEqual([true, false, false]);
  for (const one of [parameter, logarithmic]) {
    const axis = new Axis(one);
    let end = 0;
    for (let i = 0; i < axis.count; i += 1) {
      const value = valueAt(one, i);
      const [low, high] = axis.cellOf(value);
      expect(low).toBeCloseTo(end, 9);
      expect(axis.valueOf(low + (high - low) * 0.4)).toBe(value);
      expect(axis.valueOf(axis.unitOf(value))).toBe(value);
      end = high;
    }
    expect(end).toBeCloseTo(1, 9);
    expect(axis.next(0.2, 1)).toBe(0.2001);
  }
});

test.each([
  ["host.mom.pressure=0.1..2", '--set host.mom.pressure=0.1..2: expected a number from 0.0001 to 1, found "2"'],
  [
    "host.mom.pressure=0.1..0.12345",
    "--set host.mom.pressure=0.1..0.12345: 0.12345: the ends of a range are multiples of 0.0001",
  ],
  ["host.mom.pressure=high", '--set host.mom.pressure=high: expected a number from 0.0001 to 1, found "high"'],
  ["host.mom.pressure=0.1..0.3+0", "--set host.mom.pressure=0.1..0.3+0: +0: expected a step of at least 0.0001"],
  ["host.mom.pressure=0.1..0.3x1.5", "--set host.mom.pressure=0.1..0.3x1.5: x1.5: expected a whole number of values"],
  [
    "host.mom.critical=0..0.5x3",
    "--set host.mom.critical=0..0.5x3: equal factors can't begin at 0: begin at a value above it, or write 0 as part of a list",
  ],
  ["host.mom.samples=1.5", '--set host.mom.samples=1.5: expected a whole number from 1 to 1000, found "1.5"'],
  [
    "host.mom.pressure=0.01..0.04",
    "--set host.mom.pressure=0.01..0.04: no candidate has host.mom.critical (0.05 at least) no higher than host.mom.pressure (0.04 at most)",
  ],
])("%s is refused", (set, message) => {
  expect(() => spaceOf("mom", set)).toThrow(expect.objectContaining({ name: "InputError", message }));
});

test("a minimum above its maximum is repaired as for constants", () => {
  const space = spaceOf("mom", "host.mom.pressure=0.1..0.3", "host.mom.critical=0.05..0.3");
  expect(space.repair([0.1, 0.25])).toEqual([0.25, 0.1]);
});

test("values go to the VMs that have the driver, and to the policy; times are seconds in a study", () => {
  const host = tuningOf("squeezed");
  const other = vmOf("c", "steady", { driver: { ...VMMEMCTL, name: "other" } });
  const values = hostValues(host, { ...VMMEMCTL.defaults, allocMax: 4096 }, scenario.params);
  expect(values["host.squeezed.stuck-after"]).toBe(5);
  const changed = withValues({ ...scenario, vms: [...scenario.vms, other] }, host, {
    ...values,
    "host.squeezed.stuck-after": 0.25,
  });
  expect(changed.params["stuck-after"]).toBe(250_000);
  expect(changed.params.reserve).toBe(scenario.params.reserve);
  expect(changed.vms.map(({ rates }) => rates.allocMax)).toEqual([4096, 4096, 2048]);
  expect(partsOf({ driver: null, policy: null }, values)).toEqual({ rates: null, params: null });
  expect(withValues(scenario, { driver: null, policy: null }, {}).vms).toBe(scenario.vms);
});

test("objectives of traces and of hosts have different names, and kills are among them", () => {
  const names = [...objectivesOf("trace"), ...objectivesOf("host")].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const kind of ["trace", "host"] as const) {
    for (const name of KILLS[kind]) expect(objectivesOf(kind)).toContain(objectiveOf(name));
  }
});
