import { expect, test } from "vitest";
import { type CalibratedCost, calibrate } from "../../../src/sim/calibrate/calibrate.ts";
import { calibratedMachine } from "../../../src/sim/calibrate/calibrated-machine.ts";
import { LocalReplayer } from "../../../src/sim/calibrate/replayer.ts";
import { simulatedRecording } from "../../../src/sim/calibrate/simulated-recording.ts";
import { readRun } from "../../../src/sim/fidelity/read-run.ts";
import { bundledMachine, machineText, parseMachine } from "../../../src/sim/trace/machines.ts";
import type { Costs, MachineProfile } from "../../../src/sim/trace/types.ts";
import { labRunPath } from "../../support/data/lab-runs.ts";
import { slow } from "../../support/setup/slow.ts";

const lab = bundledMachine("lab") as MachineProfile;

/** Calibrates from recordings that a machine with these costs would have made, each in a world of its own. */
async function fitted(files: readonly string[], truth: Costs, base: Costs = lab.costs) {
  const runs = files.map((file, i) => simulatedRecording(readRun(labRunPath(file)), lab, truth, 500 + i));
  return await calibrate(runs, base, new LocalReplayer({ runs, machine: lab }));
}

const costOf = (costs: readonly CalibratedCost[], field: keyof Costs): CalibratedCost =>
  costs.find((cost) => cost.field === field) as CalibratedCost;

test("intervals contain the costs of the machine, and costs that can't matter are kept", slow(3), async () => {
  const truth: Costs = {
    allocNs: 3000,
    freeNs: 1200,
    faultNs: 52_000,
    scanNs: 30,
    ageNs: 17_500,
    unmapNs: 17_500,
    swapWriteNs: 4000,
    swapOutNs: 0,
    flushNs: 0,
    swapReadNs: 9000,
    swapFaultNs: 9000,
    fileReadNs: 9000,
    fileWriteNs: 9000,
    touchNs: 300,
  };
  const calibration = await fitted(["spike-512m.1.csv", "spike-512m.2.csv"], truth);
  const { costs, before, after } = calibration;
  for (const field of ["faultNs", "unmapNs"] as const) {
    const { status, intervalNs } = costOf(costs, field);
    expect(status).toBe("identified");
    const [low, high] = intervalNs as readonly [number, number];
    expect(low).toBeLessThan(truth[field]);
    expect(high).toBeGreaterThan(truth[field]);
    expect(high / low).toBeLessThan(2);
    expect(high / low).toBeGreaterThan(1.04);
  }
  for (const field of ["freeNs", "swapReadNs", "fileReadNs", "fileWriteNs", "touchNs"] as const) {
    const { status, fittedNs, intervalNs } = costOf(costs, field);
    expect([field, status, fittedNs, intervalNs]).toEqual([field, "without effect", lab.costs[field], null]);
  }
  expect(after.score).toBeLessThan(before.score / 2);
  expect(after.within.curves).toBeGreaterThan(before.within.curves);

  const facts = { name: "mine", isDaemon: false, program: "p 1", recordings: [{ name: "r", sha256: "0".repeat(64) }] };
  const machine = calibratedMachine(calibration, lab, facts);
  expect(parseMachine(machineText(machine), "mine.json")).toEqual(machine);
  expect(machine.costs.faultNs).toBe(costOf(costs, "faultNs").fittedNs);
  expect(machine.provenance?.intervals.faultNs).toEqual(costOf(costs, "faultNs").intervalNs);
  expect(machine.provenance?.kept).toEqual(expect.arrayContaining(["freeNs", "fileWriteNs"]));
  // `age` follows `unmap` in the ratio of the base, in three digits as the others.
  const base = { ...lab, costs: { ...lab.costs, ageNs: lab.costs.unmapNs / 7 } };
  expect(calibratedMachine(calibration, base, facts).costs.ageNs).toBe(
    Number((costOf(costs, "unmapNs").fittedNs / 7).toPrecision(3)),
  );
  const daemon = calibratedMachine(calibration, lab, { ...facts, isDaemon: true });
  expect(daemon.daemonCosts).toEqual({ allocNs: machine.costs.allocNs, freeNs: machine.costs.freeNs });
  expect([daemon.costs.allocNs, daemon.costs.freeNs]).toEqual([lab.costs.allocNs, lab.costs.freeNs]);
});

test("a machine that is thirty times as slow as the base is found", slow(2), async () => {
  const fast = {
    ...lab.costs,
    faultNs: lab.costs.faultNs / 30,
    ageNs: lab.costs.ageNs / 30,
    unmapNs: lab.costs.unmapNs / 30,
    allocNs: 66,
    scanNs: 1,
  };
  const { costs } = await fitted(["spike-512m.1.csv"], lab.costs, fast);
  for (const field of ["faultNs", "unmapNs"] as const) {
    const factor = costOf(costs, field).fittedNs / lab.costs[field];
    expect(factor, field).toBeGreaterThan(0.7);
    expect(factor, field).toBeLessThan(1.4);
  }
});

test("without swap and without reclaim of anonymous memory, its costs are kept", async () => {
  const { costs } = await fitted(["cache.1.csv"], { ...lab.costs, swapWriteNs: 50_000, unmapNs: 20_000 });
  for (const field of ["swapWriteNs", "swapReadNs", "unmapNs", "touchNs", "fileWriteNs"] as const) {
    expect([field, costOf(costs, field).status]).toEqual([field, "without effect"]);
  }
  expect(costOf(costs, "faultNs").intervalNs).toBeNull();
});
