import { describe, expect, it } from "vitest";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { traceOf } from "../../support/in-process/curves.ts";

const SECONDS = 60;
/** Pages a second that the workload touches. */
const RATE = 50_000;
/** What the thread may still make up for at the end of the run, and what it has touched since its last event. */
const TOLERANCE = RATE / 4;

/** A guest of 256 MiB whose workload touches memory all the time, while the host takes so much from second 5 on. */
function touching(target: string, workload: object = {}) {
  const text = traceOf(SECONDS, {
    guest: { memory: "256MiB", swap: "1GiB" },
    workloads: [{ name: "app", anon: "160MiB", touch: RATE, ...workload }],
    host: {
      target: [
        [0, 0],
        [5, target],
      ],
    },
  });
  const simulation = new Simulation(readTrace(text), { rates: DEFAULT_RATES });
  simulation.run();
  const { guest } = simulation.parts;
  guest.settle();
  return { undone: guest.undonePages, made: guest.memory.workloads[0]?.sweep ?? 0, guest };
}

describe("the work that a workload does not get done", () => {
  it("is none while its memory is in place", () => {
    expect(touching("20MiB")).toMatchObject({ undone: 0, made: RATE * SECONDS });
  });

  it("is what the trace demands and the workload has not touched", () => {
    const { undone, made, guest } = touching("160MiB");
    expect(guest.memory.swapIn).toBeGreaterThan(10_000);
    expect(undone).toBeGreaterThan(20 * TOLERANCE);
    expect(Math.abs(made + undone - RATE * SECONDS)).toBeLessThan(TOLERANCE);
  });

  it("does not contain short waits that the workload makes up for", () => {
    // Slow touches: each wait is over long before the touches that it delays are a tenth of a second's.
    const { undone, guest } = touching("110MiB", { touch: 200 });
    expect(guest.memory.swapOut).toBeGreaterThan(0);
    expect(undone).toBeLessThan(20);
  });

  it("contains reads that wait for the disk", () => {
    const files = { anon: "16MiB", touch: 0, fileSet: "150MiB", fileRead: RATE };
    expect(touching("10MiB", files).undone).toBe(0);
    const { undone, guest } = touching("160MiB", files);
    expect(guest.memory.refaults).toBeGreaterThan(10_000);
    expect(undone).toBeGreaterThan(40 * TOLERANCE);
  });
});
