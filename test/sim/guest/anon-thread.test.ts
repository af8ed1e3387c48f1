import { expect, test } from "vitest";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { eachSecond, traceOf } from "../../support/in-process/curves.ts";

test("a working set follows a straight line in steps", () => {
  const workingSet = {
    points: [
      [0, 1000],
      [10, 31_000],
    ],
    hold: "linear",
  };
  const text = traceOf(12, { guest: { memory: "1GiB" }, workloads: [{ name: "app", anon: 50_000, workingSet }] });
  const simulation = new Simulation(readTrace(text), { rates: DEFAULT_RATES });
  for (const second of [1, 2, 5, 9, 11]) {
    simulation.runFor(Number.POSITIVE_INFINITY, second * 1_000_000);
    const hot = simulation.parts.guest.memory.workloads[0]?.workingSet as number;
    const due = 1000 + 3000 * Math.min(second, 10);
    expect(hot).toBeLessThanOrEqual(due);
    // Steps are four thousandths of memory.
    expect(hot).toBeGreaterThan(due - 2 * 1024);
  }
});

test("pages that join the working set in swap refault as inactive ones, because the time of their eviction is unknown", () => {
  const workingSet = [
    [0, "4MiB"],
    [40, "100MiB"],
  ];
  const active = eachSecond(
    traceOf(60, {
      guest: { memory: "256MiB", swap: "256MiB" },
      workloads: [
        { name: "app", anon: "150MiB", workingSet, touch: "50MiB/s" },
        // More files than pages have been evicted: whatever was known of those would make them active.
        {
          name: "files",
          fileRead: [
            [0, 0],
            [26, "30MiB/s"],
            [29, 0],
          ],
          fileSet: [
            [0, 0],
            [26, "80MiB"],
          ],
        },
      ],
      host: {
        target: [
          [0, 0],
          [5, "130MiB"],
          [25, 0],
        ],
      },
    }),
    ({ guest }) => ({ active: guest.activeAnon, swapIn: guest.swapIn }),
  );
  const [before, after] = [active[39], active[60]];
  expect((after?.swapIn as number) - (before?.swapIn as number)).toBeGreaterThan(4000);
  expect(after?.active).toBe(before?.active);
});

/** A guest whose workload touches 150 MiB, of which 40 do not fit beside the balloon, for 60 s. */
function thrashing({ guest = {}, touch = "40MiB/s" }: { guest?: object; touch?: string }) {
  const text = traceOf(60, {
    guest: { memory: "256MiB", swap: "256MiB", ...guest },
    workloads: [{ name: "app", anon: "150MiB", touch }],
    host: {
      target: [
        [0, 0],
        [5, "140MiB"],
      ],
    },
  });
  const simulation = new Simulation(readTrace(text), { rates: DEFAULT_RATES });
  const touched = (second: number): number => {
    simulation.runFor(Number.POSITIVE_INFINITY, second * 1_000_000);
    simulation.parts.guest.settle();
    return simulation.parts.guest.memory.workloads[0]?.sweep as number;
  };
  // After the transition to the smaller memory.
  const [from, to] = [touched(30), touched(59)];
  return { perSecond: (to - from) / 29, swapIn: simulation.view.guest.swapIn };
}

const PER_SECOND = 40 * 256;

test("a workload that waits for its pages keeps to its rate as long as reads and faults leave it time", () => {
  // A read and the fault that maps the page take 50 µs: 10,240 touches take half a second at most.
  const kept = thrashing({ guest: { costs: { swapRead: "40us", fault: "10us" } } });
  expect(kept.swapIn).toBeGreaterThan(50_000);
  expect(kept.perSecond).toBeGreaterThan(0.97 * PER_SECOND);
  expect(kept.perSecond).toBeLessThan(1.03 * PER_SECOND);
  const late = thrashing({ guest: { costs: { swapRead: "400us", fault: "10us" } } });
  expect(late.perSecond).toBeLessThan(0.6 * PER_SECOND);
});

test("a page that is read from swap is mapped by a fault, which takes its time", () => {
  const fast = thrashing({ guest: { costs: { swapRead: "10us", fault: "1us" } } });
  const slow = thrashing({ guest: { costs: { swapRead: "10us", fault: "400us" } } });
  expect(slow.swapIn).toBeLessThan(0.5 * fast.swapIn);
  const own = thrashing({ guest: { costs: { swapRead: "10us", fault: "1us", swapFault: "400us" } } });
  expect(own.swapIn).toBeLessThan(0.5 * fast.swapIn);
});

test("a page whose accessed bit was cleared faults in User-Mode Linux, and not where the hardware has such a bit", () => {
  /** Touches of a workload that stays in memory while reclaim evicts the idle one beside it. */
  const touches = (guest: object): number => {
    const text = traceOf(40, {
      guest: { memory: "256MiB", swap: "256MiB", costs: { fault: "200us" }, ...guest },
      workloads: [
        { name: "busy", anon: "60MiB", touch: "400MiB/s" },
        { name: "idle", anon: "150MiB" },
      ],
      host: {
        target: [
          [0, 0],
          [5, "120MiB"],
        ],
      },
    });
    const simulation = new Simulation(readTrace(text), { rates: DEFAULT_RATES });
    simulation.runFor(Number.POSITIVE_INFINITY, 39_000_000);
    simulation.parts.guest.settle();
    expect(simulation.view.guest.scanKswapd).toBeGreaterThan(20_000);
    return simulation.parts.guest.memory.workloads[0]?.sweep as number;
  };
  const hardware = touches({ profile: "linux-6.1", machine: "lab" });
  const uml = touches({ profile: "lab" });
  // Each of its 15,360 pages faults at least once, for 0.2 ms: a tenth of the time.
  expect(uml).toBeLessThan(0.95 * hardware);
});
