import { expect, test } from "vitest";
import { VMMEMCTL } from "../../../src/engine/index.ts";
import { type CalibratedCost, calibrate } from "../../../src/sim/calibrate/calibrate.ts";
import { linearise } from "../../../src/sim/calibrate/linear.ts";
import { Model, variationOf } from "../../../src/sim/calibrate/model.ts";
import type { Replayer, ReplayTask } from "../../../src/sim/calibrate/replayer.ts";
import type { CurveId } from "../../../src/sim/fidelity/curves.ts";
import type { RecordedRun } from "../../../src/sim/fidelity/recorded-run.ts";
import type { ReplayedRun } from "../../../src/sim/fidelity/replay.ts";
import { randomStream } from "../../../src/sim/random/stream.ts";
import { bundledMachine } from "../../../src/sim/trace/machines.ts";
import { COST_FIELDS, type Costs, type MachineProfile } from "../../../src/sim/trace/types.ts";
import { worldOf } from "../../../src/sim/trace/world.ts";

const base = (bundledMachine("lab") as MachineProfile).costs;
const ROWS = Array.from({ length: 30 }, (_, i) => i);
const MEMORY = 250_000;

/**
 * A guest that takes no time to simulate: pressure depends on the costs of unmapping and of faults, free memory on that of
 * unmapping, swap on the product of those of two reads, and each world has its own costs and its own wave.
 */
function guest(costs: Costs, world: number): ReplayedRun {
  const { costs: factors } = worldOf("test", world, 0);
  const at = (field: keyof Costs): number => Math.log((costs[field] * factors[field]) / base[field]);
  const phase = world === 1 ? 0 : 6 * randomStream("wave", String(world))();
  const wave = (t: number): number => Math.sin(t / 3 + phase);
  const curve = (of: (t: number) => number): number[] => ROWS.map((t) => of(t / 29) + 0);
  const unmap = Math.exp(at("unmapNs"));
  const fault = Math.exp(at("faultNs"));
  const curves = new Map<CurveId, readonly number[]>([
    ["size", curve((t) => 100_000 * t)],
    ["free", curve((t) => 60_000 - 20_000 * unmap * t * (1 - t) + 200 * wave(30 * t))],
    ["some", curve((t) => 5 * unmap * t + 8 * fault * t * t * t + 0.2 * wave(30 * t + 1))],
    ["swap", curve((t) => 30_000 * t + 9000 * (at("swapReadNs") + at("fileReadNs")) * t + 200 * wave(30 * t + 2))],
  ]);
  return { curves, target: ROWS.map(() => 0), oomKills: 0 };
}

const replayer: Replayer = {
  replayAll: async (tasks: readonly ReplayTask[]) =>
    tasks.map(({ costs, variation }) => guest({ ...base, ...costs }, variation?.world ?? 1)),
  stop: async () => {},
};

/** A recording of this guest. */
const recording = (costs: Costs, world: number): RecordedRun => ({
  name: `r${world}`,
  scenario: "s",
  settings: "s",
  unmodelled: [],
  unrecorded: [],
  costsNote: null,
  recordedOn: "test",
  timeUs: ROWS.map((t) => t * 1e6),
  replay: {
    trace: { guest: { memory: MEMORY } },
    rates: VMMEMCTL.defaults,
    leadUs: 0,
    fixedCache: 0,
    tmpfs: [],
    active: [],
  },
  ...guest(costs, world),
});

const fitted = (truth: Partial<Costs>, set = 0) => {
  const runs = [0, 1, 2].map((n) => recording({ ...base, ...truth }, 5000 + 3 * set + n));
  return calibrate(runs, base, replayer);
};
const costOf = (costs: readonly CalibratedCost[], field: keyof Costs): CalibratedCost =>
  costs.find((cost) => cost.field === field) as CalibratedCost;

test("90 % intervals contain the true costs in at least 85 % of many sets of recordings, and are not just wide", async () => {
  let told = 0;
  let covered = 0;
  for (let set = 0; set < 24; set++) {
    const random = randomStream("truth", String(set));
    const truth = { unmapNs: base.unmapNs * 3 ** (2 * random() - 1), faultNs: base.faultNs * 3 ** (2 * random() - 1) };
    const { costs } = await fitted(truth, set);
    for (const field of ["unmapNs", "faultNs"] as const) {
      const { intervalNs } = costOf(costs, field);
      if (intervalNs === null) continue;
      told++;
      if (intervalNs[0] <= truth[field] && truth[field] <= intervalNs[1]) covered++;
      expect(intervalNs[1] / intervalNs[0]).toBeLessThan(1.5);
    }
  }
  expect(told).toBeGreaterThan(44);
  expect(covered / told).toBeGreaterThan(0.85);
});

test("of two costs that only their product tells, none has an interval, and not both are kept", async () => {
  const { costs, before, after } = await fitted({ swapReadNs: 4 * base.swapReadNs });
  const two = [costOf(costs, "swapReadNs"), costOf(costs, "fileReadNs")];
  expect(two.map(({ intervalNs }) => intervalNs)).toEqual([null, null]);
  expect(two.some(({ status }) => status === "fitted")).toBe(true);
  expect(after.score).toBeLessThan(before.score / 2);
});

test("costs without effect stay at the base", async () => {
  const { costs } = await fitted({ unmapNs: 2 * base.unmapNs, touchNs: 9 * base.touchNs });
  const { status, fittedNs } = costOf(costs, "touchNs");
  expect([status, fittedNs]).toEqual(["without effect", base.touchNs]);
});

test("a fit that is not better than the base leaves its costs, and all figures, those of the base", async () => {
  for (let set = 120; set < 127; set++) {
    const { costs, before, after, rejectedScore } = await fitted({}, set);
    expect(after.score, `set ${set}`).toBeLessThanOrEqual(before.score);
    if (rejectedScore === null) continue;
    expect(rejectedScore).toBeGreaterThanOrEqual(before.score);
    expect(after).toEqual(before);
    expect(costs.filter(({ fittedNs, baseNs, intervalNs }) => fittedNs !== baseNs || intervalNs !== null)).toEqual([]);
    expect(costs.some(({ status }) => status === "kept")).toBe(true);
  }
  // One of the sets above, of recordings of the base itself.
  expect((await fitted({}, 126)).rejectedScore).toBeGreaterThan(0.29);
});

test("a cost of 0 in the base stays", async () => {
  const zero = { ...base, touchNs: 0 };
  const runs = [recording(zero, 7000)];
  expect((await calibrate(runs, zero, replayer)).costs.map(({ field }) => field)).not.toContain("touchNs");
});

test("slopes are derivatives by the logarithm of a cost", async () => {
  const model = new Model([recording(base, 7001)], base, replayer);
  const at = COST_FIELDS.map(() => 0);
  const swapRead = model.fields.indexOf("swapReadNs");
  const { blocks, clarity } = await linearise(model, at, { worlds: [1, 2, 3], step: 0.1, active: [swapRead] });
  const swap = blocks.find(({ curve }) => curve === 3);
  const last = swap?.slopes[swapRead]?.at(-1) as number;
  expect(last).toBeCloseTo(9000, 3);
  expect(clarity[swapRead]).toBeCloseTo(1, 6);
  expect(clarity[model.fields.indexOf("touchNs")]).toBe(0);
});

test("world 1 is the run as recorded; the driver's phase of the others deviates by less than a twentieth of a second", () => {
  expect(variationOf(1)).toBe(null);
  const phases = [2, 3, 4, 5].map((world) => variationOf(world)?.driverPhaseUs as number);
  expect(new Set(phases).size).toBe(4);
  for (const us of phases) expect([us >= 0, us < 50_000]).toEqual([true, true]);
});
