import fc from "fast-check";
import { expect, test } from "vitest";
import { Report } from "../../../../src/sim/hosts/machine/exchange.ts";
import type { HostObserver, HostRunView } from "../../../../src/sim/hosts/machine/run-view.ts";
import { lostShareOf } from "../../../../src/sim/hosts/measures/figures.ts";
import type { VmResult } from "../../../../src/sim/hosts/measures/results.ts";
import { runHost } from "../../../../src/sim/hosts/run-host.ts";
import type { VmScenario } from "../../../../src/sim/hosts/scenario/types.ts";
import { hostOf, vmOf } from "../../../support/hosts/host-scenario.ts";

const GIB = 2 ** 18;
const MINUTE_US = 60_000_000;

/** The extremes that samples show. */
class Seen implements HostObserver {
  freeMin = Number.POSITIVE_INFINITY;
  consumedMax = 0;
  swappedMax = 0;
  balloonMax = 0;

  sample({ memory, vms }: HostRunView): void {
    this.freeMin = Math.min(this.freeMin, memory.free);
    this.consumedMax = Math.max(this.consumedMax, memory.consumed);
    this.swappedMax = Math.max(this.swappedMax, memory.swapped);
    const locked = vms.map(({ isOn, report }) => (isOn ? (report[Report.Locked] as number) : 0));
    this.balloonMax = Math.max(
      this.balloonMax,
      locked.reduce((sum, pages) => sum + pages, 0),
    );
  }

  end(view: HostRunView): void {
    this.sample(view);
  }
}

test("the extremes of a summary bound every row, whatever the time between rows and the end of the run", () => {
  const times = fc.record({
    policy: fc.constantFrom("none", "esx", "squeezed"),
    memory: fc.integer({ min: 5 * GIB, max: 9 * GIB }),
    everyUs: fc.integer({ min: 50_000, max: 20_000_000 }),
    untilUs: fc.integer({ min: 100_000, max: 3 * MINUTE_US }),
  });
  fc.assert(
    fc.property(times, ({ policy, memory, everyUs, untilUs }) => {
      const vms = [vmOf("a", "spike"), vmOf("b", "spike", { onUs: 20_000_000 }), vmOf("c", "steady")];
      const seen = new Seen();
      const result = runHost(hostOf(policy, memory, vms), { untilUs, observers: [{ observer: seen, everyUs }] });
      expect(result.freeMin).toBeLessThanOrEqual(seen.freeMin);
      expect(result.consumedMax).toBeGreaterThanOrEqual(seen.consumedMax);
      expect(result.swappedMax).toBeGreaterThanOrEqual(seen.swappedMax);
      expect(result.balloonMax).toBeGreaterThanOrEqual(seen.balloonMax);
    }),
    { numRuns: 8 },
  );
});

/** A host without room for its VM, which it ends. */
const tight = (changes: Partial<VmScenario>) =>
  hostOf("none", GIB / 2, [vmOf("t", "spike", changes)], {
    durationUs: 10 * MINUTE_US,
    swap: { size: GIB / 40, readNs: 100_000, writeNs: 50_000 },
  });

test("a VM that the host has ended loses the time in which it would have been on, not that after its end", () => {
  const until2m = runHost(tight({ offUs: 2 * MINUTE_US }));
  const [t] = until2m.vms as [VmResult];
  expect(t.isEnded).toBe(true);
  expect(t.onUs + t.lostUs).toBe(2 * MINUTE_US);
  const [late] = runHost(tight({ onUs: 4 * MINUTE_US, offUs: 8 * MINUTE_US })).vms as [VmResult];
  expect(late.isEnded).toBe(true);
  expect(late.onUs + late.lostUs - late.hostWaitUs - late.stallSomeUs - late.downUs).toBe(4 * MINUTE_US);
  expect(lostShareOf(late)).toBe(late.lostUs / (4 * MINUTE_US));
  expect(late.worst).toMatchObject({ cause: "ended", state: null });
  const [whole] = runHost(tight({})).vms as [VmResult];
  expect(whole.onUs + whole.lostUs).toBeGreaterThanOrEqual(10 * MINUTE_US);
});

test("the memory of VMs that are to be on at once is what the scenario says, whichever of them the host ends", () => {
  const vms = [
    vmOf("a", "spike", { offUs: MINUTE_US }),
    vmOf("b", "spike", { onUs: 30_000_000 }),
    vmOf("c", "spike", { onUs: MINUTE_US }),
    vmOf("never", "spike", { onUs: 11 * MINUTE_US }),
  ];
  const swap = { size: 0, readNs: 1, writeNs: 1 };
  const of = (memory: number) => runHost(hostOf("none", memory, vms, { durationUs: 5 * MINUTE_US, swap }));
  const [short, ample] = [of(GIB), of(20 * GIB)];
  expect(short.vms.some(({ isEnded }) => isEnded)).toBe(true);
  expect(ample.vms.some(({ isEnded }) => isEnded)).toBe(false);
  expect([short.configured, ample.configured]).toEqual([8 * GIB, 8 * GIB]);
});

test("times in states are those between decisions, not those of samples", () => {
  const decided: [number, string | null][] = [];
  const decide = ({ timeUs, state }: HostRunView): void => {
    decided.push([timeUs, state]);
  };
  const scenario = hostOf("squeezed", 5 * GIB, [vmOf("a", "spike"), vmOf("b", "spike", { onUs: 20_000_000 })]);
  const { states, durationUs } = runHost(scenario, { observers: [{ observer: { decide } }] });
  const expected = new Map<string, number>();
  decided.forEach(([fromUs, state], i) => {
    const us = (decided[i + 1]?.[0] ?? durationUs) - fromUs;
    if (state !== null && us > 0) expected.set(state, (expected.get(state) ?? 0) + us);
  });
  expect(states).toEqual(expected);
  expect(states.get("freeing")).toBeGreaterThan(0);
});
