import { describe, expect, it } from "vitest";
import { VIRTIO_BALLOON } from "../../../src/engine/index.ts";
import { Invariants } from "../../../src/sim/run/invariants.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { restoreState, saveState } from "../../../src/sim/state/save.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";

interface Options {
  readonly guest?: Record<string, unknown>;
  readonly host?: Record<string, unknown>;
  readonly workloads?: readonly Record<string, unknown>[];
  readonly params?: Partial<typeof VIRTIO_BALLOON.defaults>;
}

function simulation({ guest = {}, host = {}, workloads = [], params = {} }: Options = {}): Simulation {
  const source = readTrace(
    JSON.stringify({
      ...{ format: "balloon-sim/trace", version: 1, duration: 60 },
      guest: { memory: "1GiB", driver: "virtio-balloon", ...guest },
      workloads,
      host,
    }),
    "test",
  );
  return new Simulation(source, { rates: { ...VIRTIO_BALLOON.defaults, ...params } });
}

/** Runs to the end; the invariants hold after every event. */
function run(options: Options = {}): Simulation {
  const made = simulation(options);
  const invariants = new Invariants(made.parts);
  do expect(invariants.violated()).toBeNull();
  while (made.runFor(1));
  return made;
}

const STEPS = [
  [0, 0],
  [2.5, 120_000],
  [8.5, 9999],
  [12.5, 10_300],
];

describe("a guest under KVM", () => {
  it("moves at once when the host changes the target, by messages of 256 pages, exactly to it", () => {
    const { parts, view } = run({ host: { target: STEPS } });
    expect(view.balloon.size).toBe(10_300);
    // 468.75 messages up, 429.69 down, and 1.2 up.
    expect(parts.driver.state).toMatchObject({ inflateMessages: 469 + 2, deflateMessages: 430, interrupts: 3 });
    const first = simulation({ host: { target: STEPS } });
    while (first.view.balloon.size < 120_000 && first.runFor(1));
    expect(first.view.timeUs).toBeGreaterThan(2_500_000);
    expect(first.view.timeUs).toBeLessThan(2_600_000);
  });

  it("pays three calls a message, and so much for each page of it", () => {
    const cpu = (host: Record<string, unknown>) => run({ host: { target: 1000, ...host } }).view.driverCpuUs;
    const calls = { callCost: "10us" };
    expect(cpu({ callCost: "20us" }) - cpu(calls)).toBe(4 * 3 * 10);
    expect(cpu({ ...calls, entryCost: "2us" }) - cpu(calls)).toBe(1000 * 2);
    const back = {
      target: [
        [0, 1000],
        [10, 400],
      ],
    };
    expect(cpu({ ...calls, ...back, entryCost: "2us" }) - cpu({ ...calls, ...back })).toBe(1600 * 2);
    const costs = { entryCost: "2us", unlockEntryCost: "7us" };
    expect(cpu({ ...calls, ...back, ...costs }) - cpu({ ...calls, ...back })).toBe(1000 * 2 + 600 * 7);
  });

  it("is refused no page", () => {
    const { view } = run({ host: { target: 5000, refusals: [{ every: 2 }], resets: [3] } });
    expect(view.balloon).toMatchObject({ size: 5000, refused: 0, resets: 0 });
  });

  it("follows a target that moves along a line once a second, to its end", () => {
    const line = {
      points: [
        [0, 0],
        [20, 20_000],
      ],
      hold: "linear",
    };
    const { parts, view } = run({ host: { target: line } });
    expect(view.balloon.size).toBe(20_000);
    expect(parts.driver.state.cycles).toBeLessThan(30);
  });

  it("begins with a balloon", () => {
    const { view } = run({ guest: { balloon: 5000 }, host: { target: 5000 } });
    expect([view.balloon.size, view.balloon.allocated]).toEqual([5000, 0]);
  });

  it("sleeps 200 ms after each allocation that fails, and kills nothing", () => {
    const { view } = run({
      guest: { memory: "256MiB" },
      host: { target: "1GiB" },
      workloads: [{ name: "a", anon: "64MiB" }],
    });
    expect(view.guest.oomKills).toBe(0);
    // At 250 ticks a second a sleep of 200 ms takes 51 ticks, 204 ms.
    expect(view.balloon.allocationFailures).toBeGreaterThan(280);
    expect(view.balloon.allocationFailures).toBeLessThanOrEqual(60_000 / 204 + 1);
  });

  it("gives pages before the OOM killer kills, if the device has that feature", () => {
    const options = {
      host: { target: "700MiB" },
      workloads: [
        {
          name: "a",
          anon: [
            [0, "100MiB"],
            [10, "600MiB"],
          ] as const,
        },
      ],
    };
    const killed = run(options);
    expect(killed.view.guest.oomKills).toBe(1);
    expect(killed.view.balloon.size).toBe(700 * 256);
    const relieved = run({ ...options, params: { deflateOnOom: 1 } });
    expect(relieved.view.guest.oomKills).toBe(0);
    expect(relieved.view.balloon.size).toBe(700 * 256 - (relieved.parts.driver.state.oomFreed as number));
    // It took what the workload wants above what was free, give or take one release, and time.
    expect(relieved.view.balloon.size).toBeLessThan(430 * 256);
    expect(relieved.view.balloon.size).toBeGreaterThan(400 * 256);
  });

  it("reports free blocks, if the device has that feature, in time that costs the guest nothing", () => {
    const options = {
      host: { target: STEPS },
      workloads: [
        {
          ...{ name: "a", touch: "300MiB/s" },
          anon: [
            [0, "600MiB"],
            [20, "200MiB"],
            [50, "700MiB"],
          ] as const,
        },
      ],
    };
    const without = run(options);
    const made = run({ ...options, params: { freePageReporting: 1 } });
    // At 2 s 106496 pages are free, 208 blocks, at 4.5 s none; the balloon gives up to 112128 back after 8.5 s, and the
    // workload 102400 after 20 s.
    const { reports, reported, ...others } = made.parts.driver.state;
    const { reports: none, reported: noPages, ...same } = without.parts.driver.state;
    expect([none, noPages]).toEqual([0, 0]);
    expect(others).toEqual(same);
    expect(made.view.guest).toMatchObject({ free: without.view.guest.free, psiSomeUs: without.view.guest.psiSomeUs });
    expect(reported as number).toBeGreaterThan(102_400);
    expect((reported as number) % 512).toBe(0);
  });

  it("has no events for reports once all is reported", () => {
    const events = (freePageReporting: number): number => {
      const made = simulation({ params: { freePageReporting } });
      let count = 0;
      while (made.runFor(1)) count++;
      return count;
    };
    // 512 blocks, 64 a pass.
    expect(events(1) - events(0)).toBe(8);
  });

  it.each([{ deflateOnOom: 1 }, { freePageReporting: 1 }])("goes on from a checkpoint at any event: %j", (params) => {
    const options = {
      guest: { memory: "256MiB" },
      host: {
        target: [
          [0, 0],
          [3, "230MiB"],
          [20, 700],
        ],
      },
      workloads: [
        {
          name: "a",
          anon: [
            [0, "40MiB"],
            [10, "90MiB"],
          ],
        },
      ],
      params,
    };
    const whole = simulation(options);
    let events = 0;
    while (whole.runFor(1)) events++;
    const draw = whole.finalDraw();
    for (let at = 1; at < events; at += Math.ceil(events / 40)) {
      const first = simulation(options);
      first.runFor(at);
      const second = simulation(options);
      restoreState([second], saveState([first]));
      second.run();
      expect({ ...second.parts.driver.state }).toEqual({ ...whole.parts.driver.state });
      expect(second.finalDraw()).toBe(draw);
    }
  });

  it("is no daemon's", () => {
    expect(() => simulation({ guest: { profile: "balloon-hw" } })).toThrow("runs in the kernel");
  });
});
