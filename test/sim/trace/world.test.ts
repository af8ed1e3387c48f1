import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { Simulation, type SimulationOptions } from "../../../src/sim/run/simulation.ts";
import { restoreState, saveState } from "../../../src/sim/state/save.ts";
import { bundledTraces } from "../../../src/sim/trace/bundled.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { COST_FIELDS } from "../../../src/sim/trace/types.ts";
import { COST_SPREAD, PACE_SPREAD, type World, worldOf } from "../../../src/sim/trace/world.ts";
import { type TraceDocument, traceDocuments } from "../../support/generators/traces.ts";
import { traceOf } from "../../support/in-process/curves.ts";
import { dump, record } from "../../support/in-process/dump.ts";

/** Everything that a run of a bundled trace has come to in the end. */
function endOf(trace: string, options: Partial<SimulationOptions> = {}): Record<string, Record<string, number>> {
  const simulation = new Simulation(openTrace(trace), { rates: DEFAULT_RATES, ...options });
  simulation.run();
  return { ...dump(simulation.view), random: { finalDraw: Number(simulation.finalDraw()) } };
}

/** All draws of a world, scaled to 0..1. */
function drawsOf({ driverPhaseUs, costs, call, workloads }: World): number[] {
  const share = (factor: number, spread: number) => (factor - 1) / spread / 2 + 0.5;
  return [
    driverPhaseUs / 1e6,
    ...COST_FIELDS.map((field) => share(costs[field], COST_SPREAD)),
    share(call, COST_SPREAD),
    ...workloads.flatMap(({ phase, pace }) => [phase, share(pace, PACE_SPREAD)]),
  ];
}

describe("a world", () => {
  test("with number 1 changes nothing", () => {
    const { driverPhaseUs, costs, call, workloads } = worldOf("any", 1, 2);
    expect({ driverPhaseUs, call }).toEqual({ driverPhaseUs: 0, call: 1 });
    expect(new Set(Object.values(costs))).toEqual(new Set([1]));
    expect(workloads).toEqual([
      { phase: 0, pace: 1 },
      { phase: 0, pace: 1 },
    ]);
  });

  test("is drawn from the seed and its number alone", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 2, max: 1000 }), fc.nat(4), (seed, number, workloads) => {
        const world = worldOf(seed, number, workloads);
        expect(worldOf(seed, number, workloads)).toEqual(world);
        // A workload more moves no draw of the others.
        expect(drawsOf(worldOf(seed, number, workloads + 1)).slice(0, -2)).toEqual(drawsOf(world));
        expect(drawsOf(worldOf(`${seed}x`, number, 1))).not.toEqual(drawsOf(worldOf(seed, number, 1)));
        expect(drawsOf(worldOf(seed, number + 1, 1))).not.toEqual(drawsOf(worldOf(seed, number, 1)));
      }),
    );
  });

  test("has draws that are spread evenly over what they may be, each by itself", () => {
    const WORLDS = 4000;
    const all = Array.from({ length: WORLDS }, (_, i) => drawsOf(worldOf("1", i + 2, 2)));
    const columns = (all[0] as number[]).map((_, draw) => all.map((draws) => draws[draw] as number));
    for (const column of columns) {
      expect(Math.min(...column)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...column)).toBeLessThan(1);
      // A tenth of them in each tenth, within five standard deviations.
      const tenths = new Array(10).fill(0);
      for (const x of column) tenths[Math.floor(10 * x)]++;
      for (const count of tenths) expect(Math.abs(count - WORLDS / 10)).toBeLessThan(5 * Math.sqrt(WORLDS * 0.09));
    }
    // Uncorrelated, too: of uniform draws the mean product of what two are above their means is 0, its deviation 1/12/sqrt n.
    columns.forEach((a, i) => {
      for (const b of columns.slice(i + 1)) {
        const covariance = a.reduce((sum, x, k) => sum + (x - 0.5) * ((b[k] as number) - 0.5), 0) / WORLDS;
        expect(Math.abs(covariance)).toBeLessThan(5 / 12 / Math.sqrt(WORLDS));
      }
    });
  });
});

describe("a run in a world", () => {
  test.each(bundledTraces())("1 is the run of the trace as it is written: %s", (trace) => {
    expect(endOf(trace, { world: 1 })).toEqual(endOf(trace));
  });

  test("gives the same again, and something else than in another world", () => {
    const ends = [2, 3, 4].map((world) => endOf("spike", { world }));
    expect(ends.map(({ guest }) => guest?.psiSomeUs)).toEqual(
      [2, 3, 4].map((world) => endOf("spike", { world }).guest?.psiSomeUs),
    );
    expect(new Set([endOf("spike"), ...ends].map(({ guest }) => guest?.psiSomeUs)).size).toBe(4);
  });

  test("is one by its seed, too, where nothing of the trace is random", () => {
    expect(endOf("spike", { seed: "2" }).guest).toEqual(endOf("spike", { seed: "3" }).guest);
    expect(endOf("spike", { seed: "2", world: 2 }).guest).not.toEqual(endOf("spike", { seed: "3", world: 2 }).guest);
  });

  test("keeps the times and sizes of the trace", () => {
    for (const world of [1, 2, 3, 4, 5]) {
      const targets: [number, number][] = [];
      const simulation = new Simulation(
        openTrace("spike"),
        { rates: DEFAULT_RATES, world },
        { target: ({ timeUs, host }) => targets.push([timeUs, host.target]) },
      );
      const { guest } = simulation.view;
      expect([guest.total, guest.anon, guest.cache, guest.kernel, guest.free, guest.swapTotal]).toEqual([
        1048576, 314368, 230400, 40960, 462848, 524288,
      ]);
      simulation.run();
      expect(targets).toEqual([
        [10_000_000, 524_288],
        [150_000_000, 262_144],
      ]);
      expect(simulation.view.timeUs).toBe(240_000_000);
    }
  });

  test("has its driver's seconds where the world's phase puts them", () => {
    const text = traceOf(20, { guest: { memory: "64MiB", profile: "linux-2.6.32" } });
    const { driverPhaseUs } = worldOf("1", 2, 0);
    const starts: number[] = [];
    const simulation = new Simulation(
      readTrace(text),
      { rates: DEFAULT_RATES, world: 2, everyCycle: true },
      { cycle: ({ cycle }) => starts.push(cycle.startUs) },
    );
    simulation.run();
    // The first one comes with loading, all others in whole seconds of the kernel's clock, whose ticks last 4 ms.
    const phases = starts.slice(1).map((us) => (us + driverPhaseUs) % 1e6);
    expect(phases).toEqual(phases.map(() => 0));
    expect(starts.length).toBeGreaterThan(18);
  });

  test("touches, reads and writes at the pace of its workload", () => {
    const { pace } = worldOf("1", 3, 1).workloads[0] as { pace: number };
    const text = traceOf(100, {
      guest: { memory: "256MiB" },
      workloads: [{ name: "app", anon: "40MiB", touch: 1000, fileSet: "40MiB", fileRead: 2000 }],
    });
    const simulation = new Simulation(readTrace(text), { rates: DEFAULT_RATES, world: 3 });
    simulation.run();
    simulation.parts.guest.settle();
    const [app] = simulation.parts.guest.memory.workloads;
    expect(app?.sweep).toBeCloseTo(100 * 1000 * pace, 3);
    expect(app?.fileSweep).toBeCloseTo(100 * 2000 * pace, 3);
    expect(pace).not.toBe(1);
    // The writes of three seconds are before the flusher's first look.
    const dirtyAfter = (fileWrite: number, world: number): number => {
      const writing = traceOf(3, {
        guest: { memory: "256MiB" },
        workloads: [{ name: "app", fileSet: "100MiB", fileWrite }],
      });
      const run = new Simulation(readTrace(writing), { rates: DEFAULT_RATES, world });
      run.run();
      return run.parts.guest.dirty;
    };
    expect(Math.abs(dirtyAfter(1000, 3) - dirtyAfter(1000 * pace, 1))).toBeLessThanOrEqual(1);
    expect(Math.abs(dirtyAfter(1000, 3) - dirtyAfter(1000, 1))).toBeGreaterThan(3);
  });

  test("pays the world's factor for a call of the host", () => {
    const text = traceOf(20, { guest: { memory: "64MiB" }, host: { callCost: "10ms" } });
    const { call } = worldOf("1", 3, 0);
    const cycles: number[] = [];
    const simulation = new Simulation(
      readTrace(text),
      { rates: DEFAULT_RATES, world: 3, everyCycle: true },
      { cycle: ({ cycle }) => cycles.push(cycle.endUs - cycle.startUs) },
    );
    simulation.run();
    // Where nothing is to be done a cycle is a GET_TARGET.
    expect(Math.abs((cycles.at(-1) as number) - 10_000 * call)).toBeLessThanOrEqual(1);
    expect(Math.abs(call - 1)).toBeGreaterThan(0.001);
  });

  test("finds its workload where its phase says in the round over the working set", () => {
    const text = traceOf(10, { guest: { memory: "256MiB" }, workloads: [{ name: "app", anon: "100MiB", touch: 1 }] });
    const simulation = new Simulation(readTrace(text), { rates: DEFAULT_RATES, world: 2 });
    const { phase } = worldOf("1", 2, 1).workloads[0] as { phase: number };
    const segments: [number, number][] = [];
    for (const list of simulation.parts.guest.memory.lists) {
      list.forEach(({ from, to }) => {
        segments.push([from, to]);
      });
    }
    const passed = Math.floor(25_600 * phase);
    expect(segments).toEqual([[-passed, 25_600 - passed]]);
  });

  test("that skips idle cycles is the run that makes them, in any world", () => {
    fc.assert(
      fc.property(traceDocuments, fc.integer({ min: 2, max: 9 }), (document: TraceDocument, world) => {
        const skipping = record(document, { world });
        const whole = record(document, { world, everyCycle: true });
        for (const [number, shown] of skipping.cycles) expect(shown).toEqual(whole.cycles.get(number));
        expect(skipping.end).toEqual(whole.end);
      }),
      { numRuns: 100 },
    );
  });

  test("goes on from a state as if nothing had happened", () => {
    const options = { rates: DEFAULT_RATES, world: 4 };
    const first = new Simulation(openTrace("spike"), options);
    first.runFor(5000);
    const state = saveState([first]);
    first.run();
    const second = new Simulation(openTrace("spike"), options);
    restoreState([second], state);
    second.run();
    expect(dump(second.view)).toEqual(dump(first.view));
  });
});
