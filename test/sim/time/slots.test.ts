import { expect, test } from "vitest";
import { ACTOR_NAMES, Slot, VmSlots, workloadOf } from "../../../src/sim/time/slots.ts";
import { Timeline } from "../../../src/sim/time/timeline.ts";

test("actors of a VM are due now if one of them has an event in this microsecond; samples and other VMs do not count", () => {
  const timeline = new Timeline();
  const slots = new VmSlots(timeline, 1, true);
  const others = new VmSlots(timeline, 1);
  expect(slots.areDueNow).toBe(false);
  timeline.at(slots.of(Slot.Sample), 0);
  timeline.at(others.of(Slot.Kswapd), 0);
  expect([slots.areDueNow, others.areDueNow]).toEqual([false, true]);
  for (const slot of [slots.of(Slot.Trace), slots.ofFiles(0), slots.reporting]) {
    timeline.at(slot, 1);
    expect(slots.areDueNow).toBe(false);
    timeline.at(slot, 0);
    expect(slots.areDueNow).toBe(true);
    timeline.cancel(slot);
  }
});

test("every actor before the workloads has a name, and the others a workload: two actors each", () => {
  for (const actor of Object.values(Slot))
    expect([workloadOf(actor), ACTOR_NAMES[actor]]).toEqual([null, expect.any(String)]);
  expect([7, 8, 9, 10].map(workloadOf)).toEqual([0, 0, 1, 1]);
});
