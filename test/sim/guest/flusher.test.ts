import { describe, expect, it } from "vitest";
import { countEvents, eachSecond, traceOf } from "../../support/in-process/curves.ts";

const GUEST = { memory: 65_536, kernelMemory: 5536 };
/** Free memory and cache together. */
const ROOM = 60_000;

/** Dirty pages at each second of a run with 30,000 pages of cache. */
const dirty = (seconds: number, fileWrite: unknown, costs: object = {}): number[] =>
  eachSecond(
    traceOf(seconds, { guest: { ...GUEST, costs }, workloads: [{ name: "log", fileSet: 30_000, fileWrite }] }),
    ({ guest }) => guest.dirty,
  );

describe("Flusher", () => {
  it("writes dirty pages beyond a tenth of free memory and cache at once", () => {
    const pages = dirty(60, 1000);
    expect(pages.slice(0, 6)).toEqual([0, 1000, 2000, 3000, 4000, 5000]);
    const later = pages.slice(7);
    expect(Math.max(...later)).toBeLessThanOrEqual(ROOM / 10 + 1000);
    expect(Math.min(...later)).toBeGreaterThan(ROOM / 10 - 2 * 1024 - 1000);
  });

  it("keeps dirty pages below a fifth, for any pace of writers and disk", () => {
    const pages = dirty(30, 100_000, { fileWrite: "10ms" });
    expect(Math.max(...pages)).toBe(ROOM / 5);
    expect(pages.at(-1)).toBeGreaterThan(ROOM / 5 - 200);
  });

  it("writes a sixth of the dirty pages every five seconds", () => {
    const pages = dirty(31, [
      [0, 900],
      [1, 0],
    ]);
    expect([1, 4, 6, 11, 16, 21].map((second) => pages[second])).toEqual([900, 900, 750, 625, 520, 433]);
  });

  it("makes its first ageing pass five seconds after the first write", () => {
    const pages = dirty(15, [
      [0, 0],
      [7.5, 900],
      [8.5, 0],
    ]);
    expect([8, 9, 12, 13].map((second) => pages[second])).toEqual([450, 900, 900, 750]);
  });

  it("does not pause between batches while dirty pages are beyond the limit", () => {
    const written = dirty(
      2,
      [
        [0, 100_000],
        [1, 0],
      ],
      { fileWrite: "200us" },
    );
    // A batch takes a fifth of a second; with a pause after each there would be three.
    expect((written[1] as number) - (written[2] as number)).toBeGreaterThanOrEqual(4 * 1024);
  });

  it("sleeps while there are no writers and no dirty pages", () => {
    const events = (seconds: number) => {
      const fileWrite = [
        [0, 900],
        [1, 0],
      ];
      const workloads = [
        { name: "log", fileSet: 30_000, fileWrite },
        { name: "idle", fileWrite: 10 },
      ];
      return countEvents(traceOf(seconds, { guest: GUEST, workloads }));
    };
    expect(events(100_000)).toBe(events(10_000));
  });

  it("goes on for a workload that writes a page now and then", () => {
    const pages = dirty(3600, 0.1);
    expect(Math.max(...pages)).toBeLessThanOrEqual(2);
    expect(pages.slice(-60)).toContain(1);
  });

  it("shares the limit and the writeback among all writers", () => {
    const workloads = [
      { name: "a", fileSet: 20_000, fileWrite: 50_000 },
      { name: "b", fileSet: 20_000, fileWrite: 50_000 },
    ];
    const pages = eachSecond(
      traceOf(20, { guest: { ...GUEST, costs: { fileWrite: "1ms" } }, workloads }),
      ({ guest }) => guest.dirty,
    );
    expect(Math.max(...pages)).toBe(ROOM / 5);
  });
});
