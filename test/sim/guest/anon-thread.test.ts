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
  expect((after?.swapIn as number) - (before?.swapIn as number)).toBeGreaterThan(5000);
  expect(after?.active).toBe(before?.active);
});
