import { describe, expect, it } from "vitest";
import { VMW_BALLOON } from "../../../src/engine/index.ts";
import { driverRuns } from "../../support/in-process/driver-runs.ts";

const GIB = 262_144;

const { simulation, run, expectResumable } = driverRuns(VMW_BALLOON);

describe("a guest with the driver of today's Linux", () => {
  it("gives a GiB in one cycle, in pages of 2 MiB, and takes it back in one", () => {
    const up = run({
      host: {
        target: [
          [0, 0],
          [5.5, "1GiB"],
        ],
      },
    });
    expect(up.view.balloon).toMatchObject({ size: GIB, large: GIB });
    expect(up.parts.driver.state).toMatchObject({ lock2m: 1, alloc2m: 512 });
    const down = run({
      host: {
        target: {
          points: [
            [0, "1GiB"],
            [9, 0],
          ],
        },
      },
    });
    expect(down.parts.driver.state).toMatchObject({ free2m: 512, unlock2m: 1, large: 0 });
    expect(down.parts.frames.locked.frames).toBe(0);
  });

  it("uses pages of 4 KiB, or single ones, as the host permits", () => {
    const small = run({ host: { target: 5000, capabilities: ["batched"] } });
    expect(small.parts.driver.state).toMatchObject({ small: 5000, large: 0, batchLock: 10 });
    const single = run({ host: { target: 500, capabilities: [] } });
    expect(single.parts.driver.state).toMatchObject({ small: 500, lock: 500 });
  });

  it("charges a call for a batch, and so much for each entry", () => {
    const cpu = (host: Record<string, unknown>) => run({ host: { target: "1GiB", ...host } }).view.driverCpuUs;
    expect(cpu({ entryCost: "10us" }) - cpu({})).toBe(512 * 10);
  });

  it("splits pages of 2 MiB that the host refuses", () => {
    const { parts, view } = run({ host: { target: 40 * 512, refusals: [{ count: 16, status: "pinned" }] } });
    expect(parts.driver.state).toMatchObject({ errAlloc2m: 16, large: 24, small: 16 * 512 });
    expect([view.balloon.size, view.balloon.refused]).toEqual([40 * 512, 0]);
  });

  it("wakes at once where the host rings, and a second's poll later where it can't", () => {
    const at = (capabilities: string[]) => {
      const made = simulation({
        host: {
          target: [
            [0, 0],
            [5.5, "1GiB"],
          ],
          capabilities,
        },
      });
      while (made.view.balloon.size === 0 && made.runFor(1));
      return made.view.timeUs;
    };
    expect(at(["batched", "batched-2m", "doorbell"])).toBeLessThan(5_510_000);
    expect(at(["batched", "batched-2m"])).toBeGreaterThan(6_000_000);
  });

  it("begins with a balloon of pages of 2 MiB, as many as fit", () => {
    const { view } = run({ guest: { balloon: 5000 }, host: { target: 5000 } });
    expect([view.balloon.size, view.balloon.large]).toEqual([5000, 9 * 512]);
  });

  it("kills nothing for a target that the guest can't reach", () => {
    const { view } = run({
      guest: { memory: "256MiB" },
      host: { target: "1GiB" },
      workloads: [{ name: "a", anon: "64MiB" }],
    });
    expect(view.guest.oomKills).toBe(0);
    expect(view.balloon.allocationFailures).toBeGreaterThan(0);
  });

  it("is shrunk by reclaim if it has a shrinker, and then does not inflate for seconds", () => {
    const options = {
      guest: { memory: "1GiB" },
      host: { target: "700MiB" },
      workloads: [
        {
          name: "a",
          anon: [
            [0, "100MiB"],
            [20, "500MiB"],
          ] as const,
        },
      ],
    };
    expect(run(options).parts.driver.state).toMatchObject({ shrink: 0 });
    const shrunk = run({ ...options, params: { shrinker: 1 } }).parts.driver.state;
    expect(shrunk.shrinkFree).toBeGreaterThan(0);
  });

  it("goes on from a checkpoint at any event as if nothing had been", () => {
    const options = {
      host: {
        target: [
          [0, 0],
          [3, "1GiB"],
          [20, 700],
        ],
        refusals: [{ every: 7, until: 10 }],
        resets: [12],
      },
    };
    // The answers to batched commands have four numbers.
    expectResumable(options, [...Array(40).keys(), 100]);
  });

  it("is no daemon's", () => {
    expect(() => simulation({ guest: { profile: "balloon-hw" } })).toThrow("runs in the kernel");
  });
});
