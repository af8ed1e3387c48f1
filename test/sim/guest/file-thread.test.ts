import { describe, expect, it } from "vitest";
import { countEvents, eachSecond, traceOf } from "../../support/in-process/curves.ts";

const GUEST = { memory: "64MiB" };

describe("a workload's files", () => {
  it("cost no event while they are not read, or all of them are resident", () => {
    const events = (seconds: number, workload: object) =>
      countEvents(traceOf(seconds, { guest: GUEST, workloads: [{ name: "app", fileSet: "20MiB", ...workload }] }));
    for (const workload of [{ fileWarm: false }, { fileRead: "1MiB/s" }]) {
      expect(events(100_000, workload)).toBe(events(10_000, workload));
    }
  });

  it("are not written by a workload that has been killed", () => {
    const seen = eachSecond(
      traceOf(30, {
        guest: GUEST,
        workloads: [
          { name: "log", anon: "33MiB", fileSet: "10MiB", fileWrite: 100 },
          {
            name: "hog",
            anon: [
              [0, 0],
              [5, "31MiB"],
            ],
          },
        ],
      }),
      ({ guest }) => ({ dirty: guest.dirty, kills: guest.oomKills }),
    );
    const after = seen.slice(seen.findIndex(({ kills }) => kills > 0));
    expect(after.length).toBeGreaterThan(20);
    after.forEach(({ dirty }, i) => {
      expect(dirty).toBeLessThanOrEqual(after[Math.max(0, i - 1)]?.dirty as number);
    });
  });
});
