import fc from "fast-check";
import { expect, test } from "vitest";
import { gini, HOST_FIGURES, VM_FIGURES } from "../../../../src/sim/hosts/measures/figures.ts";
import { runHost } from "../../../../src/sim/hosts/run-host.ts";
import { hostOf, vmOf } from "../../../support/hosts/host-scenario.ts";

test("the coefficient of Gini is 0 for equal values, and near 1 where one has all", () => {
  expect(gini([3, 3, 3])).toBe(0);
  expect(gini([0, 0])).toBe(0);
  expect(gini([0, 0, 0, 8])).toBe(0.75);
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
      expect(gini(values)).toBeGreaterThanOrEqual(-1e-9);
      expect(gini(values)).toBeLessThanOrEqual(1);
      expect(gini(values.map((value) => value * 3))).toBeCloseTo(gini(values), 6);
    }),
  );
});

test("the summary of a short host names the VM that loses most, when, and why", () => {
  const GIB = 2 ** 18;
  const vms = [vmOf("calm", "steady"), vmOf("hungry", "spike"), vmOf("late", "spike", { onUs: 60_000_000 })];
  const scenario = hostOf("none", 5 * GIB, vms);
  const result = runHost(scenario);
  const { vms: results, overcommit, swappedMax } = result;
  const [calm, hungry, late] = results;
  expect(overcommit).toBeCloseTo(12 / 5, 6);
  expect(swappedMax).toBeGreaterThan(GIB / 10);
  expect(hungry?.worst?.cause).toBe("host-swap");
  expect(hungry?.lostUs).toBeGreaterThan(calm?.lostUs ?? 0);
  expect(late?.onUs).toBe(scenario.durationUs - 60_000_000);
  for (const { value } of HOST_FIGURES) expect(Number.isFinite(value(result))).toBe(true);
  for (const vm of results) for (const { value } of VM_FIGURES) expect(value(vm)).toBeGreaterThanOrEqual(0);
});

test("a VM that the host ends at once counts as one that was on, and the host had nothing left", () => {
  const GIB = 2 ** 18;
  const vms = ["a", "b", "c"].map((name) => vmOf(name, "spike"));
  const scenario = hostOf("none", 2 * GIB, vms, { swap: { size: 0, readNs: 1, writeNs: 1 } });
  const result = runHost(scenario);
  expect(result.vms.some(({ isEnded, onUs }) => isEnded && onUs === 0)).toBe(true);
  expect(result.overcommit).toBe(6);
  expect([result.freeMin, result.swapWritten]).toEqual([0, 0]);
  const ended = HOST_FIGURES.find(({ name }) => name === "ended_vms");
  expect(ended?.value(result)).toBe(result.vms.filter(({ isEnded }) => isEnded).length);
});
