import { describe, expect, it } from "vitest";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { PlotRecorder } from "../../../src/sim/output/plot-data.ts";
import { Summarizer } from "../../../src/sim/output/summary.ts";
import { Invariants } from "../../../src/sim/run/invariants.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { Slot } from "../../../src/sim/time/slots.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { worldOf } from "../../../src/sim/trace/world.ts";
import { eachCycle, simulate, traceOf } from "../../support/in-process/curves.ts";

const GIB = 262_144;

/** A run that has not made its first event. */
const begun = (text: string, world = 1): Simulation => new Simulation(readTrace(text), { rates: DEFAULT_RATES, world });

function summaryOf(text: string) {
  const summarizer = new Summarizer({ trace: "t", seed: "1", whatIf: "" });
  simulate(text, summarizer);
  return summarizer.summary;
}

describe("a balloon at time 0", () => {
  const guest = { memory: "1GiB", balloon: "512MiB", kernelMemory: "40MiB" };
  const workloads = [{ name: "app", anon: "200MiB", fileSet: "1GiB" }];

  it("exists before the first event: in the guest, in the driver and in the host's book", () => {
    const simulation = begun(traceOf(5, { guest, workloads, host: { target: "512MiB" } }));
    const { view, parts } = simulation;
    expect(view.balloon.state.size).toBe(GIB / 2);
    expect(view.guest.balloon).toBe(GIB / 2);
    expect(view.host.locked).toBe(GIB / 2);
    expect(new Invariants(parts).violated()).toBeNull();
  });

  it("leaves the page cache what it has not taken", () => {
    const { guest: memory } = begun(traceOf(5, { guest, workloads, host: { target: "512MiB" } })).view;
    expect(memory.anon).toBe(200 * 256);
    expect(memory.free).toBe(memory.watermarkHigh);
    expect(memory.cache).toBe(GIB - GIB / 2 - (40 + 200) * 256 - memory.watermarkHigh);
  });

  it("stays the same where the target is its size, and is no inflation", () => {
    const text = traceOf(20, { guest, host: { target: "512MiB" } });
    expect(new Set(eachCycle(text, ({ balloon: { state: engine } }) => engine.size))).toEqual(new Set([GIB / 2]));
    const summary = summaryOf(text);
    expect(summary).toMatchObject({
      isLoaded: true,
      changes: 0,
      largestInflation: null,
      inflation: { pages: 0 },
      deflation: { pages: 0 },
      resets: 0,
      finalSizePages: GIB / 2,
    });
  });

  it("has sent START before: GET_TARGET is the first command", () => {
    const calls = eachCycle(traceOf(1, { guest, host: { target: "512MiB" } }), ({ host }) => host.calls);
    expect(calls).toEqual([1]);
    const text = traceOf(1, { guest, host: { faults: [{ at: 0, command: "start", status: "failure" }] } });
    expect(simulate(text).host.ruled).toBe(0);
  });

  it("is what a first change is measured from", () => {
    const { targetChanges, objectives } = summaryOf(traceOf(20, { guest, host: { target: "513MiB" } }));
    expect(targetChanges).toMatchObject([{ atUs: 0, fromPages: GIB / 2, toPages: GIB / 2 + 256 }]);
    expect(targetChanges[0]?.timeToTargetUs).toBeLessThan(1_000_000);
    expect(objectives).toEqual(
      summaryOf(
        traceOf(20, {
          guest,
          host: {
            target: [
              [0, "513MiB"],
              [9, "513MiB"],
            ],
          },
        }),
      ).objectives,
    );
  });

  it("is given back where the target is 0, and the guest has its memory again", () => {
    const view = simulate(traceOf(60, { guest, workloads }));
    expect(view.balloon.state).toMatchObject({ size: 0, unlock: GIB / 2, lock: 0, start: 1 });
    expect(view.guest.balloon).toBe(0);
    expect(view.host.locked).toBe(0);
    expect(summaryOf(traceOf(60, { guest, workloads }))).toMatchObject({
      changes: 1,
      changesReached: 1,
      deflation: { pages: GIB / 2 },
      targetChanges: [{ atUs: 0, fromPages: GIB / 2, toPages: 0 }],
    });
  });

  it("is forgotten by a host that asks for a reset, and given back", () => {
    const view = simulate(traceOf(5, { guest, host: { target: "512MiB", resets: [2] } }));
    expect(view.balloon.state).toMatchObject({ start: 2, free: GIB / 2 });
  });

  it("is where the curve of its size begins", () => {
    const recorder = new PlotRecorder("test.json");
    simulate(
      traceOf(20, {
        guest,
        host: {
          target: [
            [0, "512MiB"],
            [10, 0],
          ],
        },
      }),
      recorder,
    );
    expect(Math.min(...recorder.data.size.value.slice(0, 3))).toBe(GIB / 2);
  });

  it("is refused where the kernel's reserve would not be left, with what there is", () => {
    const text = traceOf(5, { guest: { memory: "1GiB", balloon: "981MiB", kernelMemory: "40MiB" } });
    expect(() => begun(text)).toThrow(
      "$.guest.balloon: 981MiB of 1GiB in the balloon at time 0, but beside the kernel's memory and the 4MiB that it keeps " +
        "free there are only 980MiB",
    );
  });
});

describe("memory in swap at time 0", () => {
  const guest = { memory: "1GiB", swap: "1GiB" };
  const app = { name: "app", anon: "600MiB", workingSet: "300MiB", swapped: "200MiB" };

  it("is not in memory, was written before, and is what the workload does not use", () => {
    const { view, parts } = begun(traceOf(5, { guest, workloads: [app] }));
    expect(view.guest).toMatchObject({ swap: 200 * 256, anon: 400 * 256, swapOut: 0, swapIn: 0 });
    expect(parts.guest.memory.workloads[0]).toMatchObject({
      hot: 300 * 256,
      cold: 100 * 256,
      swappedHot: 0,
      swappedCold: 200 * 256,
    });
    expect(new Invariants(parts).violated()).toBeNull();
  });

  it("stays there while the workload does not touch it", () => {
    const view = simulate(traceOf(60, { guest, workloads: [{ ...app, touch: "100MiB/s" }] }));
    expect(view.guest).toMatchObject({ swap: 200 * 256, swapIn: 0, psiSomeUs: 0 });
  });

  it("is read back where it belongs to the working set, once the workload has gone over what is in memory", () => {
    const touching = { ...app, workingSet: "500MiB", touch: "100MiB/s" };
    const { hot, swappedHot } = begun(traceOf(5, { guest, workloads: [touching] })).parts.guest.memory.workloads[0] as {
      hot: number;
      swappedHot: number;
    };
    expect([hot, swappedHot]).toEqual([400 * 256, 100 * 256]);
    expect(simulate(traceOf(3.9, { guest, workloads: [touching] })).guest.swapIn).toBe(0);
    const view = simulate(traceOf(30, { guest, workloads: [touching] }));
    expect(view.guest).toMatchObject({ swap: 100 * 256, swapIn: 100 * 256, anon: 500 * 256 });
  });

  it("is freed with its workload", () => {
    const text = traceOf(60, {
      guest,
      workloads: [
        {
          ...app,
          workingSet: 0,
          anon: [
            [0, "600MiB"],
            [10, 0],
          ],
        },
      ],
    });
    expect(simulate(text).guest).toMatchObject({ swap: 0, anon: 0 });
  });
});

it("in JSON lines the values of time 0 may stand in the first row", () => {
  const header = {
    format: "balloon-sim/trace",
    version: 1,
    guest: { memory: "1GiB", swap: "1GiB", balloon: "600MiB" },
    workloads: [{ name: "app", swapped: "100MiB" }],
    rows: { anon: {}, kernelMemory: {} },
  };
  const text = (row: object) => [header, { t: 0, ...row }, { t: 9 }].map((line) => JSON.stringify(line)).join("\n");
  const good = text({ anon: "150MiB", kernelMemory: "50MiB" });
  expect(begun(good).view.guest).toMatchObject({ swap: 100 * 256, anon: 50 * 256, balloon: 600 * 256 });
  expect(() => begun(text({ anon: "99MiB", kernelMemory: "50MiB" }))).toThrow(
    "$.workloads[0].swapped: 100MiB are in swap at time 0, but anon is 99MiB then",
  );
  expect(() => begun(text({ anon: "150MiB", kernelMemory: "424MiB" }))).toThrow(
    "$.guest.balloon: 600MiB of balloon and 424MiB of kernel memory leave nothing of 1GiB at time 0",
  );
});

describe("in another world", () => {
  const guest = { memory: "1GiB", swap: "1GiB", balloon: "100MiB" };
  const app = { name: "app", anon: "600MiB", workingSet: "500MiB", swapped: "200MiB", touch: "100MiB/s" };
  const text = traceOf(30, { guest, workloads: [app] });

  it("a driver that was loaded before comes by when its second is over", () => {
    const world = worldOf("1", 2, 1);
    const first = begun(text, 2).parts.timeline.dueUs(Slot.Cycle);
    expect(first).toBe(1_000_000 - world.driverPhaseUs);
    expect(begun(text).parts.timeline.dueUs(Slot.Cycle)).toBe(0);
  });

  it("the workload comes to what is in swap when it has gone over the rest of what is in memory", () => {
    const { workloads } = worldOf("1", 2, 1);
    const { phase, pace } = workloads[0] as { phase: number; pace: number };
    // 400 MiB of the working set are in memory.
    const seconds = (4 * (1 - phase)) / pace;
    const swapIn = (untilUs: number) => simulate(text, {}, { world: 2, untilUs }).guest.swapIn;
    expect(swapIn(Math.floor((seconds - 0.01) * 1e6))).toBe(0);
    expect(swapIn(Math.ceil((seconds + 0.5) * 1e6))).toBeGreaterThan(0);
  });

  it("every invariant holds", () => {
    for (let world = 2; world <= 4; world++) {
      const simulation = begun(text, world);
      const invariants = new Invariants(simulation.parts);
      do expect(invariants.violated()).toBeNull();
      while (simulation.runFor(1));
    }
  });
});
