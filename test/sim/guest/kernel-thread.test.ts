import { describe, expect, it } from "vitest";
import { eachSecond, simulate, traceOf } from "../../support/in-process/curves.ts";

const GUEST = { memory: 20_000, minFree: 400 };

/** The kernel's memory and free memory at each second. */
const curve = (kernelMemory: unknown, workloads: object[] = [], seconds = 10): [kernel: number, free: number][] =>
  eachSecond(traceOf(seconds, { guest: { ...GUEST, kernelMemory }, workloads }), ({ guest }) => [
    guest.kernel,
    guest.free,
  ]);

describe("the kernel's memory", () => {
  it("follows the trace, up and down", () => {
    const seen = curve([
      [0, 1000],
      [3, 9000],
      [6, 2000],
    ]);
    expect([2, 4, 7].map((second) => seen[second])).toEqual([
      [1000, 19_000],
      [9000, 11_000],
      [2000, 18_000],
    ]);
  });

  it("follows a line in steps", () => {
    const seen = curve({
      points: [
        [0, 1000],
        [10, 11_000],
      ],
      hold: "linear",
    });
    seen.forEach(([kernel], second) => {
      expect(kernel).toBeGreaterThanOrEqual(1000 + second * 1000 - 100);
      expect(kernel).toBeLessThanOrEqual(1000 + second * 1000);
    });
  });

  it("takes page cache by reclaim, and is never reclaimed itself", () => {
    const seen = curve(
      [
        [0, 1000],
        [3, 12_000],
      ],
      [{ name: "files", fileSet: 18_000 }],
    );
    expect(seen.at(-1)?.[0]).toBe(12_000);
    const end = simulate(
      traceOf(10, {
        guest: {
          ...GUEST,
          kernelMemory: [
            [0, 1000],
            [3, 12_000],
          ],
        },
        workloads: [{ name: "files", fileSet: 18_000 }],
      }),
    );
    expect([end.guest.oomKills, end.guest.allocFails]).toEqual([0, 0]);
    expect(end.guest.workloadStallUs).toBeGreaterThan(0);
  });

  it("has workloads killed for it, and counts a failure a second when none is left", () => {
    const kernelMemory = [
      [0, 1000],
      [3, 19_900],
    ];
    const workloads = [{ name: "app", anon: 5000 }];
    const end = simulate(traceOf(10.5, { guest: { ...GUEST, kernelMemory }, workloads }));
    expect([end.guest.kernel + end.guest.free, end.guest.oomKills]).toEqual([20_000, 1]);
    // kswapd has given up, so what the watermarks were raised by stays.
    expect(end.guest.free).toBeLessThanOrEqual(end.guest.watermarkMin);
    expect(end.guest.free).toBeGreaterThanOrEqual(400);
    expect(end.guest.allocFails).toBe(8);
  });
});
