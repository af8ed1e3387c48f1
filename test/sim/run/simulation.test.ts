import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_RATES, Life } from "../../../src/engine/index.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { traceDocuments } from "../../support/generators/traces.ts";
import { eachCycle, simulate, traceOf } from "../../support/in-process/curves.ts";
import { record } from "../../support/in-process/dump.ts";

const OLD = { memory: "1GiB", profile: "linux-2.6.32", hz: 100 } as const;
const CALL_FREE = { callCost: "0ns" } as const;

/** When cycles begin, in seconds. */
const starts = (text: string): number[] => eachCycle(text, ({ cycle }) => cycle.startUs / 1e6);

describe("the driver's timer", () => {
  it("runs on whole seconds", () => {
    expect(starts(traceOf(4, { guest: OLD, host: CALL_FREE }))).toEqual([0, 1, 2, 3, 4]);
  });

  it("is skewed by three ticks for each processor", () => {
    expect(starts(traceOf(4, { guest: { ...OLD, cpus: 4, cpu: 2 }, host: CALL_FREE }))).toEqual([
      0, 0.94, 1.94, 2.94, 3.94,
    ]);
  });

  it("runs late by the granularity of the timer wheel in newer kernels", () => {
    const guest = { memory: "1GiB", profile: "linux-6.1", hz: 250 };
    expect(starts(traceOf(5, { guest, host: CALL_FREE }))).toEqual([0, 1.024, 2.016, 3.008, 4.032]);
  });

  it("has a balloon that grows in the middle of a cycle where the host takes long for a page", () => {
    const sizes: number[] = [];
    const text = traceOf(2, { guest: OLD, host: { target: 16_000, callCost: "100us" } });
    simulate(text, { sample: ({ balloon }) => sizes.push(balloon.size) }, { sampleEveryUs: 100_000 });
    // 10,000 pages a second, 500 in a run.
    expect(sizes.slice(0, 16).every((size, i) => Math.abs(size - 1000 * i) <= 1000)).toBe(true);
  });

  // A page costs 15.2 µs: the 16,385 of a full cycle take 249 ms, one tick short of a quarter of a second; at 15.3 µs it
  // is 250.7 ms, and the next whole second is lost. Target 100,000: six full cycles and a short one.
  it.each([
    ["15.2us", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]],
    ["15.3us", [0, 2, 4, 6, 8, 10, 12, 13, 14, 15]],
  ])("loses a second to each cycle of a quarter of a second, but not to one of less (%s a page)", (alloc, expected) => {
    const guest = { ...OLD, costs: { alloc } };
    expect(starts(traceOf(15, { guest, host: { target: 100_000, ...CALL_FREE } }))).toEqual(expected);
  });
});

describe("Simulation", () => {
  it("is the same for the same seed", () => {
    fc.assert(
      fc.property(traceDocuments, (document) => {
        expect(record(document)).toEqual(record(document));
      }),
      { numRuns: 100 },
    );
  });

  it("draws refusals from the seed of the trace, or the one that it is given", () => {
    const text = (seed: string) =>
      JSON.stringify({
        ...JSON.parse(traceOf(10, { guest: OLD, host: { target: 5000, refusals: [{ fraction: 0.001 }] } })),
        seed,
      });
    const refused = (seed: string, given?: string) =>
      simulate(text(seed), {}, given === undefined ? {} : { seed: given }).balloon.state.lock;
    expect(refused("a")).not.toBe(refused("b"));
    expect(refused("a", "b")).toBe(refused("b"));
  });

  it("calls its observer for targets, samples and the end, once each and in order", () => {
    const text = traceOf(5, {
      guest: OLD,
      host: {
        target: [
          [0, 0],
          [2, 700],
          [3, 700],
          [4, 300],
        ],
        ...CALL_FREE,
      },
    });
    const heard: string[] = [];
    simulate(
      text,
      {
        target: (view) => heard.push(`target ${view.host.target} at ${view.timeUs / 1e6}`),
        sample: (view) => heard.push(`sample at ${view.timeUs / 1e6}`),
        end: (view) => heard.push(`end at ${view.timeUs / 1e6}`),
      },
      { sampleEveryUs: 2_500_000 },
    );
    expect(heard).toEqual([
      "sample at 0",
      "target 700 at 2",
      "sample at 2.5",
      "target 300 at 4",
      "sample at 5",
      "end at 5",
    ]);
  });

  it("ends when it is told to, if the trace does not end before", () => {
    const text = traceOf(5, { guest: OLD });
    expect(simulate(text, {}, { untilUs: 2_500_000 }).timeUs).toBe(2_500_000);
    expect(simulate(text, {}, { untilUs: 9_000_000 }).timeUs).toBe(5_000_000);
  });

  it("runs event by event, and says how far it is", () => {
    const simulation = new Simulation(readTrace(traceOf(10, { guest: OLD })), { rates: DEFAULT_RATES });
    let progress = 0;
    while (simulation.runFor(1)) {
      expect(simulation.progress).toBeGreaterThanOrEqual(progress);
      progress = simulation.progress;
    }
    expect(simulation.progress).toBe(1);
    expect(simulation.runFor(1)).toBe(false);
    expect(simulation.view.timeUs).toBe(10_000_000);
  });

  it("computes nothing where nothing happens: a month costs what an hour does", () => {
    const events = (seconds: number) => {
      const guest = { memory: "4GiB" };
      const workloads = [{ name: "idle", anon: "1GiB", touch: "10MiB/s", fileSet: "1GiB", fileRead: "1MiB/s" }];
      const text = traceOf(seconds, { guest, workloads, host: { target: "1GiB" } });
      const simulation = new Simulation(readTrace(text), { rates: DEFAULT_RATES });
      let count = 0;
      while (simulation.runFor(1)) count++;
      expect(simulation.view.cycle.number).toBe(seconds);
      return count;
    };
    const month = 30 * 86_400;
    expect(events(month)).toBeLessThan(100);
    expect(events(month)).toBe(events(3 * 3600));
  });

  it("has no driver where the host does not accept START", () => {
    const view = simulate(traceOf(9, { guest: OLD, host: { target: 500, faults: [{ command: "start", status: 1 }] } }));
    expect(view.balloon.state.life).toBe(Life.LoadFailed);
    expect([view.cycle.number, view.host.calls, view.balloon.state.startFail]).toEqual([0, 1, 1]);
  });

  it("asks for no target in a guest whose pages do not fit into 32 bits", () => {
    const view = simulate(traceOf(3, { guest: { ...OLD, memory: "16TiB" }, host: { target: 500 } }));
    expect([view.cycle.number, view.balloon.state.targetCount, view.host.calls]).toEqual([4, 0, 2]);
  });

  it("lets no workload return sooner than a tenth of a second after a kill", () => {
    const costs = Object.fromEntries(["fault", "scan", "unmap", "alloc"].map((cost) => [cost, "0ns"]));
    const guest = { memory: "64MiB", costs };
    const view = simulate(traceOf(10, { guest, workloads: [{ name: "big", anon: "80MiB", restart: 0 }] }));
    expect(view.guest.oomKills).toBe(10 * 10 + 1);
  });

  it("counts the time in which a series is unknown, and holds the last value meanwhile", () => {
    const workloads = [
      {
        name: "a",
        anon: [
          [0, 1000],
          [2, null],
          [5, 2000],
          [7, null],
          [7.5, 2000],
        ],
      },
    ];
    const target = [
      [0, 100],
      [4, null],
      [6, 300],
    ];
    const view = simulate(traceOf(10, { guest: OLD, workloads, host: { target } }));
    expect(view.unknownUs).toBe(4_500_000);
    const early = simulate(traceOf(10, { guest: OLD, workloads, host: { target } }), {}, { untilUs: 4_900_000 });
    expect([early.guest.anon, early.balloon.state.target]).toEqual([1000, 100]);
  });
});
