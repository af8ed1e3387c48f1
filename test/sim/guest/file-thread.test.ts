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

describe("a writer", () => {
  const file = (rates: object, more: object = {}) => ({ name: "app", fileSet: "10MiB", ...rates, ...more });
  const run = (workload: object, guest: object = {}) =>
    eachSecond(traceOf(60, { guest: { ...GUEST, ...guest }, workloads: [workload] }), ({ guest: g }) => ({
      cache: g.cache,
      active: g.activeCache,
      dirty: g.dirty,
      refaults: g.refaults,
      stallUs: g.workloadStallUs,
    }));

  it("allocates the pages that are missing, which are dirty at once, and reads nothing", () => {
    const seen = run(file({ fileWrite: 100 }, { fileWarm: false }));
    const { cache, dirty } = seen[10] as (typeof seen)[number];
    // A thousand pages, of which some are written twice while missing ones are spread evenly.
    expect(cache).toBeGreaterThan(700);
    expect(cache).toBeLessThanOrEqual(1000);
    expect(dirty).toBeGreaterThan(600);
    expect(dirty).toBeLessThanOrEqual(cache);
    expect(seen.at(-1)).toMatchObject({ active: 0, refaults: 0, stallUs: 0 });
    expect(seen.at(-1)?.cache).toBeGreaterThan(2000);
  });

  it("stops at a fifth of free memory and page cache until pages are written to disk", () => {
    const costs = { fileWrite: "10ms" };
    const seen = run(file({ fileWrite: "5MiB/s" }, { fileSet: "30MiB", fileWarm: false }), { costs });
    const highest = Math.max(...seen.map(({ dirty }) => dirty));
    const { guest } = { guest: 16_384 / 5 };
    expect(highest).toBeGreaterThan(0.9 * guest);
    expect(highest).toBeLessThanOrEqual(guest);
    // At a hundred pages a second, the disk's rate: the cache is the pages that may be dirty and those that are clean again.
    expect(seen.at(-1)?.cache).toBeLessThan(guest + 60 * 100 + 1024);
  });

  it("activates pages in old kernels only; a reader does at the second read", () => {
    const active = (workload: object, profile: string) => run(workload, { profile }).map((row) => row.active);
    // 2560 pages are written, or read, once in 10 s. The cold files are in the cache after some laps.
    const writer = file({ fileWrite: 256 }, { fileWarm: false });
    expect(Math.max(...active(writer, "linux-6.1"))).toBe(0);
    expect(Math.max(...active(writer, "linux-2.6.32"))).toBeGreaterThan(1000);
    const reader = active(file({ fileRead: 256 }, { fileWarm: false }), "linux-6.1");
    expect(reader[9]).toBe(0);
    expect(reader[22]).toBeGreaterThan(500);
  });
});
